import { spawn, type ChildProcess } from "node:child_process";
import { randomInt } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const project = resolve(__dirname, "../..");

/** The runtimes that the package supports, as installed here. */
export const runtimes = [
  { label: "Node-RED 5", module: "node-red" },
  { label: "Node-RED 4.1", module: "node-red-4" },
] as const;

/** A Node-RED that runs as `npm start` runs it, in a user folder of its own. */
export interface RunningNodeRed {
  readonly url: string;
  readonly folder: string;
  /** Everything that it printed so far. */
  readonly output: () => string;
  stop(): Promise<void>;
}

/**
 * A port on which nobody listens, from below those that systems give to sockets that ask for any: until it
 * is used, no test of another process comes by it.
 */
export async function freePort(): Promise<number> {
  const port = randomInt(20_000, 32_000);
  const probe = createServer();
  const isFree = await new Promise<boolean>((done) => {
    probe.once("error", () => done(false));
    probe.listen(port, "127.0.0.1", () => done(true));
  });
  if (!isFree) return await freePort();
  await new Promise((done) => {
    probe.close(done);
  });
  return port;
}

/**
 * Starts what `npm start` starts after its build; resolves when the flows run. Without a folder in one
 * of its own, which is removed at its end; without flows with the examples.
 */
export async function startNodeRed(
  module: string,
  options: { folder?: string; flows?: readonly object[]; env?: Record<string, string> } = {},
): Promise<RunningNodeRed> {
  if (!existsSync(join(project, "dist")))
    throw new Error("The package is not built: run npm run build first");
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "realtime-user-"));
  if (options.flows !== undefined) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "flows.json"), JSON.stringify(options.flows));
  }
  const port = await freePort();
  let output = "";
  const child: ChildProcess = spawn(process.execPath, [join(project, "scripts", "start.mjs")], {
    env: {
      ...process.env,
      PORT: String(port),
      NODE_RED: module,
      REALTIME_USER_FOLDER: folder,
      ...options.env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = new Promise<void>((done) => {
    child.on("exit", () => done());
  });
  await new Promise<void>((done, fail) => {
    const take = (chunk: Buffer): void => {
      output += chunk.toString();
      if (output.includes("Node-RED is up")) done();
    };
    child.stdout?.on("data", take);
    child.stderr?.on("data", take);
    child.on("exit", () => fail(new Error(`Node-RED ended at its start:\n${output}`)));
  });
  return {
    url: `http://127.0.0.1:${port}/`,
    folder,
    output: () => output,
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}
