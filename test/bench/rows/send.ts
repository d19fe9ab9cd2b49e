import assert from "node:assert/strict";
import type { ClientSubject } from "../client-subject";
import { compare, micros, RATE, type Pass } from "../pairs";
import { pause } from "../pace";
import type { Extent, Result } from "../result";
import type { Sender } from "../sender";
import { Worker } from "../worker";

/** How long the last frames may be on their way, in steps of 10 ms. */
const PATIENCE = 500;

export async function sendRow(
  row: string,
  bar: number,
  extent: Extent,
): Promise<readonly Result[]> {
  const sender = new Worker<Sender>("sender.ts");
  const own = new Worker<ClientSubject>("client-subject.ts", {
    args: ["session"],
    profile: extent.profile,
  });
  const bare = new Worker<ClientSubject>("client-subject.ts", { args: ["bare"] });
  const passOf =
    (subject: Worker<ClientSubject>, from: string): Pass =>
    async (frames) => {
      await sender.ask("expectAppends", { from, frames });
      const cpu = await subject.ask("send", { frames, rate: RATE });
      let arrived = await sender.ask("appends", from);
      for (let wait = 0; arrived.count < frames && wait < PATIENCE; wait += 1) {
        await pause(10);
        arrived = await sender.ask("appends", from);
      }
      assert.deepEqual(arrived, { count: frames, misplaced: 0 }, `${from} lost what it sent`);
      return cpu / frames;
    };
  try {
    const url = await sender.ask("url");
    await own.ask("connect", { url, name: "own" });
    await bare.ask("connect", { url, name: "bare" });
    const { subject, reference, bound, spread } = await compare(
      passOf(own, "own"),
      passOf(bare, "bare"),
      extent,
    );
    return [
      {
        row,
        what: "send 20 ms of audio, validated, with an event_id",
        own: micros(subject),
        beside: `JSON.stringify + ws ${micros(reference)}`,
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
