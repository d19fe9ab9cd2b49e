import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { flow, give, load, next, useNodeRed, type FlowNode } from "../support/canvas";

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
});
