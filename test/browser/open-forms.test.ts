import assert from "node:assert/strict";
import { useEditor, type Editor } from "../support/editor";
import { runtimes } from "../support/node-red";

const canvas = (type: string, index: number, members: object): object => ({
  id: type,
  type: `openai-realtime-${type}`,
  z: "tab",
  name: "",
  session: "session",
  x: 200,
  y: 80 * (index + 1),
  wires: [],
  ...members,
});

/** Nodes that are right as they are, and of which a form of another node may say otherwise. */
const flows = [
  { id: "tab", type: "tab", label: "nodes" },
  { id: "endpoint", type: "openai-realtime-endpoint", name: "Built-in", kind: "built-in" },
  {
    id: "openai",
    type: "openai-realtime-endpoint",
    name: "Cloud",
    kind: "openai",
    keyFrom: "credential",
    headers: [],
  },
  { id: "session", type: "openai-realtime-session", endpoint: "endpoint", kind: "conversation" },
  canvas("audio-out", 0, { deliver: "stream", address: "192.168.1.5" }),
  canvas("tool", 1, {
    tool: "set_light",
    parametersMode: "list",
    parameters: [{ name: "room", type: "string", choices: "", required: true, description: "" }],
    roomArgument: "room",
    deadline: "20",
    outputs: 1,
    wires: [[]],
  }),
];

for (const { label, module } of runtimes) {
  describe(`nodes beside an open form, ${label}`, function () {
    this.timeout(90_000);
    let editor: Editor;
    useEditor(
      module,
      (opened) => {
        editor = opened;
      },
      { flows },
    );

    const openConfig = async (type: string, id: string): Promise<void> => {
      await editor.page.evaluate(
        ([name, nodeId]) => RED.editor.editConfig("", `openai-realtime-${name}`, nodeId),
        [type, id] as const,
      );
      await editor.formOpened("#node-config-input-name");
    };
    const open = async (id: string): Promise<void> => {
      await editor.page.evaluate((nodeId) => RED.editor.edit(RED.nodes.node(nodeId)), id);
      await editor.formOpened("#node-input-name");
    };

    it("judges an endpoint by its own kind of server while a session's form is open", async () => {
      const { page } = editor;
      await openConfig("session", "session");
      assert.deepEqual(await page.evaluate(mistakesOf, ["endpoint", "openai"]), []);
      assert.deepEqual(editor.problems, []);
    });

    it("judges an endpoint by its own fields while the form of another is open", async () => {
      const { page } = editor;
      await openConfig("endpoint", "endpoint");
      await page.selectOption("#node-config-input-kind", "azure");
      await page.selectOption("#node-config-input-keyFrom", "env");
      assert.deepEqual(await page.evaluate(mistakesOf, ["openai"]), []);
      assert.deepEqual(editor.problems, []);
    });

    it("judges a node of the canvas by its own fields while the form of another is open", async () => {
      const { page } = editor;
      const copy = await page.evaluate(copyOf, "audio-out");
      await open(copy);
      await page.selectOption("#node-input-deliver", "url");
      assert.deepEqual(await page.evaluate(mistakesOf, ["audio-out"]), []);
      assert.deepEqual(editor.problems, []);
    });

    it("judges a tool by what it has while its session's form lies over its own", async () => {
      const { page } = editor;
      await open("tool");
      await page.click("#node-input-btn-session-edit");
      await editor.formOpened("#node-config-input-name");
      // It tells all that use the session.
      await page.click("#node-config-dialog-ok");
      await page.waitForSelector("#node-config-dialog-ok", { state: "hidden" });
      await page.waitForSelector("#node-dialog-cancel", { state: "visible" });
      await page.click("#node-dialog-cancel");
      await page.waitForSelector("#node-dialog-cancel", { state: "hidden" });
      assert.deepEqual(await editor.invalidNodes(), []);
      assert.deepEqual(editor.problems, []);
    });

    it("judges a tool by what it has when its deletion in its form is taken back", async () => {
      const { page } = editor;
      await open("tool");
      await page.click("#node-dialog-delete");
      await page.waitForSelector("#node-dialog-delete", { state: "hidden" });
      await page.evaluate(() => RED.history.pop());
      assert.deepEqual(await page.evaluate(mistakesOf, ["tool"]), []);
      assert.deepEqual(editor.problems, []);
    });
  });
}

// What follows runs in the page.

/** What is wrong with nodes, when they are judged now. */
function mistakesOf(ids: string[]): string[] {
  return ids.flatMap((id) => {
    const node = RED.nodes.node(id);
    RED.editor.validateNode(node);
    return node.validationErrors;
  });
}

/** The id of a copy of a node, imported as by the clipboard. */
function copyOf(id: string): string {
  const nodes = RED.nodes.createExportableNodeSet([RED.nodes.node(id)]);
  const { nodeMap } = RED.nodes.import(nodes, { generateIds: true });
  return nodeMap[id]?.id ?? "";
}

interface EditorNode {
  id: string;
  validationErrors: string[];
}
declare const RED: {
  history: { pop(): void };
  nodes: {
    node(id: string): EditorNode;
    createExportableNodeSet(nodes: EditorNode[]): object[];
    import(nodes: object[], options: object): { nodeMap: Record<string, EditorNode> };
  };
  editor: {
    edit(node: EditorNode): void;
    editConfig(name: string, type: string, id: string): void;
    validateNode(node: EditorNode): boolean;
  };
};
