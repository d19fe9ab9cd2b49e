import assert from "node:assert/strict";
import { AmplifiedDetector } from "../../../lib/offline-voice/amplified-detector";

const FRAME = 480;

/** A frame of a square wave, whose root mean square is its height. */
function frame(level: number): Float32Array {
  return Float32Array.from({ length: FRAME }, (_, index) => (index % 2 === 0 ? level : -level));
}

/** How much louder a detector gets the last of these frames: how often, and how loud each. */
function gainAfter(...sound: readonly (readonly [frames: number, level: number])[]): number {
  let gain = Number.NaN;
  let level = 0;
  const detector = new AmplifiedDetector({
    frameSize: FRAME,
    process: ([first = 0]) => {
      gain = first / level;
      return { speech: false, changedAtMs: 0 };
    },
  });
  for (const [frames, height] of sound) {
    level = height;
    for (let count = 0; count < frames; count++) detector.process(frame(height));
  }
  return gain;
}

describe("a detector of speech with an amplifier", () => {
  it("hears a microphone of quiet silence louder, before somebody speaks", () => {
    assert.ok(gainAfter([60, 0.00005], [1, 0.005]) > 7);
  });

  it("hears a quiet voice louder as long as it speaks, and eight times at the most", () => {
    const words = Array.from(
      { length: 20 },
      () =>
        [
          [2, 0.00001],
          [10, 0.003],
        ] as const,
    ).flat();
    const gain = gainAfter([60, 0.00001], ...words);
    assert.ok(gain > 7 && gain < 8.1, String(gain));
  });

  it("hears a loud voice as it is, and what follows it", () => {
    assert.ok(gainAfter([60, 0.00005], [40, 0.2]) < 1.2);
    assert.ok(gainAfter([60, 0.00005], [40, 0.2], [30, 0.00005]) < 1.2);
  });

  it("hears a quiet voice again some seconds after a loud one", () => {
    assert.ok(gainAfter([60, 0.00005], [40, 0.2], [200, 0.00005], [1, 0.003]) > 7);
  });

  it("hears noise as it is", () => {
    assert.ok(gainAfter([300, 0.01]) < 1.01);
  });

  it("hears nothing louder than can be", () => {
    let most = 0;
    const detector = new AmplifiedDetector({
      frameSize: FRAME,
      process: (louder) => {
        most = Math.max(most, ...louder.map(Math.abs));
        return { speech: false, changedAtMs: 0 };
      },
    });
    for (const level of [...Array<number>(60).fill(0), 0.9]) detector.process(frame(level));
    assert.equal(most, 1);
  });

  it("says what the detector says", () => {
    const said = { speech: true, changedAtMs: 120 };
    const detector = new AmplifiedDetector({ frameSize: FRAME, process: () => said });
    assert.deepEqual(detector.process(frame(0)), said);
    assert.equal(detector.frameSize, FRAME);
  });
});
