import type { Writable } from "node:stream";

/** What is held back at most, in bytes: as much as a TLS record holds. */
const JOINED_SIZE = 16_384;

/**
 * Joins what is sent in one turn of the event loop into one write, and into one packet where it fits: a
 * commit and the wish for its answer, or what a microphone heard before the session was ready. Each write
 * is a call of the operating system, which costs more than all else that is done for a chunk of speech.
 *
 * What is held leaves when the code that runs now has ended, or when it is as much as is worth holding:
 * then the line alone decides again how much waits.
 */
export class JoinedWrites {
  readonly #line: Pick<Writable, "cork" | "uncork" | "writableLength">;
  #isHeld = false;

  constructor(line: Pick<Writable, "cork" | "uncork" | "writableLength">) {
    this.#line = line;
  }

  /** Something is about to be written. */
  begin(): void {
    if (this.#isHeld) return;
    this.#isHeld = true;
    this.#line.cork();
    process.nextTick(JoinedWrites.#release, this);
  }

  /** It was. */
  end(): void {
    if (this.#line.writableLength >= JOINED_SIZE) JoinedWrites.#release(this);
  }

  static #release(this: void, writes: JoinedWrites): void {
    if (!writes.#isHeld) return;
    writes.#isHeld = false;
    writes.#line.uncork();
  }
}
