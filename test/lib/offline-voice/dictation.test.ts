import assert from "node:assert/strict";
import { dictationGrammar } from "../../../lib/offline-voice/dictation";

const phrasesOf = (jsgf: string): string[] =>
  /<phrase> = (.*);/.exec(jsgf)?.[1]?.split(" | ") ?? [];

describe("the grammar of a dictation", () => {
  it("has a phrase for whatever stands between commas, full stops and line ends, once", () => {
    const grammar = dictationGrammar(["Buy, the 2 loaves of bread. buy;\non Friday", "café"]);
    assert.deepEqual(phrasesOf(grammar.jsgf), [
      "buy",
      "the two loaves of bread",
      "on friday",
      "cafe",
    ]);
    assert.deepEqual(grammar.words, [
      "buy",
      "the",
      "two",
      "loaves",
      "of",
      "bread",
      "on",
      "friday",
      "cafe",
    ]);
    assert.deepEqual(grammar.lastWords, ["buy", "bread", "friday", "cafe"]);
    assert.equal(grammar.size, 9);
  });

  it("leaves out what it cannot listen for, and cannot be broken by what texts hold", () => {
    const grammar = dictationGrammar(["milk, молоко, <other>, a | b, {x}, /* c */ = d, ()"]);
    assert.deepEqual(phrasesOf(grammar.jsgf), ["milk", "other", "a b", "x", "c d"]);
  });

  it("is empty where the texts name no phrase", () => {
    for (const texts of [[], [""], [" ,.\n"], ["привет"]])
      assert.equal(dictationGrammar(texts).size, 0);
  });
});
