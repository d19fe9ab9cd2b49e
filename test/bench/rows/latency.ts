import assert from "node:assert/strict";
import type { LatencySubject } from "../latency-subject";
import { pause } from "../pace";
import type { Extent, Result } from "../result";
import type { Sender } from "../sender";
import { Worker } from "../worker";

interface Latency {
  readonly p50: number;
  readonly p99: number;
}

/** From the time at which a frame was due to be sent until its event is out, at speaking pace. */
export async function latencyRow({
  sessionCounts,
  speakSeconds,
}: Extent): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const sessions of sessionCounts) {
    const own = await latencyOf("session", sessions, speakSeconds);
    const bare = await latencyOf("bare", sessions, speakSeconds);
    results.push({
      row: "latency",
      what: `frame due → event, ${sessions} ${sessions === 1 ? "session" : "sessions"}, p99`,
      own: inWords(own),
      beside: `ws ${inWords(bare)}`,
      measured: own.p99,
      bar: 20,
      unit: "ms",
    });
  }
  return results;
}

async function latencyOf(client: string, sessions: number, seconds: number): Promise<Latency> {
  const sender = new Worker<Sender>("sender.ts");
  const subject = new Worker<LatencySubject>("latency-subject.ts", { args: [client] });
  try {
    await subject.ask("open", { url: await sender.ask("url"), count: sessions });
    const [down, up] = await Promise.all([
      sender.ask("speak", { sessions, seconds }),
      subject.ask("speak", seconds),
    ]);
    for (let wait = 0; wait < 100; wait += 1) {
      const arrived = await Promise.all([subject.ask("received"), sender.ask("heard")]);
      if (arrived[0] >= down && arrived[1] >= up) break;
      await pause(20);
    }
    const { count, p50, p99 } = await subject.ask("latency");
    assert.equal(count, down, `${client} lost frames of the server`);
    assert.equal(await sender.ask("heard"), up, `${client} lost frames to the server`);
    return { p50, p99 };
  } finally {
    await Promise.all([subject.stop(), sender.stop()]);
  }
}

function inWords({ p50, p99 }: Latency): string {
  return `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
}
