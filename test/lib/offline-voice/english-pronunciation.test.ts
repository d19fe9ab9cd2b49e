import assert from "node:assert/strict";
import { PHONEMES, pronounce } from "../../../lib/offline-voice/english-pronunciation";

describe("pronounce", () => {
  const known: readonly (readonly [string, string])[] = [
    ["zigbee", "Z IH G B IY"],
    ["blinky", "B L IH NG K IY"],
    ["side", "S AY D"],
    ["shelly", "SH EH L IY"],
    ["roomba", "R UW M B AH"],
    ["yeelight", "Y IY L AY T"],
    ["bathroom", "B AE TH R UW M"],
  ];
  for (const [word, phonemes] of known) {
    it(`spells "${word}" ${phonemes}`, () => assert.equal(pronounce(word), phonemes));
  }

  it("gives phonemes of the model, and at least one, for any letters", () => {
    const phonemes = new Set(PHONEMES);
    const letters = "abcdefghijklmnopqrstuvwxyz".split("");
    for (const first of letters) {
      for (const second of letters) {
        for (const word of [
          first,
          first + second,
          `${first}${second}e`,
          `${second}${first}${first}s`,
        ]) {
          const sounds = pronounce(word).split(" ");
          assert.ok(sounds.length > 0 && sounds.every((sound) => phonemes.has(sound)), word);
        }
      }
    }
  });

  it("does not fail on a word without letters", () => {
    assert.equal(pronounce("4'"), "AH");
    assert.equal(pronounce(""), "AH");
  });
});
