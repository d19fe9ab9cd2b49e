// `npm run soak`: sessions on a server that misbehaves at random, at ten times the speed of life.
//
//   npm run soak -- --minutes 2 --sessions 4 --seed 1
//
// In rounds: faults happen while every session is written to, spoken to and calls tools; then the
// server behaves, and each talk is looked at. Ends with figures, and with 1 if anything was lost or
// memory grew.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { FaultRequest } from "../../lib/index";
import { randomFrom } from "../../lib/local-server/reordering";
import type { SoakOrder, SoakReport } from "./soak-server";
import { Tally, Talk } from "./soak-talk";

/** All configured times are divided by it. */
const SPEED = 10;

/** How long faults happen in a round, in ms. */
const ROUND = 20_000;

/** A round until memory is looked at: code is compiled and pools are filled. */
const WARM_UP = 2;

/** What memory may grow by from the end of the warm-up, in bytes. */
const MAX_GROWTH = 5 * 1024 * 1024;

/** Problems that are printed at most. */
const SHOWN = 50;

/** Faults of a bad day; those that stop a session on purpose are not among them. */
const faults: readonly FaultRequest[] = [
  { type: "drop" },
  { type: "drop", afterEvents: 7 },
  { type: "drop", times: 6 },
  { type: "drop_in_call", at: "arguments", times: 2 },
  { type: "drop_in_call", at: "item", times: 2 },
  { type: "stall", ms: 5000, times: 2 },
  { type: "half_open", ms: 120_000 },
  { type: "refuse_event", event: "conversation.item.create" },
  { type: "refuse_event", event: "response.create", withEventId: false },
  { type: "refuse_event", code: "conversation_already_has_active_response", withEventId: false },
  { type: "fail_response", times: 2 },
  { type: "expire", times: 2 },
  { type: "garble", afterEvents: 5, times: 2 },
  { type: "unknown_events", times: 20 },
  { type: "large_frame", bytes: 2_000_000 },
  { type: "delay", ms: 300 },
  { type: "reorder", seed: 7 },
];

const refusals: readonly FaultRequest[] = [
  { type: "refuse_handshake", status: 503, times: 2 },
  { type: "refuse_handshake", status: 429, retryAfter: 2 },
  { type: "refuse_session", code: "server_error" },
];

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "30" },
      sessions: { type: "string", default: "4" },
      seed: { type: "string", default: String(Date.now() % 100_000) },
    },
  });
  const [minutes, sessions, seed] = [values.minutes, values.sessions, values.seed].map(Number);
  if (!(minutes && sessions && seed !== undefined))
    throw new Error("--minutes, --sessions and --seed are numbers");
  console.log(`${minutes} min at ${SPEED} times speed, ${sessions} sessions, seed ${seed}`);

  const random = randomFrom(seed);
  const tally = new Tally();
  const start = Date.now();
  const child = fork(join(__dirname, "soak-server.ts"), [String(SPEED), String(start)]);
  const server = await started(child);
  const order = async (wanted: readonly FaultRequest[]): Promise<void> => {
    const done = once(child, "message");
    child.send({ faults: wanted } satisfies SoakOrder);
    await done;
  };
  const problems: string[] = [];
  const memory: number[] = [];
  const end = start + minutes * 60_000;
  for (let round = 1; Date.now() < end; round += 1) {
    const talks = Array.from(
      { length: sessions },
      () => new Talk({ server, speed: SPEED, start, random, tally }),
    );
    const running = talks.map((talk) => talk.run());
    const roundEnd = Math.min(end, Date.now() + ROUND);
    while (Date.now() < roundEnd) {
      await sleep(300 + random() * 2500);
      const fault = pick(faults, random);
      const isDrop = fault.type === "drop" || fault.type === "expire";
      const wanted = isDrop && random() < 0.3 ? [fault, pick(refusals, random)] : [fault];
      for (const { type } of wanted) tally.add(`fault ${type}`);
      await order(wanted);
    }
    await order([]);
    for (const talk of talks) talk.stop();
    await Promise.all(running);
    const found = (await Promise.all(talks.map((talk) => talk.verify()))).flat();
    problems.push(...found.map((problem) => `round ${round}: ${problem}`));
    await Promise.all(talks.map((talk) => talk.close()));
    memory.push(await heldBytes());
    console.log(
      `round ${round}: ${found.length === 0 ? "complete" : `${found.length} problems`}, ` +
        `${mebibytes(memory.at(-1) ?? 0)} held, ${mebibytes(process.memoryUsage().rss)} resident`,
    );
  }
  child.disconnect();

  for (const [name, count] of [...tally.counts].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    console.log(`${String(count).padStart(9)}  ${name}`);
  const [first = 0, last = 0] = [memory[Math.min(WARM_UP, memory.length) - 1], memory.at(-1)];
  console.log(`memory: ${mebibytes(first)} after the warm-up, ${mebibytes(last)} at the end`);
  if (last - first > MAX_GROWTH) problems.push(`memory grew by ${mebibytes(last - first)}`);
  console.log(problems.length === 0 ? "nothing was lost" : problems.slice(0, SHOWN).join("\n"));
  return problems.length === 0;
}

async function started(child: ChildProcess): Promise<SoakReport & { type: "started" }> {
  const [report] = (await once(child, "message")) as [SoakReport];
  if (report.type !== "started") throw new Error("The server has not started");
  return report;
}

function pick<T>(list: readonly [T, ...T[]] | readonly T[], random: () => number): T {
  const picked = list[Math.floor(random() * list.length)];
  if (picked === undefined) throw new Error("There is nothing to pick from");
  return picked;
}

/** Memory that is in use after everything else was collected. */
async function heldBytes(): Promise<number> {
  for (let pass = 0; pass < 2; pass += 1) {
    globalThis.gc?.();
    await sleep(50);
  }
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

main().then(
  (isGood) => {
    process.exitCode = isGood ? 0 : 1;
  },
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
