/**
 * The audio of items, kept only where it is asked for. When all of it together grows past the
 * limit, the audio of the oldest items goes first.
 */
export class ItemAudio {
  readonly #limit: number;
  readonly #chunks = new Map<string, { chunks: Buffer[]; bytes: number }>();
  #bytes = 0;

  /** `limit` in bytes; 0 keeps nothing. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** All bytes kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Appends audio, in base64 as it came, to an item's. */
  append(itemId: string, base64: string): void {
    if (this.#limit === 0) return;
    const chunk = Buffer.from(base64, "base64");
    const kept = this.#chunks.get(itemId) ?? { chunks: [], bytes: 0 };
    kept.chunks.push(chunk);
    kept.bytes += chunk.length;
    this.#bytes += chunk.length;
    this.#chunks.set(itemId, kept);
    for (const oldest of this.#chunks.keys()) {
      if (this.#bytes <= this.#limit) break;
      this.delete(oldest);
    }
  }

  /** An item's audio in the format of the session's output; undefined when none is kept. */
  get(itemId: string): Buffer | undefined {
    const kept = this.#chunks.get(itemId);
    return kept === undefined ? undefined : Buffer.concat(kept.chunks);
  }

  /** Cuts an item's audio to its first bytes. */
  truncate(itemId: string, bytes: number): void {
    const kept = this.#chunks.get(itemId);
    if (kept === undefined || kept.bytes <= bytes) return;
    const audio = Buffer.concat(kept.chunks).subarray(0, bytes);
    this.#bytes -= kept.bytes - audio.length;
    this.#chunks.set(itemId, { chunks: [audio], bytes: audio.length });
  }

  delete(itemId: string): void {
    const kept = this.#chunks.get(itemId);
    if (kept === undefined) return;
    this.#bytes -= kept.bytes;
    this.#chunks.delete(itemId);
  }

  clear(): void {
    this.#chunks.clear();
    this.#bytes = 0;
  }
}
