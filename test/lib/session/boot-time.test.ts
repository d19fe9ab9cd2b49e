import assert from "node:assert/strict";
import { BootTime } from "../../../lib/session/boot-time";
import { systemClock } from "../../../lib/session/clock";

const HOUR = 3_600_000;

/** A machine that has been up for an hour, and the process for a second. */
function machine(hasUptime = true) {
  const clocks = { date: Date.UTC(2026, 0, 1), running: 1000, up: HOUR };
  const bootTime = new BootTime({
    date: () => clocks.date,
    running: () => clocks.running,
    up: () => {
      if (!hasUptime) throw new Error("uv_uptime returned EACCES");
      return clocks.up;
    },
  });
  const run = (milliseconds: number): void => {
    clocks.date += milliseconds;
    clocks.running += milliseconds;
    clocks.up += milliseconds;
  };
  const sleep = (milliseconds: number): void => {
    clocks.date += milliseconds;
    clocks.up += milliseconds;
  };
  const began = bootTime.now();
  return { clocks, run, sleep, passed: () => bootTime.now() - began };
}

describe("boot time", () => {
  it("begins with the date", () => {
    const { clocks, passed } = machine();
    assert.equal(passed(), 0);
    clocks.running += 500.7;
    clocks.date += 500;
    assert.equal(passed(), 500);
  });

  it("goes on where the date is set forward or back", () => {
    const { clocks, run, passed } = machine();
    run(100);
    clocks.date += 50 * 365 * 24 * HOUR;
    assert.equal(passed(), 100);
    run(100);
    clocks.date -= 30 * 24 * HOUR;
    run(100);
    assert.equal(passed(), 300);
  });

  it("counts the time that the machine sleeps", () => {
    const { run, sleep, passed } = machine();
    run(100);
    sleep(8 * HOUR);
    assert.equal(passed(), 8 * HOUR + 100);
    run(100);
    sleep(HOUR);
    run(100);
    assert.equal(passed(), 9 * HOUR + 300);
  });

  it("tells a sleep from a date that is set when the machine wakes up", () => {
    const { clocks, run, sleep, passed } = machine();
    sleep(2 * HOUR);
    clocks.date -= HOUR;
    assert.equal(passed(), 2 * HOUR);
    clocks.date += HOUR;
    run(10);
    assert.equal(passed(), 2 * HOUR + 10);
  });

  it("takes no inexact uptime for a sleep", () => {
    const { clocks, run, passed } = machine();
    for (let times = 0; times < 100; times += 1) {
      run(10);
      clocks.up += 9;
      clocks.date += HOUR;
      assert.equal(passed(), 10 * (times + 1));
    }
  });

  it("takes a date that jumps forward for a sleep where the uptime is not to be had", () => {
    const { clocks, run, sleep, passed } = machine(false);
    sleep(HOUR);
    run(100);
    assert.equal(passed(), HOUR + 100);
    clocks.date -= HOUR;
    run(100);
    assert.equal(passed(), HOUR + 200);
  });

  it("is what the system's clock goes by, not the date", () => {
    const { now } = Date;
    const began = systemClock.now();
    Date.now = () => now() - 24 * HOUR;
    try {
      assert.ok(systemClock.now() >= began);
      Date.now = () => now() + 24 * HOUR;
      assert.ok(systemClock.now() - began < HOUR);
      assert.ok(systemClock.date() - began > HOUR);
    } finally {
      Date.now = now;
    }
  });
});
