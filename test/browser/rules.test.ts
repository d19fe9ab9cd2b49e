import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import { useEditor, type Editor } from "../support/editor";
import { runtimes } from "../support/node-red";

for (const { label, module } of runtimes) {
  describe(`the forms of filter and tool, ${label}`, function () {
    this.timeout(90_000);
    let editor: Editor;
    useEditor(module, (opened) => {
      editor = opened;
    });

    async function openForm(tab: string, name: string): Promise<string> {
      await editor.openTab(tab);
      const id = await editor.nodeId(name);
      await editor.page.evaluate((nodeId) => RED.editor.edit(RED.nodes.node(nodeId)), id);
      await editor.formOpened("#node-dialog-ok");
      return id;
    }

    async function closeForm(): Promise<void> {
      await editor.page.click("#node-dialog-ok");
      await editor.page.waitForSelector("#node-dialog-ok", { state: "hidden" });
    }

    it("lets each wire follow its rule when rules move, go and come", async () => {
      const { page } = editor;
      const id = await openForm("3 Route the events", "by kind");
      const before = await page.evaluate(wiresByLabel, id);
      const rows = page.locator("#node-input-rules-container > li");
      const count = await rows.count();

      await moveUp(page, rows.nth(2), rows.nth(0));
      await rows.nth(1).locator(".red-ui-editableList-item-remove").click();
      await page.waitForFunction(
        (wanted) => document.querySelectorAll("#node-input-rules-container > li").length === wanted,
        count - 1,
      );
      await page.locator(".red-ui-editableList-addButton:visible").click();
      await rows.last().locator(".realtime-rule-match").selectOption("type");
      await rows.last().locator(".realtime-rule-type").fill("session.created");
      await closeForm();

      const after = await page.evaluate(wiresByLabel, id);
      // The third rule was moved to the top, so the second place was the first rule's.
      const [removed = "", , moved = ""] = Object.keys(before);
      assert.equal(Object.keys(after)[0], moved);
      const expected: typeof before = { ...before, "session.created": [] };
      delete expected[removed];
      assert.deepEqual(after, expected);
      assert.equal(Object.keys(after).at(-1), "everything else");
      assert.deepEqual(editor.problems, []);
    });

    it("hints at a name that no event has, and takes it, as it may be newer", async () => {
      const { page } = editor;
      await openForm("3 Route the events", "by kind");
      await page.locator(".red-ui-editableList-addButton:visible").click();
      const rule = page.locator("#node-input-rules-container > li").last();
      await rule.locator(".realtime-rule-match").selectOption("type");
      await expectHints(rule, ".realtime-rule-type", {
        "response.donne": true,
        "response.done": false,
        "response.audio.delta": false,
        "realtime.status": false,
        "response.output_*": false,
        "respnse.*": true,
      });
      await editor.screenshot(`${module}-unknown-event`);
      await rule.locator(".realtime-rule-match").selectOption("group");
      assert.ok(await rule.locator(".realtime-unknown-event").isHidden());
      await rule.locator(".realtime-rule-match").selectOption("type");
      await closeForm();
      assert.deepEqual(await editor.invalidNodes(), []);

      await openForm("1 Ask in text", "openai-realtime-connect");
      await page.selectOption("#node-input-emit", "chosen");
      await page.locator(".red-ui-editableList-addButton:visible").click();
      const row = page.locator("#node-input-events-container > li").last();
      await expectHints(row, ".realtime-event-name", {
        erors: true,
        errors: false,
        "session.created": false,
        "session.create": true,
      });
      assert.deepEqual(editor.problems, []);
    });

    it("has a name for every choice, for who does not see it", async () => {
      const { page } = editor;
      for (const [tab, name] of [
        ["2 Lights by voice", "openai-realtime-tool"],
        ["3 Route the events", "by kind"],
      ] as const) {
        await openForm(tab, name);
        const fields = page.locator("#dialog-form :is(input, select, textarea)");
        assert.deepEqual(await fields.evaluateAll(namelessFields), [], name);
        await editor.cancelForms();
      }
      assert.deepEqual(editor.problems, []);
    });

    it("says in the form what is wrong with a schema", async () => {
      const { page } = editor;
      await openForm("2 Lights by voice", "openai-realtime-tool");
      await page.selectOption("#node-input-parametersMode", "schema");
      const problem = page.locator(".realtime-tool-problem");
      await page.evaluate(setSchema, '{ "type": "object", "$ref": "https://example.com/x" }');
      await page.waitForFunction(() => {
        const [shown] = [...document.querySelectorAll(".realtime-tool-problem")];
        return shown?.textContent?.includes("$ref");
      });
      assert.ok(await problem.isVisible());
      await editor.screenshot(`${module}-schema-problem`);
      await page.evaluate(setSchema, '{ "type": "object" }');
      await problem.waitFor({ state: "hidden" });
      assert.deepEqual(editor.problems, []);
    });

    it("begins a schema with what the list says, until somebody writes in it", async () => {
      const { page } = editor;
      await openForm("2 Lights by voice", "openai-realtime-tool");
      const mode = "#node-input-parametersMode";
      /** Resolves when the schema, which the runtime makes, has these parameters. */
      const hasNames = (...names: string[]): Promise<unknown> =>
        page.waitForFunction(haveParameters, names);
      await page.selectOption(mode, "schema");
      await hasNames("device", "room", "state");
      await page.selectOption(mode, "list");
      const rows = page.locator("#node-input-parameters-container > li");
      await rows.first().locator(".realtime-parameter-name").fill("thing");
      await page.selectOption(mode, "schema");
      await hasNames("thing", "room", "state");

      await page.evaluate(setSchema, '{ "properties": { "mine": {} } }');
      await page.selectOption(mode, "list");
      await page.selectOption(mode, "schema");
      await editor.settled();
      await hasNames("mine");
      assert.deepEqual(editor.problems, []);
    });

    it("shows the parameters of a tool from the first on, and none of their hints is cut", async () => {
      const { page } = editor;
      await openForm("2 Lights by voice", "openai-realtime-tool");
      const scrolled = await page.locator("#node-input-parameters-container").evaluate(scrollTopOf);
      assert.equal(scrolled, 0);
      await page.locator(".red-ui-editableList-addButton:visible").click();
      const added = page.locator("#node-input-parameters-container > li").last();
      await page.waitForFunction(isListAtItsEnd);
      for (const hint of ["name", "choices", "description"])
        assert.ok(await added.locator(`.realtime-parameter-${hint}`).evaluate(fitsHint), hint);
      await editor.screenshot(`${module}-tool-parameters`);
      assert.deepEqual(editor.problems, []);
    });

    it("checks the room against the parameters as they stand in the form", async () => {
      const { page } = editor;
      await openForm("2 Lights by voice", "openai-realtime-tool");
      const room = "#node-input-roomArgument";
      const isWrong = (wanted: boolean): Promise<unknown> =>
        page.waitForSelector(wanted ? `${room}.input-error` : `${room}:not(.input-error)`);
      await page.fill(room, "room");
      await isWrong(false);
      const rows = page.locator("#node-input-parameters-container > li");
      const names = await rows.locator(".realtime-parameter-name").evaluateAll(valuesOf);
      const at = names.indexOf("room");
      await rows.nth(at).locator(".red-ui-editableList-item-remove").click();
      await isWrong(true);
      await page.locator(".red-ui-editableList-addButton:visible").click();
      await rows.last().locator(".realtime-parameter-name").fill("room");
      await isWrong(false);
      await page.selectOption("#node-input-parametersMode", "schema");
      await page.evaluate(setSchema, '{ "type": "object", "properties": { "place": {} } }');
      await isWrong(true);
      await page.evaluate(setSchema, '{ "type": "object", "properties": { "room": {} } }');
      await isWrong(false);
      assert.deepEqual(editor.problems, []);
    });

    it("says in the form where the sentences of a tool have a mistake", async () => {
      const { page } = editor;
      await openForm("2 Lights by voice", "openai-realtime-tool");
      const problem = page.locator(".realtime-tool-sentences-problem");
      await page.fill("#node-input-sentences", "turn {state} [the] light\nturn {mood}");
      await page.waitForFunction(() => {
        const [shown] = [...document.querySelectorAll(".realtime-tool-sentences-problem")];
        return shown?.textContent?.includes("Line 2, column 6");
      });
      assert.ok(await problem.isVisible());
      assert.ok(await page.locator("#node-input-sentences.input-error").isVisible());
      await page.fill("#node-input-sentences", "turn {state} [the] light");
      await problem.waitFor({ state: "hidden" });
      assert.equal(await page.locator("#node-input-sentences.input-error").count(), 0);
      assert.deepEqual(editor.problems, []);
    });

    it("still says that sentences are wrong when the parameters have changed places", async () => {
      const { page } = editor;
      await openForm("2 Lights by voice", "openai-realtime-tool");
      await page.fill("#node-input-sentences", "turn {mood}");
      await page.locator(".realtime-tool-sentences-problem").waitFor({ state: "visible" });
      const rows = page.locator("#node-input-parameters-container > li");
      const first = rows.first().locator(".realtime-parameter-name");
      const name = await first.inputValue();
      const checked = page.waitForResponse(/tool\/problem/, { timeout: 5000 });
      await moveUp(page, rows.nth(1), rows.nth(0));
      assert.notEqual(await first.inputValue(), name);
      await checked;
      await editor.settled();
      await closeForm();
      assert.match((await editor.invalidNodes()).join(), /Line 1, column 6/);
      await page.evaluate(() => RED.history.pop());
      assert.deepEqual(await editor.invalidNodes(), []);
      assert.deepEqual(editor.problems, []);
    });

    it("takes a tool for right again when an undo has taken wrong sentences back", async () => {
      const { page } = editor;
      const id = await openForm("2 Lights by voice", "openai-realtime-tool");
      await page.fill("#node-input-sentences", "turn {mood}");
      await page.locator(".realtime-tool-sentences-problem").waitFor({ state: "visible" });
      await closeForm();
      assert.match((await editor.invalidNodes()).join(), /Line 1, column 6/);
      await page.evaluate(() => RED.history.pop());
      assert.equal(await page.evaluate((nodeId) => RED.nodes.node(nodeId).sentences, id), "");
      assert.deepEqual(await editor.invalidNodes(), []);
      assert.deepEqual(editor.problems, []);
    });

    it("takes sentences for right that were mended just before the form was closed", async () => {
      const { page } = editor;
      await openForm("2 Lights by voice", "openai-realtime-tool");
      await page.fill("#node-input-sentences", "turn {mood}");
      await page.locator(".realtime-tool-sentences-problem").waitFor({ state: "visible" });
      // Both at once: the runtime is asked a moment after what was typed last.
      await page.evaluate(() => {
        const [field] = [...document.querySelectorAll("#node-input-sentences")];
        const [done] = [...document.querySelectorAll("#node-dialog-ok")];
        Object.assign(field ?? {}, { value: "turn {state}" });
        field?.dispatchEvent(new Event("input"));
        done?.click();
      });
      await page.waitForSelector("#node-dialog-ok", { state: "hidden" });
      assert.deepEqual(await editor.invalidNodes(), []);
      assert.deepEqual(editor.problems, []);
    });
  });
}

