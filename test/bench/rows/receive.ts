import assert from "node:assert/strict";
import type { ClientSubject } from "../client-subject";
import type { MeasuredPass } from "../measurement";
import { compare, micros, RATE, type Pass } from "../pairs";
import type { Extent, Result } from "../result";
import type { Sender } from "../sender";
import type { StreamKind } from "../turn";
import { Worker } from "../worker";

/** What can be armed and then told a stream, whatever stands behind it. */
export interface Receiver {
  arm(frames: number): Promise<unknown>;
  result(): Promise<MeasuredPass>;
}

/** A pass in which the sender streams and the receiver must see every frame, in order. */
export function receivePass(
  sender: Worker<Sender>,
  receiver: Receiver,
  to: string,
  kind: StreamKind,
): Pass {
  return async (frames) => {
    await receiver.arm(frames);
    const [result, sent] = await Promise.all([
      receiver.result(),
      sender.ask("stream", { to, kind, frames, rate: RATE }),
    ]);
    assert.deepEqual(result.tally, sent, `${to} did not see what was sent`);
    return result.cpu / frames;
  };
}

export async function receiveRow(
  row: string,
  kind: StreamKind,
  bar: number,
  extent: Extent,
): Promise<readonly Result[]> {
  const sender = new Worker<Sender>("sender.ts");
  const own = new Worker<ClientSubject>("client-subject.ts", {
    args: ["session"],
    profile: extent.profile,
  });
  const bare = new Worker<ClientSubject>("client-subject.ts", { args: ["bare"] });
  try {
    const url = await sender.ask("url");
    await own.ask("connect", { url, name: "own" });
    await bare.ask("connect", { url, name: "bare" });
    const { subject, reference, bound, spread } = await compare(
      receivePass(sender, receiverOf(own), "own", kind),
      receivePass(sender, receiverOf(bare), "bare", kind),
      extent,
    );
    const flooded = [
      await flood(sender, own, "own", kind),
      await flood(sender, bare, "bare", kind),
    ];
    return [
      {
        row,
        what: kind === "mix" ? "receive, 3 audio : 1 transcript" : "receive, transcripts only",
        own: `${micros(subject)}, ${perSecond(flooded[0])}`,
        beside: `ws + JSON.parse ${micros(reference)}, ${perSecond(flooded[1])}`,
        measured: bound,
        bar,
        unit: "×",
        spread,
      },
    ];
  } finally {
    await Promise.all([own.stop(), bare.stop(), sender.stop()]);
  }
}

export function receiverOf(worker: Worker<ClientSubject>): Receiver {
  return { arm: (frames) => worker.ask("arm", frames), result: () => worker.ask("result") };
}

const FLOOD_FRAMES = 40_000;

/** Events a second when the sender does not wait. */
async function flood(
  sender: Worker<Sender>,
  receiver: Worker<ClientSubject>,
  to: string,
  kind: StreamKind,
): Promise<number> {
  await receiver.ask("arm", FLOOD_FRAMES);
  const [{ wall }] = await Promise.all([
    receiver.ask("result"),
    sender.ask("flood", { to, kind, frames: FLOOD_FRAMES }),
  ]);
  return (FLOOD_FRAMES / wall) * 1000;
}

function perSecond(events = 0): string {
  return `${Math.round(events / 1000)},000 events/s`;
}
