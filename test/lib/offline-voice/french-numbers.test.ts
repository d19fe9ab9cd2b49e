import assert from "node:assert/strict";
import { numberToWords, readNumber } from "../../../lib/offline-voice/french-numbers";
import { frenchSpelling } from "../../../lib/offline-voice/french-spelling";

const bare = (words: readonly string[]): readonly string[] => words.map(frenchSpelling.bare);

describe("French numbers in words", () => {
  it("are read as they are said, from 0 to a million", () => {
    for (let value = 0; value < 1_000_000; value += value < 2_000 ? 1 : 997) {
      const said = numberToWords(String(value));
      assert.deepEqual(
        readNumber(bare(said), 0),
        { value, end: said.length },
        `${value}: ${said.join(" ")}`,
      );
    }
  });

  for (const [digits, said] of [
    ["21", "vingt et un"],
    ["71", "soixante et onze"],
    ["77", "soixante dix sept"],
    ["80", "quatre vingts"],
    ["81", "quatre vingt un"],
    ["99", "quatre vingt dix neuf"],
    ["100", "cent"],
    ["201", "deux cent un"],
    ["1980", "mille neuf cent quatre vingts"],
    ["21.5", "vingt et un virgule cinq"],
    ["-5", "moins cinq"],
  ] as const) {
    it(`${digits} is "${said}"`, () => assert.equal(numberToWords(digits).join(" "), said));
  }

  it("are read as they are said in Belgium and Switzerland, and of feminine things", () => {
    const read = (text: string) => readNumber(text.split(" "), 0)?.value;
    assert.equal(read("septante deux"), 72);
    assert.equal(read("huitante"), 80);
    assert.equal(read("nonante et un"), 91);
    assert.equal(read("vingt et une minutes"), 21);
  });

  it("have halves, also behind their degrees", () => {
    for (const [text, value] of [
      ["vingt et un et demi", 21.5],
      ["vingt degres et demi", 20.5],
      ["moins deux et demi", -2.5],
    ] as const)
      assert.deepEqual(readNumber(text.split(" "), 0), { value, end: text.split(" ").length });
  });

  it("end where the words make no number any more", () => {
    assert.deepEqual(readNumber(["cinq", "cinq"], 0), { value: 5, end: 1 });
    assert.deepEqual(readNumber(["vingt", "et", "eteins"], 0), { value: 20, end: 1 });
    assert.deepEqual(readNumber(["trente", "onze"], 0), { value: 30, end: 1 });
    assert.deepEqual(readNumber(["trente", "et", "onze"], 0), { value: 30, end: 1 });
    assert.deepEqual(readNumber(["cinquante", "pour", "cent"], 0), { value: 50, end: 1 });
    for (const words of [["et"], ["virgule"], ["moins"], [""], []])
      assert.equal(readNumber(words, 0), undefined);
  });
});
