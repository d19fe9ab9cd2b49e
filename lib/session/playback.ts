import type { AudioEncoding } from "../audio/pcm";
import { RealtimeError } from "../protocol/errors";
import type { EventOf, RealtimeEvent, UnknownEvent } from "../protocol/event-types";
import { isKnown } from "../protocol/event-types";
import type { SessionSettings } from "../protocol/session-settings";
import { BoundedMap } from "./bounded-map";
import { BoundedSet } from "./bounded-set";
import type { Clock, Timer } from "./clock";
import type { OutboundEvent } from "./outbound-event";
import { Utterance, type PlayedItem } from "./utterance";

/**
 * How audio is handed to the player: as it comes, at the pace of speech, or each item at its end;
 * with `fetched` at its end too, to a player that takes it when it likes and says so by `played`.
 */
export type Delivery = "stream" | "paced" | "whole" | "fetched";

/** What a playback needs of its session and its player; only `onSound` may be left out. */
export interface PlaybackOptions {
  /** Best one that nobody sets, such as `steadyClock`. */
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

/** One step of the pace, in ms. */
const FRAME = 20;
/** Bytes that may wait for the player: more than ten minutes of PCM. */
const WAITING_LIMIT = 32 * 2 ** 20;
/** Items that wait for the player, at most. */
const ITEM_LIMIT = 1000;
/** Responses that run at the same time, at most. */
const RUNNING_LIMIT = 100;
/** Responses whose late audio is thrown away, at most. */
const STOPPED_LIMIT = 100;

/** Some servers end speech by the last two alone: where a client clears or commits the buffer. */
const SPEECH_ENDS: ReadonlySet<string> = new Set([
  "input_audio_buffer.speech_stopped",
  "input_audio_buffer.cleared",
  "input_audio_buffer.committed",
]);

/**
 * Plays the answers of one session one after the other, knows how much of each was heard, and tells
 * the server when somebody interrupts. What was heard is what a player would have played that began
 * with the first audio and waited where none had come; a player's own reports correct that.
 */
export class Playback {
  readonly #options: PlaybackOptions;
  /** Responses that run, by id; true for one outside the conversation. */
  readonly #running = new BoundedMap<string, boolean>(RUNNING_LIMIT);
  readonly #stopped = new BoundedSet<string>(STOPPED_LIMIT);
  /** In the order of playing; the first one is playing unless somebody speaks. */
  #queue: Utterance[] = [];
  #current: Utterance | undefined;
  /** The server hears somebody. */
  #isSpeech = false;
  /** Somebody holds the button to talk, whatever becomes of the connection. */
  #isHeld = false;
  #isSounding = false;
  /** The player is given nothing any more. */
  #hasLeft = false;
  #timer: Timer | undefined;

  constructor(options: PlaybackOptions) {
    this.#options = options;
  }

  /** True while an item is being played, or waits for its turn. */
  get isBusy(): boolean {
    return this.#all().length > 0;
  }

