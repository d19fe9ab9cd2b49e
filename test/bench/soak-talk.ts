import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { endpointTarget, RealtimeError, RealtimeSession, type ToolCall } from "../../lib/index";
import { fastClock } from "../support/fast-clock";
import { lightTool } from "../support/light-tool";
import { ServerItems } from "../support/server-items";
import type { SoakReport } from "./soak-server";

/** What happened, summed over all talks. */
export class Tally {
  readonly counts = new Map<string, number>();

  add(name: string, by = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + by);
  }
}

export interface TalkOptions {
  readonly server: SoakReport & { readonly type: "started" };
  readonly speed: number;
  /** Where the fast clocks begin, in ms since the Unix epoch. */
  readonly start: number;
  /** Returns a number from 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  readonly tally: Tally;
}

const TEXTS = [
  "hello",
  "turn on the kitchen light",
  "turn off the bedroom light",
  "turn on the kitchen light and turn off the bedroom light",
];

/** Audio of a chunk of the microphone, in ms of the fast clock. */
const CHUNK_MS = 100;
/** Chunks of a sentence and of the silence after it. */
const [SPEECH_CHUNKS, PERIOD_CHUNKS] = [10, 60];

const chunkOf = (amplitude: number): string => {
  const samples = Int16Array.from({ length: CHUNK_MS * 24 }, (_, index) =>
    Math.round(amplitude * 32_767 * Math.sin((2 * Math.PI * 440 * index) / 24_000)),
  );
  return Buffer.from(samples.buffer).toString("base64");
};
const [loud, quiet] = [chunkOf(0.3), chunkOf(0)];

/** How often the last text is tried on a server that behaves. */
const LAST_ATTEMPTS = 20;

/** One session with a person who writes, a microphone, and a flow that answers tool calls. */
export class Talk {
  readonly #options: TalkOptions;
  readonly #session: RealtimeSession;
  readonly #items: ServerItems;
  /** Ids of the user's texts in the order of sending; true once the server has them. */
  readonly #texts = new Map<string, boolean>();
  readonly #answered = new Map<string, number>();
  /** Calls whose output the server refused, as it was told to: the flow knows. */
  readonly #refused = new Set<string>();
  readonly #pending = new Set<Promise<unknown>>();
  #isOver = false;

