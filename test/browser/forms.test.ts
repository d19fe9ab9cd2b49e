import assert from "node:assert/strict";
import { useEditor, type Editor } from "../support/editor";
import { runtimes } from "../support/node-red";

for (const { label, module } of runtimes) {
  describe(`filling in the forms, ${label}`, function () {
    this.timeout(90_000);
    let editor: Editor;
    useEditor(module, (opened) => {
      editor = opened;
    });

    /** Fills a field in as a person would, with the change that leaving it makes. */
    async function fill(selector: string, value: string): Promise<void> {
      await editor.page.fill(selector, value);
      await editor.page.dispatchEvent(selector, "change");
    }

    const isWrong = async (selector: string): Promise<boolean> =>
      (await editor.page.locator(`${selector}.input-error`).count()) > 0;

    it("names a wrong address at once, and keeps the values of headers out of the flow", async () => {
      const { page } = editor;
      const id = await page.evaluate(configOfType, "openai-realtime-endpoint");
      await page.evaluate(
        (nodeId) => RED.editor.editConfig("", "openai-realtime-endpoint", nodeId),
        id,
      );
      await editor.formOpened("#node-config-dialog-ok");
      const url = "#node-config-input-url";
      await page.selectOption("#node-config-input-kind", "compatible");
      assert.ok(await isWrong(url), "an empty address");
      await fill(url, "ws://example.com/v1");
      await page.selectOption("#node-config-input-keyFrom", "env");
      assert.ok(await isWrong(url), "a key from elsewhere");
      await page.selectOption("#node-config-input-keyFrom", "credential");
      assert.ok(!(await isWrong(url)), "no key, nothing to protect");
      await fill("#node-config-input-apiKey", "sk-secret");
      assert.ok(await isWrong(url), "a key in the open");
      await fill(url, "ws://192.168.1.5:8000/v1");
      assert.ok(!(await isWrong(url)), "a key on the local network");
      await page.locator(".red-ui-editableList-addButton:visible").click();
      await page.fill(".realtime-header-name", "X-Room");
      await page.fill(".realtime-header-value", "secret-room");
      await page.click("#node-config-dialog-ok");
      await page.waitForSelector("#node-config-dialog-ok", { state: "hidden" });
      const exported = await page.evaluate(exportNode, id);
      assert.match(exported, /"headers":\["X-Room"\]/);
      assert.doesNotMatch(exported, /secret/);
      assert.deepEqual(await page.evaluate(credentialsOf, id), {
        apiKey: "sk-secret",
        headerValues: '{"X-Room":"secret-room"}',
      });
      assert.deepEqual(editor.problems, []);
    });

    it("shows what each kind of server asks for", async () => {
      const { page } = editor;
      const id = await page.evaluate(configOfType, "openai-realtime-endpoint");
      await page.evaluate(
        (nodeId) => RED.editor.editConfig("", "openai-realtime-endpoint", nodeId),
        id,
      );
      await editor.formOpened("#node-config-dialog-ok");
      const fields = ["url", "apiVersion", "dialect", "keyFrom", "organization", "tls", "prices"];
      await page.locator("summary:visible").first().click();
      const asked: Record<string, string[]> = {};
      for (const kind of ["openai", "azure", "azure-preview", "xai", "vllm", "compatible"]) {
        await page.selectOption("#node-config-input-kind", kind);
        asked[kind] = [];
        for (const field of fields) {
          // A field of a config node is replaced by a list and a button.
          const row = page.locator(`.form-row:has(#node-config-input-${field})`);
          if (await row.isVisible()) asked[kind].push(field);
        }
        await editor.screenshot(`${module}-endpoint-${kind}`);
      }
      await page.selectOption("#node-config-input-kind", "built-in");
      assert.ok(await page.locator("#node-config-input-apiKey").isHidden());
      const key = ["keyFrom", "prices"];
      assert.partialDeepStrictEqual(asked, {
        openai: ["keyFrom", "organization", "prices"],
        azure: ["url", ...key],
        "azure-preview": ["url", "apiVersion", ...key],
        xai: key,
        vllm: ["url", "dialect", ...key],
        compatible: ["url", "dialect", "keyFrom", "organization", "prices"],
      });
      assert.deepEqual(editor.problems, []);
    });

    it("asks for a model where the session's server needs one", async () => {
      const { page } = editor;
      const id = await page.evaluate(configOfType, "openai-realtime-endpoint");
      const asked = await page.evaluate((endpointId) => {
        const endpoint = RED.nodes.node(endpointId);
        const { kind = "" } = endpoint;
        const { model } = RED.nodes.getType("openai-realtime-session").defaults;
        const session = { kind: "conversation", endpoint: endpointId, _: (text: string) => text };
        const kinds = ["built-in", "openai", "azure", "xai", "speaches", "compatible"];
        const missed = kinds.filter((each) => {
          endpoint.kind = each;
          return model.validate.call(session, " ", {}) !== true;
        });
        endpoint.kind = kind;
        return missed;
      }, id);
      assert.deepEqual(asked, ["openai", "azure", "xai", "speaches"]);
    });

    it("names what is wrong with prices, and with a budget", async () => {
      const { page } = editor;
      const open = async (type: string): Promise<void> => {
        const id = await page.evaluate(configOfType, type);
        await page.evaluate(([name, nodeId]) => RED.editor.editConfig("", name, nodeId), [
          type,
          id,
        ] as const);
        await editor.formOpened("#node-config-dialog-ok");
      };
      await open("openai-realtime-endpoint");
      await page.selectOption("#node-config-input-kind", "compatible");
      const prices = "#node-config-input-prices";
      const model = (text: string): string => `{"m": ${text}}`;
      for (const wrong of [
        "{",
        "[]",
        model("{}"),
        model("4"),
        model('{"txt": {"input": 1}}'),
        model('{"text": {"output": 1}}'),
        model('{"text": {"input": "1"}}'),
        model('{"text": {"input": 1, "ouput": 2}}'),
        model('{"minute": -1}'),
      ]) {
        await fill(prices, wrong);
        assert.ok(await isWrong(prices), wrong);
      }
      for (const right of [
        "",
        "${PRICES}",
        model('{"text": {"input": 1, "cached": 0, "output": 2}, "minute": 0.5}'),
      ]) {
        await fill(prices, right);
        assert.ok(!(await isWrong(prices)), right);
      }
      await editor.cancelForms();
      await open("openai-realtime-session");
      await page.locator("#realtime-session-tabs a", { hasText: "Cost" }).click();
      const budget = "#node-config-input-budget";
      const action = page.locator("#node-config-input-budgetAction");
      assert.ok(!(await action.isVisible()), "nothing to choose without a budget");
      for (const [value, isRight] of [
        ["-1", false],
        ["0", false],
        ["a little", false],
        ["0.5", true],
        ["${BUDGET}", true],
      ] as const) {
        await fill(budget, value);
        assert.equal(await isWrong(budget), !isRight, value);
      }
      assert.ok(await action.isVisible());
      await fill(budget, "");
      assert.ok(!(await isWrong(budget)));
      assert.deepEqual(editor.problems, []);
    });

    it("folds the faults away, and keeps the one that is chosen with its parameters", async () => {
      const { page } = editor;
      const id = await page.evaluate(configOfType, "openai-realtime-endpoint");
      const open = async (): Promise<void> => {
        await page.evaluate(
          (nodeId) => RED.editor.editConfig("", "openai-realtime-endpoint", nodeId),
          id,
        );
        await editor.formOpened("#node-config-dialog-ok");
        await page.selectOption("#node-config-input-kind", "built-in");
      };
      const done = async (): Promise<{ fault?: unknown }> => {
        await page.click("#node-config-dialog-ok");
        await page.waitForSelector("#node-config-dialog-ok", { state: "hidden" });
        const [node] = JSON.parse(await page.evaluate(exportNode, id)) as { fault?: unknown }[];
        return node ?? {};
      };
      const select = "#realtime-endpoint-fault";
      await open();
      assert.ok(await page.locator(select).isHidden());
      await page.click("#realtime-endpoint-fold");
      await page.selectOption(select, "refuse_handshake");
      await page.selectOption(`${select}-status`, "429");
      await fill(`${select}-retryAfter`, "5000");
      assert.ok(await isWrong(`${select}-retryAfter`), "more than an hour");
      await done();
      assert.match(
        (await editor.invalidNodes()).join("\n"),
        /Retry after \(s\) of the fault must be a whole number from 0 to 3600/,
      );

      await open();
      assert.ok(await isWrong(`${select}-retryAfter`), "still");
      await fill(`${select}-retryAfter`, "5");
      await editor.screenshot(`${module}-faults`);
      const fault = { type: "refuse_handshake", status: 429, retryAfter: 5, times: 1 };
      assert.deepEqual((await done()).fault, fault);
      assert.deepEqual(await editor.invalidNodes(), []);

      await open();
      assert.ok(await page.locator(select).isVisible());
      assert.deepEqual((await done()).fault, fault);

      await open();
      await page.selectOption(select, "refuse_event");
      await page.uncheck(`${select}-withEventId`);
      assert.deepEqual((await done()).fault, {
        type: "refuse_event",
        event: "response.create",
        code: "server_error",
        withEventId: false,
        times: 1,
      });

      await open();
      await page.selectOption(select, "drop");
      await fill(`${select}-times`, "");
      assert.deepEqual((await done()).fault, { type: "drop", afterEvents: 0, times: 1 });

      await open();
      await page.selectOption(select, "");
      assert.equal((await done()).fault, null);
      assert.deepEqual(editor.problems, []);
    });

    it("names a mistake by what is chosen in the form, not by what the node had before", async () => {
      const { page } = editor;
      const open = async (tab: string, name: string): Promise<void> => {
        await editor.openTab(tab);
        const id = await editor.nodeId(name);
        await page.evaluate((nodeId) => RED.editor.edit(RED.nodes.node(nodeId)), id);
        await editor.formOpened("#node-dialog-ok");
      };
      await open("7 Microphone and loudspeaker", "openai-realtime-audio-out");
      await page.selectOption("#node-input-deliver", "url");
      await fill("#node-input-address", "192.168.1.5:1880");
      assert.ok(await isWrong("#node-input-address"));
      await page.selectOption("#node-input-deliver", "stream");
      assert.ok(!(await isWrong("#node-input-address")), "a stream has no address");
      await editor.cancelForms();

      await open("7 Microphone and loudspeaker", "openai-realtime-audio-in");
      await page.selectOption("#node-input-input", "raw");
      await fill("#node-input-rate", "fast");
      assert.ok(await isWrong("#node-input-rate"));
      await page.selectOption("#node-input-input", "wav");
      assert.ok(!(await isWrong("#node-input-rate")), "a WAV file says its rate");
      await editor.cancelForms();

      await open("1 Ask in text", "openai-realtime-send");
      const picture = "#node-input-picture";
      await page.selectOption("#node-input-mode", "picture");
      assert.ok(!(await isWrong(picture)));
      await page.evaluate(() => $("#node-input-picture").typedInput("value", ""));
      assert.ok(await isWrong(picture), "no picture");
      await page.evaluate(() => $("#node-input-picture").typedInput("value", "payload.["));
      assert.ok(await isWrong(picture), "no property");
      await page.evaluate(() => $("#node-input-picture").typedInput("type", "jsonata"));
      await page.evaluate(() => $("#node-input-picture").typedInput("value", "$lookup("));
      assert.ok(await isWrong(picture), "no expression");
      await page.click("#node-dialog-ok");
      await page.waitForSelector("#node-dialog-ok", { state: "hidden" });
      assert.match((await editor.invalidNodes()).join(), /openai-realtime-send/);
      await open("1 Ask in text", "openai-realtime-send");
      await page.selectOption("#node-input-mode", "text");
      await page.click("#node-dialog-ok");
      await page.waitForSelector("#node-dialog-ok", { state: "hidden" });
      assert.deepEqual(await editor.invalidNodes(), []);

      await open("2 Lights by voice", "openai-realtime-tool-result");
      await page.selectOption("#node-input-respond", "instructions");
      assert.ok(await isWrong("#node-input-instructions"));
      await page.selectOption("#node-input-mode", "decision");
      assert.ok(!(await isWrong("#node-input-instructions")), "a decision needs none");
      await editor.cancelForms();

      await open("15 Key for a browser", "openai-realtime-client-secret");
      await page.selectOption("#node-input-opens", "translation");
      await fill("#node-input-translationModel", "");
      assert.ok(await isWrong("#node-input-translationModel"));
      await page.selectOption("#node-input-opens", "session");
      assert.ok(!(await isWrong("#node-input-translationModel")), "it has the session's model");
      await editor.cancelForms();

      await open("16 Answer a phone call", "openai-realtime-call");
      const target = ".realtime-call-refer .red-ui-typedInput-container";
      await page.selectOption("#node-input-action", "refer");
      assert.ok(await isWrong(target), "nobody to hand the call to");
      await page.evaluate(() => $("#node-input-target").typedInput("type", "msg"));
      await page.evaluate(() => $("#node-input-target").typedInput("value", "payload.to"));
      assert.ok(!(await isWrong(target)), "a property of the message");
      assert.deepEqual(editor.problems, []);
    });

    it("says of no secret that it is stored where a copy has brought none", async () => {
      const { page } = editor;
      const copies = await page.evaluate(importSecretless);
      const hints = async (type: string, id: string, fields: string): Promise<string[]> => {
        await page.evaluate(([name, nodeId]) => RED.editor.editConfig("", name, nodeId), [
          type,
          id,
        ] as const);
        await editor.formOpened("#node-config-input-name");
        const found = await page
          .locator(fields)
          .evaluateAll(hintsOf as (inputs: unknown[]) => string[]);
        await editor.cancelForms();
        return found;
      };
      const secrets = ".realtime-mcp-authorization, .realtime-mcp-headerValue";
      assert.deepEqual(await hints("openai-realtime-session", copies.session, secrets), [
        "access token",
        "value",
      ]);
      const values = ".realtime-header-value";
      assert.deepEqual(await hints("openai-realtime-endpoint", copies.endpoint, values), ["value"]);
      await page.evaluate(removeNodes, [copies.session, copies.endpoint]);
      assert.deepEqual(editor.problems, []);
    });

    it("shows the names in wrong prices as the text that they are", async () => {
      const { page } = editor;
      const id = await page.evaluate(importPrices, '{"<img src=nowhere>": 4}');
      await page.evaluate(() => RED.sidebar.show("config"));
      const node = page.locator(".red-ui-palette-node-config-invalid", { hasText: "dear" });
      const mark = node.locator(".red-ui-flow-node-error");
      await mark.hover({ force: true });
      await page.locator(".red-ui-popover", { hasText: "must be an object" }).waitFor();
      assert.equal(await page.locator(".red-ui-popover img").count(), 0);
      await page.evaluate(removeNodes, [id]);
      assert.deepEqual(editor.problems, []);
    });

    it("shows no id as HTML for headers that are no list, or a kind of server that is none", async () => {
      const { page } = editor;
      const ids = await page.evaluate(importOddNodes);
      await page.evaluate(() => RED.sidebar.show("config"));
      for (const [name, reason] of [
        ["odd endpoint", "name of a header"],
        ["odd session", "has a header with a name"],
        ["odd server", "must begin with ws"],
      ] as const) {
        const node = page.locator(".red-ui-palette-node-config-invalid", { hasText: name });
        await node.locator(".red-ui-flow-node-error").hover({ force: true });
        await page.locator(".red-ui-popover", { hasText: reason }).waitFor();
        assert.equal(await page.locator(".red-ui-popover img").count(), 0);
      }
      await page.evaluate(removeNodes, ids);
      assert.deepEqual(editor.problems, []);
    });

    it("keeps a member that has no name, and an event that it does not know, and says so", async () => {
      const { page } = editor;
      await editor.openTab("1 Ask in text");
      const id = await editor.nodeId("openai-realtime-send");
      await page.evaluate(sendEvent, [id, "session.wake"] as const);
      const open = async (): Promise<void> => {
        await page.evaluate((nodeId) => RED.editor.edit(RED.nodes.node(nodeId)), id);
        await editor.formOpened("#node-dialog-ok");
        await page.waitForFunction(areEventsListed);
      };
      const done = async (): Promise<void> => {
        await page.click("#node-dialog-ok");
        await page.waitForSelector("#node-dialog-ok", { state: "hidden" });
      };
      await open();
      assert.equal(await page.inputValue("#node-input-event"), "session.wake");
      assert.ok(!(await isWrong("#node-input-event")));
      await page.locator(".red-ui-editableList-addButton:visible").click();
      await page.locator("#node-input-fields-container input.red-ui-typedInput-input").fill("loud");
      await page.locator(".red-ui-editableList-addButton:visible").click();
      await done();
      assert.match((await editor.invalidNodes()).join(), /Every member needs a name/);

      await open();
      await page.locator(".realtime-field-name").fill("how");
      await done();
      const [node] = JSON.parse(await page.evaluate(exportNode, id)) as object[];
      assert.partialDeepStrictEqual(node, {
        event: "session.wake",
        fields: [{ name: "how", value: "loud", valueType: "str" }],
      });
      assert.deepEqual(await editor.invalidNodes(), []);
      assert.deepEqual(editor.problems, []);
    });

    it("forgets a list of events that comes when the form was opened anew", async () => {
      const { page } = editor;
      await editor.openTab("1 Ask in text");
      const id = await editor.nodeId("openai-realtime-send");
      const open = async (): Promise<void> => {
        const asked = page.waitForRequest(list);
        await page.evaluate((nodeId) => RED.editor.edit(RED.nodes.node(nodeId)), id);
        await page.waitForSelector("#node-dialog-cancel", { state: "visible" });
        await asked;
      };
      const list = "**/send/event-types";
      const answers: (() => Promise<void>)[] = [];
      await page.route(list, (route) => {
        answers.push(() => route.continue());
      });
      await open();
      await editor.cancelForms();
      await open();
      for (const answer of answers) {
        const answered = page.waitForResponse(list);
        await answer();
        await answered;
      }
      await page.waitForFunction(areEventsListed);
      await editor.settled();
      await page.unroute(list);
      assert.equal(answers.length, 2);
      assert.deepEqual(editor.problems, []);
    });

    it("lists what an event needs, and suggests what it may have", async () => {
      const { page } = editor;
      await editor.openTab("1 Ask in text");
      const id = await editor.nodeId("openai-realtime-send");
      await page.evaluate((nodeId) => RED.editor.edit(RED.nodes.node(nodeId)), id);
      await editor.formOpened("#node-dialog-ok");
      await page.selectOption("#node-input-mode", "event");
      await page.selectOption("#node-input-event", "conversation.item.truncate");
      const names = () =>
        page
          .locator(".realtime-field-name")
          .evaluateAll(valuesOf as (inputs: unknown[]) => string[]);
      assert.deepEqual(await names(), ["item_id", "content_index", "audio_end_ms"]);
      await page.selectOption("#node-input-event", "session.update");
      assert.deepEqual(await names(), []);
      await page.locator(".red-ui-editableList-addButton:visible").click();
      await page.locator(".realtime-field-name").pressSequentially("instr");
      await page
        .locator(".red-ui-autoComplete-container li, .red-ui-menu-dropdown li", {
          hasText: "session.instructions",
        })
        .click();
      await page.locator("#node-input-fields-container input.red-ui-typedInput-input").fill("Hi.");
      await page.click("#node-dialog-ok");
      await page.waitForSelector("#node-dialog-ok", { state: "hidden" });
      const [node] = JSON.parse(await page.evaluate(exportNode, id)) as { fields: unknown }[];
      assert.deepEqual(node?.fields, [
        { name: "session.instructions", value: "Hi.", valueType: "str" },
      ]);
      assert.deepEqual(editor.problems, []);
    });
  });
}

