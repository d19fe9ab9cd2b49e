import assert from "node:assert/strict";
import { pause } from "../pace";
import type { Extent, Result } from "../result";
import { MESSAGES_PER_SECOND } from "../rooms-flow";
import type { RoomsSubject } from "../rooms-subject";
import { percentile } from "../statistics";
import type { Swallower } from "../swallower";
import { Worker } from "../worker";

const ROOMS = 50;

interface Hearing {
  /** Of one room, in µs per second of its audio. */
  readonly cpu: number;
  /** From when a message was due until its frame was at the server, in ms. */
  readonly p50: number;
  readonly p99: number;
}

/** Many microphones at once at the pace of speech, against a server that only swallows. */
export async function roomsRow(extent: Extent): Promise<readonly Result[]> {
  const own = await hearingOf("canvas", extent);
  const bare = await hearingOf("bare", extent);
  return [
    {
      row: "rooms",
      what: `${ROOMS} rooms of 16 kHz through audio in, CPU per second of one room`,
      own: `${own.cpu.toFixed(0)} µs, ${shareOf(own)}`,
      beside: `base64 + ws ${bare.cpu.toFixed(0)} µs, ${shareOf(bare)}`,
      measured: own.cpu,
      unit: "µs",
    },
    {
      row: "rooms",
      what: `message due → frame at the server, ${ROOMS} rooms, p99`,
      own: inWords(own),
      beside: `base64 + ws ${inWords(bare)}`,
      measured: own.p99,
      unit: "ms",
    },
  ];
}

async function hearingOf(
  side: string,
  { speakSeconds: seconds, warmUpSeconds, profile }: Extent,
): Promise<Hearing> {
  const server = new Worker<Swallower>("swallower.ts");
  const subject = new Worker<RoomsSubject>("rooms-subject.ts", { args: [side], profile });
  try {
    await subject.ask("start", { url: await server.ask("url"), rooms: ROOMS });
    // One after another: the server knows the rooms by their order.
    for (let room = 0; room < ROOMS; room += 1) {
      await subject.ask("open", room);
      await until(async () => (await server.ask("connections")) > room);
    }
    // The last ones are still being told their settings.
    await pause(500);
    await subject.ask("speak", { rooms: ROOMS, seconds: warmUpSeconds });
    await server.ask("forget");
    const { start, cpu, messages } = await subject.ask("speak", { rooms: ROOMS, seconds });
    await until(async () => (await server.ask("count")) >= messages);
    const arrivals = await server.ask("arrivals");
    const delays = arrivals.flatMap((times, room) => {
      // Each message completes one frame: what it leaves in the resampler, the last one left too.
      assert.equal(times.length, messages / ROOMS, `${side} lost audio of room ${room}`);
      return times.map((time, index) => {
        const step = index * ROOMS + room;
        return time - (start + (step / (ROOMS * MESSAGES_PER_SECOND)) * 1000);
      });
    });
    return {
      cpu: cpu / (ROOMS * seconds),
      p50: percentile(delays, 50),
      p99: percentile(delays, 99),
    };
  } finally {
    await Promise.all([subject.stop(), server.stop()]);
  }
}

async function until(isDone: () => Promise<boolean>): Promise<void> {
  for (let wait = 0; wait < 200; wait += 1) {
    if (await isDone()) return;
    await pause(20);
  }
}

function shareOf({ cpu }: Hearing): string {
  return `${((cpu * ROOMS) / 1e4).toFixed(1)} % of a core`;
}

function inWords({ p50, p99 }: Hearing): string {
  return `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
}
