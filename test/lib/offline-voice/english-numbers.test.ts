import assert from "node:assert/strict";
import { numberToWords, readNumber } from "../../../lib/offline-voice/english-numbers";

describe("number words", () => {
  it("reads every number back that it says", () => {
    for (const value of [...Array(1100).keys(), 1999, 2024, 10_000, 123_456, 999_999]) {
      const said = numberToWords(String(value));
      assert.deepEqual(readNumber(said, 0), { value, end: said.length }, said.join(" "));
    }
  });

  it("says decimals, minus and long codes", () => {
    assert.deepEqual(numberToWords("21.50"), ["twenty", "one", "point", "five", "zero"]);
    assert.deepEqual(numberToWords("-5"), ["minus", "five"]);
    assert.deepEqual(numberToWords("1234567").slice(0, 3), ["one", "two", "three"]);
    assert.deepEqual(readNumber(["minus", "two", "point", "five"], 0), { value: -2.5, end: 4 });
  });

  it('reads halves, hundreds with "a" and "and", and negative ones', () => {
    const read = (text: string) => {
      const words = text.split(" ");
      const found = readNumber(words, 0);
      return found?.end === words.length ? found.value : undefined;
    };
    assert.equal(read("twenty one and a half"), 21.5);
    assert.equal(read("minus two and a half"), -2.5);
    assert.equal(read("a hundred"), 100);
    assert.equal(read("a hundred and five"), 105);
    assert.equal(read("two thousand and twenty"), 2020);
    assert.equal(read("negative five"), -5);
    assert.deepEqual(readNumber(["one", "hundred", "and", "then"], 0), { value: 100, end: 2 });
    assert.deepEqual(readNumber(["twenty", "and", "five"], 0), { value: 20, end: 1 });
  });

  it("stops where another number begins", () => {
    assert.deepEqual(readNumber(["five", "five"], 0), { value: 5, end: 1 });
    assert.deepEqual(readNumber(["zero", "seven"], 0), { value: 0, end: 1 });
    assert.deepEqual(readNumber(["twenty", "eleven"], 0), { value: 20, end: 1 });
  });

  it("finds none where there is none", () => {
    for (const words of [[], ["percent"], ["minus"], ["hundred"], ["point", "five"], [""]]) {
      assert.equal(readNumber(words, 0), undefined);
    }
  });
});
