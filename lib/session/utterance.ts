import { bytesToMilliseconds, millisecondsToBytes, type AudioEncoding } from "../audio/pcm";
import { ByteQueue } from "../audio/byte-queue";

/** Names what is played. */
export interface PlayedItem {
  readonly itemId: string;
  readonly responseId: string;
}

export interface UtteranceOptions extends PlayedItem {
  readonly contentIndex: number;
  readonly encoding: AudioEncoding;
  /** Not part of the conversation: nothing of it can be truncated. */
  readonly isAnnouncement: boolean;
  /** The player plays whatever it gets at once; else it begins when it was given all, or later. */
  readonly isStream: boolean;
}

/**
 * What a player plays from its own memory at most when a busy process gives it nothing, in ms. After a
 * longer time it has waited, and plays on from where it was.
 */
const LATENESS = 500;

/** When a player that does not say so is taken to have begun with what it was to fetch, in ms. */
const START_LIMIT = 10_000;

/**
 * The audio of one item on its way to the player: how much of it has come, was given away, and was
 * heard. Lengths and times in ms.
 */
export class Utterance {
  readonly item: PlayedItem;
  readonly contentIndex: number;
  readonly encoding: AudioEncoding;
  readonly isAnnouncement: boolean;
  /** The connection that it came by is lost. */
  #isDisowned = false;
  #isComplete = false;
  readonly #waiting = new ByteQueue();
  #receivedBytes = 0;
  /** When the player was given all of it. */
  #givenAt: number | undefined;
  /** The player plays it. */
  #hasBegun: boolean;
  /** How much was heard at the time `#heardAt`. */
  #heard = 0;
  #heardAt = 0;

  constructor({ itemId, responseId, isAnnouncement, ...options }: UtteranceOptions) {
    this.item = { itemId, responseId };
    this.contentIndex = options.contentIndex;
    this.encoding = options.encoding;
    this.isAnnouncement = isAnnouncement;
    this.#hasBegun = options.isStream;
  }

  /** It is in the server's conversation, and not all of it was heard. */
  get canBeTruncated(): boolean {
    return !this.isAnnouncement && !this.#isDisowned && !this.isOver;
  }

  /** All of it was received. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** The player was given all of it. */
  get isGiven(): boolean {
    return this.#givenAt !== undefined;
  }

  /** All of it was received, and heard. */
  get isOver(): boolean {
    return this.#isComplete && this.#heard >= this.#received;
  }

  /** A player that waits for more is silent. */
  get isSounding(): boolean {
    return this.#hasBegun && this.#heard < this.#received;
  }

  /** How much was heard by the last `advance`. */
  get heard(): number {
    return this.#heard;
  }

  /** Where it was cut off if the player stops now: a late timer has not given yet what was due. */
  get end(): number {
    return Math.floor(Math.min(this.#heard, this.#given));
  }

  /** Bytes that the player was not given yet. */
  get waitingBytes(): number {
    return this.#waiting.length;
  }

  /** The server knows it no more: nothing of it can be truncated. */
  disown(): void {
    this.#isDisowned = true;
  }

  /** Its turn has come. */
  start(now: number): void {
    this.#heardAt = now;
  }

  receive(bytes: Buffer): void {
    this.#waiting.push(bytes);
    this.#receivedBytes += bytes.length;
  }

  complete(): void {
    this.#isComplete = true;
  }

  /** Nothing but what the player was given already belongs to it. */
  cut(): void {
    this.#receivedBytes -= this.#waiting.length;
    this.takeAll();
    this.complete();
  }

  /** Counts as heard what a player has played by now that waited where nothing had come. */
  advance(now: number): void {
    if (this.#hasBegun) {
      const played = this.#heard + Math.max(0, now - this.#heardAt);
      this.#heard = Math.min(this.#received, this.#given + LATENESS, played);
    } else if (this.#givenAt !== undefined && now - this.#givenAt >= START_LIMIT) {
      this.#hasBegun = true;
    }
    this.#heardAt = now;
  }

  /** Takes the player's word for how much it has played. */
  report(played: number, now: number): void {
    this.#hasBegun = true;
    this.#heard = Math.min(Math.max(0, played), this.#received);
    this.#heardAt = now;
  }

  /** Audio for the player: what lies before a position in it, and was not given yet. */
  takeUpTo(position: number): Buffer {
    const given = this.#receivedBytes - this.#waiting.length;
    return this.#waiting.take(millisecondsToBytes(this.encoding, position) - given);
  }

  /** Audio for the player: all that was not given yet. */
  takeAll(): Buffer {
    return this.#waiting.take(this.#waiting.length);
  }

  /** The player was given the last of it; `isFetched`: it begins when it has fetched it. */
  give(now: number, isFetched: boolean): void {
    this.#givenAt = now;
    if (!isFetched) this.#hasBegun = true;
  }

  /** In how many ms it falls silent, or is taken to begin, if nothing comes; undefined for never. */
  changesIn(now: number): number | undefined {
    if (this.isSounding) return this.#received - this.#heard;
    if (this.#hasBegun || this.#givenAt === undefined) return undefined;
    return Math.max(0, this.#givenAt + START_LIMIT - now);
  }

  get #given(): number {
    return bytesToMilliseconds(this.encoding, this.#receivedBytes - this.#waiting.length);
  }

  get #received(): number {
    return bytesToMilliseconds(this.encoding, this.#receivedBytes);
  }
}
