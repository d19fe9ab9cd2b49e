import assert from "node:assert/strict";
import { useEditor, type Editor } from "../support/editor";
import { runtimes } from "../support/node-red";

interface SavedSession {
  kind: string;
  voice: string;
  transcriptionPrompt: string;
  mcpServers: { id: string; headers: string[]; hasAuthorization: boolean }[];
}

for (const { label, module } of runtimes) {
  describe(`the session's form, ${label}`, function () {
    this.timeout(90_000);
    let editor: Editor;
    let id: string;
    useEditor(module, (opened) => {
      editor = opened;
    });
    before(async () => {
      id = await editor.page.evaluate(sessionNamed, "Talk from a file");
    });

    const open = async (): Promise<void> => {
      await editor.page.evaluate(
        (nodeId) => RED.editor.editConfig("", "openai-realtime-session", nodeId),
        id,
      );
      // The buttons are there before what they are for.
      await editor.formOpened("#realtime-session-tabs li");
    };
    const done = async (): Promise<SavedSession> => {
      await editor.page.click("#node-config-dialog-ok");
      await editor.page.waitForSelector("#node-config-dialog-ok", { state: "hidden" });
      return JSON.parse(await editor.page.evaluate(exportNode, id)) as SavedSession;
    };
    const tabs = async (): Promise<string[]> =>
      await editor.page.locator("#realtime-session-tabs li:visible").allInnerTexts();
    const openTab = async (name: string): Promise<void> => {
      // Two clicks within 0.4 s on any tabs count as a double click: here a second has passed.
      await editor.page.evaluate(putClockForward);
      await editor.page.locator("#realtime-session-tabs li a", { hasText: name }).click();
      const pane = `#realtime-session-tab-${name === "Lifetime" ? "connection" : name.toLowerCase()}`;
      await editor.page.waitForSelector(pane, { state: "visible" });
    };
    const isShown = (field: string): Promise<boolean> =>
      editor.page.locator(`#node-config-input-${field}`).isVisible();

    it("shows of a transcription only what such a session has, and all of a talk again", async () => {
      const { page } = editor;
      await open();
      const all = await tabs();
      assert.deepEqual(all, ["Session", "Turns", "Audio", "Model", "Tools", "Lifetime", "Cost"]);
      await page.selectOption("#node-config-input-kind", "transcription");
      assert.deepEqual(await tabs(), ["Session", "Turns", "Audio", "Lifetime", "Cost"]);
      for (const field of ["model", "instructionsMode", "output", "voice", "speed"])
        assert.equal(await isShown(field), false, field);
      await editor.screenshot(`${module}-session-transcription`);
      await openTab("Turns");
      await page.selectOption("#node-config-input-turnDetection", "server_vad");
      assert.ok(await isShown("silenceDuration"));
      for (const field of ["idleTimeout", "createResponse", "interruptResponse"])
        assert.equal(await isShown(field), false, field);
      await openTab("Audio");
      for (const field of ["transcription", "outputFormat"])
        assert.equal(await isShown(field), false, field);
      for (const field of ["transcriptionModel", "transcriptionKeywords", "logprobs"])
        assert.ok(await isShown(field), field);
      await editor.screenshot(`${module}-session-transcription-audio`);
      await page.fill("#node-config-input-transcriptionPrompt", "buy, milk");
      const saved = await done();
      assert.equal(saved.kind, "transcription");
      assert.equal(saved.transcriptionPrompt, "buy, milk");

      await open();
      assert.equal((await tabs()).length, 5);
      await page.selectOption("#node-config-input-kind", "conversation");
      assert.deepEqual(await tabs(), all);
      assert.ok(await isShown("voice"));
      assert.equal((await done()).kind, "conversation");
      assert.deepEqual(editor.problems, []);
    });

    it("names a kind of session that the chosen server does not have", async () => {
      const { page } = editor;
      const kind = "#node-config-input-kind";
      const isWrong = async (): Promise<boolean> =>
        (await page.locator(`${kind}.input-error`).count()) > 0;
      const added = await page.evaluate(addEndpoint, "vllm");
      await open();
      await page.selectOption(kind, "conversation");
      assert.ok(!(await isWrong()));
      await page.selectOption("#node-config-input-endpoint", added);
      assert.ok(await isWrong(), "it only writes down what is said");
      await page.selectOption(kind, "transcription");
      assert.ok(!(await isWrong()));
      assert.deepEqual(editor.problems, []);
    });

    it("leaves what is typed alone when the keyboard goes on to the next field", async () => {
      const { page } = editor;
      const added = await page.evaluate(addEndpoint, "openai");
      await open();
      await page.selectOption("#node-config-input-endpoint", added);
      const type = async (field: string, text: string): Promise<string> => {
        const input = page.locator(`#node-config-input-${field}`);
        await input.fill("");
        await input.pressSequentially(text);
        await page.waitForSelector(".red-ui-autoComplete-container", { state: "visible" });
        await input.press("Tab");
        return await input.inputValue();
      };
      // Both are the beginning of a model that is offered; one is itself, the other is of a server's own.
      for (const model of ["gpt-realtime-2", "gpt-real"])
        assert.equal(await type("model", model), model);
      const voice = page.locator("#node-config-input-voice");
      await voice.fill("alloy");
      await voice.press("Control+a");
      await voice.press("Delete");
      await voice.press("Tab");
      assert.equal(await voice.inputValue(), "", "as the server has it");
      assert.deepEqual(editor.problems, []);
    });

    it("shows the unit of each number behind it, whether one is filled in or not", async () => {
      const { page } = editor;
      await open();
      const units = async (): Promise<Record<string, string>> => {
        const rows = await page.locator(".form-row:has(> input + span):visible").all();
        const shown: Record<string, string> = {};
        for (const row of rows) {
          const field = await row.locator("input").boundingBox();
          const unit = await row.locator("> input + span").boundingBox();
          assert.ok(field !== null && unit !== null);
          assert.ok(unit.x > field.x + field.width && unit.y < field.y + field.height, "one line");
          const id = (await row.locator("input").getAttribute("id")) ?? "";
          shown[id.replace("node-config-input-", "")] = await row
            .locator("> input + span")
            .innerText();
        }
        return shown;
      };
      await openTab("Turns");
      await page.selectOption("#node-config-input-turnDetection", "server_vad");
      assert.deepEqual(await units(), {
        prefixPadding: "ms",
        silenceDuration: "ms",
        idleTimeout: "ms",
      });
      await openTab("Lifetime");
      assert.deepEqual(await units(), {
        idleClose: "min",
        openLimit: "min",
        renewMargin: "min",
        preRoll: "ms",
        sendWithin: "s",
        maxSessions: "at once",
      });
      await openTab("Cost");
      assert.deepEqual(await units(), { budget: "USD" });
      assert.deepEqual(editor.problems, []);
    });

    it("counts what stands in a field only where it is shown", async () => {
      const { page } = editor;
      const choose = async (turns: string): Promise<void> => {
        await open();
        await openTab("Turns");
        await page.selectOption("#node-config-input-turnDetection", turns);
      };
      await choose("server_vad");
      await page.fill("#node-config-input-threshold", "loud");
      await done();
      const invalid = (await editor.invalidNodes()).join("\n");
      assert.match(invalid, /The threshold must be a number from 0 to 1/);
      await choose("off");
      await done();
      assert.deepEqual(await editor.invalidNodes(), []);
      await choose("server_vad");
      assert.ok(await page.locator("#node-config-input-threshold.input-error").isVisible());
      assert.deepEqual(editor.problems, []);
    });

    it("judges another session by its own fields while a form is open", async () => {
      const { page } = editor;
      await open();
      await openTab("Turns");
      await page.selectOption("#node-config-input-turnDetection", "server_vad");
      assert.equal(await page.evaluate(isThresholdRight), true);
      assert.deepEqual(editor.problems, []);
    });

    it("cuts no hint and breaks no label, whatever is chosen", async () => {
      const { page } = editor;
      await open();
      const shown: Record<string, () => Promise<unknown>> = {
        Session: () => page.selectOption("#node-config-input-instructionsMode", "value"),
        Turns: () => page.selectOption("#node-config-input-turnDetection", "server_vad"),
        Audio: () => page.selectOption("#node-config-input-transcription", "on"),
        Model: async () => {
          await page.selectOption("#node-config-input-truncation", "retention_ratio");
          await page.selectOption("#node-config-input-tracing", "named");
          await page.fill("#node-config-input-promptId", "pmpt_1");
        },
        Tools: async () => {
          await page.selectOption("#node-config-input-toolChoice", "function");
          await page.locator(".red-ui-editableList-addButton:visible").click();
        },
        Lifetime: () => page.fill("#node-config-input-idleClose", ""),
        Cost: () => page.fill("#node-config-input-budget", "1"),
      };
      for (const [name, show] of Object.entries(shown)) {
        if (name !== "Session") await openTab(name);
        await show();
        await editor.screenshot(`${module}-session-all-${name}`);
        assert.deepEqual(await page.evaluate(brokenLabels), [], name);
        assert.deepEqual(await page.evaluate(cutHints), [], name);
      }
      assert.deepEqual(editor.problems, []);
    });

    it("keeps the secrets of MCP servers out of the flow", async () => {
      const { page } = editor;
      await open();
      await openTab("Tools");
      await page.locator(".red-ui-editableList-addButton:visible").click();
      await page.fill(".realtime-mcp-label", "calendar");
      await page.fill(".realtime-mcp-url", "https://mcp.example.com/sse");
      await page.fill(".realtime-mcp-allowedTools", "list, add");
      await page.selectOption(".realtime-mcp-requireApproval", "always");
      await page.fill(".realtime-mcp-authorization", "secret-token");
      await page.locator(".red-ui-editableList-container button", { hasText: "header" }).click();
      await page.fill(".realtime-mcp-headerName", "X-Team");
      await page.fill(".realtime-mcp-headerValue", "secret-value");
      await editor.screenshot(`${module}-session-mcp`);
      const saved = await done();
      const [server] = saved.mcpServers;
      assert.ok(server);
      assert.deepEqual(saved.mcpServers, [
        {
          id: server.id,
          label: "calendar",
          url: "https://mcp.example.com/sse",
          description: "",
          allowedTools: "list, add",
          requireApproval: "always",
          headers: ["X-Team"],
          hasAuthorization: true,
        },
      ]);
      assert.doesNotMatch(JSON.stringify(saved), /secret/);
      assert.deepEqual(JSON.parse(await page.evaluate(secretsOf, id)), {
        [server.id]: { authorization: "secret-token", headers: { "X-Team": "secret-value" } },
      });

      // What is opened and closed again stays as it was.
      await open();
      await openTab("Tools");
      assert.equal(await page.inputValue(".realtime-mcp-authorization"), "");
      assert.deepEqual((await done()).mcpServers, saved.mcpServers);
      assert.match(await page.evaluate(secretsOf, id), /secret-token/);
      assert.deepEqual(editor.problems, []);
    });
  });
}

