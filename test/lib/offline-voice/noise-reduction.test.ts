import assert from "node:assert/strict";
import { HEARING_SAMPLE_RATE } from "../../../lib/offline-voice/hearing";
import { NoiseReduction, noiseOf, reduceNoise } from "../../../lib/offline-voice/noise-reduction";
import { seeded } from "./spoken";

const SECONDS = 3;
const COUNT = SECONDS * HEARING_SAMPLE_RATE + 123;

/** Sounds of half a second with pauses as long. */
function speech(index: number): number {
  const second = index / HEARING_SAMPLE_RATE;
  return second % 1 < 0.5 ? 0.3 * Math.sin(2 * Math.PI * (400 + 300 * second) * second) : 0;
}

function samples(of: (index: number) => number): Float32Array {
  return Float32Array.from({ length: COUNT }, (_, index) => of(index));
}

function hiss(power: number): (index: number) => number {
  const random = seeded(5);
  // Numbers of -1 to 1 have a third of the power of 1.
  return () => Math.sqrt(3 * power) * (2 * random() - 1);
}

function power(sound: Float32Array): number {
  return sound.reduce((sum, sample) => sum + sample * sample, 0) / sound.length;
}

/** Of the second number `from` and the part of it. */
function part(sound: Float32Array, from: number, to: number): Float32Array {
  return sound.subarray(from * HEARING_SAMPLE_RATE, to * HEARING_SAMPLE_RATE);
}

function decibels(one: number, other: number): number {
  return 10 * Math.log10(one / other);
}

describe("noise reduction", () => {
  for (const [what, noise] of [
    ["no noise", () => 0],
    ["little noise", hiss(1e-6)],
  ] as const) {
    it(`leaves what has ${what} as it is`, () => {
      const sound = samples((index) => speech(index) + noise(index));
      const before = sound.slice();
      assert.equal(noiseOf(sound), null);
      reduceNoise(sound);
      const reduction = new NoiseReduction(null);
      const pieces = [...reduction.append(sound), ...reduction.end()];
      assert.deepEqual([...sound], [...before]);
      assert.deepEqual(pieces, [...before]);
    });
  }

  for (const [what, noise] of [
    ["a hiss", hiss(0.002)],
    [
      "a hum",
      (index: number) => 0.06 * Math.sin((2 * Math.PI * 150 * index) / HEARING_SAMPLE_RATE),
    ],
  ] as const) {
    it(`makes ${what} quieter, and not what is said over it`, () => {
      const sound = samples((index) => speech(index) + noise(index));
      const [pause, word] = [power(part(sound, 1.6, 1.9)), power(part(sound, 2.1, 2.4))];
      reduceNoise(sound);
      assert.ok(decibels(pause, power(part(sound, 1.6, 1.9))) > 12);
      assert.ok(decibels(word, power(part(sound, 2.1, 2.4))) < 1);
    });
  }

  it("gives as much in small pieces as in one, sample by sample", () => {
    const noise = hiss(0.002);
    const whole = samples((index) => speech(index) + noise(index));
    const noiseOfIt = noiseOf(whole);
    const pieces: number[] = [];
    const reduction = new NoiseReduction(noiseOfIt);
    for (let at = 0; at < COUNT; at += 171)
      pieces.push(...reduction.append(whole.subarray(at, at + 171)));
    pieces.push(...reduction.end());
    reduceNoise(whole, noiseOfIt);
    assert.equal(pieces.length, COUNT);
    assert.ok(pieces.every((sample, index) => sample === whole[index]));
  });

  it("takes sounds that are too short to have noise, and none at all", () => {
    for (const length of [0, 1, 100, 600]) {
      const sound = new Float32Array(length).fill(0.1);
      reduceNoise(sound);
      assert.ok(
        sound.every((sample) => Math.abs(sample) < 0.2),
        String(length),
      );
    }
  });
});
