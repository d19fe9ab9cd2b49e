import { createServer } from "node:http";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** A node of a running flow, as far as the bench uses one. */
export interface RunningNode {
  /** Sends a message along its wires. */
  send(message: object): void;
  receive(message: object): void;
}

/** What is used of the runtime; its own types do not know `functionGlobalContext`. */
export interface Runtime {
  init(server: unknown, settings: object): void;
  start(): Promise<void>;
  readonly nodes: { getNode(id: string): RunningNode | null };
  readonly events: { once(name: string, listener: () => void): void };
}

interface UserFolder {
  readonly prepareUserFolder: (folder: string) => void;
}

const project = resolve(__dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "realtime-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** Starts Node-RED in this process with these flows; resolves when they have started. */
export async function startNodeRed(flows: readonly object[], settings: object): Promise<Runtime> {
  const { prepareUserFolder } = (await import(
    join(project, "scripts/user-folder.mjs")
  )) as UserFolder;
  writeFileSync(join(folder, "flows.json"), JSON.stringify(flows));
  prepareUserFolder(folder);
  const runtime = require(process.env["NODE_RED"] ?? "node-red") as Runtime;
  runtime.init(createServer(), {
    userDir: folder,
    flowFile: "flows.json",
    credentialSecret: "none: there are no credentials",
    httpAdminRoot: false,
    httpNodeRoot: false,
    telemetry: { enabled: false },
    logging: { console: { level: "error", metrics: false, audit: false } },
    ...settings,
  });
  const started = new Promise<void>((done) => {
    runtime.events.once("flows:started", done);
  });
  await runtime.start();
  await started;
  return runtime;
}
