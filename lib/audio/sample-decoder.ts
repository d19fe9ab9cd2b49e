import { bytesPerSample, decodeSamples, mixDown, type SampleFormat } from "./sample-format";
import { SampleRoom } from "./sample-room";

/** Samples of a chunk for which memory is held: more than a microphone gives at a time. */
const MOST_KEPT = 2 ** 13;

/** Nothing in memory of its own. */
const NO_BYTES = Buffer.alloc(0);

/**
 * Decodes a stream of raw audio that comes in chunks of any size: a sample that is cut by the end of
 * a chunk is kept for the next one.
 */
export class SampleDecoder {
  readonly format: SampleFormat;
  /** Bytes of one moment, all channels. */
  readonly #width: number;
  #remainder: Uint8Array = NO_BYTES;
  readonly #room = new SampleRoom(MOST_KEPT);

  constructor(format: SampleFormat) {
    this.format = format;
    this.#width = bytesPerSample(format.encoding) * format.channels;
  }

  /** Mono samples, -1 to 1. They are overwritten by the next ones. */
  decode(bytes: Uint8Array): Float32Array {
    const all = this.#remainder.length === 0 ? bytes : Buffer.concat([this.#remainder, bytes]);
    const whole = all.length - (all.length % this.#width);
    // A copy: the chunk belongs to its sender, who may use its memory again.
    this.#remainder = whole === all.length ? NO_BYTES : Uint8Array.from(all.subarray(whole));
    const { encoding, channels } = this.format;
    return mixDown(decodeSamples(encoding, all.subarray(0, whole), this.#room), channels);
  }
}
