import assert from "node:assert/strict";
import { RealtimeError } from "../../lib/index";
import audioOut from "../../nodes/locales/en-US/audio-out.json";
import call from "../../nodes/locales/en-US/call.json";
import clientSecret from "../../nodes/locales/en-US/client-secret.json";
import connect from "../../nodes/locales/en-US/connect.json";
import send from "../../nodes/locales/en-US/send.json";
import { statusOf } from "../../nodes/status";

const catalogues: readonly { readonly status: object }[] = [
  audioOut,
  call,
  clientSecret,
  connect,
  send,
];

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

  it("has words for what is wrong with the configuration, in each catalogue that shows it", () => {
    const codes = [
      "no_key",
      "no_call",
      "no_tls_config",
      "no_proxy_config",
      "invalid_proxy",
      "unknown_server",
      "wrong_purpose",
      "target_timeout",
    ];
    for (const code of codes) {
      const reason = new RealtimeError(code, "Something is wrong");
      const { text = "" } = statusOf({ status: "stopped", reason }, "quiet");
      const [group, key = ""] = text.split(".");
      assert.equal(group, "status", code);
      for (const { status } of catalogues)
        assert.ok(Object.hasOwn(status, key), `${code}: ${text}`);
    }
  });
});
