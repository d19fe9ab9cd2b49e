import assert from "node:assert/strict";
import { useEditor, type Editor } from "../support/editor";
import { runtimes } from "../support/node-red";

const server = (label: string): object => ({
  id: `id-${label}`,
  label,
  url: `https://${label}.example.com/mcp`,
  headers: [],
  hasAuthorization: true,
});

const flows = [
  { id: "tab", type: "tab", label: "secrets" },
  {
    id: "endpoint",
    type: "openai-realtime-endpoint",
    name: "Cloud",
    kind: "openai",
    keyFrom: "credential",
    headers: ["X-Room", "X-Team"],
    credentials: { apiKey: "sk-1", headerValues: '{"X-Room":"a","X-Team":"b"}' },
  },
  {
    id: "session",
    type: "openai-realtime-session",
    endpoint: "endpoint",
    kind: "conversation",
    model: "m",
    mcpServers: [server("calendar"), server("weather")],
    credentials: {
      mcpSecrets:
        '{"id-calendar":{"authorization":"c","headers":{}},"id-weather":{"authorization":"w","headers":{}}}',
    },
  },
  {
    id: "connect",
    type: "openai-realtime-connect",
    z: "tab",
    name: "",
    session: "session",
    x: 200,
    y: 80,
    wires: [[]],
  },
];

for (const { label, module } of runtimes) {
  describe(`secrets that are stored, ${label}`, function () {
    this.timeout(90_000);
    let editor: Editor;
    useEditor(
      module,
      (opened) => {
        editor = opened;
      },
      { flows },
    );

    const key = "#node-config-input-apiKey";
    const url = "#node-config-input-url";
    const lost = "enter it again";

    const open = async (name: string): Promise<void> => {
      await editor.page.evaluate(
        (id) => RED.editor.editConfig("", `openai-realtime-${id}`, id),
        name,
      );
      await editor.formOpened("#node-config-input-name");
    };
    const done = async (): Promise<void> => {
      await editor.page.click("#node-config-dialog-ok");
      await editor.page.waitForSelector("#node-config-dialog-ok", { state: "hidden" });
    };
    const hints = (fields: string): Promise<string[]> =>
      editor.page.locator(fields).evaluateAll(hintsOf as (inputs: unknown[]) => string[]);
    const remove = async (list: string): Promise<void> => {
      const rows = editor.page.locator(`${list} > li`);
      const before = await rows.count();
      await rows.first().locator(".red-ui-editableList-item-remove").click();
      await editor.page.waitForFunction(
        ([selector, count]) => document.querySelectorAll(`${selector} > li`).length < count,
        [list, before] as const,
      );
    };

    it("are asked for again where an endpoint is to be for another host", async () => {
      const { page } = editor;
      const values = ".realtime-header-value";
      const kind = "#node-config-input-kind";
      await open("endpoint");
      assert.equal(await page.inputValue(key), "__PWRD__");
      await page.selectOption(kind, "compatible");
      await page.fill(url, "wss://elsewhere.example.com/v1");
      assert.equal(await page.inputValue(key), "");
      assert.equal(await page.getAttribute(key, "placeholder"), "another server: enter its key");
      assert.deepEqual(await hints(values), [lost, lost]);
      await editor.screenshot(`${module}-another-host`);
      await page.fill(url, "wss://api.openai.com:443/v1/other");
      assert.equal(await page.inputValue(key), "__PWRD__");
      assert.deepEqual(await hints(values), ["unchanged", "unchanged"]);
      await page.selectOption(kind, "built-in");
      await page.selectOption(kind, "openai");
      assert.equal(await page.inputValue(key), "__PWRD__");
      await page.selectOption(kind, "xai");
      await done();
      assert.deepEqual(await page.evaluate(secretsOf, "endpoint"), {
        apiKey: "",
        headerValues: "",
      });
      await page.evaluate(() => RED.history.pop());
      assert.deepEqual(editor.problems, []);
    });

    it("are marked where others that are typed replace them, or their header has another name", async () => {
      const { page } = editor;
      const values = page.locator(".realtime-header-value");
      await open("endpoint");
      await values.first().fill("new");
      assert.deepEqual(await hints(".realtime-header-value"), ["unchanged", lost]);
      assert.equal(await page.locator(".realtime-header-value.input-error").count(), 1);
      await values.first().fill("");
      assert.equal(await page.locator(".realtime-header-value.input-error").count(), 0);
      await page.locator(".realtime-header-name").first().fill("X-Other");
      assert.deepEqual(await hints(".realtime-header-value"), [lost, "unchanged"]);
      await editor.cancelForms();

      const tokens = ".realtime-mcp-authorization";
      const kept = "stored; type to replace";
      await open("session");
      await page.locator("#realtime-session-tabs li a", { hasText: "Tools" }).click();
      await page.locator(tokens).first().fill("new");
      assert.deepEqual(await hints(tokens), [kept, lost]);
      await page.locator(tokens).first().fill("");
      assert.deepEqual(await hints(tokens), [kept, kept]);
      assert.deepEqual(editor.problems, []);
    });

    it("are no more those of an MCP server that moves to another host", async () => {
      const { page } = editor;
      await open("session");
      await page.locator("#realtime-session-tabs li a", { hasText: "Tools" }).click();
      await page.locator(".realtime-mcp-url").last().fill("https://elsewhere.example.com/mcp");
      assert.deepEqual(await hints(".realtime-mcp-authorization"), [
        "stored; type to replace",
        lost,
      ]);
      await done();
      const [first, second] = await page.evaluate(serverIdsOf, "session");
      assert.equal(first, "id-calendar");
      assert.ok(second !== undefined && second !== "id-weather");
      assert.equal((await page.evaluate(secretsOf, "session")).mcpSecrets, undefined);
      assert.deepEqual(editor.problems, []);
    });

    it("are removed with the last header, or MCP server, that has some", async () => {
      const { page } = editor;
      await open("session");
      await page.locator("#realtime-session-tabs li a", { hasText: "Tools" }).click();
      const list = "#node-config-input-mcpServers-container";
      await remove(list);
      await remove(list);
      await done();
      assert.equal((await page.evaluate(secretsOf, "session")).mcpSecrets, "");

      await open("endpoint");
      const headers = "#node-config-input-headers-container";
      await remove(headers);
      await remove(headers);
      await done();
      assert.equal((await page.evaluate(secretsOf, "endpoint")).headerValues, "");
      assert.deepEqual(editor.problems, []);
    });
  });
}

// What follows runs in the page.

interface Secrets {
  apiKey?: string;
  headerValues?: string;
  mcpSecrets?: string;
}

/** The secrets of a node that the next deploy changes. */
function secretsOf(id: string): Secrets {
  const { apiKey, headerValues, mcpSecrets } = RED.nodes.node(id).credentials ?? {};
  return {
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(headerValues === undefined ? {} : { headerValues }),
    ...(mcpSecrets === undefined ? {} : { mcpSecrets }),
  };
}

function serverIdsOf(id: string): string[] {
  return (RED.nodes.node(id).mcpServers ?? []).map((each) => each.id);
}

function hintsOf(inputs: { placeholder: string }[]): string[] {
  return inputs.map(({ placeholder }) => placeholder);
}

declare const document: {
  querySelectorAll(selector: string): ArrayLike<object>;
};
declare const RED: {
  history: { pop(): void };
  nodes: { node(id: string): { credentials?: Secrets; mcpServers?: { id: string }[] } };
  editor: { editConfig(name: string, type: string, id: string): void };
};
