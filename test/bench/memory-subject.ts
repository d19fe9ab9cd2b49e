/** Memory of a client, in a process of its own with --expose-gc; which one is the first argument. */
import { setImmediate } from "node:timers/promises";
import { makeSession } from "./clients/session";
import { connectorOf, SPEECH } from "./connector";
import { sharedNow } from "./pace";
import { Talk } from "./talk";
import { answer } from "./answer";

/** Memory in bytes, after everything that can go has gone. */
export interface Memory {
  readonly heapUsed: number;
  /** Memory outside of the heap that the heap holds: buffers and what C++ keeps for objects. */
  readonly external: number;
  readonly rss: number;
}

async function settledMemory(): Promise<Memory> {
  if (globalThis.gc === undefined) throw new Error("needs --expose-gc");
  // What the first collection finalises is only freed by the second.
  globalThis.gc();
  await setImmediate();
  globalThis.gc();
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage();
  return { heapUsed, external: external + arrayBuffers, rss };
}

const connect = connectorOf(process.argv[2] ?? "");
let talk: Talk | undefined;

const commands = {
  memory: settledMemory,

  /** Connects clients and lets them go: what is loaded and compiled once for all is there then. */
  warmUp: async ({ url, count }: { url: string; count: number }): Promise<void> => {
    for (let index = 0; index < count; index += 1)
      await (await connect(url, "first", () => undefined)).close();
  },

  /** Connects so many clients; resolves when all are ready. */
  open: async ({ url, count }: { url: string; count: number }): Promise<void> => {
    for (let index = 0; index < count; index += 1)
      clients.push(await connect(url, String(index), () => undefined));
  },

  /** Connects the one session that `talkFor` talks with. */
  meet: async ({ url, name }: { url: string; name: string }): Promise<void> => {
    const session = makeSession(url, name);
    talk = new Talk(session, SPEECH);
    await session.connect();
  },

  /** Goes on with the talk for so many turns; how long it took, in ms. */
  talkFor: async (turns: number): Promise<number> => {
    const start = sharedNow();
    for (let turn = 0; turn < turns; turn += 1) await talk?.turn();
    return sharedNow() - start;
  },
};

/** Kept so that nothing of them can be collected. */
const clients: unknown[] = [];

export type MemorySubject = typeof commands;

answer(commands);