/** What of the editor's own API the functions below use, which run in the page. */
declare const RED: {
  sidebar: { show(id: string): void };
  nodes: {
    node(id: string): EditorNode;
    eachConfig(visit: (node: EditorNode) => boolean): void;
    createExportableNodeSet(nodes: EditorNode[]): object[];
    import(nodes: object[]): unknown;
    remove(id: string): void;
    getType(type: string): {
      defaults: { model: { validate(this: object, value: string, opt: object): unknown } };
    };
  };
  editor: {
    edit(node: EditorNode): void;
    editConfig(name: string, type: string, id: string): void;
  };
};
declare function $(selector: string): {
  readonly length: number;
  typedInput(method: string, value: string): void;
};
interface EditorNode {
  id: string;
  type: string;
  /** Of an endpoint: its server. */
  kind?: string;
  credentials?: Record<string, unknown>;
}

function configOfType(type: string): string {
  let found = "";
  RED.nodes.eachConfig((node) => {
    if (node.type === type) found = node.id;
    return true;
  });
  return found;
}

function exportNode(id: string): string {
  return JSON.stringify(RED.nodes.createExportableNodeSet([RED.nodes.node(id)]));
}

/** Makes a send node send an event of this type. */
function sendEvent([id, event]: readonly [id: string, event: string]): void {
  Object.assign(RED.nodes.node(id), { mode: "event", event, fields: [] });
}

