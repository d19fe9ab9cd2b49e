import assert from "node:assert/strict";
import { createRequire } from "node:module";
import {
  compatible,
  completed,
  flow,
  give,
  load,
  next,
  topicIs,
  useNodeRed,
  type FlowNode,
} from "../support/canvas";
import { WireServer } from "../support/wire-server";

const runtime = require.resolve(process.env["NODE_RED"] ?? "node-red");

/** What the debug sidebar shows of an error that no Catch node takes. */
function inSidebar(error: unknown): { msg: string; format: string } {
  const { util } = createRequire(runtime)("@node-red/util") as {
    util: { encodeObject(shown: object): { msg: string; format: string } };
  };
  return util.encodeObject({ msg: error });
}

/** The next error that is logged, as the debug sidebar and other log handlers get it. */
function nextLogged(): Promise<unknown> {
  const { log } = createRequire(runtime)("@node-red/util") as {
    log: { ERROR: number; addHandler(handler: object): void; removeHandler(handler: object): void };
  };
  return new Promise((resolve) => {
    const handler = {
      emit: (_name: string, { level, msg }: { level: number; msg: unknown }) => {
        if (level !== log.ERROR) return;
        log.removeHandler(handler);
        resolve(msg);
      },
    };
    log.addHandler(handler);
  });
}

const tool: FlowNode = {
  id: "tool",
  type: "openai-realtime-tool",
  session: "s",
  tool: "set_light",
  parametersMode: "schema",
  schema: '{"type":',
};
const connect: FlowNode = { id: "c", type: "openai-realtime-connect", session: "s", emit: "all" };
const nodes = (...more: FlowNode[]): FlowNode[] =>
  flow(
    { id: "e", type: "openai-realtime-endpoint", kind: "built-in", headers: [] },
    { id: "s", type: "openai-realtime-session", endpoint: "e", model: "" },
    ...more,
  );
const withoutCatch = (all: FlowNode[]): FlowNode[] => all.filter(({ type }) => type !== "catch");

describe("an error of a node", () => {
  useNodeRed();

  it("is a whole sentence in the debug sidebar, where a message caused it", async () => {
    await load(withoutCatch(nodes(connect)));
    const logged = nextLogged();
    give("c", { action: "open" });
    const { msg } = inSidebar(await logged);
    assert.equal(
      msg,
      "msg.action must be one of connect, disconnect, reconnect, update, status, misbehave",
    );
  });

  it("is a whole sentence in the debug sidebar, where no message caused it", async () => {
    const logged = nextLogged();
    await load(withoutCatch(nodes(tool)));
    assert.equal(inSidebar(await logged).msg, "The JSON Schema is not valid JSON");
  });

  it("is the same sentence for a Catch node, with its code", async () => {
    await load(nodes(connect));
    const caught = next("caught");
    give("c", { action: "open", payload: 7 });
    const { error, payload } = await caught;
    assert.match(error.message, /^msg\.action must be one of connect, /);
    assert.deepEqual([error.code, error.source.id, payload], ["unknown_action", "c", 7]);
    assert.ok(!("cause" in error) && !("stack" in error));
  });

  it("is one line, whatever a server says", async () => {
    const server = await WireServer.start();
    try {
      await load(flow(...compatible(server.url), connect));
      await completed("c", { action: "connect" });
      const caught = next("caught");
      const message = "No.\r\n1 Jan 00:00:00 - [info] Started\u001b[2J\u2028flows";
      server.send({ type: "error", error: { type: "server_error", code: "x", message } });
      const { error } = await caught;
      assert.equal(error.message, "No. 1 Jan 00:00:00 - [info] Started [2J flows");
    } finally {
      await server.close();
    }
  });
});

describe("a message that is nested too deep to be copied for Catch and Complete nodes", () => {
  useNodeRed();

  const deep = (): unknown => {
    let value: unknown = [];
    for (let depth = 0; depth < 100_000; depth += 1) value = [value];
    return value;
  };

  for (const [type, message, code] of [
    ["connect", { action: "open" }, "unknown_action"],
    ["send", { payload: 1 }, "invalid_event"],
    ["filter", { payload: 1 }, "not_an_event"],
    ["filter", { payload: { type: "a" } }, "message_not_copied"],
    ["tool-result", {}, "call_lost"],
    ["audio-in", { payload: 1 }, "wrong_type"],
    ["audio-in", { action: "unmute" }, "message_not_copied"],
    ["audio-out", { action: "open" }, "unknown_action"],
    ["audio-out", { action: "stop" }, "message_not_copied"],
    ["client-secret", {}, "no_http_address"],
    ["call", { payload: 1 }, "unknown_action"],
    ["send", { payload: 1, session: "none" }, "no_session"],
  ] as const) {
    it(`has its error told without it by a ${type} node: ${code}`, async () => {
      const session = "session" in message ? message.session : "s";
      const mode = type === "send" ? "message" : undefined;
      const members = { session, mode, rules: [], tool: "", lifetime: "" };
      await load(nodes({ id: "n", type: `openai-realtime-${type}`, ...members }));
      const caught = next("caught");
      give("n", { ...message, deep: deep() });
      const { error, ...rest } = await caught;
      assert.ok(error.code === code || error.message.includes(code), error.message);
      assert.equal(error.source.id, "n");
      assert.ok(!("deep" in rest));
    });
  }

  it("does no harm where a server sends it and a filter takes it", async () => {
    const server = await WireServer.start();
    try {
      const filter: FlowNode = {
        id: "f",
        type: "openai-realtime-filter",
        rules: [{ match: "group", group: "vendor.*", type: "", test: false }],
        wires: [["out"]],
      };
      const out: FlowNode = { id: "out", type: "helper" };
      await load(flow(...compatible(server.url), { ...connect, wires: [["f"]] }, filter, out));
      await completed("c", { action: "connect" });
      const caught = next("caught", ({ error }) => error.source.id === "f");
      const after = next("out", topicIs("vendor.after"));
      server.peer.send(`{"type":"vendor.deep","x":${"[".repeat(100_000)}${"]".repeat(100_000)}}`);
      server.send({ type: "vendor.after" });
      assert.equal((await caught)["error"].code, "message_not_copied");
      await after;
    } finally {
      await server.close();
    }
  });
});
