import type { EventOf } from "../protocol/event-types";
import { memberAt } from "../protocol/members";
import {
  chargeForResponse,
  chargeForTranscription,
  type Charge,
  type TokenCounts,
} from "./billing";
import { BoundedMap } from "./bounded-map";
import { BoundedSet } from "./bounded-set";
import type { Clock } from "./clock";
import { HeardAudio } from "./heard-audio";
import { LatencyClock, type Latency } from "./latency";
import { pricesOf, type PriceTable } from "./prices";
import { route, type Route } from "./routes";

/** What was used of one or more responses and transcriptions. */
export interface UsageSum extends Charge {
  readonly responses: number;
  readonly transcriptions: number;
}

/** What one `response.done` or transcription cost, as it goes along with the event. */
export interface UsageReport {
  /** Of this event, in US dollars. */
  readonly cost: number;
  /** Of the turn so far, this event included, in US dollars. */
  readonly turn: number;
  /** Of the session so far, in US dollars. */
  readonly session: number;
  /** Of the key today, in US dollars. */
  readonly today: number;
  /** True when any part of `cost` is an assumption. */
  readonly estimated: boolean;
  /** Of a response whose beginning was seen. */
  readonly latency?: Latency;
}

/** What a session used. */
export interface SessionUsage {
  /** Since the session was made; connections that broke are included. */
  readonly session: UsageSum;
  /**
   * Since the user last said or wrote something and was answered; undefined before. Follow-ups of
   * tools belong to it. The transcript of what was said often comes after the answer.
   */
  readonly turn: UsageSum | undefined;
  /** Of the newest response that has ended. */
  readonly latency: Latency | undefined;
}

export interface UsageTrackerOptions {
  /** Of any beginning: only differences count. */
  readonly clock: Clock;
  /** Prices that go before those of our list. */
  readonly prices: () => PriceTable | undefined;
  /** Bytes of the input format per second. */
  readonly inputBytesPerSecond: () => number;
  readonly outputBytesPerSecond: () => number;
  /** Told of each charge, in US dollars; returns the day's sum with it. */
  readonly onCharge: (charge: Charge) => number;
}

/** A turn of the talk. */
interface Turn {
  sum: UsageSum;
  hasResponse: boolean;
}

/** A response that is running, as far as it was seen. */
interface RunningResponse {
  readonly turn: Turn;
  audioBytes: number;
  characters: number;
}

const NONE: TokenCounts = { text: 0, audio: 0, image: 0 };

const NOTHING: UsageSum = {
  input: NONE,
  cached: NONE,
  output: NONE,
  seconds: 0,
  cost: 0,
  estimated: false,
  responses: 0,
  transcriptions: 0,
};

/** Responses, and items of the user, that are remembered at most. */
const LIMIT = 64;

/** Sums what responses and transcriptions used, by turn and session, and what they cost. */
export class UsageTracker {
  readonly #options: UsageTrackerOptions;
  readonly #heard: HeardAudio;
  /** Made with the first turn: an idle session is to cost little. */
  #madeLatency: LatencyClock | undefined;
  readonly #running = new BoundedMap<string, RunningResponse>(LIMIT);
  /** The turn of each item of the user. */
  readonly #turns = new BoundedMap<string, Turn>(LIMIT);
  #turn: Turn = { sum: NOTHING, hasResponse: false };
  #session = NOTHING;
  /** Items whose transcription is paid: some servers tell of its end more than once. */
  readonly #transcribed = new BoundedSet<string>(LIMIT);
  #lastLatency: Latency | undefined;
  #model: string | undefined;
  #transcriptionModel: string | undefined;
  #report: UsageReport | undefined;

  constructor(options: UsageTrackerOptions) {
    this.#options = options;
    this.#heard = new HeardAudio(options.inputBytesPerSecond);
  }

