import assert from "node:assert/strict";
import { float32ToInt16, int16ToFloat32 } from "../../../lib/audio/pcm";
import { Resampler } from "../../../lib/audio/resampler";

function sine(frequency: number, rate: number, seconds: number, amplitude = 0.8): Float32Array {
  return Float32Array.from(
    { length: rate * seconds },
    (_, index) => amplitude * Math.sin((2 * Math.PI * frequency * index) / rate),
  );
}

function inChunks(samples: Float32Array, sizes: readonly number[]): Float32Array[] {
  const chunks: Float32Array[] = [];
  for (let start = 0, turn = 0; start < samples.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    chunks.push(samples.subarray(start, start + size));
    start += size;
  }
  return chunks;
}

function resample(resampler: Resampler, chunks: readonly Float32Array[]): Float32Array {
  const parts = [...chunks.map((chunk) => resampler.process(chunk)), resampler.flush()];
  return Float32Array.from(parts.flatMap((part) => Array.from(part)));
}

/** Power of the best-fitting sine against the rest, dB, over all chunk borders but the ends. */
function signalToNoise(samples: Float32Array, frequency: number, rate: number): number {
  const inner = samples.subarray(200, samples.length - 200);
  let sinePart = 0;
  let cosinePart = 0;
  const phase = (index: number): number => (2 * Math.PI * frequency * index) / rate;
  // Whole periods of every multiple of 50 Hz, so that sine and cosine are orthogonal.
  const length = inner.length - (inner.length % (rate / 50));
  for (let index = 0; index < length; index++) {
    sinePart += (inner[index] ?? 0) * Math.sin(phase(index));
    cosinePart += (inner[index] ?? 0) * Math.cos(phase(index));
  }
  sinePart *= 2 / length;
  cosinePart *= 2 / length;
  let noise = 0;
  for (let index = 0; index < length; index++) {
    const fitted = sinePart * Math.sin(phase(index)) + cosinePart * Math.cos(phase(index));
    noise += ((inner[index] ?? 0) - fitted) ** 2;
  }
  return 10 * Math.log10((sinePart ** 2 + cosinePart ** 2) / 2 / (noise / length));
}

const rates = [8000, 16_000, 22_050, 24_000, 44_100, 48_000];
const pairs = rates.flatMap((from) =>
  rates.filter((to) => to !== from).map((to) => [from, to] as const),
);

/** As a sound card delivers it. */
const in16Bits = (samples: Float32Array): Float32Array => int16ToFloat32(float32ToInt16(samples));

describe("Resampler", () => {
  it("keeps a 1 kHz tone clean to 95 dB from 16 kHz to 24 kHz in 20 ms frames of 16-bit samples", () => {
    const output = resample(new Resampler(16_000, 24_000), inChunks(sine(1000, 16_000, 2), [320]));
    assert.ok(signalToNoise(output, 1000, 24_000) > 100);
    const integers = Float32Array.from(float32ToInt16(output));
    assert.ok(signalToNoise(integers, 1000, 24_000) >= 95);
  });

  for (const [from, to] of pairs) {
    it(`gives the same bits from ${from} to ${to} Hz however the input is cut`, () => {
      const input = sine(700, from, 0.5);
      const whole = resample(new Resampler(from, to), [input]);
      const ragged = resample(new Resampler(from, to), inChunks(input, [1, 7, 333, 2048, 160]));
      // As bytes: a printed difference of so many samples would take minutes.
      assert.ok(Buffer.from(ragged.buffer).equals(Buffer.from(whole.buffer)));
      assert.equal(whole.length, Math.ceil((input.length * to) / from));
    });

    it(`keeps 16-bit tones clean from ${from} to ${to} Hz`, () => {
      const clean = (frequency: number): number => {
        const input = in16Bits(sine(frequency, from, 0.5, 0.99));
        const output = resample(new Resampler(from, to), inChunks(input, [1, 7, 333, 2048, 160]));
        return signalToNoise(in16Bits(output), frequency, to);
      };
      assert.ok(clean(1000) >= 95, `1 kHz: ${clean(1000)} dB`);
      if (Math.min(from, to) > 2 * 6400) assert.ok(clean(6400) >= 85, `6.4 kHz: ${clean(6400)} dB`);
    });

    it(`neither loses nor adds a sample from ${from} to ${to} Hz, however long it runs`, () => {
      const resampler = new Resampler(from, to);
      const seconds = [1, 2, 3].map(() =>
        inChunks(new Float32Array(from), [1, 7, 333, 2048, 160])
          .map((chunk) => resampler.process(chunk).length)
          .reduce((sum, length) => sum + length),
      );
      // After a second the filter stands where it stood: all others are as the second one.
      assert.deepEqual(seconds.slice(1), [to, to]);
      assert.equal((seconds[0] ?? 0) + resampler.flush().length, to);
    });
  }

  it("neither loses nor adds a sample in ten minutes of 16 kHz", () => {
    const resampler = new Resampler(16_000, 24_000);
    const minute = new Float32Array(60 * 16_000);
    let count = 0;
    for (let turn = 0; turn < 10; turn += 1)
      for (const chunk of inChunks(minute, [1, 7, 333, 2048, 160]))
        count += resampler.process(chunk).length;
    assert.equal(count + resampler.flush().length, 600 * 24_000);
  });

  it("neither delays nor advances the sound", () => {
    const input = new Float32Array(1600);
    input[800] = 1;
    const output = resample(new Resampler(16_000, 24_000), [input]);
    assert.equal(output.indexOf(Math.max(...output)), 1200);
  });

  it("removes what the lower rate cannot carry instead of folding it into the band", () => {
    const output = resample(new Resampler(24_000, 16_000), [sine(10_000, 24_000, 0.5)]);
    const loudest = Math.max(...output.subarray(200, output.length - 200).map(Math.abs));
    assert.ok(loudest < 1e-4, `left ${loudest}`);
  });

  it("keeps a constant constant", () => {
    const output = resample(new Resampler(44_100, 16_000), [new Float32Array(44_100).fill(0.5)]);
    for (const sample of output.subarray(100, output.length - 100)) {
      assert.ok(Math.abs(sample - 0.5) < 1e-6);
    }
  });

  it("passes equal rates through in memory of its own", () => {
    const input = Float32Array.of(0.1, 0.2);
    const output = new Resampler(24_000, 24_000).process(input);
    assert.deepEqual(output, input);
    assert.notEqual(output.buffer, input.buffer);
  });

  it("starts afresh after a flush", () => {
    const resampler = new Resampler(16_000, 24_000);
    const input = sine(440, 16_000, 0.1);
    const [once, again] = [resample(resampler, [input]), resample(resampler, [input])];
    assert.ok(Buffer.from(again.buffer).equals(Buffer.from(once.buffer)));
  });

  it("refuses a rate that is no rate", () => {
    for (const rate of [0, -8000, 44_100.5, NaN, Infinity]) {
      assert.throws(() => new Resampler(rate, 24_000), RangeError);
      assert.throws(() => new Resampler(24_000, rate), RangeError);
    }
  });

  it("refuses a pair of rates whose filter would take unreasonable memory", () => {
    assert.throws(() => new Resampler(767_999, 768_000), /Cannot resample from 767999 Hz/);
  });
});
