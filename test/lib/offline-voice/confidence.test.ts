import assert from "node:assert/strict";
import type { Segment } from "soundswallower";
import { misfit, saysLess } from "../../../lib/offline-voice/confidence";

/** Words and silences ("<sil>") one after another, each with its length in s and its likelihood. */
function sentence(
  ...parts: readonly (readonly [text: string, length: number, p?: number])[]
): Segment {
  let at = 0;
  const segments = parts.map(([t, d, p = 1]): Segment => {
    const segment = { t, b: at, d, p };
    at += d;
    return segment;
  });
  return { t: "", b: 0, d: at, p: 1, w: segments };
}

/** As loud as this, of 1, for so many s each, at 16 kHz. */
function sound(...parts: readonly (readonly [level: number, length: number])[]): Float32Array {
  const all = parts.map(([level, length]) =>
    Float32Array.from({ length: length * 16_000 }, (_, at) => level * Math.sin(at)),
  );
  return Float32Array.from(all.flatMap((part) => [...part]));
}

describe("how well a sentence fits its sound", () => {
  it("is judged by its mean and by its worst word", () => {
    const well = sentence(["turn", 0.2, 0.96], ["lights", 0.4, 0.9], ["on", 0.2, 0.95]);
    assert.equal(misfit(well, 40), null);
    const badly = sentence(["turn", 0.2, 0.96], ["lights", 0.4, 0.3], ["on", 0.2, 0.95]);
    assert.equal(misfit(badly, 40), "lights");
    assert.equal(misfit(badly, 500), null);
  });

  it("does not depend on silences, and names no second way to say a word", () => {
    const quiet = sentence(["<sil>", 3, 0.01], ["latte(2)", 0.4, 0.3], ["(NULL)", 0.01, 0.5]);
    assert.equal(misfit(quiet, 100), "latte");
    assert.equal(misfit(sentence(["<sil>", 3, 0.01]), 0), null);
  });
});

describe("a sentence that says less than was said", () => {
  const words = sentence(["lights", 0.5], ["<sil>", 0.8], ["on", 0.5]);

  it("is one with a silence that is as loud as its words", () => {
    assert.ok(saysLess(words, sound([0.3, 0.5], [0.3, 0.8], [0.3, 0.5])));
  });

  it("is none where the silence is a pause, in noise too", () => {
    assert.ok(!saysLess(words, sound([0.3, 0.5], [0, 0.8], [0.3, 0.5])));
    assert.ok(!saysLess(words, sound([0.3, 0.5], [0.1, 0.8], [0.3, 0.5])));
  });

  it("is none for a loud moment between words, and at the edges of the sound", () => {
    const short = sentence(["lights", 0.5], ["<sil>", 0.3], ["on", 0.5], ["<sil>", 2]);
    assert.ok(!saysLess(short, sound([0.3, 0.5], [0.3, 0.3], [0.3, 0.5])));
  });
});
