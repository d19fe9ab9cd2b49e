import assert from "node:assert/strict";
import type { Segment } from "soundswallower";
import {
  fitsAsSounds,
  mayFitAsSounds,
  misfit,
  saysLess,
} from "../../../lib/offline-voice/confidence";

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

function asPart({ t, d, p }: Segment): [text: string, length: number, p: number] {
  return [t, d, p];
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

describe("a sentence of a voice that fits badly", () => {
  const spoken = (p: number, length: number): Segment =>
    sentence(
      ["<sil>", 0.2, 0.01],
      ["some", length / 2, p],
      ["lights", length / 2, p],
      ["<sil>", 1],
    );
  const sounds = (p: number, length: number): Segment =>
    sentence(
      ["<sil>", 0.2],
      ...Array.from({ length: length * 10 }, () => ["_ah", 0.1, p] as const),
    );

  it("is taken where any sounds in any order fit about as badly", () => {
    assert.ok(fitsAsSounds(spoken(0.4, 4), sounds(0.96, 4), 10));
    assert.ok(!fitsAsSounds(spoken(0.4, 4), sounds(0.98, 4), 10));
    assert.ok(fitsAsSounds(spoken(0.4, 4), sounds(0.98, 4), 50));
  });

  it("must fit the better, the shorter it is", () => {
    assert.ok(!fitsAsSounds(spoken(0.63, 2), sounds(0.96, 2), 10));
    assert.ok(fitsAsSounds(spoken(0.63, 2), sounds(0.96, 2), 15));
  });

  it("must be nearer to sounds that fit well", () => {
    assert.ok(!fitsAsSounds(spoken(0.63, 4), sounds(0.98, 4), 10));
    assert.ok(fitsAsSounds(spoken(0.63, 4), sounds(0.98, 4), 20));
  });

  it("must fit the better in the mean, the worse one of its words does", () => {
    const odd = sentence(["some", 2, 0.63], ["lights", 0.4, 0.63], ["please", 1.6, 0.63]);
    assert.ok(!fitsAsSounds(odd, sounds(0.96, 4), 10));
    assert.ok(fitsAsSounds(odd, sounds(0.96, 4), 20));
  });

  it("is compared with the sounds during its words", () => {
    const before = sentence(["_s", 0.2, 0.353], ...(sounds(0.98, 4).w ?? []).map(asPart).slice(1));
    assert.ok(!fitsAsSounds(spoken(0.4, 4), before, 12));
  });

  it("is not taken where sounds in any order fit worse than they do a voice", () => {
    assert.ok(!fitsAsSounds(spoken(0.4, 4), sounds(0.95, 4), 10));
  });

  it("is not looked at where no voice fits so badly, or none so short", () => {
    assert.ok(mayFitAsSounds(spoken(0.4, 4), 10));
    assert.ok(!mayFitAsSounds(spoken(0.1, 4), 10));
    assert.ok(!mayFitAsSounds(spoken(0.8, 1), 10));
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
