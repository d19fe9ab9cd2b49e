import type { EventOf } from "../protocol/event-types";
import type { Clock } from "./clock";

type Append = EventOf<"input_audio_buffer.append">;

/**
 * The last moments of a microphone while there is no connection, so that the syllable before the
 * session was ready is not lost. Older speech is worse than none: it is forgotten.
 */
export class AudioPreRoll {
  readonly #clock: Clock;
  readonly #milliseconds: number;
  /** When the opening of a session began that is not ready yet. */
  #heldAt: number | undefined;
  /** Characters of the chunks' base64. */
  #size = 0;
  #chunks: { readonly at: number; readonly event: Append }[] = [];

  /** `milliseconds`: how much is kept; 0 keeps nothing. */
  constructor(clock: Clock, milliseconds: number) {
    this.#clock = clock;
    this.#milliseconds = milliseconds;
  }

  get size(): number {
    return this.#chunks.length;
  }

  add(event: Append): void {
    if (this.#milliseconds === 0) return;
    this.#chunks.push({ at: this.#clock.now(), event });
    this.#size += event.audio.length;
    this.#forgetOld();
  }

  /**
   * Somebody opens the session: what is said from now on is for it, however long that takes (up to
   * a bound).
   */
  hold(): void {
    this.#forgetOld();
    this.#heldAt = this.#clock.now();
  }

  /** Hands out what is still fresh, oldest first, and forgets it. */
  drain(): readonly Append[] {
    this.#forgetOld();
    this.#heldAt = undefined;
    this.#size = 0;
    return this.#chunks.splice(0).map(({ event }) => event);
  }

  clear(): void {
    this.#heldAt = undefined;
    this.forget();
  }

  /** What was said so far is for nobody. */
  forget(): void {
    this.#chunks = [];
    this.#size = 0;
  }

  #forgetOld(): void {
    const now = this.#clock.now();
    const isHeld = this.#heldAt !== undefined && now - this.#heldAt <= LONGEST_HOLD;
    const since = (isHeld ? (this.#heldAt ?? now) : now) - this.#milliseconds;
    const fresh = this.#chunks.findIndex(({ at }) => at >= since);
    for (const { event } of this.#chunks.splice(0, fresh < 0 ? this.#chunks.length : fresh))
      this.#size -= event.audio.length;
    // A sender faster than speech must not fill the memory within the time.
    while (this.#chunks.length > CHUNK_LIMIT || this.#size > SIZE_LIMIT) {
      if (this.#chunks.length === 1) return;
      this.#size -= this.#chunks.shift()?.event.audio.length ?? 0;
    }
  }
}

/** Chunks that are kept at most. */
export const CHUNK_LIMIT = 1000;

/** Characters of base64 that are kept at most; a single chunk may have more. */
const SIZE_LIMIT = 4 * 1024 * 1024;

/** How long speech is worth being told to a session that opens, in ms. */
const LONGEST_HOLD = 15_000;