/** Whether the list of events has come: it has more than the node's own. */
function areEventsListed(): boolean {
  return $("#node-input-event option").length > 1;
}

/** Copies of a session and an endpoint that have secrets; none of these is in a flow. */
function importSecretless(): { session: string; endpoint: string } {
  const endpoint = { id: "copied-endpoint", type: "openai-realtime-endpoint", name: "copy" };
  const server = { id: "m", label: "m", url: "https://m/", hasAuthorization: true, headers: ["A"] };
  const session = { id: "copied-session", type: "openai-realtime-session", name: "copy" };
  RED.nodes.import([
    { ...endpoint, kind: "openai", headers: ["X-Room"] },
    { ...session, endpoint: endpoint.id, model: "m", mcpServers: [server] },
  ]);
  return { session: session.id, endpoint: endpoint.id };
}

/** The id of a new endpoint with these prices. */
function importPrices(prices: string): string {
  const id = "dear-endpoint";
  RED.nodes.import([
    { id, type: "openai-realtime-endpoint", name: "dear", kind: "openai", prices },
  ]);
  return id;
}

/**
 * The ids of new nodes: an endpoint and a session in which a number stands for a list of headers, and an
 * endpoint for a kind of server that is none.
 */
function importOddNodes(): string[] {
  const [endpoint, session, server] = ["<img src=a>", "<img src=b>", "<img src=c>"];
  const calendar = { label: "calendar", url: "https://calendar.example", headers: 5 };
  RED.nodes.import([
    {
      id: endpoint,
      type: "openai-realtime-endpoint",
      name: "odd endpoint",
      kind: "openai",
      headers: 5,
    },
    { id: session, type: "openai-realtime-session", name: "odd session", mcpServers: [calendar] },
    { id: server, type: "openai-realtime-endpoint", name: "odd server", kind: "constructor" },
  ]);
  return [endpoint, session, server].filter((id) => id !== undefined);
}

function removeNodes(ids: string[]): void {
  for (const id of ids) RED.nodes.remove(id);
}

function hintsOf(inputs: { placeholder: string }[]): string[] {
  return inputs.map(({ placeholder }) => placeholder);
}

function credentialsOf(id: string): object {
  const { apiKey, headerValues } = RED.nodes.node(id).credentials ?? {};
  return { apiKey, headerValues };
}

function valuesOf(inputs: { value: string }[]): string[] {
  return inputs.map(({ value }) => value);
}
