/** A client under measurement, in a process of its own; which one is the first argument. */
import { join } from "node:path";
import type { Client, Connect } from "./clients/client";
import { paced } from "./pace";
import { Measurement } from "./measurement";
import { answer } from "./worker";

const { connect } = require(join(__dirname, "clients", process.argv[2] ?? "")) as {
  connect: Connect;
};

/** 20 ms of audio at 24 kHz, 16 bits: 960 bytes. */
const AUDIO = Buffer.alloc(960, 7).toString("base64");

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
    await paced(frames, rate, () => connected.append(AUDIO));
    const { user, system } = process.cpuUsage(before);
    return user + system;
  },
};

export type ClientSubject = typeof commands;

answer(commands);
