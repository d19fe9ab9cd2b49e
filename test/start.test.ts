import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  mkdirSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import pkg from "../package.json";
import { project, runtimes, startNodeRed, type RunningNodeRed } from "./support/node-red";

interface FlowNode {
  id: string;
  type: string;
  label?: string;
}

const readJson = (...path: string[]): unknown => JSON.parse(readFileSync(join(...path), "utf8"));

/** Runs the start script to its end, in a folder that it is not to touch. */
async function runToEnd(folder: string, port: string): Promise<{ code: unknown; text: string }> {
  const child = spawn(process.execPath, [join(project, "scripts", "start.mjs")], {
    env: { ...process.env, PORT: port, REALTIME_USER_FOLDER: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const [code] = (await once(child, "close")) as unknown[];
  return { code, text };
}

describe("npm start", () => {
  let scratch: string;

  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), "realtime-start-"));
  });
  let running: RunningNodeRed | undefined;
  const start = async (
    module: string,
    folder: string,
    flows?: readonly object[],
  ): Promise<RunningNodeRed> => {
    running = await startNodeRed(module, { folder, ...(flows && { flows }) });
    return running;
  };
  const stop = async (): Promise<void> => {
    await running?.stop();
    running = undefined;
  };
  afterEach(async () => {
    await stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  it("says in one line that the port is taken, and how to choose another", async () => {
    const holder = createServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    const { port } = holder.address() as AddressInfo;
    const { code, text } = await runToEnd(join(scratch, "user"), String(port));
    holder.close();
    await once(holder, "close");
    assert.equal(code, 1);
    assert.match(text, new RegExp(`^Port ${port} is taken\\. .*PORT=\\d+ npm start\\n$`));
    assert.ok(!existsSync(join(scratch, "user")));
  });

  for (const port of ["http", "0", "65536", "1.5"]) {
    it(`refuses PORT=${port} in one line`, async () => {
      const { code, text } = await runToEnd(join(scratch, "user"), port);
      assert.equal(code, 1);
      assert.match(text, /^PORT must be .*\n$/);
    });
  }

  for (const { label, module } of runtimes) {
    describe(label, () => {
      it("opens the examples as tabs, keeps what a person changes, and ends when asked", async () => {
        const folder = join(scratch, "user");
        const first = await start(module, folder);
        const flows = async (): Promise<FlowNode[]> => {
          const response = await fetch(new URL("flows", first.url));
          return (await response.json()) as FlowNode[];
        };
        const tabs = (nodes: FlowNode[]): (string | undefined)[] =>
          nodes.filter(({ type }) => type === "tab").map(({ label: text }) => text);
        const examples = readdirSync(join(project, "examples"))
          .filter((file) => file.endsWith(".json"))
          .map((file) => file.replace(".json", ""))
          .toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
        assert.deepEqual(tabs(await flows()), examples);
        const ids = (await flows()).map(({ id }) => id);
        assert.equal(new Set(ids).size, ids.length);
        assert.ok(first.output().includes(first.url));
        assert.doesNotMatch(first.output(), /\[error\]/);

        const renamed = (await flows()).map((node) =>
          node.label === examples[0] ? { ...node, label: "Mine" } : node,
        );
        const deployed = await fetch(new URL("flows", first.url), {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(renamed),
        });
        assert.equal(deployed.status, 204);
        const secret = readJson(folder, "credential-secret.json");
        await stop();
        await assert.rejects(fetch(first.url));

        const second = await start(module, folder);
        const response = await fetch(new URL("flows", second.url));
        const kept = (await response.json()) as FlowNode[];
        await stop();
        assert.deepEqual(tabs(kept), ["Mine", ...examples.slice(1)]);
        assert.deepEqual(readJson(folder, "credential-secret.json"), secret);
      });
    });
  }

  it("makes a secret of its own for each user folder, for its owner's eyes only", async () => {
    const secrets: unknown[] = [];
    for (const name of ["one", "two"]) {
      await start("node-red", join(scratch, name), []);
      await stop();
      const file = join(scratch, name, "credential-secret.json");
      secrets.push(readJson(file));
      if (process.platform !== "win32") assert.equal(statSync(file).mode & 0o077, 0);
    }
    assert.match(String(secrets[0]), /^[0-9a-f]{48}$/);
    assert.notEqual(secrets[0], secrets[1]);
  });

  it("finds the package again when the project was moved", async () => {
    const folder = join(scratch, "user");
    const link = join(folder, "node_modules", pkg.name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(scratch, "where-it-was"), link, "junction");
    const { url } = await start("node-red", folder, []);
    const response = await fetch(new URL("nodes", url), {
      headers: { Accept: "application/json" },
    });
    const sets = (await response.json()) as { module: string; enabled: boolean }[];
    const own = sets.filter((set) => set.module === pkg.name && set.enabled);
    assert.equal(own.length, Object.keys(pkg["node-red"].nodes).length);
  });
});
