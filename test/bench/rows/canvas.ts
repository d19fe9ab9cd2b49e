import type { CanvasSubject } from "../canvas-subject";
import { compare, micros } from "../pairs";
import type { Extent, Result } from "../result";
import type { Sender } from "../sender";
import type { StreamKind } from "../turn";
import { Worker } from "../worker";
import { receivePass, type Receiver } from "./receive";

const TITLES = {
  own: "connect → filter → function",
  // Not this package: what is left of a flow when all but the function is taken away.
  floor: "the floor: a node that parses → function",
} as const;

/** This package's nodes against those of core that do the same, each in a Node-RED of its own. */
export async function canvasRow(
  row: string,
  kind: StreamKind,
  bar: number | undefined,
  extent: Extent,
  side: "own" | "floor" = "own",
): Promise<readonly Result[]> {
  const sender = new Worker<Sender>("sender.ts");
  const own = new Worker<CanvasSubject>("canvas-subject.ts", {
    args: [side],
    profile: extent.profile,
  });
  const core = new Worker<CanvasSubject>("canvas-subject.ts", {
    args: ["core"],
    profile: extent.profile,
  });
  try {
    const url = await sender.ask("url");
    await own.ask("connect", { url, name: "own" });
    await core.ask("connect", { url, name: "core" });
    const { subject, reference, bound, spread } = await compare(
      receivePass(sender, receiverOf(own), "own", kind),
      receivePass(sender, receiverOf(core), "core", kind),
      extent,
    );
    return [
      {
        row,
        what: `${TITLES[side]}, ${kind === "mix" ? "3 audio : 1 transcript" : "transcripts only"}`,
        own: micros(subject),
        beside: `websocket in → json → switch → function ${micros(reference)}`,
        measured: bound,
        ...(bar === undefined ? {} : { bar }),
        unit: "×",
        spread,
      },
    ];
  } finally {
    await Promise.all([own.stop(), core.stop(), sender.stop()]);
  }
}

function receiverOf(worker: Worker<CanvasSubject>): Receiver {
  return { arm: (frames) => worker.ask("arm", frames), result: () => worker.ask("result") };
}
