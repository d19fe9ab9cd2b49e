import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { useEditor, type Editor } from "../support/editor";
import { project, runtimes, type RunningNodeRed } from "../support/node-red";

const examples = readdirSync(join(project, "examples"))
  .filter((file) => file.endsWith(".json"))
  .map((file) => ({
    name: file.replace(".json", ""),
    text: readFileSync(join(project, "examples", file), "utf8"),
  }));

/** One node of each type, where it stands in the examples. */
const dialogs = [
  { tab: "1 Ask in text", node: "openai-realtime-connect" },
  { tab: "1 Ask in text", node: "openai-realtime-send" },
  { tab: "3 Route the events", node: "refused on purpose" },
  { tab: "3 Route the events", node: "by kind" },
  { tab: "2 Lights by voice", node: "openai-realtime-tool" },
  { tab: "2 Lights by voice", node: "openai-realtime-tool-result" },
  { tab: "15 Key for a browser", node: "openai-realtime-client-secret" },
  { tab: "16 Answer a phone call", node: "openai-realtime-call" },
  { tab: "7 Microphone and loudspeaker", node: "openai-realtime-audio-in" },
  { tab: "10 Announce to a room", node: "openai-realtime-audio-out" },
];

for (const { label, module } of runtimes) {
  describe(`the editor, ${label}`, function () {
    this.timeout(90_000);
    let nodeRed: Pick<RunningNodeRed, "output">;
    let editor: Editor;
    useEditor(module, (opened, running) => {
      editor = opened;
      nodeRed = running;
    });

    it("finds no example with a node that is not valid", async () => {
      assert.deepEqual(await editor.invalidNodes(), []);
      for (const { name } of examples) await editor.openTab(name);
    });

    it("exports each example as it is shipped", async () => {
      for (const { name, text } of examples) {
        await editor.openTab(name);
        const shipped = sorted(JSON.parse(text));
        const exported = sorted(await editor.page.evaluate(exportActiveTab));
        assert.deepEqual(exported, shipped, name);
      }
    });

    for (const { tab, node } of dialogs) {
      it(`opens the form of ${node}, in light and dark, and keeps what it was given`, async () => {
        await editor.openTab(tab);
        const id = await editor.nodeId(node);
        const before = await editor.page.evaluate(nodeAsJson, id);
        await editor.page.evaluate((nodeId) => RED.editor.edit(RED.nodes.node(nodeId)), id);
        await editor.formOpened("#node-dialog-ok");
        await editor.screenshot(`${module}-${node.replaceAll(" ", "-")}`);
        await editor.dark(true);
        await editor.screenshot(`${module}-${node.replaceAll(" ", "-")}-dark`);
        await editor.dark(false);
        assert.deepEqual(await editor.page.evaluate(brokenLabels), []);
        assert.equal(await editor.page.locator("#dialog-form .input-error").count(), 0);
        await editor.page.click("#node-dialog-ok");
        await editor.page.waitForSelector("#node-dialog-ok", { state: "hidden" });
        assert.deepEqual(await editor.page.evaluate(nodeAsJson, id), before);
        assert.equal(await editor.page.evaluate(isChanged, id), false);
        assert.deepEqual(editor.problems, []);
      });
    }

    for (const type of ["openai-realtime-session", "openai-realtime-endpoint"]) {
      it(`opens the form of ${type}, in light and dark, and keeps what it was given`, async () => {
        const id = await editor.page.evaluate(configOfType, type);
        const before = await editor.page.evaluate(nodeAsJson, id);
        await editor.page.evaluate(
          ([nodeType, nodeId]) => RED.editor.editConfig("", nodeType ?? "", nodeId ?? ""),
          [type, id],
        );
        await editor.formOpened("#node-config-dialog-ok");
        const tabs = editor.page.locator("#realtime-session-tabs li a");
        const count = Math.max(1, await tabs.count());
        for (let index = 0; index < count; index += 1) {
          if (count > 1) await tabs.nth(index).click();
          await editor.screenshot(`${module}-${type}-${index}`);
          await editor.dark(true);
          await editor.screenshot(`${module}-${type}-${index}-dark`);
          await editor.dark(false);
          assert.deepEqual(await editor.page.evaluate(brokenLabels), []);
        }
        assert.equal(await editor.page.locator("#dialog-config-form .input-error").count(), 0);
        await editor.page.click("#node-config-dialog-ok");
        await editor.page.waitForSelector("#node-config-dialog-ok", { state: "hidden" });
        assert.deepEqual(await editor.page.evaluate(nodeAsJson, id), before);
        assert.equal(await editor.page.evaluate(isChanged, id), false);
        assert.deepEqual(editor.problems, []);
      });
    }

    it("shows the nodes of each example in columns", async () => {
      for (const { name } of examples) {
        await editor.openTab(name);
        const edges = await editor.page.evaluate(leftEdges);
        for (const [index, edge] of edges.slice(1).entries())
          assert.ok(edge - (edges[index] ?? 0) >= 20, `${name}: ${edges.join(", ")}`);
      }
    });

    it("deploys all examples", async () => {
      const status = await editor.page.evaluate(async () => {
        const response = await fetch("flows", {
          method: "POST",
          headers: {
            "Content-Type": "application/json",
            "Node-RED-API-Version": "v1",
            "Node-RED-Deployment-Type": "full",
          },
          body: JSON.stringify(RED.nodes.createCompleteNodeSet()),
        });
        return response.status;
      });
      assert.equal(status, 204);
      assert.doesNotMatch(nodeRed.output(), /\[error\]/);
    });
  });
}

