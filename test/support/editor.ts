import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  chromium as launcher,
  type Browser,
  type BrowserContext,
  type Page,
} from "playwright-core";
import { project, startNodeRed, type RunningNodeRed } from "./node-red";

const candidates = [
  process.env["CHROMIUM"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].filter((path) => path !== undefined);

/** Where a Chromium is; undefined where none is found. */
const chromiumPath = candidates.find((path) => existsSync(path));

/** One for all files, as it takes long to start. */
let chromium: Promise<Browser> | undefined;

function startChromium(): Promise<Browser> {
  chromium ??= launcher.launch({
    executablePath: chromiumPath ?? "chromium",
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-dev-shm-usage",
      "--disable-gpu",
      "--disable-background-networking",
      "--no-first-run",
    ],
  });
  return chromium;
}

/**
 * Has what moves be at its end at once: to draw it on the way is a sixth of the work of these tests. The
 * editor does not ask whether somebody prefers it so.
 */
const WITHOUT_MOTION = `
  document.addEventListener("DOMContentLoaded", () => {
    const style = document.createElement("style");
    style.textContent = "*, *::before, *::after { transition: none !important; animation: none !important }";
    document.head.append(style);
    jQuery.fx.off = true;
  });
`;

/** A Node-RED, and a browser's context that keeps the files of its editor once they are loaded. */
interface Host {
  readonly nodeRed: RunningNodeRed;
  readonly context: BrowserContext;
  /** The flows with which it started. */
  readonly examples: readonly object[];
}

/** By runtime. One for all files: to start them takes several times as long as to open an editor. */
const hosts = new Map<string, Promise<Host>>();

function hostOf(module: string): Promise<Host> {
  const host = hosts.get(module) ?? startHost(module);
  hosts.set(module, host);
  return host;
}

async function startHost(module: string): Promise<Host> {
  const nodeRed = await startNodeRed(module);
  const response = await fetch(new URL("flows", nodeRed.url));
  const examples = (await response.json()) as object[];
  const browser = await startChromium();
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await context.addInitScript(WITHOUT_MOTION);
  return { nodeRed, context, examples };
}

/** Has all nodes start anew, as those of these flows, and forgets how the editor was left. */
async function begin({ nodeRed }: Host, flows: readonly object[]): Promise<void> {
  for (const [path, body] of [
    ["flows", flows],
    ["settings/user", { editor: null }],
    // Node-RED 5 shows the first tip after a second, and fails if its sidebar is not there by then.
    ["settings/user", { editor: { view: { "view-show-tips": false } } }],
  ] as const) {
    const { status } = await fetch(new URL(path, nodeRed.url), {
      method: "POST",
      headers: { "Content-Type": "application/json", "Node-RED-Deployment-Type": "full" },
      body: JSON.stringify(body),
    });
    if (status !== 204) throw new Error(`Node-RED answered ${status} to what was sent to ${path}`);
  }
}

after(async () => {
  for (const host of hosts.values()) await (await host).nodeRed.stop();
  await (await chromium)?.close();
});

/**
 * Opens the editor of a Node-RED for the tests of a `describe`, which are skipped with a printed reason
 * where there is no browser. `flows`: in the place of the examples. Nodes and editor begin anew;
 * `output` is what was printed since then.
 */
export function useEditor(
  module: string,
  onOpen: (editor: Editor, nodeRed: Pick<RunningNodeRed, "output">) => void,
  options: { readonly flows?: readonly object[] } = {},
): void {
  let editor: Editor | undefined;
  before(async function () {
    if (chromiumPath === undefined) {
      console.log("      skipped: no Chromium is found; set CHROMIUM to its path");
      this.skip();
    }
    const host = await hostOf(module);
    const { length } = host.nodeRed.output();
    await begin(host, options.flows ?? host.examples);
    editor = await Editor.open(host.context, host.nodeRed.url);
    onOpen(editor, { output: () => host.nodeRed.output().slice(length) });
  });
  afterEach(() => editor?.cancelForms());
  after(() => editor?.close());
}

/**
 * Whether all that an error has run through is core's own code editor, which goes on with its work for a
 * moment after its form was closed, and reports that its text is gone ("Model is disposed!", "reading
 * 'uri'"). A person does not see it, and a form that used what is gone would stand in the stack.
 */
function isCodeEditorsOwn({ stack = "" }: Error): boolean {
  const calls = stack.split("\n").filter((line) => /^\s+at /.test(line));
  return calls.length > 0 && calls.every((line) => line.includes("/vendor/monaco/"));
}

