import { type AudioEncoding, bytesToMilliseconds, millisecondsToBytes } from "../audio/pcm";

/** The audio of one part of an item, as it travelled. */
export class ItemAudio {
  readonly encoding: AudioEncoding;
  #chunks: Buffer[] | null;
  #byteLength = 0;

  constructor(encoding: AudioEncoding, bytes?: Buffer) {
    this.encoding = encoding;
    this.#chunks = [];
    if (bytes !== undefined) this.append(bytes);
  }

  /** Bytes before base64; stays when the bytes themselves are forgotten. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** Bytes that are held in memory. */
  get keptBytes(): number {
    return this.#chunks === null ? 0 : this.#byteLength;
  }

  /** Playing time, ms. */
  get durationMs(): number {
    return bytesToMilliseconds(this.encoding, this.#byteLength);
  }

  append(bytes: Buffer): void {
    this.#byteLength += bytes.length;
    this.#chunks?.push(bytes);
  }

  /** Cuts it to so many ms. */
  truncate(milliseconds: number): void {
    const bytes = this.bytes();
    this.#byteLength = Math.min(this.#byteLength, millisecondsToBytes(this.encoding, milliseconds));
    if (bytes !== null) this.#chunks = [bytes.subarray(0, this.#byteLength)];
  }

  /** Frees the bytes; the length stays known. */
  forget(): void {
    this.#chunks = null;
  }

  /** All bytes, or null when they were forgotten. */
  bytes(): Buffer | null {
    if (this.#chunks === null) return null;
    const [first] = this.#chunks;
    const bytes =
      this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
    this.#chunks = [bytes];
    return bytes;
  }
}