/** What of the editor's own API the functions below use, which run in the page. */
declare const RED: {
  nodes: {
    node(id: string): EditorNode;
    eachConfig(visit: (node: EditorNode) => boolean): void;
    createExportableNodeSet(nodes: EditorNode[]): object[];
    import(nodes: object[], options: object): unknown;
    getType(type: string): {
      defaults: { threshold: { validate(this: object, value: string): unknown } };
    };
  };
  editor: { editConfig(name: string, type: string, id: string): void };
};
interface PageElement {
  offsetHeight: number;
  clientWidth: number;
  textContent: string;
  placeholder: string;
  value: string;
}
declare const document: {
  querySelectorAll(selector: string): Iterable<PageElement>;
  createElement(name: "canvas"): {
    getContext(kind: "2d"): { font: string; measureText(text: string): { width: number } };
  };
};
declare function getComputedStyle(element: PageElement): {
  font: string;
  paddingLeft: string;
  paddingRight: string;
};
interface EditorNode {
  id: string;
  type: string;
  name?: string;
  credentials?: { mcpSecrets?: string };
}

/** Labels of the open form that do not fit into one line. */
function brokenLabels(): string[] {
  return [...document.querySelectorAll(".form-row > label")]
    .filter((label) => label.offsetHeight > 30)
    .map((label) => label.textContent.trim());
}

