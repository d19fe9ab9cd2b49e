import type { RealtimeEvent, UnknownEvent } from "../protocol/event-types";
import type { Clock } from "./clock";

export interface OutboxOptions {
  readonly clock: Pick<Clock, "now">;
  /** Bytes that the socket holds and the network has not taken yet. */
  readonly bufferedAmount: () => number;
  /** Hands frames over to the socket. */
  readonly transmit: (frames: readonly string[]) => void;
  /** Told of each event when it is handed over. */
  readonly onSent: (event: RealtimeEvent | UnknownEvent) => void;
  /** Told of audio that was dropped, since the last report. */
  readonly onAudioDropped: (dropped: DroppedAudio) => void;
  /** Makes an event that clears the server's buffer of input, and its frames. */
  readonly newClear: () => Encoded;
}

/** An event and what travels of it. */
export interface Encoded {
  readonly event: RealtimeEvent | UnknownEvent;
  readonly frames: readonly string[];
}

export interface DroppedAudio {
  /** Append events. */
  readonly chunks: number;
  /** Bytes of their frames. */
  readonly bytes: number;
}

/**
 * - `audio`: may be dropped, oldest first.
 * - `ordered`: keeps its place whatever happens.
 * - `interruption`, `truncation`: overtake audio, in this order.
 */
type Lane = "audio" | "ordered" | "interruption" | "truncation";

interface WaitingEvent extends Encoded {
  readonly bytes: number;
  readonly lane: Lane;
  /** When it was sent, in ms since the Unix epoch. */
  readonly at: number;
}

/** No more is handed over while the socket holds this many bytes: what it holds has no order left. */
const BUFFERED_LIMIT = 64 * 1024;

/** Audio that waits at most, in bytes of its frames: about a minute of 24 kHz. */
export const AUDIO_LIMIT = 4 * 1024 * 1024;

/** Chunks of audio that wait at most: about a minute of the shortest that anybody sends, 10 ms. */
export const AUDIO_CHUNK_LIMIT = 6000;

/** How long audio waits, in ms: "open the garage" must not be heard much later. */
const AUDIO_AGE_LIMIT = 30_000;

/** Other events that wait at most, and their bytes. */
export const EVENT_LIMIT = 1000;
export const EVENT_BYTES_LIMIT = 32 * 1024 * 1024;

const CLEAR = "input_audio_buffer.clear";
const COMMIT = "input_audio_buffer.commit";

/** Audio is reported as dropped each time that this many chunks more are gone. */
const REPORT_EVERY = 250;

