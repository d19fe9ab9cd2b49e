import { ByteQueue } from "../audio/byte-queue";

/**
 * The audio of items, kept only where it is asked for. When all of it together grows past the
 * limit, the audio of the oldest items goes first.
 */
export class ItemAudio {
  readonly #limit: number;
  /** Made with the first audio that is kept: most sessions keep none. */
  #kept: Map<string, ByteQueue> | undefined;
  #bytes = 0;

  /** `limit` in bytes; 0 keeps nothing. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Appends audio, in base64 as it came, to an item's. */
  append(itemId: string, base64: string): void {
    if (this.#limit === 0) return;
    const chunk = Buffer.from(base64, "base64");
    const items = (this.#kept ??= new Map<string, ByteQueue>());
    const kept = items.get(itemId) ?? new ByteQueue();
    kept.push(chunk);
    this.#bytes += chunk.length;
    items.set(itemId, kept);
    for (const oldest of items.keys()) {
      if (this.#bytes <= this.#limit) break;
      this.delete(oldest);
    }
  }

  /** An item's audio in the format of the session's output; undefined when none is kept. */
  get(itemId: string): Buffer | undefined {
    return this.#kept?.get(itemId)?.toBuffer();
  }

  /** Cuts an item's audio to its first bytes. */
  truncate(itemId: string, bytes: number): void {
    const kept = this.#kept?.get(itemId);
    if (kept === undefined || kept.length <= bytes) return;
    this.#bytes -= kept.length - bytes;
    kept.truncate(bytes);
  }

  delete(itemId: string): void {
    this.#bytes -= this.#kept?.get(itemId)?.length ?? 0;
    this.#kept?.delete(itemId);
  }

  clear(): void {
    this.#kept = undefined;
    this.#bytes = 0;
  }
}
