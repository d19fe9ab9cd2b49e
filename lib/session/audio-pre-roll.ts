import type { EventOf } from "../protocol/event-types";
import type { Clock } from "./clock";

type Append = EventOf<"input_audio_buffer.append">;

/** The end of a turn whose commit waits for the connection, too. */
export interface TurnEnd {
  /** Some of the turn was forgotten since. */
  isDamaged: boolean;
}

/** A chunk, or the end of a turn behind its last one, and when it came. */
type Kept = { readonly at: number } & (
  | { readonly event: Append; readonly turnEnd?: never }
  | { readonly event?: never; readonly turnEnd: TurnEnd }
);

/** Chunks that are kept at most. */
export const CHUNK_LIMIT = 1000;

/** Characters of base64 that are kept at most; a single chunk may have more. */
const SIZE_LIMIT = 4 * 1024 * 1024;

/** How long speech is worth being told to a session that opens, in ms. */
const LONGEST_HOLD = 15_000;

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
  #kept: Kept[] = [];
  #isDamaged = false;

  /** `milliseconds`: how much is kept; 0 keeps nothing. */
  constructor(clock: Clock, milliseconds: number) {
    this.#clock = clock;
    this.#milliseconds = milliseconds;
  }

  get size(): number {
    return this.#kept.length;
  }

  /** True while a turn is kept whose commit waits. */
  get hasEndedTurn(): boolean {
    return this.#kept.some(isTurnEnd);
  }

  /** True when some was forgotten of what was said since the last turn, or since the opening began. */
  get isDamaged(): boolean {
    return this.#isDamaged;
  }

  add(event: Append): void {
    if (this.#milliseconds === 0) return;
    this.#kept.push({ at: this.#clock.now(), event });
    this.#size += event.audio.length;
    this.#forgetOld();
  }

  /** Somebody commits what was said so far: what is said from now on is another turn. */
  endTurn(): TurnEnd {
    const turnEnd: TurnEnd = { isDamaged: false };
    this.#kept.push({ at: this.#clock.now(), turnEnd });
    this.#isDamaged = false;
    this.#forgetOld();
    return turnEnd;
  }

  /**
   * Somebody opens the session: what is said from now on is for it, however long that takes (up to
   * a bound).
   */
  hold(): void {
    this.#forgetOld();
    this.#heldAt = this.#clock.now();
    // Nobody could count on what was said before.
    this.#isDamaged = false;
    for (const { turnEnd } of this.#kept) if (turnEnd !== undefined) turnEnd.isDamaged = false;
  }

  /** Hands out what is still fresh, oldest first, and forgets it: up to the end of a turn, or all. */
  drain(turnEnd?: TurnEnd): readonly Append[] {
    this.#forgetOld();
    if (turnEnd === undefined) return this.#take(this.#kept.length);
    return this.#take(this.#kept.findIndex((kept) => kept.turnEnd === turnEnd) + 1);
  }

  /** There is a connection, or none will be: nothing is kept any more. */
  clear(): void {
    this.#heldAt = undefined;
    this.#isDamaged = false;
    this.#take(this.#kept.length);
  }

  /** What was said so far is for nobody, but for the turns whose commits wait. */
  forget(): void {
    const count = this.#kept.findLastIndex(isTurnEnd) + 1;
    for (const { event } of this.#kept.splice(count)) this.#size -= event?.audio.length ?? 0;
    this.#isDamaged = false;
  }

  #take(count: number): readonly Append[] {
    const events = this.#kept.splice(0, count).flatMap(({ event }) => event ?? []);
    for (const { audio } of events) this.#size -= audio.length;
    return events;
  }

  #forgetOld(): void {
    const now = this.#clock.now();
    const isHeld = this.#heldAt !== undefined && now - this.#heldAt <= LONGEST_HOLD;
    const since = (isHeld ? (this.#heldAt ?? now) : now) - this.#milliseconds;
    const fresh = this.#kept.findIndex(({ at }) => at >= since);
    this.#forgetFirst(fresh < 0 ? this.#kept.length : fresh);
    // A sender faster than speech must not fill the memory within the time.
    while (this.#kept.length > CHUNK_LIMIT || this.#size > SIZE_LIMIT) {
      if (this.#kept.length === 1) return;
      this.#forgetFirst(1);
    }
  }

  #forgetFirst(count: number): void {
    if (count === 0) return;
    const forgotten = this.#kept.slice(0, count);
    this.#take(count);
    for (const { turnEnd } of forgotten) if (turnEnd !== undefined) turnEnd.isDamaged = true;
    // The turn that the last chunk of it belongs to goes on behind.
    if (forgotten.at(-1)?.event === undefined) return;
    const next = this.#kept.find(isTurnEnd)?.turnEnd;
    if (next === undefined) this.#isDamaged = true;
    else next.isDamaged = true;
  }
}

function isTurnEnd(kept: Kept): boolean {
  return kept.turnEnd !== undefined;
}