  constructor(options: TalkOptions) {
    const { server, speed, start, random, tally } = options;
    this.#options = options;
    this.#session = new RealtimeSession({
      target: () =>
        endpointTarget(
          { kind: "built-in", url: server.url, apiKey: server.token },
          { kind: "model", model: "soak" },
        ),
      settings: { type: "realtime", output_modalities: ["text"] },
      tools: [lightTool],
      clock: fastClock(speed, start),
      random,
      // `ws` measures this one by the machine's clock.
      timeouts: { handshake: 15_000 / speed },
      // Everything is to be there at the end.
      restoration: { items: 10_000, tokens: 10_000_000 },
    });
    this.#items = new ServerItems(this.#session);
    this.#session.on("toolCall", (call) => this.#track(this.#answer(call)));
    this.#session.on("error", ({ code }) => tally.add(`error ${code}`));
    this.#session.on("state", ({ status }) => tally.add(`state ${status}`));
    this.#session.on("unknown", ({ type, lost }) => {
      tally.add(`event ${type}`);
      if (typeof lost === "number" && lost > 0) tally.add("items lost in restorations", lost);
    });
  }

  /** Talks until it is told to stop. */
  async run(): Promise<void> {
    // A bad beginning is no end: attempts go on, and what is sent waits for them.
    await this.#session.connect().catch(() => undefined);
    const parts = [this.#write(), this.#speak()];
    await Promise.all(parts);
  }

  stop(): void {
    this.#isOver = true;
  }

  /** What is wrong with the talk, now that the server behaves; empty when nothing is. */
  async verify(): Promise<string[]> {
    const problems: string[] = [];
    await this.#settled();
    if (this.#pending.size > 0) problems.push(`${this.#pending.size} requests were never settled`);
    // A connection that froze in the bad time is only found out by its pings: a minute, and more
    // when its successor froze too.
    let last = false;
    for (let attempt = 0; attempt < LAST_ATTEMPTS && !last; attempt += 1) {
      await this.#session.connect().catch(() => undefined);
      last = await this.#send("the end");
    }
    if (!last) problems.push("the last text was refused by a server that behaves");
    await this.#settled();
    const { requests, responses, waiting, calls } = this.#session.sizes();
    const rest = { requests, responses, waiting, calls };
    for (const [name, size] of Object.entries(rest))
      if (size > 0) problems.push(`${size} ${name} are left`);
    problems.push(...this.#wrongTexts(), ...this.#wrongCalls());
    return problems;
  }

  async close(): Promise<void> {
    await this.#session.close();
  }

  /** Every text that was accepted is there once, in the order of sending. */
  #wrongTexts(): string[] {
    const there = this.#items.list.map(({ id }) => id).filter((id) => this.#texts.has(id));
    const sent = [...this.#texts.keys()];
    const lost = sent.filter((id) => this.#texts.get(id) === true && !there.includes(id));
    const inOrder = sent.filter((id) => there.includes(id));
    this.#options.tally.add("texts there at the end", there.length);
    return [
      ...lost.map((id) => `the text ${id} was accepted and is lost`),
      ...(inOrder.join() === there.join()
        ? []
        : [`texts are doubled or out of order: ${firstDifference(there, inOrder)}`]),
    ];
  }

  /** Every call has one output, and the flow was asked once. */
  #wrongCalls(): string[] {
    // A call that was cut off needs no output.
    const ofType = (type: string) =>
      this.#items.list
        .filter((item) => item["type"] === type)
        .filter(({ status }) => type !== "function_call" || status === "completed")
        .map((item) => String(item["call_id"]));
    const [calls, outputs] = [ofType("function_call"), ofType("function_call_output")];
    const wrong: string[] = [];
    for (const id of new Set([...calls, ...outputs])) {
      const [made, answered] = [calls, outputs].map((ids) => ids.filter((of) => of === id).length);
      if (this.#refused.has(id) ? (answered ?? 0) > 1 : made !== 1 || answered !== 1)
        wrong.push(`the call ${id} is there ${made} times, its output ${answered} times`);
    }
    for (const [id, times] of this.#answered)
      if (times > 1) wrong.push(`the flow was called ${times} times for ${id}`);
    return wrong;
  }

  async #write(): Promise<void> {
    const { random } = this.#options;
    while (!this.#isOver) {
      const text = TEXTS[Math.floor(random() * TEXTS.length)] ?? "hello";
      void this.#send(text);
      const asked = this.#session.send({ type: "response.create" });
      this.#track(this.#noted("response.create", asked));
      await sleep(100 + random() * 500);
    }
  }

  async #send(text: string): Promise<boolean> {
    const id = `text_${this.#texts.size}`;
    this.#texts.set(id, false);
    const sent = this.#session.send({
      type: "conversation.item.create",
      item: { id, type: "message", role: "user", content: [{ type: "input_text", text }] },
    });
    const noted = this.#noted("item.create", sent);
    this.#track(noted);
    const isAccepted = await noted;
    if (isAccepted) this.#texts.set(id, true);
    return isAccepted;
  }

  async #speak(): Promise<void> {
    const { speed, tally } = this.#options;
    for (let index = 0; !this.#isOver; index += 1) {
      const audio = index % PERIOD_CHUNKS < SPEECH_CHUNKS ? loud : quiet;
      void this.#session.send({ type: "input_audio_buffer.append", audio });
      tally.add("chunks of audio");
      await sleep(CHUNK_MS / speed);
    }
  }

  async #answer(call: ToolCall): Promise<void> {
    assert.equal(call.name, lightTool.name);
    this.#answered.set(call.id, (this.#answered.get(call.id) ?? 0) + 1);
    await sleep(this.#options.random() * 400);
    const isAccepted = await this.#noted("answer", this.#session.answer(call.id, "Done."));
    if (!isAccepted) this.#refused.add(call.id);
  }

  async #noted(what: string, sent: Promise<unknown>): Promise<boolean> {
    const { tally } = this.#options;
    tally.add(`${what} sent`);
    try {
      await sent;
      tally.add(`${what} accepted`);
      return true;
    } catch (error) {
      tally.add(`${what} refused: ${error instanceof RealtimeError ? error.code : String(error)}`);
      return false;
    }
  }

  #track(promise: Promise<unknown>): void {
    this.#pending.add(promise);
    void promise.finally(() => this.#pending.delete(promise));
  }

  /** Resolves when nothing is pending and nothing goes on, or a minute of the fast clock is over. */
  async #settled(): Promise<void> {
    const end = Date.now() + 120_000 / this.#options.speed;
    while (Date.now() < end) {
      const { requests, responses, waiting, calls } = this.#session.sizes();
      const isQuiet = requests + responses + waiting + calls === 0;
      if (isQuiet && this.#pending.size === 0 && this.#session.activity === "quiet") return;
      await sleep(50);
    }
  }
}

/** The neighbourhood of the first place where two lists differ. */
function firstDifference(list: readonly string[], other: readonly string[]): string {
  const place = list.findIndex((id, index) => id !== other[index]);
  const near = (ids: readonly string[]): string =>
    ids.slice(Math.max(0, place - 1), place + 3).join(" ");
  return `${near(list)} and not ${near(other)}`;
}
