import assert from "node:assert/strict";
import {
  compatible,
  deploy,
  flow,
  load,
  statusesInEditor,
  useNodeRed,
  type FlowNode,
} from "../support/canvas";
import { WireServer } from "../support/wire-server";

const changed = (nodes: FlowNode[], id: string, change: object): FlowNode[] =>
  nodes.map((node) => (node.id === id ? { ...node, ...change } : node));

const user = (type: string, members: Partial<FlowNode> = {}): FlowNode => ({
  id: type,
  type: `openai-realtime-${type}`,
  session: "s",
  ...members,
});

describe("a deploy of modified nodes", () => {
  useNodeRed();
  let server: WireServer;
  beforeEach(async () => {
    server = await WireServer.start();
  });
  afterEach(() => server.close());

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