/** The editor of a running Node-RED in a headless browser. */
export class Editor {
  readonly page: Page;
  /** Errors of the console, of the page and of requests. */
  readonly problems: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on("console", (message) => {
      if (message.type() === "error") this.problems.push(message.text());
    });
    page.on("pageerror", (error) => {
      if (!isCodeEditorsOwn(error)) this.problems.push(error.message);
    });
    page.on("requestfailed", (request) => this.problems.push(`failed: ${request.url()}`));
  }

  static async open(context: BrowserContext, url: string): Promise<Editor> {
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    // The loader of the tests names functions by a helper that the page does not have.
    await page.addInitScript("globalThis.__name = (named) => named");
    const editor = new Editor(page);
    await page.goto(url, { waitUntil: "domcontentloaded" });
    await page.waitForSelector("#red-ui-header-button-deploy");
    await page.waitForSelector("#red-ui-loading-progress", { state: "hidden" });
    await page.waitForFunction("RED.workspaces.active() !== 0");
    return editor;
  }

  /** Opens a tab by its label. One that is open already stays: a second click would edit it. */
  async openTab(label: string): Promise<void> {
    // Not by the mouse: two quick clicks on the bar count as a double click and open a form.
    await this.page.evaluate((wanted) => {
      RED.nodes.eachWorkspace((tab) => {
        if (tab.label === wanted) RED.workspaces.show(tab.id);
      });
    }, label);
    await this.page.waitForFunction(
      (text) => RED.nodes.workspace(RED.workspaces.active())?.label === text,
      label,
    );
  }

  /** Leaves all forms that are open. */
  async cancelForms(): Promise<void> {
    for (const button of ["#node-config-dialog-cancel", "#node-dialog-cancel"]) {
      if (!(await this.page.locator(button).isVisible())) continue;
      await this.page.click(button);
      await this.page.waitForSelector(button, { state: "hidden" });
    }
  }

  async openDebugSidebar(): Promise<void> {
    await this.page.evaluate(() => RED.sidebar.show("debug"));
    await this.page.waitForSelector(".red-ui-debug-content", { state: "visible" });
  }

  /** The node of the active tab with this name or label. */
  async nodeId(name: string): Promise<string> {
    return await this.page.evaluate((wanted) => {
      const found = RED.nodes
        .filterNodes({ z: RED.workspaces.active() })
        .find((node) => node.name === wanted || (node.name === "" && node.type === wanted));
      if (found === undefined) throw new Error(`no node ${wanted}`);
      return found.id;
    }, name);
  }

  async pressInject(name: string): Promise<void> {
    const id = await this.nodeId(name);
    await this.page.locator(`[id="${id}"] .red-ui-flow-node-button-button`).click();
  }

  /** Texts of the debug sidebar: the node's name, and what it shows when everything is unfolded. */
  async debugMessages(): Promise<{ name: string; payload: string }[]> {
    return await this.page.evaluate(() =>
      [...document.querySelectorAll(".red-ui-debug-msg")].map((message) => ({
        name: (message.querySelector(".red-ui-debug-msg-name")?.textContent ?? "").replace(
          "node: ",
          "",
        ),
        payload: message.querySelector(".red-ui-debug-msg-payload")?.textContent ?? "",
      })),
    );
  }

  /** What is wrong with the nodes of all tabs, in words; empty when all can be deployed. */
  async invalidNodes(): Promise<string[]> {
    return await this.page.evaluate(() => {
      const nodes = RED.nodes.filterNodes({});
      RED.nodes.eachConfig((node) => {
        nodes.push(node);
        return true;
      });
      return nodes
        .filter(({ type, valid }) => valid === false || !RED.nodes.getType(type))
        .map(({ type, name, validationErrors }) => `${type} ${name}: ${String(validationErrors)}`);
    });
  }

  /** Resolves when all requests and animations that an action began have ended. */
  async settled(): Promise<void> {
    await this.page.waitForLoadState("networkidle");
    await this.page.waitForFunction(() => document.getAnimations().length === 0);
  }

  /** Resolves when a form with this element, which was opened by an action, can be filled in. */
  async formOpened(selector: string): Promise<void> {
    await this.page.waitForSelector(selector, { state: "visible" });
    await this.settled();
    // The editor moves the focus into a form 150 ms after it is shown, away from a field that is filled in then.
    await this.page.waitForSelector(".red-ui-tray :focus");
  }

  async screenshot(name: string): Promise<void> {
    const folder = join(project, "test", "browser", "screenshots");
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: join(folder, `${name}.png`) });
  }

  async dark(isDark: boolean): Promise<void> {
    await this.page.evaluate((wanted) => {
      document.documentElement.classList.toggle("nr-theme-dark", wanted);
    }, isDark);
  }

  async close(): Promise<void> {
    // The next one is to find nothing that this one has left.
    await this.page.evaluate("localStorage.clear()");
    await this.page.close();
  }
}

/** A node as the editor holds it. */
interface EditorNode {
  id: string;
  type: string;
  name: string;
  valid?: boolean;
  validationErrors?: string[];
}

/** What of the editor's own API the functions use that run in the page. */
declare const RED: {
  workspaces: { active(): string; show(id: string): void };
  sidebar: { show(id: string): void };
  nodes: {
    filterNodes(filter: object): EditorNode[];
    eachWorkspace(visit: (tab: { id: string; label: string }) => void): void;
    getType(type: string): object | null | undefined;
    workspace(id: string): { label: string } | undefined;
    eachConfig(visit: (node: EditorNode) => boolean): void;
  };
  editor: {
    edit(node: EditorNode): void;
    editConfig(name: string, type: string, id: string): void;
  };
};
declare const document: {
  getAnimations(): object[];
  documentElement: { classList: { toggle(name: string, force: boolean): void } };
  querySelectorAll(selector: string): Iterable<PageElement>;
};
interface PageElement {
  textContent: string | null;
  querySelector(selector: string): PageElement | null;
}
