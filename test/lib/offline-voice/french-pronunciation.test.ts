import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { french } from "../../../lib/offline-voice/french";
import { pronounce } from "../../../lib/offline-voice/french-pronunciation";

const { otherSpellings, phonemes } = french.pronunciation;
const model = join(dirname(require.resolve("soundswallower")), "model", "fr-fr");

describe("French pronunciation by spelling", () => {
  for (const [word, sounds] of [
    ["éteins", "ai tt in"],
    ["minuteur", "mm ii nn uu tt oe rr"],
    ["déverrouille", "dd ai vv ai rr ou yy"],
    ["chloé", "kk ll oo ei"],
    ["thermostat", "tt ai rr mm oo ss tt aa"],
    ["l'", "ll"],
  ] as const) {
    it(`says "${word}" ${sounds}`, () => assert.equal(pronounce(word)[0], sounds));
  }

  it("knows that brands may sound to their end", () => {
    assert.ok(pronounce("sonos").includes("ss oo nn oo ss"), pronounce("sonos").join(" | "));
  });

  it("uses the phonemes of the model for whatever is written, and is never empty", () => {
    const known = new Set(
      Object.keys(JSON.parse(readFileSync(join(model, "phoneset.json"), "utf8"))),
    );
    assert.deepEqual([...phonemes, "SIL"].toSorted(), [...known].toSorted());
    for (const word of ["", "'", "h", "ß", "smörgås", "œuf", "xyz", "łódź", "ñandú", "qqq"]) {
      const ways = pronounce(word);
      assert.ok(ways.length > 0, word);
      for (const way of ways)
        for (const sound of way.split(" ")) assert.ok(known.has(sound), `${word}: ${way}`);
    }
  });

  it("agrees with the model's dictionary for three words in four", () => {
    const ways = new Map<string, string[]>();
    for (const line of readFileSync(join(model, "dict.txt"), "utf8").split("\n")) {
      const [, word, sounds] = /^([a-zà-ÿ]+)(?:\(\d+\))? (.+)$/.exec(line) ?? [];
      if (word !== undefined && sounds !== undefined)
        ways.set(word, [...(ways.get(word) ?? []), sounds.trim()]);
    }
    // One in twenty of them is enough.
    const words = [...ways.keys()].filter((_, index) => index % 20 === 0);
    const right = words.filter((word) =>
      pronounce(word).some((way) => ways.get(word)?.includes(way)),
    );
    assert.ok(words.length > 2_500);
    assert.ok(right.length / words.length > 0.75, `${right.length} of ${words.length}`);
  });

  it("looks for the accents that were left out", () => {
    assert.ok(otherSpellings("entree").includes("entrée"));
    assert.ok(otherSpellings("telephone").includes("téléphone"));
    assert.deepEqual(otherSpellings("entrée"), []);
  });

  it("does not look for them in what is too long to be a word", () => {
    assert.deepEqual(otherSpellings("e".repeat(1000)), []);
  });
});
