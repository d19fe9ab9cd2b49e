import type { RealtimeEvent, UnknownEvent } from "../protocol/event-types";

export interface OutboxOptions {
  /** Bytes that the socket holds and the network has not taken yet. */
  readonly bufferedAmount: () => number;
  /** Hands frames over to the socket. */
  readonly transmit: (frames: readonly string[]) => void;
  /** Told of each event when it is handed over. */
  readonly onSent: (event: RealtimeEvent | UnknownEvent) => void;
  /** Told of audio that was dropped, since the last report. */
  readonly onAudioDropped: (dropped: DroppedAudio) => void;
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

interface WaitingEvent {
  readonly event: RealtimeEvent | UnknownEvent;
  readonly frames: readonly string[];
  readonly bytes: number;
  readonly lane: Lane;
}

/** No more is handed over while the socket holds this many bytes: what it holds has no order left. */
const BUFFERED_LIMIT = 64 * 1024;

/** Audio that waits at most, in bytes of its frames: about a minute of 24 kHz. */
export const AUDIO_LIMIT = 4 * 1024 * 1024;

/** Chunks of audio that wait at most: about a minute of the shortest that anybody sends, 10 ms. */
export const AUDIO_CHUNK_LIMIT = 6000;

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

  /** True when audio of the turn that is being spoken was dropped. */
  get isTurnDamaged(): boolean {
    return this.#isDamaged;
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
    const frames = encode();
    const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
    this.#add({ event, frames, bytes, lane: laneOf(event.type) });
  }

  /** Takes an event back that has not left yet; false when it has, or never came. */
  takeBack(eventId: string): boolean {
    const index = this.#waiting.findIndex(
      ({ event }) => "event_id" in event && event.event_id === eventId,
    );
    if (index < 0) return false;
    this.#remove(index);
    return true;
  }

  /** The line takes more. */
  drain(): void {
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
      const { bytes } = this.#remove(index);
      this.#isDamaged = true;
      this.#dropped.chunks += 1;
      this.#dropped.bytes += bytes;
      if (!this.#isReported || this.#dropped.chunks >= REPORT_EVERY) this.#report();
    }
  }

  /** The server is told to forget the audio anyway: that of the turn which is not committed yet. */
  #discardAudio(): void {
    const committed = this.#waiting.findLastIndex(({ event }) => event.type === COMMIT);
    this.#waiting = this.#waiting.filter(({ lane, bytes }, index) => {
      if (lane !== "audio" || index < committed) return true;
      this.#audioBytes -= bytes;
      return false;
    });
    this.#isDamaged = false;
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
