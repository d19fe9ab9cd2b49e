import assert from "node:assert/strict";
import { RealtimeError } from "../../../lib/protocol/errors";
import { endpointTarget, isPrivateHost } from "../../../lib/session/endpoint";

const failure = (run: () => unknown): RealtimeError => {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof RealtimeError);
    return error;
  }
  return assert.fail("nothing was thrown");
};

const model = (name: string) => ({ kind: "model", model: name }) as const;

describe("endpoint", () => {
  it("connects to OpenAI with key, organisation and project, and never asks for beta", () => {
    const target = endpointTarget(
      { kind: "openai", apiKey: "  sk-1 \n", organization: "org", project: "proj" },
      model("gpt-realtime-2.1"),
    );
    assert.equal(target.url, "wss://api.openai.com/v1/realtime?model=gpt-realtime-2.1");
    assert.deepEqual(target.headers, {
      Authorization: "Bearer sk-1",
      "OpenAI-Organization": "org",
      "OpenAI-Project": "proj",
    });
  });

  it("keeps path and query of a compatible server, and a model that they name", () => {
    const endpoint = { kind: "compatible", dialect: "ga", url: "ws://nas:8080/rt?a=b" } as const;
    assert.equal(endpointTarget(endpoint, model("m 1")).url, "ws://nas:8080/rt?a=b&model=m+1");
    assert.equal(endpointTarget(endpoint, model("")).url, "ws://nas:8080/rt?a=b");
    const named = { ...endpoint, url: "wss://host/?model=own" };
    assert.equal(endpointTarget(named, model("other")).url, "wss://host/?model=own");
  });

  it("sends the key as a bearer's in any spelling of that header, and bare in others", () => {
    const header = (keyHeader: string) =>
      endpointTarget({ kind: "openai", apiKey: "k", keyHeader }, model("m")).headers;
    assert.deepEqual(header("authorization"), { authorization: "Bearer k" });
    assert.deepEqual(header("X-Api-Key"), { "X-Api-Key": "k" });
  });

  it("takes the addresses that Azure shows", () => {
    const host = "https://kitchen.openai.azure.com";
    const at = (kind: "azure" | "azure-preview", url: string, apiVersion?: string) =>
      endpointTarget({ kind, url, apiKey: "k", apiVersion }, model("m")).url;
    const ga = "wss://kitchen.openai.azure.com/openai/v1/realtime?model=m";
    for (const path of ["", "/", "/openai/v1", "/openai/v1/", "/openai/v1/realtime"])
      assert.equal(at("azure", host + path), ga, path);
    const own = `${host.replace("http", "ws")}/open`;
    assert.equal(at("azure", `${host}/open`), `${own}?model=m`);

    const target = `${host}/openai/realtime?api-version=2024-10-01-preview&deployment=d`;
    assert.equal(at("azure-preview", target), target.replace("http", "ws"));
    assert.match(at("azure-preview", target, "2024-12-17"), /api-version=2024-12-17&/);
  });

  it("asks for beta only where that dialect is chosen", () => {
    const beta = { kind: "compatible", dialect: "beta", url: "ws://nas" } as const;
    assert.deepEqual(endpointTarget(beta, model("")).headers, { "OpenAI-Beta": "realtime=v1" });
  });

  it("sends no secret unencrypted over the internet", () => {
    const open = { kind: "compatible", dialect: "ga", url: "ws://example.com/x?key=q" } as const;
    assert.equal(
      failure(() => endpointTarget({ ...open, apiKey: "k" }, model(""))).code,
      "insecure_url",
    );
    assert.equal(
      failure(() => endpointTarget({ ...open, headers: { "X-Key": "k" } }, model(""))).code,
      "insecure_url",
    );
    endpointTarget(open, model(""));
    endpointTarget({ ...open, apiKey: "k", url: "ws://192.168.1.5/" }, model(""));
  });

  it("names the sessions that a server has where it has none of a kind", () => {
    const { code, message } = failure(() =>
      endpointTarget({ kind: "built-in", url: "ws://127.0.0.1:1/" }, { kind: "call", callId: "c" }),
    );
    assert.equal(code, "wrong_purpose");
    assert.match(
      message,
      /has no sessions beside a phone call, but sessions with a model and sessions that only transcribe$/,
    );
  });

  it("names a kind of server that there is not", () => {
    for (const kind of ["opanai", "constructor", undefined]) {
      const endpoint = { kind: kind as never, url: "ws://localhost:8000/v1/realtime" };
      assert.throws(() => endpointTarget(endpoint, { kind: "model", model: "m" }), {
        code: "unknown_server",
        param: "kind",
      });
    }
  });

  it("refuses what it cannot use, and shows none of it", () => {
    const at = (url: string) =>
      failure(() => endpointTarget({ kind: "compatible", dialect: "ga", url }, model("")));
    for (const url of [
      "",
      "secret",
      "http://secret/",
      "ws://user:secret@host/",
      "ws://secret:99999",
    ]) {
      assert.equal(at(url).code, "invalid_url");
      assert.doesNotMatch(at(url).message, /secret/);
    }
    assert.equal(
      failure(() => endpointTarget({ kind: "openai", apiKey: " " }, model("m"))).code,
      "no_key",
    );
    assert.equal(
      failure(() => endpointTarget({ kind: "openai", apiKey: "k" }, model(""))).code,
      "no_model",
    );
    for (const headers of [{ "X-A": "secret\r\nX-B: c" }, { "a b": "secret" }]) {
      const error = failure(() =>
        endpointTarget({ kind: "openai", apiKey: "k", headers }, model("m")),
      );
      assert.equal(error.code, "invalid_header");
      assert.doesNotMatch(error.message, /secret/);
    }
  });

  it("knows hosts that the internet does not reach", () => {
    for (const host of [
      "localhost",
      "127.0.0.1",
      "10.1.2.3",
      "172.31.0.1",
      "100.100.1.2",
      "[::1]",
      "[fd00::1]",
      "nas",
      "pi.local",
    ])
      assert.ok(isPrivateHost(host), host);
    for (const host of [
      "example.com",
      "172.32.0.1",
      "100.63.255.255",
      "100.128.0.1",
      "8.8.8.8",
      "[2001:db8::1]",
      "local.example.com",
    ])
      assert.ok(!isPrivateHost(host), host);
  });
});
