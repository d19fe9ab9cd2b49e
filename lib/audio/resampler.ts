import { samplesIn, type SampleRoom } from "./sample-room";

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Modified Bessel function of the first kind, order zero: the Kaiser window's shape. */
function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/** Sinc zero crossings on each side of an output sample, counted at the lower of both rates. */
const ZERO_CROSSINGS = 24;
/** Side lobes some 100 dB down, below the noise of 16-bit samples. */
const KAISER_BETA = 10;
/** Part of the lower rate's band that is kept; the rest is the filter's slope. */
const PASSBAND = 0.9;

/** Highest rate of a real device or file, Hz; bounds the filter's size. */
const MAXIMUM_RATE = 768_000;

/** The most filter taps of all phases together: 2 MiB, enough for 44.1 kHz against 48 kHz. */
const MAXIMUM_TAPS = 2 ** 19;

/** The largest buffer that is kept between two chunks, samples. */
const LARGEST_KEPT = 2 ** 15;

/**
 * Changes the sample rate of a mono stream with a polyphase windowed-sinc filter. It keeps its state
 * between calls: the output does not depend on how the input was cut into chunks.
 */
export class Resampler {
  readonly #upsampling: number;
  readonly #downsampling: number;
  readonly #taps: number;
  /** One filter for each of the `#upsampling` places an output can have between two inputs. */
  readonly #phases: readonly Float32Array[];
  /** Begins with the inputs that the next output still needs; used again for each chunk. */
  #input: Float32Array;
  #historyLength: number;
  /** Where the next output lies after the start of `#input`, in 1/`#upsampling` inputs. */
  #position = 0;
  #inputCount = 0;
  #outputCount = 0;

  /** Rates in Hz, positive integers. Throws a RangeError for others. */
  constructor(inputRate: number, outputRate: number) {
    for (const rate of [inputRate, outputRate]) {
      if (!Number.isInteger(rate) || rate <= 0 || rate > MAXIMUM_RATE) {
        throw new RangeError(
          `A sample rate must be a whole number of Hz from 1 to ${MAXIMUM_RATE}, not ${rate}`,
        );
      }
    }
    const divisor = greatestCommonDivisor(inputRate, outputRate);
    this.#upsampling = outputRate / divisor;
    this.#downsampling = inputRate / divisor;
    // Going down, the filter must cut at the output's band: wider by the same factor.
    const stretch = Math.max(1, inputRate / outputRate);
    this.#taps = 2 * Math.ceil(ZERO_CROSSINGS * stretch);
    if (this.#taps * this.#upsampling > MAXIMUM_TAPS) {
      throw new RangeError(`Cannot resample from ${inputRate} Hz to ${outputRate} Hz`);
    }
    this.#phases = this.#design((0.5 * PASSBAND) / stretch);
    // Half a filter of silence before the first sample lines the first output up with it.
    this.#historyLength = this.#taps / 2 - 1;
    this.#input = new Float32Array(this.#historyLength);
  }

  /** `cutoff` in cycles per input sample. */
  #design(cutoff: number): Float32Array[] {
    const half = this.#taps / 2;
    const windowPeak = besselI0(KAISER_BETA);
    return Array.from({ length: this.#upsampling }, (_, phase) => {
      const filter = new Float64Array(this.#taps);
      let sum = 0;
      for (let tap = 0; tap < this.#taps; tap++) {
        const distance = tap - (half - 1) - phase / this.#upsampling;
        const shape = Math.max(0, 1 - (distance / half) ** 2);
        const window = besselI0(KAISER_BETA * Math.sqrt(shape)) / windowPeak;
        const angle = 2 * Math.PI * cutoff * distance;
        const value = (distance === 0 ? 1 : Math.sin(angle) / angle) * window;
        filter[tap] = value;
        sum += value;
      }
      // Each phase passes a constant unchanged, else the phases' differences would be heard.
      return Float32Array.from(filter, (value) => value / sum);
    });
  }

  /** Takes any number of samples and returns those that they complete; in `room`, if there is one. */
  process(samples: Float32Array, room?: SampleRoom): Float32Array {
    if (this.#upsampling === this.#downsampling) {
      const same = samplesIn(room, samples.length);
      same.set(samples);
      return same;
    }
    this.#inputCount += samples.length;
    const length = this.#historyLength + samples.length;
    const input = this.#inputOf(length);
    input.set(samples, this.#historyLength);

    const up = this.#upsampling;
    const taps = this.#taps;
    const ready = length - taps + 1;
    const count = Math.max(0, Math.ceil((ready * up - this.#position) / this.#downsampling));
    const output = samplesIn(room, count);
    let position = this.#position;
    for (let index = 0; index < count; index++, position += this.#downsampling) {
      const start = Math.floor(position / up);
      const filter = this.#phases[position % up];
      if (filter === undefined) continue;
      let sum = 0;
      for (let tap = 0; tap < taps; tap++) sum += (filter[tap] ?? 0) * (input[start + tap] ?? 0);
      output[index] = sum;
    }
    const consumed = Math.min(Math.floor(position / up), length);
    input.copyWithin(0, consumed, length);
    this.#historyLength = length - consumed;
    // A whole recording in one chunk would be held for nothing.
    if (input.length > LARGEST_KEPT) this.#input = input.slice(0, this.#historyLength);
    this.#position = position - consumed * up;
    this.#outputCount += count;
    return output;
  }

  /** The history, with room for so many inputs in all. */
  #inputOf(length: number): Float32Array {
    if (this.#input.length < length) {
      const larger = new Float32Array(length);
      larger.set(this.#input.subarray(0, this.#historyLength));
      this.#input = larger;
    }
    return this.#input;
  }

  /**
   * Returns the samples that waited for more input, so that the whole output is as long as the whole
   * input was, and starts a new stream.
   */
  flush(): Float32Array {
    if (this.#upsampling === this.#downsampling) return new Float32Array(0);
    const wanted =
      Math.ceil((this.#inputCount * this.#upsampling) / this.#downsampling) - this.#outputCount;
    const tail = this.process(new Float32Array(this.#taps)).slice(0, wanted);
    this.#historyLength = this.#taps / 2 - 1;
    this.#input = new Float32Array(this.#historyLength);
    this.#position = 0;
    this.#inputCount = 0;
    this.#outputCount = 0;
    return tail;
  }
}

/** A whole recording at another rate; rates in Hz, as for `Resampler`. */
export function resampled(
  samples: Float32Array,
  inputRate: number,
  outputRate: number,
): Float32Array {
  const resampler = new Resampler(inputRate, outputRate);
  const head = resampler.process(samples);
  const tail = resampler.flush();
  const all = new Float32Array(head.length + tail.length);
  all.set(head);
  all.set(tail, head.length);
  return all;
}
