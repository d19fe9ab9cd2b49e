/**
 * A Node-RED under measurement, in a process of its own. The first argument says whether its flow is
 * made of this package's nodes or of core's.
 */
import { createServer } from "node:http";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { flowOf, type Side } from "./canvas-flows";
import { Measurement } from "./measurement";
import type { BenchEvent } from "./tally";
import { answer } from "./worker";

/** What is used of the runtime; its own types do not know `functionGlobalContext`. */
interface Runtime {
  init(server: unknown, settings: object): void;
  start(): Promise<void>;
}

interface UserFolder {
  readonly prepareUserFolder: (folder: string) => void;
}

const side = sideOf(process.argv[2]);
const project = resolve(__dirname, "../..");
const measurement = new Measurement();
const folder = mkdtempSync(join(tmpdir(), "realtime-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

function sideOf(name: string | undefined): Side {
  return name === "core" || name === "floor" ? name : "own";
}

/** What the flow's function hands over: whatever came along the wires. */
function take(event: BenchEvent, source: string | undefined): void {
  if (source === undefined || source === "server") measurement.take(event);
}

const commands = {
  /** Starts Node-RED with the flow; resolves when its first frame has come through. */
  connect: async ({ url, name }: { url: string; name: string }): Promise<void> => {
    const { prepareUserFolder } = (await import(
      join(project, "scripts/user-folder.mjs")
    )) as UserFolder;
    writeFileSync(join(folder, "flows.json"), JSON.stringify(flowOf(side, `${url}?model=${name}`)));
    prepareUserFolder(folder);
    const runtime = require(process.env["NODE_RED"] ?? "node-red") as Runtime;
    runtime.init(createServer(), {
      userDir: folder,
      flowFile: "flows.json",
      ...(side === "floor" ? { nodesDir: join(__dirname, "floor") } : {}),
      credentialSecret: "none: there are no credentials",
      httpAdminRoot: false,
      httpNodeRoot: false,
      telemetry: { enabled: false },
      logging: { console: { level: "error", metrics: false, audit: false } },
      functionGlobalContext: { take },
    });
    // Both begin with the server's greeting, so the way is open when it has come through.
    measurement.arm(1);
    await runtime.start();
    await measurement.result;
  },
  arm: (frames: number): void => measurement.arm(frames),
  result: () => measurement.result,
};

export type CanvasSubject = typeof commands;

answer(commands);
