import assert from "node:assert/strict";
import { inspect } from "node:util";
import {
  endpointTarget,
  RealtimeError,
  restTarget,
  type Endpoint,
  type SessionPurpose,
} from "../../../lib/index";

describe("where calls over HTTP go", () => {
  const talk: SessionPurpose = { kind: "model", model: "gpt-realtime-2.1" };
  const call: SessionPurpose = { kind: "call", callId: "rtc_1" };

  const addresses: [Endpoint, SessionPurpose, string][] = [
    [{ kind: "openai", apiKey: "k" }, talk, "https://api.openai.com/v1/realtime"],
    [{ kind: "openai", apiKey: "k" }, call, "https://api.openai.com/v1/realtime"],
    [
      { kind: "azure", url: "kitchen", apiKey: "k" },
      call,
      "https://kitchen.openai.azure.com/openai/v1/realtime",
    ],
    [
      { kind: "azure-preview", url: "kitchen", apiKey: "k" },
      talk,
      "https://kitchen.openai.azure.com/openai/realtime?api-version=2025-04-01-preview",
    ],
    [
      { kind: "compatible", url: "ws://localhost:8080/v1/realtime?model=x&room=y" },
      talk,
      "http://localhost:8080/v1/realtime?room=y",
    ],
    [
      { kind: "compatible", url: "wss://gateway.lan/realtime/v2/realtime/socket" },
      talk,
      "https://gateway.lan/realtime/v2/realtime",
    ],
  ];
  for (const [endpoint, purpose, url] of addresses) {
    it(`is ${url}`, () => {
      assert.equal(restTarget(endpointTarget(endpoint, purpose)).url, url);
    });
  }

  it("is reached with the key and headers of the endpoint, but for the beta's", () => {
    const target = endpointTarget(
      {
        kind: "compatible",
        url: "ws://localhost/v1/realtime",
        dialect: "beta",
        apiKey: "k",
        project: "p",
        headers: { "X-Room": "kitchen" },
      },
      talk,
    );
    assert.equal(target.headers["OpenAI-Beta"], "realtime=v1");
    assert.deepEqual(restTarget(target).headers, {
      Authorization: "Bearer k",
      "OpenAI-Project": "p",
      "X-Room": "kitchen",
    });
  });

  it("is reached through the endpoint's proxy, with its certificates", () => {
    const target = endpointTarget({ kind: "openai", apiKey: "k" }, talk);
    const network = { proxy: "http://proxy.lan:3128", tls: { ca: "CA" } };
    const { proxy, tls } = restTarget({ ...target, ...network });
    assert.deepEqual({ proxy, tls }, network);
  });

  it("is not shown where it is no address, or one of another kind", () => {
    for (const url of ["gateway.lan?k=QUERY", "ftp://gateway.lan/realtime?k=QUERY", undefined]) {
      const target = { url: url as never, headers: {}, strictness: "openai" } as const;
      assert.throws(
        () => restTarget(target),
        (error: unknown) => {
          assert.ok(error instanceof RealtimeError);
          assert.deepEqual([error.code, error.param], ["invalid_url", "url"]);
          assert.doesNotMatch(inspect(error), /gateway|QUERY/);
          return true;
        },
      );
    }
  });

  it("is not known where the address has no /realtime in its path", () => {
    const target = endpointTarget(
      { kind: "compatible", url: "wss://gateway.lan/socket?k=Q" },
      talk,
    );
    assert.throws(() => restTarget(target), { code: "no_http_address", param: "url" });
    try {
      restTarget(target);
    } catch (error) {
      assert.doesNotMatch(String(error), /gateway|Q/);
    }
  });
});
