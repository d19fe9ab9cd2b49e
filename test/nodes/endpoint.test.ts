import assert from "node:assert/strict";
import { RealtimeError, type EndpointTarget } from "../../lib/index";
import type { EndpointNode } from "../../nodes/endpoint";
import {
  flow,
  lastStatus,
  load,
  nodeById,
  refused,
  unload,
  useNodeRed,
  type FlowNode,
} from "../support/canvas";

/** A tab with this endpoint, and one node that keeps the tab from being empty. */
async function endpoint(
  config: Partial<FlowNode>,
  credentials: Record<string, string> = {},
): Promise<EndpointNode> {
  await load(flow({ id: "e", type: "openai-realtime-endpoint", ...config }), { e: credentials });
  return nodeById("e") as EndpointNode;
}

async function refusal(
  config: Partial<FlowNode>,
  credentials?: Record<string, string>,
): Promise<RealtimeError> {
  const node = await endpoint(config, credentials);
  const error = await node.target(model("m")).then(
    () => assert.fail("it was not refused"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof RealtimeError);
  assert.equal(node.problem(model("m"))?.code, error.code, "what is known before it is tried");
  return error;
}

const model = (name: string) => ({ kind: "model", model: name }) as const;

describe("endpoint node", () => {
  useNodeRed();

  it("connects to OpenAI with the key, organisation, project and headers of its form", async () => {
    const node = await endpoint(
      { kind: "openai", organization: "org", project: "proj", headers: ["X-Room"] },
      { apiKey: " sk-1 ", headerValues: '{"X-Room":"kitchen","X-Removed":"old"}' },
    );
    assert.equal(node.problem(model("gpt-realtime")), undefined);
    assert.deepEqual(await node.target(model("gpt-realtime")), {
      url: "wss://api.openai.com/v1/realtime?model=gpt-realtime",
      headers: {
        Authorization: "Bearer sk-1",
        "OpenAI-Organization": "org",
        "OpenAI-Project": "proj",
        "X-Room": "kitchen",
      },
      dialect: "ga",
      strictness: "openai",
      settingsAck: "required",
      firstEventTimeoutMs: 15_000,
    } satisfies EndpointTarget);
  });

  it("connects to another server in its dialect, and checks less", async () => {
    const node = await endpoint({ kind: "compatible", url: "ws://nas:8000/v1", dialect: "beta" });
    assert.deepEqual(await node.target(model("")), {
      url: "ws://nas:8000/v1",
      headers: { "OpenAI-Beta": "realtime=v1" },
      dialect: "beta",
      strictness: "compatible",
      settingsAck: "optional",
      firstEventTimeoutMs: 120_000,
    } satisfies EndpointTarget);
  });

  it("sends a server nothing that its form does not show, as it was typed for another one", async () => {
    const forOther = {
      organization: "org",
      project: "proj",
      subprotocols: "mine",
      dialect: "beta",
      url: "wss://elsewhere/v1",
      apiVersion: "2024-10-01-preview",
    } as const;
    const xai = await endpoint({ ...forOther, kind: "xai" }, { apiKey: "k" });
    assert.deepEqual(await xai.target(model("m")), {
      url: "wss://api.x.ai/v1/realtime?model=m",
      headers: { Authorization: "Bearer k" },
      dialect: "ga",
      strictness: "compatible",
      settingsAck: "optional",
      firstEventTimeoutMs: 15_000,
    } satisfies EndpointTarget);
    await unload();
    const localai = await endpoint({ ...forOther, kind: "localai" });
    const { headers, subprotocols } = await localai.target(model("m"));
    assert.deepEqual(headers, { "OpenAI-Beta": "realtime=v1" });
    assert.deepEqual(subprotocols, ["mine"]);
  });

  it("takes key and address from the environment", async () => {
    process.env["REALTIME_TEST_KEY"] = "sk-env";
    process.env["REALTIME_TEST_URL"] = "wss://from.env/v1";
    try {
      const node = await endpoint(
        { kind: "compatible", url: "${REALTIME_TEST_URL}", dialect: "ga" },
        { apiKey: "${REALTIME_TEST_KEY}" },
      );
      const { url, headers } = await node.target(model(""));
      assert.equal(url, "wss://from.env/v1");
      assert.equal(headers["Authorization"], "Bearer sk-env");
    } finally {
      delete process.env["REALTIME_TEST_KEY"];
      delete process.env["REALTIME_TEST_URL"];
    }
  });

  it("starts its own server once, on this machine, and closes it with itself", async () => {
    const node = await endpoint({ kind: "built-in" });
    const [first, second] = await Promise.all([
      node.target(model("")),
      node.target(model("voice")),
    ]);
    assert.match(first.url, /^ws:\/\/127\.0\.0\.1:\d+\/v1\/realtime$/);
    assert.equal(second.url, `${first.url}?model=voice`);
    assert.match(first.headers["Authorization"] ?? "", /^Bearer .{32}/);
    const answer = await fetch(first.url.replace("ws:", "http:"));
    assert.equal(answer.status, 426);
    await node.close(false);
    await assert.rejects(fetch(first.url.replace("ws:", "http:")));
  });

  it("is for the built-in server where it does not say so, as its form shows it", async () => {
    const node = await endpoint({});
    assert.ok(node.isBuiltIn);
    assert.equal(node.problem(model("")), undefined);
    assert.match((await node.target(model(""))).url, /^ws:\/\/127\.0\.0\.1:/);
  });

  const secret = { apiKey: "sk-secret", headerValues: '{"X-A":"secret"}' };
  for (const [what, code, config, credentials] of [
    ["no key", "no_key", { kind: "openai" }, {}],
    ["a key of blanks", "no_key", { kind: "openai" }, { apiKey: "  " }],
    ["no address", "invalid_url", { kind: "compatible" }, secret],
    ["an address of the web", "invalid_url", { kind: "compatible", url: "https://secret" }, secret],
    ["a password", "invalid_url", { kind: "compatible", url: "wss://me:secret@host/" }, secret],
    [
      "a key in the open",
      "insecure_url",
      { kind: "compatible", url: "ws://example.com/?k=secret" },
      secret,
    ],
    ["a header without value", "invalid_header", { kind: "openai", headers: ["X-B"] }, secret],
    [
      "broken header values",
      "invalid_header",
      { kind: "openai", headers: ["X-B"] },
      { apiKey: "k", headerValues: "{secret" },
    ],
  ] as const) {
    it(`refuses ${what}, and shows nothing that is secret`, async () => {
      const error = await refusal({ ...config }, credentials);
      assert.equal(error.code, code);
      assert.doesNotMatch(`${error.stack} ${String(error.cause)}`, /secret/);
    });
  }

  it("works with a node that an older version has saved", async () => {
    const node = await endpoint({ kind: "openai" }, { apiKey: "k" });
    assert.deepEqual((await node.target(model("m"))).headers, { Authorization: "Bearer k" });
  });

  for (const kind of ["openai", "compatible"]) {
    it(`says that it has no key where the variable of its key is not set, ${kind}`, async () => {
      const config = { kind, url: "wss://example.com/v1/realtime" };
      const { code, message } = await refusal(config, { apiKey: "${REALTIME_TEST_UNSET}" });
      assert.equal(code, "no_key");
      assert.match(message, /environment variable.*not set/);
    });

    it(`says that it has no key where nothing has the name of its key, ${kind}`, async () => {
      const config = { kind, url: "wss://example.com/v1/realtime", keyName: "REALTIME_TEST_UNSET" };
      for (const [keyFrom, text] of [
        ["env", /environment variable that is not set/],
        ["global", /value of the global context that is not set/],
      ] as const) {
        const { code, message, param } = await refusal({ ...config, keyFrom });
        assert.deepEqual([code, param], ["no_key", "keyName"]);
        assert.match(message, text);
        assert.doesNotMatch(message, /UNSET/);
        await unload();
      }
    });
  }

  it("takes a key from the environment, also with a space beside the name", async () => {
    process.env["REALTIME_TEST_KEY"] = "k";
    try {
      for (const apiKey of ["${REALTIME_TEST_KEY}", " ${REALTIME_TEST_KEY}"]) {
        const node = await endpoint({ kind: "openai" }, { apiKey });
        assert.deepEqual((await node.target(model("m"))).headers, { Authorization: "Bearer k" });
        await unload();
      }
    } finally {
      delete process.env["REALTIME_TEST_KEY"];
    }
  });

  it("says that it has no key where the name of the value is none, and so do the nodes", async () => {
    const config = { kind: "openai", keyFrom: "global", keyName: "sk-entered here" };
    const { param, message } = await refusal(config);
    assert.equal(param, "keyName");
    assert.doesNotMatch(message, /entered/);
    await unload();
    await load(
      flow(
        { id: "e", type: "openai-realtime-endpoint", ...config },
        { id: "s", type: "openai-realtime-session", endpoint: "e", model: "m" },
        { id: "c", type: "openai-realtime-connect", session: "s" },
      ),
    );
    assert.equal(lastStatus("c"), "status.no-key");
    assert.equal((await refused("c", { action: "connect" })).code, "no_key");
  });
});
