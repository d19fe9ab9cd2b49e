import { bytesToMilliseconds, type AudioEncoding } from "../audio/pcm";
import { RealtimeError } from "../protocol/errors";
import type { EventOf, RealtimeEvent, UnknownEvent } from "../protocol/event-types";
import { isKnown } from "../protocol/event-types";
import type { SessionSettings } from "../protocol/session-settings";
import { BoundedMap } from "./bounded-map";
import type { Clock, Timer } from "./clock";
import type { OutboundEvent } from "./outbound-event";

/** Names what is played. */
export interface PlayedItem {
  readonly itemId: string;
  readonly responseId: string;
}

/**
 * How audio is handed to the player: as it comes, at the pace of speech, or each item at its end;
 * with `fetched` at its end too, to a player that takes it when it likes and says so by `played`.
 */
export type Delivery = "stream" | "paced" | "whole" | "fetched";

export interface PlaybackOptions {
  readonly clock: Clock;
  readonly delivery: Delivery;
  /** The settings that the session has, read when an item begins and when somebody interrupts. */
  readonly settings: () => SessionSettings;
  /** Sends `response.cancel` and `conversation.item.truncate`. */
  readonly send: (event: OutboundEvent) => void;
  /** Audio for the player, in the session's output format. */
  readonly onAudio: (item: PlayedItem, bytes: Buffer, encoding: AudioEncoding) => void;
  /** The player was given all of an item. */
  readonly onEnd: (item: PlayedItem, encoding: AudioEncoding) => void;
  /** The player is to throw away what it has: somebody interrupts. */
  readonly onReset: (item: PlayedItem) => void;
  /** The loudspeaker begins to sound, or falls silent, as far as it is known. */
  readonly onSound?: (isSounding: boolean) => void;
  /** `playback_full`: more audio waits than is kept. */
  readonly onError: (error: RealtimeError) => void;
}

interface Utterance extends PlayedItem {
  readonly contentIndex: number;
  readonly encoding: AudioEncoding;
  /** Not part of the conversation: nothing of it can be truncated. */
  isAnnouncement: boolean;
  /** All of it was received. */
  isComplete: boolean;
  /** When the player was given all of it. */
  givenAt: number | undefined;
  /** The player plays it. */
  hasBegun: boolean;
  waiting: Buffer[];
  receivedBytes: number;
  deliveredBytes: number;
  /** How much was heard, in ms, at the time `heardAt`. */
  heard: number;
  heardAt: number;
}

/** One step of the pace, in ms. */
const FRAME = 20;
/** Bytes that may wait for the player: more than ten minutes of PCM. */
const WAITING_LIMIT = 32 * 2 ** 20;
/** When a player that does not say so is taken to have begun with what it was to fetch, in ms. */
const START_LIMIT = 10_000;
/** Responses that run at the same time, at most. */
const RUNNING_LIMIT = 100;
/** Responses whose late audio is thrown away, at most. */
const STOPPED_LIMIT = 100;

/**
 * Plays the answers of one session one after the other, knows how much of each was heard, and tells
 * the server when somebody interrupts. What was heard is what a player would have played that began
 * with the first audio and waited where none had come; a player's own reports correct that.
 */
export class Playback {
  readonly #options: PlaybackOptions;
  /** Responses that run, by id; true for one outside the conversation. */
  readonly #running = new BoundedMap<string, boolean>(RUNNING_LIMIT);
  readonly #stopped = new BoundedMap<string, true>(STOPPED_LIMIT);
  /** In the order of playing; the first one is playing unless somebody speaks. */
  #queue: Utterance[] = [];
  #current: Utterance | undefined;
  /** The server hears somebody. */
  #isSpeech = false;
  /** Somebody holds the button to talk, whatever becomes of the connection. */
  #isHeld = false;
  #isSounding = false;
  #timer: Timer | undefined;

  constructor(options: PlaybackOptions) {
    this.#options = options;
  }

  /** True while an item is being played. */
  get isPlaying(): boolean {
    return this.#current !== undefined;
  }

  /** Takes an event of the server. */
  take(event: RealtimeEvent | UnknownEvent): void {
    if (!isKnown(event)) return;
    if (event.type === "response.created") {
      const { id, conversation_id } = event.response;
      if (typeof id === "string") this.#running.set(id, conversation_id === null);
    } else if (event.type === "response.output_audio.delta") {
      this.#receive(event);
    } else if (event.type === "response.output_audio.done") {
      this.#complete((utterance) => utterance.itemId === event.item_id);
    } else if (event.type === "response.done") {
      const { id } = event.response;
      if (typeof id === "string") this.#running.delete(id);
      this.#complete((utterance) => utterance.responseId === id);
    } else if (event.type === "input_audio_buffer.speech_started") {
      this.#isSpeech = true;
      this.#interrupt(this.#interruptsItself());
    } else if (event.type === "input_audio_buffer.speech_stopped") {
      this.#isSpeech = false;
      this.#play();
    }
  }

  /** Stops what is played and what is being made, as a person's word does. */
  stop(): void {
    this.#interrupt(false);
    this.#play();
  }

