import type { AudioEncoding } from "../audio/pcm";
import { Resampler, resampled } from "../audio/resampler";
import { SampleRoom } from "../audio/sample-room";
import { decodeFloats, wireSampleRate } from "../audio/wire-format";
import { HEARING_SAMPLE_RATE } from "./hearing";

/** Samples for which memory is held: those of a frame of a microphone. */
const MOST_KEPT = 2 ** 12;

/** Turns a stream of wire bytes (whole samples) into what the ears take: 16 kHz, -1 to 1. */
export class EarsDecoder {
  readonly #encoding: AudioEncoding;
  readonly #resampler: Resampler;
  readonly #decodedRoom = new SampleRoom(MOST_KEPT);
  readonly #room = new SampleRoom(MOST_KEPT);

  constructor(encoding: AudioEncoding) {
    this.#encoding = encoding;
    this.#resampler = new Resampler(wireSampleRate(encoding), HEARING_SAMPLE_RATE);
  }

  /** The samples are overwritten by the next ones. */
  decode(bytes: Uint8Array): Float32Array {
    const decoded = decodeFloats(this.#encoding, bytes, this.#decodedRoom);
    return this.#resampler.process(decoded, this.#room);
  }
}

/** A whole recording as the ears take it. */
export function decodeForEars(encoding: AudioEncoding, bytes: Uint8Array): Float32Array {
  return resampled(decodeFloats(encoding, bytes), wireSampleRate(encoding), HEARING_SAMPLE_RATE);
}
