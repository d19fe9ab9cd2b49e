import { float32ToInt16, millisecondsToBytes, type AudioEncoding } from "./pcm";
import { Resampler } from "./resampler";
import { encodeWire, wireSampleRate } from "./wire-format";

/** Makes of mono samples the frames that travel: resampled, encoded, cut to one length. */
export class WireEncoder {
  readonly encoding: AudioEncoding;
  readonly #frameBytes: number;
  #resampler: { readonly inputRate: number; readonly resampler: Resampler } | undefined;
  /** Bytes that do not fill a frame yet. */
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  /** `frameMs`: length of each frame, in ms. */
  constructor(encoding: AudioEncoding, frameMs: number) {
    this.encoding = encoding;
    this.#frameBytes = millisecondsToBytes(encoding, frameMs);
  }

  /**
   * Adds samples, -1 to 1; `sampleRate` in Hz. Where it is another one than before, what the old rate
   * still had to give comes first. Throws a RangeError for a rate that cannot be.
   */
  add(samples: Float32Array, sampleRate: number): void {
    if (this.#resampler?.inputRate !== sampleRate) {
      const resampler = new Resampler(sampleRate, wireSampleRate(this.encoding));
      this.#finishResampling();
      this.#resampler = { inputRate: sampleRate, resampler };
    }
    this.#append(this.#encode(this.#resampler.resampler.process(samples)));
  }

  /** Adds bytes that are in the format of the wire already, unchanged. */
  addEncoded(bytes: Uint8Array): void {
    this.#finishResampling();
    this.#resampler = undefined;
    // A copy: the bytes belong to their sender.
    this.#append(Uint8Array.from(bytes));
  }

  /** The frames that are full, oldest first. */
  takeFrames(): Buffer[] {
    if (this.#pendingBytes < this.#frameBytes) return [];
    const bytes = Buffer.concat(this.#pending);
    const frames: Buffer[] = [];
    let offset = 0;
    for (; offset + this.#frameBytes <= bytes.length; offset += this.#frameBytes)
      frames.push(bytes.subarray(offset, offset + this.#frameBytes));
    this.#pending = [bytes.subarray(offset)];
    this.#pendingBytes = bytes.length - offset;
    return frames;
  }

  /** All frames there are, the last one as short as it is; then a new stream begins. */
  flush(): Buffer[] {
    this.#finishResampling();
    const frames = this.takeFrames();
    const last = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    return last.length > 0 ? [...frames, last] : frames;
  }

  /** Forgets what did not leave yet. */
  reset(): void {
    this.#resampler?.resampler.flush();
    this.#pending = [];
    this.#pendingBytes = 0;
  }

  #finishResampling(): void {
    if (this.#resampler === undefined) return;
    this.#append(this.#encode(this.#resampler.resampler.flush()));
  }

  #encode(samples: Float32Array): Uint8Array {
    return encodeWire(this.encoding, float32ToInt16(samples));
  }

  #append(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
  }
}