/** Drags a row of a list to the place of another one above it. */
async function moveUp(page: Page, row: Locator, target: Locator): Promise<void> {
  const handle = ".red-ui-editableList-item-handle";
  const from = await row.locator(handle).boundingBox();
  const to = await target.locator(handle).boundingBox();
  assert.ok(from !== null && to !== null);
  await page.mouse.move(from.x + 4, from.y + 4);
  await page.mouse.down();
  await page.mouse.move(to.x + 4, to.y - 12, { steps: 12 });
  await page.mouse.up();
}

/** Types names into a field of a row, and looks whether the row hints that no event has them. */
async function expectHints(
  row: Locator,
  field: string,
  hints: Readonly<Record<string, boolean>>,
): Promise<void> {
  for (const [name, isUnknown] of Object.entries(hints)) {
    await row.locator(field).fill(name);
    await row
      .locator(".realtime-unknown-event")
      .waitFor({ state: isUnknown ? "visible" : "hidden", timeout: 5000 });
  }
}

// What follows runs in the page.

/** The names of the nodes that each output leads to, by the output's label, in order. */
function wiresByLabel(id: string): Record<string, string[]> {
  const node = RED.nodes.node(id);
  const wires: Record<string, string[]> = {};
  for (let port = 0; port < node.outputs; port += 1) {
    wires[node._def.outputLabels.call(node, port)] = RED.nodes
      .filterLinks({ source: node })
      // The editor holds the port of a wire that it moved as a text.
      .filter(({ sourcePort }) => Number(sourcePort) === port)
      .map(({ target }) => target.id)
      .toSorted();
  }
  return wires;
}

