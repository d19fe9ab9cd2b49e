import assert from "node:assert/strict";
import type { SessionNode } from "../../nodes/session";
import {
  compatible,
  completed,
  deploy,
  flow,
  give,
  lastStatus,
  load,
  next,
  nodeById,
  refused,
  status,
  statusesInEditor,
  topicIs,
  useNodeRed,
  userWords,
  watched,
  type FlowNode,
} from "../support/canvas";
import { WireServer } from "../support/wire-server";

const without = (nodes: FlowNode[], gone: string): FlowNode[] =>
  nodes.filter(({ id }) => id !== gone);

const changed = (nodes: FlowNode[], id: string, change: object): FlowNode[] =>
  nodes.map((node) => (node.id === id ? { ...node, ...change } : node));

const user = (type: string, members: Partial<FlowNode> = {}): FlowNode => ({
  id: type,
  type: `openai-realtime-${type}`,
  session: "s",
  ...members,
});

const userTypes = ["audio-in", "audio-out", "tool", "tool-result", "client-secret", "call"];

describe("a deploy of modified nodes", () => {
  useNodeRed();
  let server: WireServer;
  beforeEach(async () => {
    server = await WireServer.start();
  });
  afterEach(() => server.close());

  const tool = user("tool", { tool: "ring", parametersMode: "list", parameters: [] });

  it("gives nodes their session again that comes back under its old id", async () => {
    const nodes = flow(...compatible(server.url), ...watched(), userWords("words"), tool);
    await load(nodes);
    await deploy(without(nodes, "s"));
    for (const id of ["c", "words", "tool"]) assert.equal(lastStatus(id), "status.no-session");
    assert.equal((await refused("c", { action: "connect" })).code, "no_session");
    await deploy(nodes);
    for (const id of ["c", "words"]) assert.equal(lastStatus(id), "status.idle");
    const created = next("events", topicIs("session.created"));
    await completed("c", { action: "connect" });
    await created;
    for (const id of ["c", "words"]) assert.equal(lastStatus(id), "status.ready");
    assert.equal(lastStatus("tool"), "status.registered");
    const { users } = nodeById("s") as SessionNode;
    assert.deepEqual(Object.keys(users).toSorted(), ["c", "tool", "words"]);
  });

  it("shows no node without a session any more when that is back", async () => {
    const users = userTypes.map((type) => user(type));
    const nodes = flow(...compatible(server.url), ...users);
    const shown = statusesInEditor();
    await load(without(nodes, "s"));
    for (const type of userTypes) assert.equal(shown(type), "status.no-session");
    await deploy(nodes);
    for (const type of userTypes) assert.notEqual(shown(type), "status.no-session", type);
    assert.equal(shown("call"), undefined);
  });

  it("gives nodes of a subflow the session that its variable names, when that was changed", async () => {
    const nodes = [
      { id: "room", type: "subflow", in: [{ wires: [{ id: "c" }] }], env: [] },
      { ...user("connect"), id: "c", session: "${SESSION}", z: "room", x: 1, y: 1, wires: [] },
      ...flow(...compatible(server.url), {
        id: "i",
        type: "subflow:room",
        env: [{ name: "SESSION", type: "conf-type", value: "s" }],
      }),
    ];
    await load(nodes);
    const before = nodeById("s");
    await deploy(changed(nodes, "s", { instructionsMode: "value", instructions: "Be brief." }));
    assert.notEqual(nodeById("s"), before);
    const ready = status("i-c", "status.ready");
    give("i", { action: "connect" });
    await ready;
  });

  it("opens a session again whose endpoint comes back under its old id", async () => {
    const [c, probe] = watched();
    assert.ok(c && probe);
    const nodes = flow(
      ...compatible(server.url),
      { ...c, start: "deploy" },
      probe,
      userWords("words"),
    );
    await load(nodes);
    await status("c", "status.ready");
    const failed = next("caught");
    await deploy(without(nodes, "e"));
    assert.equal((await failed)["error"].code, "no_endpoint");
    for (const id of ["c", "words"]) assert.equal(lastStatus(id), "status.no-endpoint");
    const ready = status("c", "status.ready");
    await deploy(nodes);
    await ready;
    assert.equal(lastStatus("words"), "status.ready");
  });

  it("offers a session its tools again whose endpoint comes back under its old id", async () => {
    const nodes = flow(...compatible(server.url), ...watched(), tool);
    await load(nodes);
    await deploy(without(nodes, "e"));
    await deploy(nodes);
    assert.equal(lastStatus("tool"), "status.registered");
  });

  it("lets sessions alone whose endpoint stays", async () => {
    const nodes = flow(...compatible(server.url), ...watched(), userWords("words"));
    await load(nodes);
    await completed("c", { action: "connect" });
    await deploy(changed(nodes, "words", { text: "topic" }));
    await deploy(without(nodes, "words"));
    assert.equal(server.handshakes.length, 1);
    assert.equal(lastStatus("c"), "status.ready");
  });

  it("shows no form as unusable any more that was mended", async () => {
    const filter = { id: "filter", type: "openai-realtime-filter", rules: "none", wires: [] };
    const result = user("tool-result", { mode: "guess" });
    const nodes = flow(...compatible(server.url), filter, result);
    const shown = statusesInEditor();
    await load(nodes);
    for (const id of ["filter", "tool-result"]) assert.equal(shown(id), "status.invalid-settings");
    await deploy(
      changed(changed(nodes, "filter", { rules: [] }), "tool-result", { mode: "result" }),
    );
    for (const id of ["filter", "tool-result"]) assert.equal(shown(id), undefined);
  });
});
