import assert from "node:assert/strict";
import { RealtimeError } from "../../lib/index";
import { statusOf } from "../../nodes/status";

describe("status", () => {
  it("looks as in core's nodes", () => {
    const reason = new RealtimeError("invalid_api_key", "The server refused the key");
    const looks = [
      statusOf({ status: "idle" }, "quiet"),
      statusOf({ status: "opening", attempt: 1, retryAt: 0, isSlow: false }, "quiet"),
      statusOf({ status: "ready", epoch: 1 }, "quiet"),
      statusOf({ status: "ready", epoch: 1 }, "listening"),
      statusOf({ status: "ready", epoch: 1 }, "thinking"),
      statusOf({ status: "ready", epoch: 1 }, "speaking"),
      statusOf({ status: "stopped", reason }, "quiet"),
      statusOf({ status: "closed" }, "quiet"),
    ].map(({ fill, shape, text }) => `${fill} ${shape} ${text}`);
    assert.deepEqual(looks, [
      "grey ring status.idle",
      "yellow ring status.connecting",
      "green dot status.ready",
      "blue dot status.listening",
      "blue dot status.thinking",
      "blue dot status.speaking",
      "red ring status.invalid-api-key",
      "grey ring status.idle",
    ]);
  });

  it("has words for what is wrong with the configuration", () => {
    const reason = new RealtimeError("no_key", "The endpoint has no API key");
    assert.equal(statusOf({ status: "stopped", reason }, "quiet").text, "status.no-key");
  });
});
