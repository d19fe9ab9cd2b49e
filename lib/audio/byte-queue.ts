/** Room that is made at once, in bytes: as much as is there already, within these bounds. */
const SMALLEST_BLOCK = 1024;
const LARGEST_BLOCK = 64 * 1024;

/**
 * Bytes that come in pieces of any size and are taken in pieces of another, oldest first.
 *
 * What is pushed and taken is copied. Node.js cuts small buffers from pools of 64 KiB, and each that is kept
 * holds the pool it is cut from: ten seconds of a microphone in pieces, 480 KB, held 3 MB. A stream's
 * memory is used again: what lives for seconds is old garbage, which is collected once a minute.
 */
export class ByteQueue {
  #blocks: Buffer[] = [];
  /** A large one that is empty: a stream needs the next one soon. */
  #spare: Buffer | undefined;
  /** Where the bytes begin in the first block, and end in the last. */
  #start = 0;
  #end = 0;
  #length = 0;

  /** `first`: bytes that nobody else has; their memory is taken over where it holds nothing else. */
  constructor(first?: Buffer) {
    if (first === undefined) return;
    if (first.length === 0 || first.length < first.buffer.byteLength) {
      this.push(first);
      return;
    }
    this.#blocks.push(first);
    this.#end = first.length;
    this.#length = first.length;
  }

  /** Bytes that were not taken yet. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of memory that are held for them: at most twice as many, and two blocks. */
  get capacity(): number {
    const blocks = this.#blocks.reduce((sum, block) => sum + block.length, 0);
    return blocks + (this.#spare?.length ?? 0);
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const block = this.#blockWithRoom(bytes.length - at);
      const part = bytes.subarray(at, at + block.length - this.#end);
      block.set(part, this.#end);
      this.#end += part.length;
      this.#length += part.length;
      at += part.length;
    }
  }

  /** The first bytes, in memory of their own; fewer where there are no more. */
  take(count: number): Buffer {
    const taken = Buffer.allocUnsafe(Math.min(Math.max(0, count), this.#length));
    this.#copy(taken);
    this.discard(taken.length);
    return taken;
  }

  /** Drops the first bytes. */
  discard(count: number): void {
    let left = Math.min(Math.max(0, count), this.#length);
    this.#length -= left;
    while (left > 0) {
      const room = (this.#blocks[0]?.length ?? 0) - this.#start;
      if (left < room) {
        this.#start += left;
        break;
      }
      left -= room;
      this.#start = 0;
      const block = this.#blocks.shift();
      if (block?.length === LARGEST_BLOCK) this.#spare = block;
    }
    if (this.#length === 0) this.clear();
  }

  /** Drops all but the first bytes. */
  truncate(count: number): void {
    const kept = this.take(count);
    this.clear();
    this.push(kept);
  }

  /** Drops all bytes, and frees their memory. */
  clear(): void {
    this.#blocks = [];
    this.#spare = undefined;
    this.#start = 0;
    this.#end = 0;
    this.#length = 0;
  }

  /** All bytes, which stay. */
  toBuffer(): Buffer {
    const all = Buffer.allocUnsafe(this.#length);
    this.#copy(all);
    return all;
  }

  #blockWithRoom(needed: number): Buffer {
    const last = this.#blocks.at(-1);
    if (last !== undefined && this.#end < last.length) return last;
    const usual = Math.min(LARGEST_BLOCK, Math.max(SMALLEST_BLOCK, this.#length));
    const size = Math.max(needed, usual);
    const spare = this.#spare;
    const block = spare?.length === size ? spare : Buffer.allocUnsafeSlow(size);
    this.#spare = undefined;
    this.#blocks.push(block);
    this.#end = 0;
    return block;
  }

  /** Fills `target` with the first bytes. */
  #copy(target: Buffer): void {
    let start = this.#start;
    let at = 0;
    for (const block of this.#blocks) {
      if (at === target.length) return;
      at += block.copy(target, at, start);
      start = 0;
    }
  }
}
