import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Memory, MemorySubject } from "../memory-subject";
import type { Extent, Result } from "../result";
import type { Sender } from "../sender";
import { median, spread, upperBound } from "../statistics";
import { SECONDS_PER_TURN } from "../talk-server";
import { Worker } from "../worker";

const SESSIONS = 200;
const KIB = 1024;
const MIB = 1024 * KIB;

/** Heap of an idle session: what 200 ready ones add, over 200. */
export async function idleRow({ repeats }: Extent): Promise<readonly Result[]> {
  const own: number[] = [];
  const bare: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    own.push(await heapPerClient("session"));
    bare.push(await heapPerClient("bare"));
  }
  return [
    {
      row: "idle-session",
      what: "heap of an idle session, of 200",
      own: `${(median(own) / KIB).toFixed(1)} KiB`,
      beside: `ws ${(median(bare) / KIB).toFixed(1)} KiB`,
      measured: upperBound(own) / KIB,
      bar: 20,
      unit: "KiB",
      spread: spread(own),
    },
  ];
}

async function heapPerClient(client: string): Promise<number> {
  const sender = new Worker<Sender>("sender.ts");
  const subject = new Worker<MemorySubject>("memory-subject.ts", {
    args: [client],
    execArgv: ["--expose-gc"],
  });
  try {
    const url = await sender.ask("url");
    await subject.ask("warmUp", { url, count: SESSIONS / 4 });
    const before = await subject.ask("memory");
    await subject.ask("open", { url, count: SESSIONS });
    const after = await subject.ask("memory");
    return (after.heapUsed - before.heapUsed) / SESSIONS;
  } finally {
    await Promise.all([subject.stop(), sender.stop()]);
  }
}

/** Time and memory of loading the library, in fresh processes. */
export async function loadRow({ loads }: Extent): Promise<readonly Result[]> {
  const times: number[] = [];
  const sizes: number[] = [];
  for (let load = 0; load < loads; load += 1) {
    const { ms, bytes } = loadOnce();
    times.push(ms);
    sizes.push(bytes);
  }
  const what = 'require("…/lib/index")';
  const beside = "";
  return [
    {
      row: "load",
      what: `${what}, time`,
      own: `${median(times).toFixed(0)} ms`,
      beside,
      measured: upperBound(times),
      bar: 150,
      unit: "ms",
      spread: spread(times),
    },
    {
      row: "load",
      what: `${what}, memory`,
      own: `${(median(sizes) / MIB).toFixed(1)} MiB`,
      beside,
      measured: upperBound(sizes) / MIB,
      bar: 6,
      unit: "MiB",
      spread: spread(sizes),
    },
  ];
}

/** Without tsx, which would compile on the way. */
function loadOnce(): { readonly ms: number; readonly bytes: number } {
  const { status, stdout } = spawnSync(
    process.execPath,
    ["--expose-gc", join(__dirname, "../load.cjs")],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error("the library could not be loaded");
  return JSON.parse(stdout) as { ms: number; bytes: number };
}

/** The minutes of a talk at which memory is looked at. */
const CHECKPOINTS = [5, 60, 120] as const;

/** Memory over a talk of two hours, which is told as fast as it can be taken. */
export async function talkRow({ talks }: Extent): Promise<readonly Result[]> {
  const first: number[] = [];
  const second: number[] = [];
  const resident: number[] = [];
  for (let talk = 0; talk < talks; talk += 1) {
    const [at5, at60, at120] = await memoryOverTalk();
    first.push((held(at60) - held(at5)) / MIB);
    second.push((held(at120) - held(at60)) / MIB);
    resident.push(at120.rss / MIB);
  }
  const line = (what: string, growths: readonly number[], bar: number): Result => ({
    row: "talk",
    what,
    own: `${median(growths).toFixed(2)} MiB`,
    beside: `${median(resident).toFixed(0)} MiB resident at the end`,
    measured: upperBound(growths),
    bar,
    unit: "MiB",
  });
  return [
    line("memory, minute 5 to 60 of a talk", first, 5),
    line("memory, minute 60 to 120 of it", second, 1),
  ];
}

const held = ({ heapUsed, external }: Memory): number => heapUsed + external;

async function memoryOverTalk(): Promise<readonly [Memory, Memory, Memory]> {
  const sender = new Worker<Sender>("sender.ts");
  const subject = new Worker<MemorySubject>("memory-subject.ts", {
    args: ["session"],
    execArgv: ["--expose-gc"],
  });
  try {
    await subject.ask("meet", { url: await sender.ask("url"), name: "talk" });
    await sender.ask("talk", "talk");
    let turns = 0;
    const memoryAt = async (minute: number): Promise<Memory> => {
      const due = Math.floor((minute * 60) / SECONDS_PER_TURN);
      await subject.ask("talkFor", due - turns);
      turns = due;
      return await subject.ask("memory");
    };
    const [early, middle, late] = CHECKPOINTS;
    return [await memoryAt(early), await memoryAt(middle), await memoryAt(late)];
  } finally {
    await Promise.all([subject.stop(), sender.stop()]);
  }
}
