import { type AudioEncoding, float32ToInt16, int16ToFloat32, PCM_SAMPLE_RATE } from "../audio/pcm";
import { Resampler } from "../audio/resampler";
import { decodeWire, encodeWire, wireSampleRate } from "../audio/wire-format";
import type { AudioFormat } from "../protocol/audio-format";

/** Sample rate at which the offline voice hears, Hz. */
const EARS_SAMPLE_RATE = 16_000;

/** The encoding of a format; PCM when the format does not say. */
export function encodingOf(format: AudioFormat): AudioEncoding {
  return format.type ?? "audio/pcm";
}

/** A format as the server shows it, complete. */
export function formatOf(encoding: AudioEncoding): AudioFormat {
  return encoding === "audio/pcm" ? { type: encoding, rate: PCM_SAMPLE_RATE } : { type: encoding };
}

/** Turns a stream of wire bytes (whole samples) into what the ears take: 16 kHz, -1 to 1. */
export class EarsDecoder {
  readonly #encoding: AudioEncoding;
  readonly #resampler: Resampler;

  constructor(encoding: AudioEncoding) {
    this.#encoding = encoding;
    this.#resampler = new Resampler(wireSampleRate(encoding), EARS_SAMPLE_RATE);
  }

  decode(bytes: Buffer): Float32Array {
    return this.#resampler.process(int16ToFloat32(decodeWire(this.#encoding, bytes)));
  }

  /** The last samples of the stream. */
  flush(): Float32Array {
    return this.#resampler.flush();
  }
}

/** A whole recording as the ears take it. */
export function decodeForEars(encoding: AudioEncoding, bytes: Buffer): Float32Array {
  const decoder = new EarsDecoder(encoding);
  const head = decoder.decode(bytes);
  const tail = decoder.flush();
  const samples = new Float32Array(head.length + tail.length);
  samples.set(head);
  samples.set(tail, head.length);
  return samples;
}

/** Speech as wire bytes. `sampleRate` in Hz. */
export function encodeSpeech(
  encoding: AudioEncoding,
  samples: Int16Array,
  sampleRate: number,
): Buffer {
  const rate = wireSampleRate(encoding);
  if (rate === sampleRate) return encodeWire(encoding, samples);
  const resampler = new Resampler(sampleRate, rate);
  const head = float32ToInt16(resampler.process(int16ToFloat32(samples)));
  const tail = float32ToInt16(resampler.flush());
  return Buffer.concat([encodeWire(encoding, head), encodeWire(encoding, tail)]);
}
