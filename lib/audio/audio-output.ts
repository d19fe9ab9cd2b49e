import { float32ToInt16, G711_SAMPLE_RATE, int16ToFloat32, type AudioEncoding } from "./pcm";
import { Resampler } from "./resampler";
import { encodeWav } from "./wav";
import { decodeWire, encodeWire, wireSampleRate } from "./wire-format";

/** What a player wants. */
export interface OutputFormat {
  /** 16-bit little-endian samples, or G.711 with a byte each. */
  readonly encoding: AudioEncoding;
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: 1 | 2;
}

/** True for a rate that players have: 8 to 48 kHz. */
export function isOutputRate(rate: number): boolean {
  return Number.isInteger(rate) && rate >= 8000 && rate <= 48_000;
}

/** Converts the audio of one item from the session's format to the player's, chunk by chunk. */
export class AudioOutput {
  readonly #source: AudioEncoding;
  readonly #format: OutputFormat;
  readonly #resampler: Resampler;
  /** Half a sample at the end of the last chunk. */
  #rest: Buffer = Buffer.alloc(0);

  /** @throws RangeError for a rate that cannot be made. */
  constructor(source: AudioEncoding, format: OutputFormat) {
    this.#source = source;
    this.#format = format;
    this.#resampler = new Resampler(wireSampleRate(source), format.sampleRate);
  }

  /** The next chunk of a stream. */
  process(bytes: Buffer): Buffer {
    // µ-law has two zeros, of which samples keep one.
    if (this.#isSameG711) return bytes;
    return this.#encode(this.#resample(bytes));
  }

  /** The last samples of a stream. */
  flush(): Buffer {
    return this.#encode(float32ToInt16(this.#resampler.flush()));
  }

  /** A complete WAV file of 16-bit samples. */
  wav(bytes: Buffer): Buffer {
    const start = this.#resample(bytes);
    const tail = float32ToInt16(this.#resampler.flush());
    const samples = new Int16Array(start.length + tail.length);
    samples.set(start);
    samples.set(tail, start.length);
    const { sampleRate, channels } = this.#format;
    return encodeWav(spread(samples, channels), sampleRate, channels);
  }

  get #isSameG711(): boolean {
    const { encoding, sampleRate, channels } = this.#format;
    const isG711 = encoding !== "audio/pcm" && sampleRate === G711_SAMPLE_RATE && channels === 1;
    return isG711 && encoding === this.#source;
  }

  #resample(bytes: Buffer): Int16Array {
    const samples = this.#decode(bytes);
    // What need not change stays the same to the bit.
    return float32ToInt16(this.#resampler.process(int16ToFloat32(samples)));
  }

  #decode(bytes: Buffer): Int16Array {
    if (this.#source !== "audio/pcm") return decodeWire(this.#source, bytes);
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    this.#rest = all.subarray(all.length & ~1);
    return decodeWire(this.#source, all);
  }

  #encode(samples: Int16Array): Buffer {
    const { encoding, channels } = this.#format;
    return encodeWire(encoding, spread(samples, channels));
  }
}

function spread(samples: Int16Array, channels: 1 | 2): Int16Array {
  if (channels === 1) return samples;
  const both = new Int16Array(samples.length * 2);
  for (const [index, sample] of samples.entries()) both.fill(sample, index * 2, index * 2 + 2);
  return both;
}
