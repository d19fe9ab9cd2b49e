import { millisecondsToBytes, type AudioEncoding } from "./pcm";
import { Resampler } from "./resampler";
import { SampleRoom } from "./sample-room";
import { encodeFloats, wireSampleRate } from "./wire-format";

/** Resampled samples for which memory is held, some 170 ms. */
const MOST_KEPT = 2 ** 12;

/** Makes of mono samples the frames that travel: resampled, encoded, cut to one length. */
export class WireEncoder {
  readonly encoding: AudioEncoding;
  readonly #frameBytes: number;
  readonly #room = new SampleRoom(MOST_KEPT);
  readonly #encodedRoom = new SampleRoom(MOST_KEPT);
  #resampler: { readonly inputRate: number; readonly resampler: Resampler } | undefined;
  /** Frames that are full. */
  #frames: Buffer[] = [];
  /** The next one, as far as it is filled. */
  #next: Buffer | undefined;
  #filled = 0;

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
    const ready = this.#resampler.resampler.process(samples, this.#room);
    this.#append(encodeFloats(this.encoding, ready, this.#encodedRoom));
  }

  /** Adds bytes that are in the format of the wire already, unchanged. */
  addEncoded(bytes: Uint8Array): void {
    this.#finishResampling();
    this.#resampler = undefined;
    this.#append(bytes);
  }

  /** The frames that are full, oldest first. */
  takeFrames(): Buffer[] {
    const frames = this.#frames;
    this.#frames = [];
    return frames;
  }

  /** All frames there are, the last one as short as it is; then a new stream begins. */
  flush(): Buffer[] {
    this.#finishResampling();
    const frames = this.takeFrames();
    const last = this.#next?.subarray(0, this.#filled);
    this.#next = undefined;
    return last === undefined ? frames : [...frames, last];
  }

  /** Forgets what did not leave yet. */
  reset(): void {
    this.#resampler?.resampler.flush();
    this.#frames = [];
    this.#next = undefined;
  }

  #finishResampling(): void {
    if (this.#resampler === undefined) return;
    this.#append(encodeFloats(this.encoding, this.#resampler.resampler.flush()));
  }

  /** Copies the bytes into frames: they belong to their sender. */
  #append(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      if (this.#next === undefined) {
        this.#next = Buffer.allocUnsafe(this.#frameBytes);
        this.#filled = 0;
      }
      const part = bytes.subarray(at, at + this.#frameBytes - this.#filled);
      this.#next.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled < this.#frameBytes) return;
      this.#frames.push(this.#next);
      this.#next = undefined;
    }
  }
}