/** What empty fields of the open form show as a hint and have no room for. */
function cutHints(): string[] {
  const pen = document.createElement("canvas").getContext("2d");
  return [...document.querySelectorAll("form input[placeholder]")]
    .filter((input) => {
      const style = getComputedStyle(input);
      const padding = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
      pen.font = style.font;
      const isShown = input.offsetHeight > 0 && input.value === "";
      return isShown && pen.measureText(input.placeholder).width > input.clientWidth - padding;
    })
    .map(({ placeholder }) => placeholder);
}

function putClockForward(): void {
  const now = Date.now;
  Date.now = () => now() + 1000;
}

function sessionNamed(name: string): string {
  let found = "";
  RED.nodes.eachConfig((node) => {
    if (node.type === "openai-realtime-session" && node.name === name) found = node.id;
    return true;
  });
  return found;
}

/** Whether a session whose turns do not end after silence may have any threshold, which is not used. */
function isThresholdRight(): boolean {
  const { threshold } = RED.nodes.getType("openai-realtime-session").defaults;
  return threshold.validate.call({ turnDetection: "leave" }, "loud") === true;
}

/** The id of a new endpoint for this kind of server. */
function addEndpoint(kind: string): string {
  const id = `endpoint-${kind}`;
  const url = "ws://localhost:8000/v1/realtime";
  RED.nodes.import([{ id, type: "openai-realtime-endpoint", kind, url, name: kind }], {});
  return id;
}

function exportNode(id: string): string {
  return JSON.stringify(RED.nodes.createExportableNodeSet([RED.nodes.node(id)])[0]);
}

function secretsOf(id: string): string {
  return RED.nodes.node(id).credentials?.mcpSecrets ?? "";
}
