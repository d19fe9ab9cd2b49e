import { ByteQueue } from "../audio/byte-queue";
import { type AudioEncoding, bytesToMilliseconds, millisecondsToBytes } from "../audio/pcm";

/** The audio of one part of an item, as it travelled. */
export class ItemAudio {
  readonly encoding: AudioEncoding;
  /** True while it may still have to be recognised. */
  isDue = false;
  /** Null when they were forgotten. */
  #bytes: ByteQueue | null;
  /** Stays when the bytes themselves are forgotten. */
  #byteLength: number;

  /** `bytes` are its own from now on. */
  constructor(encoding: AudioEncoding, bytes?: Buffer) {
    this.encoding = encoding;
    this.#bytes = new ByteQueue(bytes);
    this.#byteLength = this.#bytes.length;
  }

  /** Of the user, to be recognised. `bytes` are its own from now on. */
  static spoken(encoding: AudioEncoding, bytes: Buffer): ItemAudio {
    const audio = new ItemAudio(encoding, bytes);
    audio.isDue = true;
    return audio;
  }

  /** Bytes that are held in memory. */
  get keptBytes(): number {
    return this.#bytes?.length ?? 0;
  }

  /** Playing time, ms. */
  get durationMs(): number {
    return bytesToMilliseconds(this.encoding, this.#byteLength);
  }

  append(bytes: Buffer): void {
    this.#byteLength += bytes.length;
    this.#bytes?.push(bytes);
  }

  /** Cuts it to so many ms. */
  truncate(milliseconds: number): void {
    this.#byteLength = Math.min(this.#byteLength, millisecondsToBytes(this.encoding, milliseconds));
    this.#bytes?.truncate(this.#byteLength);
  }

  /** Frees the bytes; the length stays known. */
  forget(): void {
    this.#bytes = null;
  }

  /** All bytes, or null when they were forgotten. */
  bytes(): Buffer | null {
    return this.#bytes?.toBuffer() ?? null;
  }
}
