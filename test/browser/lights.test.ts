import assert from "node:assert/strict";
import { useEditor, type Editor } from "../support/editor";
import { runtimes } from "../support/node-red";

for (const { label, module } of runtimes) {
  describe(`npm start in a browser, ${label}`, function () {
    this.timeout(90_000);
    let editor: Editor;
    useEditor(module, (opened) => {
      editor = opened;
    });

    it("shows two tool calls with their arguments, one answer and the status in between", async () => {
      await editor.openTab("2 Lights by voice");
      await editor.openDebugSidebar();
      await editor.page.evaluate(watchStatuses);
      await editor.pressInject("turn on the kitchen light and the fan in the bedroom");
      await editor.page.waitForFunction(
        () => document.querySelectorAll(".red-ui-debug-msg").length >= 4,
      );
      const messages = await editor.debugMessages();
      const payloads = (name: string) =>
        messages.filter((message) => message.name === name).map(({ payload }) => payload);
      const calls = payloads("tool call");
      assert.equal(calls.length, 2, JSON.stringify(messages));
      assert.match(calls[0] ?? "", /device: "light".*room: "kitchen".*state: "on"/s);
      assert.match(calls[1] ?? "", /device: "fan".*room: "bedroom".*state: "on"/s);
      const [answer = "", ...others] = payloads("said");
      assert.deepEqual(others, []);
      assert.match(answer, /kitchen light.*on.*bedroom fan.*on/i);
      assert.deepEqual(payloads("heard"), [
        '"turn on the kitchen light and the fan in the bedroom"',
      ]);
      assert.deepEqual(payloads("errors"), []);
      await editor.page.waitForFunction(() => statusesSeen().at(-1) === "ready");
      const statuses: string[] = await editor.page.evaluate(() => statusesSeen());
      assert.deepEqual(
        statuses.filter((status, index) => status !== statuses[index - 1]),
        statuses,
      );
      assert.match(statuses.join(" "), /connecting.*ready.*(?:thinking|speaking).*ready$/);
      await editor.screenshot(`lights-${module}`);
      assert.deepEqual(editor.problems, []);
    });

    // Each says in its comment that its button is all that is needed, on whatever port this runs.
    for (const { tab, button, debug, shown } of [
      {
        tab: "8 Satellite by MQTT",
        button: '"turn on the light", in the kitchen',
        debug: "to be played",
        shown: /hermes\/audioServer\/kitchen\/playBytes\//,
      },
      {
        tab: "10 Announce to a room",
        button: "Dinner is ready",
        debug: "what it plays",
        // A WAV file begins with "RIFF".
        shown: /82, 73, 70, 70/,
      },
    ]) {
      it(`shows what the example "${tab}" does at the press of its button`, async () => {
        await editor.openTab(tab);
        await editor.openDebugSidebar();
        await editor.pressInject(button);
        const message = editor.page.locator(".red-ui-debug-msg", { hasText: debug });
        await message.waitFor();
        assert.match(
          (await message.locator(".red-ui-debug-msg-payload").textContent()) ?? "",
          shown,
        );
        const messages = await editor.debugMessages();
        assert.deepEqual(
          messages.filter(({ name }) => name === "errors"),
          [],
        );
        assert.deepEqual(editor.problems, []);
      });
    }
  });
}

/** Collects the texts that the connect node's status shows, in order. */
function watchStatuses(): void {
  const seen: string[] = [];
  Object.assign(globalThis, { statusesSeen: () => seen });
  RED.comms.subscribe("status/#", (topic, { text }) => {
    const node = RED.nodes.node(topic.replace("status/", ""));
    if (node?.type !== "openai-realtime-connect" || text === undefined) return;
    const shown = text.replace("status.", "");
    if (seen.at(-1) !== shown) seen.push(shown);
  });
}

declare function statusesSeen(): string[];
declare const document: { querySelectorAll(selector: string): { length: number } };
declare const RED: {
  comms: {
    subscribe(topic: string, listener: (topic: string, status: { text?: string }) => void): void;
  };
  nodes: { node(id: string): { type: string } | null };
};