  static readonly routes: readonly Route<UsageTracker>[] = [
    route("session.created", (part, { session }) => {
      part.#heard.reset();
      part.#readModels(session);
    }),
    route("session.updated", (part, { session }) => part.#readModels(session)),
    route("input_audio_buffer.speech_started", (part, event) => {
      part.#heard.speechStarted(event.item_id, event.audio_start_ms);
      part.#latency.speechStarted();
    }),
    route("input_audio_buffer.speech_stopped", (part, event) => {
      part.#heard.speechStopped(event.item_id, event.audio_end_ms);
      part.#latency.speechStopped();
    }),
    route("input_audio_buffer.committed", (part, event) => {
      part.#heard.committed(event.item_id);
      part.#userItem(event.item_id);
    }),
    route("input_audio_buffer.cleared", (part) => part.#heard.cleared()),
    route("conversation.item.created", (part, { item }) => part.#item(item)),
    route("conversation.item.added", (part, { item }) => part.#item(item)),
    route("response.created", (part, { response }) => {
      if (response.id !== undefined) part.#begin(response.id, response.conversation_id === null);
    }),
    route("response.output_text.delta", (part, event) => part.#text(event)),
    route("response.output_audio_transcript.delta", (part, event) => part.#text(event)),
    route("response.output_audio.delta", (part, event) => {
      part.#latency.audio(event.response_id);
      const running = part.#running.get(event.response_id);
      if (running !== undefined) running.audioBytes += (event.delta.length / 4) * 3;
    }),
    route("response.done", (part, event) => part.#responseDone(event)),
    route("conversation.item.input_audio_transcription.completed", (part, event) =>
      part.#transcriptionDone(event),
    ),
  ];

  get current(): SessionUsage {
    const { sum } = this.#turn;
    return {
      session: this.#session,
      turn: sum === NOTHING ? undefined : sum,
      latency: this.#lastLatency,
    };
  }

  /** Counts audio that was sent, by the length of its base64. */
  appended(base64Length: number): void {
    this.#heard.append(base64Length);
  }

  /**
   * The connection has ended: what it will not tell of the responses that were running is estimated,
   * as they are paid for all the same.
   */
  abandon(): void {
    for (const id of this.#running.keys()) this.#responseDone({ response: { id } });
    // They came with no event.
    this.#report = undefined;
  }

  /** A connection was told the talk as text: what was heard before is no input any more. */
  restored(): void {
    this.#heard.reset();
  }

  /** What the event that was just handled cost; undefined when it cost nothing. Once. */
  takeReport(): UsageReport | undefined {
    const report = this.#report;
    this.#report = undefined;
    return report;
  }

  get #latency(): LatencyClock {
    return (this.#madeLatency ??= new LatencyClock(this.#options.clock));
  }

  #readModels(session: object): void {
    const model = textAt(session, "model");
    if (model !== undefined) this.#model = model;
    const transcription = textAt(session, "audio", "input", "transcription", "model");
    if (transcription !== undefined) this.#transcriptionModel = transcription;
  }

  #item({ type, role, id }: { type: string; role?: string; id?: string | undefined }): void {
    if (type === "message" && role === "user" && id !== undefined) this.#userItem(id);
  }

  /** What the user says after an answer begins a new turn. */
  #userItem(id: string): void {
    if (this.#turns.get(id) !== undefined) return;
    if (this.#turn.hasResponse) this.#turn = { sum: NOTHING, hasResponse: false };
    this.#turns.set(id, this.#turn);
  }

  #begin(id: string, isBeside: boolean): void {
    // What runs beside the talk is no part of its turns.
    const turn: Turn = isBeside ? { sum: NOTHING, hasResponse: true } : this.#turn;
    turn.hasResponse = true;
    this.#latency.created(id, isBeside);
    this.#running.set(id, { turn, audioBytes: 0, characters: 0 });
  }

  #text({
    response_id: id,
    delta,
  }: {
    readonly response_id: string;
    readonly delta: string;
  }): void {
    this.#latency.text(id);
    const running = this.#running.get(id);
    if (running !== undefined) running.characters += delta.length;
  }

  #responseDone(event: { readonly response: EventOf<"response.done">["response"] }): void {
    const { id = "" } = event.response;
    const running = this.#running.get(id) ?? { turn: this.#turn, audioBytes: 0, characters: 0 };
    this.#running.delete(id);
    const charge = chargeForResponse(event, pricesOf(this.#model, this.#options.prices()), {
      heard: this.#heard.total,
      spoken: running.audioBytes / this.#options.outputBytesPerSecond(),
      characters: running.characters,
    });
    const latency = this.#latency.end(id);
    this.#lastLatency = latency ?? this.#lastLatency;
    this.#charge(charge, running.turn, { responses: 1, transcriptions: 0 }, latency);
  }

  #transcriptionDone(
    event: EventOf<"conversation.item.input_audio_transcription.completed">,
  ): void {
    // xAI sends what it has so far under the same type.
    if (Reflect.get(event, "status") === "in_progress") return;
    const part = `${event.item_id}/${event.content_index}`;
    if (this.#transcribed.has(part)) return;
    this.#transcribed.add(part);
    const charge = chargeForTranscription(
      event.usage,
      pricesOf(this.#transcriptionModel, this.#options.prices()),
      {
        heard: this.#heard.of(event.item_id),
        spoken: 0,
        characters: event.transcript.length,
      },
    );
    const turn = this.#turns.get(event.item_id) ?? this.#turn;
    this.#charge(charge, turn, { responses: 0, transcriptions: 1 });
  }

  #charge(
    charge: Charge,
    turn: Turn,
    counts: { readonly responses: number; readonly transcriptions: number },
    latency?: Latency,
  ): void {
    turn.sum = plus(turn.sum, { ...charge, ...counts });
    this.#session = plus(this.#session, { ...charge, ...counts });
    const today = this.#options.onCharge(charge);
    this.#report = {
      cost: charge.cost,
      turn: turn.sum.cost,
      session: this.#session.cost,
      today,
      estimated: charge.estimated,
      ...(latency === undefined ? {} : { latency }),
    };
  }
}

function plus(a: UsageSum, b: UsageSum): UsageSum {
  return {
    input: plusTokens(a.input, b.input),
    cached: plusTokens(a.cached, b.cached),
    output: plusTokens(a.output, b.output),
    seconds: a.seconds + b.seconds,
    cost: a.cost + b.cost,
    estimated: a.estimated || b.estimated,
    responses: a.responses + b.responses,
    transcriptions: a.transcriptions + b.transcriptions,
  };
}

function plusTokens(a: TokenCounts, b: TokenCounts): TokenCounts {
  return { text: a.text + b.text, audio: a.audio + b.audio, image: a.image + b.image };
}

/** A text deep inside a server's object, where nothing can be relied on. */
function textAt(value: object, ...path: readonly string[]): string | undefined {
  const found = memberAt(value, path);
  return typeof found === "string" && found !== "" ? found : undefined;
}
