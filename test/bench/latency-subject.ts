/** Many live clients in one process, which is how one Node-RED has them. */
import type { Client } from "./clients/client";
import { connectorOf, SPEECH } from "./connector";
import { paced, sharedNow } from "./pace";
import { percentile } from "./statistics";
import { answer } from "./answer";

/** Appends a second of each client. */
const APPENDS_PER_SECOND = 10;

const connect = connectorOf(process.argv[2] ?? "");
const clients: Client[] = [];
let latencies: number[] = [];

const commands = {
  /** Connects clients named `0` to `count - 1`. */
  open: async ({ url, count }: { url: string; count: number }): Promise<void> => {
    for (let index = 0; index < count; index += 1)
      clients.push(await connect(url, String(index), ({ event_id: due }) => note(due)));
    latencies = [];
  },

  /** Sends as microphones do; resolves with the number of frames. */
  speak: async (seconds: number): Promise<number> => {
    const rate = clients.length * APPENDS_PER_SECOND;
    await paced(rate * seconds, rate, (step) => clients[step % clients.length]?.append(SPEECH));
    return rate * seconds;
  },

  /** How many frames have come, and how long after they were due, in ms. */
  latency: () => ({
    count: latencies.length,
    p50: percentile(latencies, 50),
    p99: percentile(latencies, 99),
  }),

  received: () => latencies.length,
};

function note(due: unknown): void {
  const time = Number(due);
  // The server's greeting carries no time.
  if (Number.isFinite(time)) latencies.push(sharedNow() - time);
}

export type LatencySubject = typeof commands;

answer(commands);
