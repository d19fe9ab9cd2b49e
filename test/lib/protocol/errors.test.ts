import assert from "node:assert/strict";
import { RealtimeError } from "../../../lib/protocol/errors";

describe("RealtimeError", () => {
  it("carries what a server says of an error", () => {
    const details = { param: "session.type", eventId: "evt_1", type: "invalid_request_error" };
    const error = new RealtimeError("missing_required_parameter", "It is missing.", details);
    assert.ok(error instanceof Error);
    assert.equal(error.name, "RealtimeError");
    assert.equal(error.message, "It is missing.");
    assert.deepEqual(
      [error.code, error.param, error.eventId, error.type],
      ["missing_required_parameter", "session.type", "evt_1", "invalid_request_error"],
    );
  });

  it("has null for what is not known, and no cause unless there is one", () => {
    const error = new RealtimeError("timeout", "It took too long.");
    assert.deepEqual([error.param, error.eventId, error.type], [null, null, null]);
    assert.ok(!Object.hasOwn(error, "cause"));
    const cause = new Error("socket");
    assert.equal(new RealtimeError("x", "y", { cause }).cause, cause);
  });
});