/** Those of this package that have neither a label nor another name. */
function namelessFields(fields: object[]): string[] {
  return fields
    .map((field) => field as FormField)
    .filter(({ id, className }) => /^node-input-|^realtime-/.test(id || className))
    .filter(
      ({ offsetHeight, labels, ariaLabel, placeholder = "", title }) =>
        offsetHeight > 0 &&
        [...(labels ?? [])].every(({ textContent }) => textContent.trim() === "") &&
        `${ariaLabel ?? ""}${placeholder}${title}` === "",
    )
    .map(({ id, className }) => id || className);
}

function scrollTopOf(list: object): number {
  return (list as { parentElement: { scrollTop: number } }).parentElement.scrollTop;
}

function isListAtItsEnd(): boolean {
  const box = document.querySelector("#node-input-parameters-container").parentElement;
  return box.scrollTop > 0 && box.scrollTop + box.clientHeight >= box.scrollHeight - 1;
}

/** Whether what an empty field shows as a hint has room in it. */
function fitsHint(element: object): boolean {
  const input = element as { placeholder: string; clientWidth: number };
  const style = getComputedStyle(input);
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = style.font;
  const room = input.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  return pen.measureText(input.placeholder).width <= room;
}

function valuesOf(inputs: object[]): string[] {
  return inputs.map((input) => (input as { value: string }).value);
}