  /** Somebody begins to talk where the server does not find the turns: as its `speech_started`. */
  hold(): void {
    this.#isHeld = true;
    this.#interrupt(false);
  }

  /** They have ended: what waits may be played. */
  release(): void {
    this.#isHeld = false;
    this.#play();
  }

  /**
   * Takes the player's word for how much it has played.
   *
   * @param milliseconds of the item that is playing
   * @param itemId which item that is, where the player knows; a report about another is old
   */
  played(milliseconds: number, itemId?: string): void {
    const utterance = this.#current;
    if (utterance === undefined || (itemId !== undefined && itemId !== utterance.itemId)) return;
    // Before it was given away, the word can only be about another one.
    if (this.#isGivenAtEnd && utterance.givenAt === undefined) return;
    utterance.hasBegun = true;
    utterance.heard = Math.min(Math.max(0, milliseconds), lengthOf(utterance));
    utterance.heardAt = this.#options.clock.now();
    this.#play();
  }

  /** The player has played all that it was given. */
  finished(itemId?: string): void {
    this.played(Number.POSITIVE_INFINITY, itemId);
  }

  /** The connection is lost: what has come is still played, but the server knows it no more. */
  disconnect(): void {
    this.#running.clear();
    this.#isSpeech = false;
    for (const utterance of this.#all()) utterance.isAnnouncement = true;
    this.#complete(() => true);
  }

  /** Ends it; nothing is delivered any more. */
  close(): void {
    this.#timer?.stop();
    this.#timer = undefined;
    this.#current = undefined;
    this.#queue = [];
    this.#running.clear();
    this.#tellSound();
  }

  get #isGivenAtEnd(): boolean {
    const { delivery } = this.#options;
    return delivery === "whole" || delivery === "fetched";
  }

  #all(): readonly Utterance[] {
    return this.#current === undefined ? this.#queue : [this.#current, ...this.#queue];
  }

