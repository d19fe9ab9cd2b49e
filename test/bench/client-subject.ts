/** A client under measurement, in a process of its own; which one is the first argument. */
import type { Client } from "./clients/client";
import { connectorOf, SPEECH } from "./connector";
import { paced } from "./pace";
import { Measurement } from "./measurement";
import { answer } from "./answer";

const connect = connectorOf(process.argv[2] ?? "");
const measurement = new Measurement();
let client: Client | undefined;

const commands = {
  connect: async ({ url, name }: { url: string; name: string }): Promise<void> => {
    client = await connect(url, name, (event) => measurement.take(event));
  },
  arm: (frames: number): void => measurement.arm(frames),
  result: () => measurement.result,

  /** Sends chunks of audio at a fixed pace; the CPU time of it, in µs. */
  send: async ({ frames, rate }: { frames: number; rate: number }): Promise<number> => {
    const connected = client;
    if (connected === undefined) throw new Error("not connected");
    const before = process.cpuUsage();
    await paced(frames, rate, () => connected.append(SPEECH));
    const { user, system } = process.cpuUsage(before);
    return user + system;
  },
};

export type ClientSubject = typeof commands;

answer(commands);
