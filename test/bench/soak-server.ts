import { startLocalServer, type FaultRequest } from "../../lib/index";
import { fastClock } from "../support/fast-clock";
import { ScriptedVoice } from "../lib/local-server/scripted-voice";

/** What the server's process is told. */
export interface SoakOrder {
  readonly faults: readonly FaultRequest[];
}

/** What it tells: where it listens, and that an order is carried out. */
export type SoakReport =
  | { readonly type: "started"; readonly url: string; readonly token: string }
  | { readonly type: "done" };

/** Life of a session on the server, in ms of its fast clock: short, so that sessions are renewed. */
const SESSION_CAP = 60_000;

/** The built-in server in a process of its own; ends with its parent. */
async function main(): Promise<void> {
  const [speed, start] = process.argv.slice(2).map(Number);
  const server = await startLocalServer({
    voice: new ScriptedVoice(),
    clock: fastClock(speed ?? 1, start),
    sessionCapMs: SESSION_CAP,
  });
  const report = (message: SoakReport): void => {
    process.send?.(message);
  };
  process.on("message", ({ faults }: SoakOrder) => {
    server.setFaults(faults);
    report({ type: "done" });
  });
  process.on("disconnect", () => process.exit());
  report({ type: "started", url: server.url, token: server.token ?? "" });
}

void main();