  #receive(event: EventOf<"response.output_audio.delta">): void {
    const { item_id, response_id, content_index, delta } = event;
    if (this.#stopped.get(response_id) === true) return;
    const bytes = Buffer.from(delta, "base64");
    const held = this.#all().reduce((sum, { receivedBytes, deliveredBytes }) => {
      return sum + receivedBytes - deliveredBytes;
    }, bytes.length);
    if (held > WAITING_LIMIT) {
      this.#stopped.set(response_id, true);
      this.#complete(({ responseId }) => responseId === response_id);
      this.#options.onError(
        new RealtimeError(
          "playback_full",
          "Too much audio waits to be played: the rest is left out",
        ),
      );
      return;
    }
    let utterance = this.#all().find(({ itemId }) => itemId === item_id);
    if (utterance === undefined) {
      utterance = this.#begin(item_id, response_id, content_index);
      this.#enqueue(utterance);
    }
    // Until now the player may have waited for more.
    if (utterance === this.#current) this.#advance(utterance);
    utterance.waiting.push(bytes);
    utterance.receivedBytes += bytes.length;
    this.#play();
  }

  #begin(itemId: string, responseId: string, contentIndex: number): Utterance {
    const settings = this.#options.settings();
    const format = settings.type === "realtime" ? settings.audio?.output?.format?.type : undefined;
    return {
      itemId,
      responseId,
      contentIndex,
      encoding: format ?? "audio/pcm",
      isAnnouncement: this.#running.get(responseId) ?? false,
      isComplete: false,
      givenAt: undefined,
      hasBegun: !this.#isGivenAtEnd,
      waiting: [],
      receivedBytes: 0,
      deliveredBytes: 0,
      heard: 0,
      heardAt: 0,
    };
  }

  /** Speech goes before announcements that wait. */
  #enqueue(utterance: Utterance): void {
    const before = utterance.isAnnouncement
      ? -1
      : this.#queue.findIndex(({ isAnnouncement }) => isAnnouncement);
    if (before < 0) this.#queue.push(utterance);
    else this.#queue.splice(before, 0, utterance);
  }

  #complete(isMeant: (utterance: Utterance) => boolean): void {
    for (const utterance of this.#all()) {
      if (!isMeant(utterance)) continue;
      if (utterance === this.#current) this.#advance(utterance);
      utterance.isComplete = true;
    }
    this.#play();
  }

  #play(): void {
    this.#timer?.stop();
    this.#timer = undefined;
    this.#playOn();
    this.#tellSound();
  }

  #playOn(): void {
    for (;;) {
      if (this.#current === undefined && !this.#isSpeech && !this.#isHeld) {
        this.#current = this.#queue.shift();
        if (this.#current !== undefined) this.#current.heardAt = this.#options.clock.now();
      }
      const utterance = this.#current;
      if (utterance === undefined) return;
      this.#advance(utterance);
      this.#deliver(utterance);
      // A listener may have stopped it.
      if (utterance !== this.#current) continue;
      if (utterance.isComplete && utterance.heard >= lengthOf(utterance)) {
        this.#current = undefined;
        continue;
      }
      this.#wait(utterance);
      return;
    }
  }

  #advance(utterance: Utterance): void {
    const now = this.#options.clock.now();
    if (utterance.hasBegun)
      utterance.heard = Math.min(
        lengthOf(utterance),
        utterance.heard + Math.max(0, now - utterance.heardAt),
      );
    else if (utterance.givenAt !== undefined && now - utterance.givenAt >= START_LIMIT)
      utterance.hasBegun = true;
    utterance.heardAt = now;
  }

  #deliver(utterance: Utterance): void {
    const { delivery, onAudio, onEnd } = this.#options;
    const { encoding, isComplete } = utterance;
    if (this.#isGivenAtEnd && !isComplete) return;
    const audio = Buffer.concat(utterance.waiting);
    const due =
      delivery === "paced"
        ? bytesUpTo(utterance, nextFrame(utterance.heard)) - utterance.deliveredBytes
        : audio.length;
    const bytes = audio.subarray(0, Math.max(0, due));
    if (bytes.length > 0) {
      utterance.waiting = bytes.length < audio.length ? [audio.subarray(bytes.length)] : [];
      utterance.deliveredBytes += bytes.length;
      onAudio(named(utterance), bytes, encoding);
    }
    const isGiven = utterance.givenAt !== undefined;
    if (!isComplete || isGiven || utterance.deliveredBytes < utterance.receivedBytes) return;
    utterance.givenAt = this.#options.clock.now();
    if (delivery !== "fetched") utterance.hasBegun = true;
    onEnd(named(utterance), encoding);
  }

  #wait(utterance: Utterance): void {
    const { clock, delivery } = this.#options;
    const { heard, givenAt, hasBegun, waiting } = utterance;
    const rest = lengthOf(utterance) - heard;
    const start = (delay: number): void => {
      this.#timer = clock.start(() => this.#play(), delay);
    };
    if (delivery === "paced" && waiting.length > 0) start(FRAME);
    else if (!hasBegun && givenAt !== undefined) start(givenAt + START_LIMIT - clock.now());
    else if (hasBegun && rest > 0) start(rest);
  }

  /** A player that waits for more is silent. */
  #tellSound(): void {
    const current = this.#current;
    const isSounding =
      current !== undefined && current.hasBegun && current.heard < lengthOf(current);
    if (isSounding === this.#isSounding) return;
    this.#isSounding = isSounding;
    this.#options.onSound?.(isSounding);
  }

  #interrupt(serverCancels: boolean): void {
    const { send, onReset } = this.#options;
    const current = this.#current;
    if (current !== undefined) this.#advance(current);
    const cut = this.#all().filter(
      (utterance) => utterance === current || !utterance.isAnnouncement,
    );
    this.#queue = this.#queue.filter(({ isAnnouncement }) => isAnnouncement);
    this.#current = undefined;
    this.#timer?.stop();
    this.#timer = undefined;
    // The player comes first: every ms of it is heard.
    if (current !== undefined) onReset(named(current));
    this.#tellSound();
    for (const id of this.#running.keys()) {
      const isOutside = this.#running.get(id) === true;
      const isStopped = this.#stopped.get(id) === true;
      if (isStopped || (isOutside && id !== current?.responseId)) continue;
      this.#stopped.set(id, true);
      if (!serverCancels) send({ type: "response.cancel", response_id: id });
    }
    for (const utterance of cut) {
      this.#stopped.set(utterance.responseId, true);
      const { itemId, contentIndex, heard, isAnnouncement, isComplete } = utterance;
      if (isAnnouncement || (isComplete && heard >= lengthOf(utterance))) continue;
      send({
        type: "conversation.item.truncate",
        item_id: itemId,
        content_index: contentIndex,
        // A timer that was late has not given yet what was due.
        audio_end_ms: Math.floor(Math.min(heard, givenOf(utterance))),
      });
    }
  }

  #interruptsItself(): boolean {
    const settings = this.#options.settings();
    if (settings.type !== "realtime") return false;
    const detection = settings.audio?.input?.turn_detection;
    // A server's own default is to detect turns and to stop for them.
    return detection !== null && (detection?.interrupt_response ?? true);
  }
}

const named = ({ itemId, responseId }: Utterance): PlayedItem => ({ itemId, responseId });

/** How much of it was received, in ms. */
const lengthOf = ({ encoding, receivedBytes }: Utterance): number =>
  bytesToMilliseconds(encoding, receivedBytes);

/** How much of it the player was given, in ms. */
const givenOf = ({ encoding, deliveredBytes }: Utterance): number =>
  bytesToMilliseconds(encoding, deliveredBytes);

/** The end of the frame that is being heard: whole frames, however often it is asked. */
const nextFrame = (heard: number): number => (Math.floor(heard / FRAME) + 1) * FRAME;

function bytesUpTo({ encoding, receivedBytes }: Utterance, milliseconds: number): number {
  const bytesPerMs = encoding === "audio/pcm" ? 48 : 8;
  return Math.min(receivedBytes, Math.floor(milliseconds) * bytesPerMs);
}
