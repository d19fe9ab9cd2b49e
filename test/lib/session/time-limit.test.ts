import assert from "node:assert/strict";
import { isTimeout, withinTime } from "../../../lib/session/time-limit";

/** Stands still, as on a machine that gives the process no time. */
function standStill(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

describe("a call within a time limit", () => {
  it("is made again where the machine stood still and not the call took the time", () => {
    let calls = 0;
    const result = withinTime(200, () => {
      calls += 1;
      if (calls === 1) standStill(60_000);
      return "done";
    });
    assert.deepEqual([result, calls], ["done", 2]);
  });

  it("is stopped where it computes for longer", () => {
    const compute = (): void => {
      for (;;);
    };
    assert.throws(() => withinTime(200, compute), isTimeout);
  });

  it("is given up on a machine that never gives it any time", () => {
    let calls = 0;
    const wait = (): void => {
      calls += 1;
      standStill(60_000);
    };
    assert.throws(() => withinTime(200, wait), isTimeout);
    assert.equal(calls, 4);
  });

  it("throws what the call throws", () => {
    const fail = (): never => {
      throw new TypeError("mine");
    };
    assert.throws(() => withinTime(200, fail), /mine/);
  });
});
