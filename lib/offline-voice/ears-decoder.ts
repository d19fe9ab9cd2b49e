import type { AudioEncoding } from "../audio/pcm";
import { Resampler, resampled } from "../audio/resampler";
import { decodeFloats, wireSampleRate } from "../audio/wire-format";
import { HEARING_SAMPLE_RATE } from "./hearing";

/** Turns a stream of wire bytes (whole samples) into what the ears take: 16 kHz, -1 to 1. */
export class EarsDecoder {
  readonly #encoding: AudioEncoding;
  readonly #resampler: Resampler;

  constructor(encoding: AudioEncoding) {
    this.#encoding = encoding;
    this.#resampler = new Resampler(wireSampleRate(encoding), HEARING_SAMPLE_RATE);
  }

  decode(bytes: Uint8Array): Float32Array {
    return this.#resampler.process(decodeFloats(this.#encoding, bytes));
  }
}

/** A whole recording as the ears take it. */
export function decodeForEars(encoding: AudioEncoding, bytes: Uint8Array): Float32Array {
  return resampled(decodeFloats(encoding, bytes), wireSampleRate(encoding), HEARING_SAMPLE_RATE);
}
