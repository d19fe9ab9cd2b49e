import { samplesIn, type SampleRoom } from "../audio/sample-room";

/** Samples in a block. */
const BLOCK = 2 ** 14;

/** Blocks that are kept for what comes: some seconds. */
const MOST_SPARE = 4;

/** A part of a stream, in samples since its beginning; `end` is the first one behind it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * The last part of a stream of samples. Its memory is used again: what lives for seconds is old to the
 * garbage collector, which looks for old garbage once a minute.
 */
export class SampleHistory {
  #blocks: Float32Array[] = [];
  readonly #spare: Float32Array[] = [];
  /** Where the first block begins in the stream. */
  #start = 0;
  #end = 0;

  /** Samples of the stream so far. */
  get end(): number {
    return this.#end;
  }

  append(samples: Float32Array): void {
    for (let at = 0; at < samples.length;) {
      const filled = (this.#end - this.#start) % BLOCK;
      if (this.#end - this.#start === this.#blocks.length * BLOCK)
        this.#blocks.push(this.#spare.pop() ?? new Float32Array(BLOCK));
      const part = samples.subarray(at, at + BLOCK - filled);
      this.#blocks.at(-1)?.set(part, filled);
      this.#end += part.length;
      at += part.length;
    }
  }

  /** What lies before this sample of the stream is not needed any more. */
  forget(before: number): void {
    while (this.#start + BLOCK <= Math.min(before, this.#end)) {
      const block = this.#blocks.shift();
      this.#start += BLOCK;
      if (block !== undefined && this.#spare.length < MOST_SPARE) this.#spare.push(block);
    }
  }

  /** A copy of parts of the stream, one after another, as far as they are there; in `room`, if there is one. */
  slice(spans: readonly Span[], room?: SampleRoom): Float32Array {
    const present = spans.map(({ start, end }) => ({
      start: Math.max(start, this.#start),
      end: Math.min(end, this.#end),
    }));
    const length = present.reduce((sum, { start, end }) => sum + Math.max(0, end - start), 0);
    const samples = samplesIn(room, length);
    let filled = 0;
    for (const { start, end } of present) {
      for (let at = start; at < end;) {
        const block = Math.floor((at - this.#start) / BLOCK);
        const offset = (at - this.#start) % BLOCK;
        const part = this.#blocks[block]?.subarray(offset, offset + end - at);
        if (part === undefined) break;
        samples.set(part, filled);
        filled += part.length;
        at += part.length;
      }
    }
    return samples;
  }
}
