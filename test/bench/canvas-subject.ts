/**
 * A Node-RED under measurement, in a process of its own. The first argument says whether its flow is
 * made of this package's nodes or of core's.
 */
import { join } from "node:path";
import { startNodeRed } from "./bench-node-red";
import { flowOf, type Side } from "./canvas-flows";
import { Measurement } from "./measurement";
import type { BenchEvent } from "./tally";
import { answer } from "./answer";

const side = sideOf(process.argv[2]);
const measurement = new Measurement();

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
    // Both begin with the server's greeting, so the way is open when it has come through.
    measurement.arm(1);
    await startNodeRed(flowOf(side, `${url}?model=${name}`), {
      ...(side === "floor" ? { nodesDir: join(__dirname, "floor") } : {}),
      functionGlobalContext: { take },
    });
    await measurement.result;
  },
  arm: (frames: number): void => measurement.arm(frames),
  result: () => measurement.result,
};

export type CanvasSubject = typeof commands;

answer(commands);