function setSchema(text: string): void {
  RED.editor.getEditStack().at(-1)?.schemaEditor.setValue(text);
}

/** Whether the schema in the open form has these parameters, in this order. */
function haveParameters(names: string[]): boolean {
  const text = RED.editor.getEditStack().at(-1)?.schemaEditor.getValue() ?? "{}";
  const { properties = {} } = JSON.parse(text) as { properties?: object };
  return Object.keys(properties).join() === names.join();
}

interface FormField {
  id: string;
  className: string;
  offsetHeight: number;
  labels: Iterable<{ textContent: string }> | null;
  ariaLabel: string | null;
  placeholder?: string;
  title: string;
}
interface EditorNode {
  outputs: number;
  sentences?: string;
  _def: { outputLabels(this: EditorNode, port: number): string };
  schemaEditor: { getValue(): string; setValue(text: string): void };
}
declare function getComputedStyle(element: object): {
  font: string;
  paddingLeft: string;
  paddingRight: string;
};
declare const document: {
  querySelector(selector: string): {
    parentElement: { scrollTop: number; clientHeight: number; scrollHeight: number };
  };
  createElement(name: "canvas"): {
    getContext(kind: "2d"): { font: string; measureText(text: string): { width: number } };
  };
  querySelectorAll(
    selector: string,
  ): ArrayLike<{ textContent: string | null }> & Iterable<PageElement>;
};
interface PageElement {
  textContent: string | null;
  click(): void;
  dispatchEvent(event: object): void;
}
declare const RED: {
  history: { pop(): void };
  nodes: {
    node(id: string): EditorNode;
    filterLinks(filter: object): { sourcePort: number | string; target: { id: string } }[];
  };
  editor: { edit(node: EditorNode): void; getEditStack(): EditorNode[] };
};
