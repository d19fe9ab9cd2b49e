import assert from "node:assert/strict";
import { timesOf } from "../../nodes/endpoint-times";
import { connectionOptionsOf } from "../../nodes/session-connection";

describe("form of the connection", () => {
  it("leaves to the library what is empty or unknown to an older version", () => {
    assert.deepEqual(connectionOptionsOf({}), { idle: {} });
    assert.deepEqual(connectionOptionsOf({ idleClose: "", preRoll: " " }), { idle: {} });
    assert.deepEqual(timesOf({}), {});
  });

  it("counts in minutes and seconds what the library counts in milliseconds", () => {
    assert.deepEqual(
      connectionOptionsOf({
        idleClose: "0",
        openLimit: 90,
        renewMargin: "2.5",
        preRoll: "500",
        sendWithin: "5",
      }),
      {
        idle: { idleMs: 0, openMs: 5_400_000 },
        rollover: { marginMs: 150_000 },
        preRollMs: 500,
        expiryMs: 5000,
      },
    );
    assert.deepEqual(timesOf({ retryFirst: "0.25", retryLongest: "60", pingInterval: 10 }), {
      backoff: { initialMs: 250, maximumMs: 60_000 },
      pingIntervalMs: 10_000,
    });
  });

  it("names a value from the environment that is none", () => {
    for (const form of [
      { idleClose: "soon" },
      { openLimit: "-1" },
      { renewMargin: "1441" },
      { preRoll: "NaN" },
      { preRoll: "60001" },
      { sendWithin: "0" },
      { sendWithin: "3601" },
      { callsPerTurn: "0" },
      { callsPerTurn: "2.5" },
    ])
      assert.throws(() => connectionOptionsOf(form), {
        code: "invalid_settings",
        param: Object.keys(form)[0],
      });
    for (const form of [{ retryFirst: "0" }, { retryLongest: "x" }, { pingInterval: "4000" }])
      assert.throws(() => timesOf(form), {
        code: "invalid_settings",
        param: Object.keys(form)[0],
      });
  });
});
