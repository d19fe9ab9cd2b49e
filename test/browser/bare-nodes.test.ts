import assert from "node:assert/strict";
import pkg from "../../package.json";
import { useEditor, type Editor } from "../support/editor";
import { runtimes } from "../support/node-red";

const configs = ["endpoint", "session"];

/** A node of each type with nothing but what makes it one, as a flow written by hand may have it. */
const flows = [
  { id: "tab", type: "tab", label: "bare" },
  ...Object.keys(pkg["node-red"].nodes).map((name, index) => ({
    id: name,
    type: `openai-realtime-${name}`,
    ...(name === "session" ? { endpoint: "endpoint" } : {}),
    ...(configs.includes(name) ? {} : { z: "tab", session: "session", x: 200, y: 50 * index }),
    ...(name === "tool" ? { tool: "ring", parameters: [{ name: "bell", type: "string" }] } : {}),
    ...(configs.includes(name) ? {} : { wires: [] }),
  })),
];

for (const { label, module } of runtimes) {
  describe(`nodes that lack properties, ${label}`, function () {
    this.timeout(90_000);
    let editor: Editor;
    useEditor(
      module,
      (opened) => {
        editor = opened;
      },
      { flows },
    );

    for (const name of Object.keys(pkg["node-red"].nodes)) {
      it(`shows what the runtime makes of a bare ${name}`, async () => {
        const { page } = editor;
        const isConfig = configs.includes(name);
        await page.evaluate(openForm, name);
        const done = isConfig ? "#node-config-dialog-ok" : "#node-dialog-ok";
        await editor.formOpened(done);
        assert.deepEqual(await page.evaluate(selectsWithoutChoice), []);
        if (name === "tool") assert.ok(await page.locator(".realtime-parameter-name").isVisible());
        if (name === "audio-in") assert.ok(await page.locator("#node-input-respond").isChecked());
        assert.deepEqual(editor.problems, []);
      });
    }

    it("leads the last output of a bare filter on when it gets its first rule", async () => {
      const { page } = editor;
      await page.evaluate(takeOthers, "filter");
      await page.evaluate(openForm, "filter");
      await editor.formOpened("#node-dialog-ok");
      await page.locator(".red-ui-editableList-addButton:visible").click();
      assert.equal(await page.inputValue("#node-input-outputs"), '{"0":1,"_0":0}');
      assert.deepEqual(editor.problems, []);
    });

    it("leaves a bare node right, and what it does, when its form is closed", async () => {
      const { page } = editor;
      const saved = async (id: string): Promise<object> => {
        await page.evaluate(openForm, id);
        await editor.formOpened("#node-dialog-ok");
        await page.click("#node-dialog-ok");
        await page.waitForSelector("#node-dialog-ok", { state: "hidden" });
        return JSON.parse(await page.evaluate(exportNode, id)) as object;
      };
      await page.evaluate(giveRule, "filter");
      assert.partialDeepStrictEqual(await saved("filter"), {
        rules: [{ match: "type", type: "response.done" }],
      });
      assert.partialDeepStrictEqual(await saved("send"), {
        text: "payload",
        textType: "msg",
        picture: "payload",
        answer: "payload",
      });
      assert.partialDeepStrictEqual(await saved("tool"), { parameters: [{ required: false }] });
      assert.deepEqual(await page.evaluate(mistakesOf, ["filter", "send", "tool"]), []);
      assert.deepEqual(editor.problems, []);
    });
  });
}

// What follows runs in the page.

/** Lets a filter that may lack rules have an output for everything else. */
function takeOthers(id: string): void {
  RED.nodes.node(id).otherwise = true;
}

/** Gives a filter a rule that says no more than the type of an event. */
function giveRule(id: string): void {
  RED.nodes.node(id).rules = [{ type: "response.done" }];
}

function exportNode(id: string): string {
  return JSON.stringify(RED.nodes.createExportableNodeSet([RED.nodes.node(id)])[0]);
}

function mistakesOf(ids: string[]): string[] {
  return ids.flatMap((id) => RED.nodes.node(id).validationErrors);
}

function openForm(id: string): void {
  const node = RED.nodes.node(id);
  if (node._def.category === "config") RED.editor.editConfig("", node.type, id);
  else RED.editor.edit(node);
}

/** Lists of the open form in which nothing is chosen. */
function selectsWithoutChoice(): string[] {
  return [...document.querySelectorAll("form select[id^=node-]")]
    .filter(({ selectedIndex }) => selectedIndex < 0)
    .map(({ id }) => id);
}

interface EditorNode {
  type: string;
  /** Of a filter. */
  otherwise?: boolean;
  rules?: object[];
  validationErrors: string[];
  _def: { category: string };
}
declare const document: {
  querySelectorAll(selector: string): Iterable<{ id: string; selectedIndex: number }>;
};
declare const RED: {
  nodes: {
    node(id: string): EditorNode;
    createExportableNodeSet(nodes: EditorNode[]): object[];
  };
  editor: {
    edit(node: EditorNode): void;
    editConfig(name: string, type: string, id: string): void;
  };
};
