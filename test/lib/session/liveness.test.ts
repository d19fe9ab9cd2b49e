import assert from "node:assert/strict";
import { Liveness } from "../../../lib/session/liveness";
import { FakeClock } from "../../support/fake-clock";

function makeLiveness() {
  const clock = new FakeClock();
  const state = { bytes: 0, pings: 0, deaths: 0 };
  const liveness = new Liveness(
    clock,
    30_000,
    () => state.bytes,
    () => {
      state.pings += 1;
    },
    () => {
      state.deaths += 1;
    },
  );
  return { clock, state, liveness };
}

describe("liveness", () => {
  it("declares a silent peer dead after two periods, once", async () => {
    const { clock, state, liveness } = makeLiveness();
    liveness.start();
    await clock.advance(30_000);
    assert.deepEqual(state, { bytes: 0, pings: 1, deaths: 0 });
    await clock.advance(30_000);
    assert.equal(state.deaths, 1);
    await clock.advance(300_000);
    assert.equal(state.deaths, 1);
    assert.equal(clock.timers, 0);
  });

  it("takes any byte for life", async () => {
    const { clock, state, liveness } = makeLiveness();
    liveness.start();
    for (let period = 0; period < 10; period += 1) {
      state.bytes += 1;
      await clock.advance(30_000);
    }
    assert.equal(state.deaths, 0);
    liveness.stop();
  });

  it("grants one more period when the process itself stood still", async () => {
    const { clock, state, liveness } = makeLiveness();
    liveness.start();
    await clock.advance(30_000);
    clock.stall(50_000);
    await clock.advance(0);
    assert.equal(state.deaths, 0);
    await clock.advance(30_000);
    assert.equal(state.deaths, 1);
  });

  it("stops with its timer", async () => {
    const { clock, state, liveness } = makeLiveness();
    liveness.start();
    liveness.stop();
    await clock.advance(100_000);
    assert.deepEqual(state, { bytes: 0, pings: 0, deaths: 0 });
    assert.equal(clock.timers, 0);
  });
});