/**
 * What a connection has to send, in front of a socket that may be slow.
 *
 * Events leave in the order in which they came. When the line is stalled they wait here, where an
 * interruption can still overtake the audio of a microphone, and where the oldest of that audio is
 * dropped before it fills the memory.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  #waiting: WaitingEvent[] = [];
  #audioBytes = 0;
  #eventCount = 0;
  #eventBytes = 0;
  #dropped: { chunks: number; bytes: number } = { chunks: 0, bytes: 0 };
  /** True once the loss of this stall was reported: then only many chunks at once are. */
  #isReported = false;
  #isDamaged = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Events that wait for the line. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Bytes of the frames that wait for the line. */
  get bytes(): number {
    return this.#audioBytes + this.#eventBytes;
  }

  /** True while nothing but audio and interruptions should be added. */
  get isFull(): boolean {
    return this.#eventCount >= EVENT_LIMIT || this.#eventBytes >= EVENT_BYTES_LIMIT;
  }

  /** True when audio of the turn that is being spoken was dropped, or is about to be. */
  get isTurnDamaged(): boolean {
    return this.#isDamaged || this.#staleAudio().length > 0;
  }

  /** The server has ended the turn: what is heard from now on is another one. */
  endTurn(): void {
    this.#isDamaged = false;
  }

  /** Sends an event as frames, now or when the line takes it. */
  send(event: RealtimeEvent | UnknownEvent, encode: () => readonly string[]): void {
    if (event.type === CLEAR) this.#discardAudio();
    if (this.#waiting.length === 0 && this.#options.bufferedAmount() < BUFFERED_LIMIT) {
      this.#options.transmit(encode());
      this.#options.onSent(event);
      return;
    }
    this.#add(this.#waitingFor({ event, frames: encode() }));
  }

  /**
   * Takes an event back that has not left yet; false when it has, or never came. A commit takes its
   * turn with it: what has left of that, the server is told to forget.
   */
  takeBack(eventId: string): boolean {
    const index = this.#waiting.findIndex(
      ({ event }) => "event_id" in event && event.event_id === eventId,
    );
    if (index < 0) return false;
    if (this.#remove(index).event.type === COMMIT) this.#clearTurnBefore(index);
    return true;
  }

  /** The line takes more. */
  drain(): void {
    this.#dropStaleAudio();
    while (this.#waiting.length > 0 && this.#options.bufferedAmount() < BUFFERED_LIMIT) {
      const { frames, event } = this.#remove(0);
      this.#options.transmit(frames);
      this.#options.onSent(event);
    }
    if (this.#waiting.length > 0) return;
    this.#report();
    this.#isReported = false;
  }

  /** The connection has ended. */
  clear(): void {
    this.#waiting = [];
    this.#audioBytes = 0;
    this.#eventCount = 0;
    this.#eventBytes = 0;
    this.#report();
  }

  #waitingFor({ event, frames }: Encoded): WaitingEvent {
    const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
    return { event, frames, bytes, lane: laneOf(event.type), at: this.#options.clock.now() };
  }

  #add(waiting: WaitingEvent): void {
    this.#waiting.splice(this.#placeOf(waiting.lane), 0, waiting);
    if (waiting.lane === "audio") {
      this.#audioBytes += waiting.bytes;
      this.#dropOldestAudio(waiting);
    } else {
      this.#eventCount += 1;
      this.#eventBytes += waiting.bytes;
    }
  }

  /** Where an event of this lane belongs: behind everything that it may not overtake. */
  #placeOf(lane: Lane): number {
    switch (lane) {
      case "audio":
      case "ordered":
        return this.#waiting.length;
      case "interruption":
        return this.#behindLast("ordered", "interruption");
      case "truncation":
        return this.#behindLast("ordered", "interruption", "truncation");
    }
  }

  #behindLast(...lanes: readonly Lane[]): number {
    return this.#waiting.findLastIndex(({ lane }) => lanes.includes(lane)) + 1;
  }

  #dropOldestAudio(newest: WaitingEvent): void {
    while (
      this.#audioBytes > AUDIO_LIMIT ||
      this.#waiting.length - this.#eventCount > AUDIO_CHUNK_LIMIT
    ) {
      const index = this.#waiting.findIndex(({ lane }) => lane === "audio");
      // A single chunk may be as large as the protocol allows.
      if (index < 0 || this.#waiting[index] === newest) return;
      this.#noteDropped(this.#remove(index));
    }
  }

  #dropStaleAudio(): void {
    const stale = new Set(this.#staleAudio());
    if (stale.size === 0) return;
    this.#waiting = this.#waiting.filter((waiting) => !stale.has(waiting));
    for (const dropped of stale) {
      this.#audioBytes -= dropped.bytes;
      this.#noteDropped(dropped);
    }
  }

  /**
   * What was said long ago is worse than silence: a server would take it for said now. A turn whose
   * commit waits is whole: it goes with that, or is taken back with it.
   */
  #staleAudio(): readonly WaitingEvent[] {
    const since = this.#options.clock.now() - AUDIO_AGE_LIMIT;
    const begin = this.#waiting.findLastIndex(({ event }) => event.type === COMMIT) + 1;
    return this.#waiting.filter(
      ({ lane, at }, index) => index >= begin && lane === "audio" && at < since,
    );
  }

  #noteDropped({ bytes }: WaitingEvent): void {
    this.#isDamaged = true;
    this.#dropped.chunks += 1;
    this.#dropped.bytes += bytes;
    if (!this.#isReported || this.#dropped.chunks >= REPORT_EVERY) this.#report();
  }

  /** The server is told to forget the audio anyway: that of the turn which is not committed yet. */
  #discardAudio(): void {
    this.#discardTurnBefore(this.#waiting.length);
    this.#isDamaged = false;
  }

  /** Puts a clear in the place of a commit, behind which the next turn may wait already. */
  #clearTurnBefore(end: number): void {
    const clear = this.#waitingFor(this.#options.newClear());
    const place = this.#discardTurnBefore(end);
    this.#waiting.splice(place, 0, clear);
    this.#eventCount += 1;
    this.#eventBytes += clear.bytes;
  }

  /** Drops the audio of the turn that ends before a place; returns where that place is then. */
  #discardTurnBefore(end: number): number {
    const before = this.#waiting.slice(0, end);
    const begin = before.findLastIndex(({ event }) => event.type === COMMIT) + 1;
    const kept = before.filter(({ lane, bytes }, index) => {
      if (lane !== "audio" || index < begin) return true;
      this.#audioBytes -= bytes;
      return false;
    });
    this.#waiting = [...kept, ...this.#waiting.slice(end)];
    return kept.length;
  }

  #remove(index: number): WaitingEvent {
    const [removed] = this.#waiting.splice(index, 1);
    if (removed === undefined) throw new RangeError("Nothing waits at this place");
    if (removed.lane === "audio") this.#audioBytes -= removed.bytes;
    else {
      this.#eventCount -= 1;
      this.#eventBytes -= removed.bytes;
    }
    return removed;
  }

  #report(): void {
    const { chunks, bytes } = this.#dropped;
    if (chunks === 0) return;
    this.#dropped = { chunks: 0, bytes: 0 };
    this.#isReported = true;
    this.#options.onAudioDropped({ chunks, bytes });
  }
}

function laneOf(type: string): Lane {
  switch (type) {
    case "input_audio_buffer.append":
      return "audio";
    case "response.cancel":
      return "interruption";
    case "conversation.item.truncate":
    case "output_audio_buffer.clear":
      return "truncation";
    default:
      return "ordered";
  }
}
