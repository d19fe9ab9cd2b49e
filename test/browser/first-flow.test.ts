import assert from "node:assert/strict";
import { useEditor, type Editor } from "../support/editor";
import { runtimes } from "../support/node-red";

for (const { label, module } of runtimes) {
  describe(`the README's first flow, ${label}`, function () {
    this.timeout(90_000);
    let editor: Editor;
    useEditor(
      module,
      (opened) => {
        editor = opened;
      },
      { flows: [] },
    );

    it("shows each event of a session after the five steps", async () => {
      const { page } = editor;
      const drag = async (type: string, x: number, y: number): Promise<string> => {
        const source = page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`);
        await source.scrollIntoViewIfNeeded();
        const from = await source.boundingBox();
        const chart = await page.locator("#red-ui-workspace-chart").boundingBox();
        assert.ok(from && chart);
        await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
        await page.mouse.down();
        await page.mouse.move(chart.x + x - 30, chart.y + y, { steps: 8 });
        await page.mouse.move(chart.x + x, chart.y + y, { steps: 4 });
        await page.mouse.up();
        const id = await page.evaluate(
          (wanted) => RED.nodes.filterNodes({ type: wanted })[0]?.id,
          type,
        );
        assert.ok(id, `no ${type} on the canvas`);
        await page.locator(`[id="${id}"]`).waitFor();
        return id;
      };
      const wire = async (from: string, to: string): Promise<void> => {
        await page.locator(`[id="${from}"] .red-ui-flow-port-output .red-ui-flow-port`).hover();
        await page.mouse.down();
        await page.locator(`[id="${to}"] .red-ui-flow-port-input .red-ui-flow-port`).hover();
        await page.mouse.up();
      };
      const edit = async (id: string): Promise<void> => {
        await page.locator(`[id="${id}"]`).dblclick();
        await editor.formOpened("#node-dialog-ok");
      };
      const done = async (button: string): Promise<void> => {
        await page.click(button);
        await page.waitForSelector(button, { state: "hidden" });
        await editor.settled();
      };

      const inject = await drag("inject", 120, 100);
      const send = await drag("openai-realtime-send", 420, 100);
      const connect = await drag("openai-realtime-connect", 120, 220);
      const debug = await drag("debug", 420, 220);
      await wire(inject, send);
      await wire(connect, debug);

      const label = page.locator(`[id="${send}"] .red-ui-flow-node-label`);
      assert.equal(await label.textContent(), "words of the user");
      await edit(send);
      await page.click("#node-input-btn-session-add");
      await editor.formOpened("#node-config-input-endpoint");
      await page.fill("#node-config-input-name", "Kitchen");
      await page.click("#node-config-input-btn-endpoint-add");
      // The session's form has a kind too.
      await editor.formOpened("#realtime-endpoint-fold");
      assert.equal(await page.inputValue("#node-config-input-kind"), "built-in");
      await page.locator("#node-config-dialog-ok").last().click();
      await page.waitForSelector("#realtime-endpoint-fold", { state: "hidden" });
      await editor.settled();
      await page.locator("#node-config-dialog-ok").last().click();
      await page.waitForSelector("#node-config-input-endpoint", { state: "hidden" });
      await editor.settled();
      await done("#node-dialog-ok");

      await edit(connect);
      await page.selectOption("#node-input-session", { label: "Kitchen" });
      await done("#node-dialog-ok");

      await edit(inject);
      await page.evaluate(() => {
        $(".node-input-prop-property-value").first().typedInput("type", "str");
        $(".node-input-prop-property-value").first().typedInput("value", "hello");
      });
      await done("#node-dialog-ok");
      await edit(debug);
      await page.evaluate(() => $("#node-input-typed-complete").typedInput("type", "full"));
      await done("#node-dialog-ok");

      assert.deepEqual(await editor.invalidNodes(), []);
      const deployed = page.waitForResponse(
        (response) => response.url().endsWith("/flows") && response.request().method() === "POST",
      );
      await page.click("#red-ui-header-button-deploy");
      assert.ok((await deployed).ok());
      await page.waitForFunction("!RED.nodes.dirty()");
      await editor.openDebugSidebar();
      await page.locator(`[id="${inject}"] .red-ui-flow-node-button-button`).click();
      await page.waitForFunction(() =>
        [...document.querySelectorAll(".red-ui-debug-msg")].some((message) =>
          message.textContent?.includes("response.done"),
        ),
      );
      const topics = (await editor.debugMessages()).map(({ payload }) => payload).join("\n");
      for (const topic of ["session.created", "session.updated", "response.created"])
        assert.ok(topics.includes(topic), topic);
      await editor.screenshot(`${module}-first-flow`);
      assert.deepEqual(editor.problems, []);
    });
  });
}

declare const RED: { nodes: { filterNodes(filter: object): { id: string }[] } };
declare const document: {
  querySelectorAll(selector: string): Iterable<{ textContent: string | null }>;
};
interface Selection {
  first(): Selection;
  typedInput(method: string, value: string): void;
}
declare function $(selector: string): Selection;