  /** Takes an event of the server. */
  take(event: RealtimeEvent | UnknownEvent): void {
    if (!isKnown(event)) return;
    if (event.type === "response.created") {
      const { id, conversation_id } = event.response;
      if (typeof id !== "string") return;
      this.#running.set(id, conversation_id === null);
      // A conversation has one answer at a time: a server that never ends one must not silence the next.
      if (typeof conversation_id === "string")
        this.#complete(({ item, isAnnouncement }) => !isAnnouncement && item.responseId !== id);
    } else if (event.type === "response.output_audio.delta") {
      this.#receive(event);
    } else if (event.type === "response.output_audio.done") {
      this.#complete((utterance) => utterance.item.itemId === event.item_id);
    } else if (event.type === "response.done") {
      const { id } = event.response;
      if (typeof id === "string") this.#running.delete(id);
      this.#complete((utterance) => utterance.item.responseId === id);
    } else if (event.type === "input_audio_buffer.speech_started") {
      this.#isSpeech = true;
      this.#interrupt(this.#interruptsItself());
    } else if (SPEECH_ENDS.has(event.type)) {
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
    if (utterance === undefined || (itemId !== undefined && itemId !== utterance.item.itemId))
      return;
    // Before it was given away, the word can only be about another one.
    if (this.#isGivenAtEnd && !utterance.isGiven) return;
    utterance.report(milliseconds, this.#options.clock.now());
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
    for (const utterance of this.#all()) utterance.disown();
    this.#complete(() => true);
  }

  /**
   * Gives the player nothing any more, and tells the server nothing: for one that goes on with what it
   * has. Its end is told as the loudspeaker's silence; until then it is busy.
   */
  leave(): void {
    this.#hasLeft = true;
    this.#running.clear();
    this.#queue = [];
    this.#current?.cut();
    this.#play();
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
    if (this.#stopped.has(response_id)) return;
    const bytes = Buffer.from(delta, "base64");
    if (bytes.length === 0) return;
    const all = this.#all();
    let utterance = all.find(({ item }) => item.itemId === item_id);
    const held = all.reduce((sum, { waitingBytes }) => sum + waitingBytes, bytes.length);
    if (held > WAITING_LIMIT || (utterance === undefined && all.length >= ITEM_LIMIT)) {
      this.#stopped.add(response_id);
      this.#complete(({ item }) => item.responseId === response_id);
      this.#options.onError(
        new RealtimeError(
          "playback_full",
          "Too much audio waits to be played: the rest is left out",
        ),
      );
      return;
    }
    if (utterance === undefined) {
      utterance = this.#begin(item_id, response_id, content_index);
      this.#enqueue(utterance);
    }
    // Until now the player may have waited for more.
    if (utterance === this.#current) this.#advance(utterance);
    utterance.receive(bytes);
    this.#play();
  }

  #begin(itemId: string, responseId: string, contentIndex: number): Utterance {
    const settings = this.#options.settings();
    const format = settings.type === "realtime" ? settings.audio?.output?.format?.type : undefined;
    return new Utterance({
      itemId,
      responseId,
      contentIndex,
      encoding: format ?? "audio/pcm",
      isAnnouncement: this.#running.get(responseId) ?? false,
      isStream: !this.#isGivenAtEnd,
    });
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
      utterance.complete();
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
        this.#current?.start(this.#options.clock.now());
      }
      const utterance = this.#current;
      if (utterance === undefined) return;
      this.#advance(utterance);
      this.#deliver(utterance);
      // A listener may have stopped it.
      if (utterance !== this.#current) continue;
      if (utterance.isOver) {
        this.#current = undefined;
        continue;
      }
      this.#wait(utterance);
      return;
    }
  }

  #advance(utterance: Utterance): void {
    utterance.advance(this.#options.clock.now());
  }

  #deliver(utterance: Utterance): void {
    const { clock, delivery, onAudio, onEnd } = this.#options;
    const { item, encoding, isComplete } = utterance;
    if (this.#hasLeft) return;
    if (this.#isGivenAtEnd && !isComplete) return;
    const bytes =
      delivery === "paced" ? utterance.takeUpTo(nextFrame(utterance.heard)) : utterance.takeAll();
    if (bytes.length > 0) onAudio(item, bytes, encoding);
    if (!isComplete || utterance.isGiven || utterance.waitingBytes > 0) return;
    utterance.give(clock.now(), delivery === "fetched");
    onEnd(item, encoding);
  }

  #wait(utterance: Utterance): void {
    const { clock, delivery } = this.#options;
    const isPaced = delivery === "paced" && utterance.waitingBytes > 0;
    const delay = isPaced ? FRAME : utterance.changesIn(clock.now());
    if (delay !== undefined) this.#timer = clock.start(() => this.#play(), delay);
  }

  #tellSound(): void {
    const isSounding = this.#current?.isSounding === true;
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
    if (current !== undefined) onReset(current.item);
    this.#tellSound();
    for (const id of this.#running.keys()) {
      const isOutside = this.#running.get(id) === true;
      const isStopped = this.#stopped.has(id);
      if (isStopped || (isOutside && id !== current?.item.responseId)) continue;
      this.#stopped.add(id);
      if (!serverCancels) send({ type: "response.cancel", response_id: id });
    }
    for (const utterance of cut) {
      this.#stopped.add(utterance.item.responseId);
      if (!utterance.canBeTruncated) continue;
      send({
        type: "conversation.item.truncate",
        item_id: utterance.item.itemId,
        content_index: utterance.contentIndex,
        audio_end_ms: utterance.end,
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

/** The end of the frame that is being heard: whole frames, however often it is asked. */
const nextFrame = (heard: number): number => (Math.floor(heard / FRAME) + 1) * FRAME;