/** Nodes by id, with their members in an order of their own: neither says anything. */
function sorted(nodes: unknown): unknown {
  const list = nodes as { id: string }[];
  return list
    .map((node) =>
      Object.fromEntries(Object.entries(node).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    )
    .toSorted((a, b) => (String(a["id"]) < String(b["id"]) ? -1 : 1));
}

// What follows runs in the page.

function exportActiveTab(): unknown {
  const tab = RED.workspaces.active();
  const nodes = [RED.nodes.workspace(tab), ...RED.nodes.filterNodes({ z: tab })];
  return JSON.parse(JSON.stringify(RED.nodes.createExportableNodeSet(nodes)));
}

/** Labels of the open form that do not fit into one line. */
function brokenLabels(): string[] {
  return [...document.querySelectorAll(".form-row > label")]
    .filter((label) => label.offsetHeight > 30)
    .map((label) => label.textContent.trim());
}

/** Where the nodes of the active tab begin, in px from the left; each place once. */
function leftEdges(): number[] {
  const edges = RED.nodes
    .filterNodes({ z: RED.workspaces.active() })
    .map(({ x, w }) => Math.round(x - w / 2));
  return [...new Set(edges)].toSorted((a, b) => a - b);
}

function nodeAsJson(id: string): unknown {
  const [node] = RED.nodes.createExportableNodeSet([RED.nodes.node(id)]);
  return JSON.parse(JSON.stringify(node));
}

/** Whether the editor takes a node for changed, so that the next deploy starts it anew. */
function isChanged(id: string): boolean {
  return RED.nodes.node(id).changed === true || RED.nodes.dirty();
}

function configOfType(type: string): string {
  const ids: string[] = [];
  RED.nodes.eachConfig((node) => {
    if (node.type === type) ids.push(node.id);
    return true;
  });
  return ids[0] ?? "";
}

interface EditorNode {
  id: string;
  type: string;
  /** Its centre, and its width, in px. */
  x: number;
  w: number;
  changed?: boolean;
}
declare const document: {
  querySelectorAll(selector: string): Iterable<{ offsetHeight: number; textContent: string }>;
};
declare function fetch(url: string, init: object): Promise<{ status: number }>;
declare const RED: {
  workspaces: { active(): string };
  nodes: {
    workspace(id: string): unknown;
    node(id: string): EditorNode;
    dirty(): boolean;
    filterNodes(filter: object): EditorNode[];
    eachConfig(visit: (node: EditorNode) => boolean): void;
    createExportableNodeSet(nodes: unknown[]): unknown[];
    createCompleteNodeSet(): unknown[];
  };
  editor: {
    edit(node: EditorNode): void;
    editConfig(name: string, type: string, id: string): void;
  };
};
