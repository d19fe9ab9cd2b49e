import assert from "node:assert/strict";
import { grammarOf } from "../../../lib/offline-voice/grammar";
import { frenchTools } from "./french-tools";
import { homeTools, openGarage, setLight } from "./home-tools";

describe("grammarOf", () => {
  it("holds the words of the tools and a loop of phonemes for everything else", () => {
    const { jsgf, words } = grammarOf([setLight, openGarage]);
    for (const word of ["kitchen", "living", "light", "lights", "garage", "door", "off", "fifty"]) {
      assert.ok(words.includes(word), word);
    }
    assert.match(jsgf, /^#JSGF V1\.0;\ngrammar commands;/);
    assert.match(jsgf, /public <heard> = \/0\.99\/ <command> \| \/0\.01\/ <other>;/);
    assert.match(jsgf, /<phoneme> = _aa \| .*_zh;/);
  });

  it("defines every rule that it uses", () => {
    for (const { jsgf } of [grammarOf(homeTools), grammarOf(frenchTools, "fr")]) {
      const defined = new Set(
        [...jsgf.matchAll(/^(?:public )?(<\w+>) =/gm)].map((match) => match[1]),
      );
      for (const [used] of jsgf.matchAll(/<\w+>/g)) {
        assert.ok(used === "<NULL>" || defined.has(used), used);
      }
    }
  });

  it("tells with which words a command can end, with politeness and short forms", () => {
    const { lastWords } = grammarOf([setLight, openGarage]);
    for (const word of ["kitchen", "light", "lights", "off", "door", "fifty", "percent", "please"])
      assert.ok(lastWords.includes(word), word);
    for (const word of ["turn", "the", "in", "to", "living", "and", "could"])
      assert.ok(!lastWords.includes(word), word);
    const sayings = grammarOf([{ name: "who", parameters: { "x-sentences": ["say who I am"] } }]);
    assert.deepEqual(new Set(sayings.lastWords), new Set(["am", "i'm", "please", "now", "me"]));
  });

  it("ends with words for every way to leave out the end of a command", () => {
    const { lastWords } = grammarOf([
      { name: "x", parameters: { "x-sentences": ["make it (so|warm) [very slowly]"] } },
    ]);
    for (const word of ["so", "warm", "slowly"]) assert.ok(lastWords.includes(word), word);
    for (const word of ["make", "it", "very"]) assert.ok(!lastWords.includes(word), word);
  });

  it("is the same object for equal tool lists", () => {
    assert.equal(grammarOf([setLight]), grammarOf([structuredClone(setLight)]));
    assert.notEqual(grammarOf([setLight]), grammarOf([openGarage]));
  });

  it("speaks whole numbers of the schema's range only", () => {
    const { words } = grammarOf([
      {
        name: "set_level",
        parameters: { properties: { level: { type: "integer", minimum: 40, maximum: 42 } } },
      },
    ]);
    for (const word of ["forty", "one", "two"]) assert.ok(words.includes(word), word);
    for (const word of ["thirty", "three", "point", "hundred"])
      assert.ok(!words.includes(word), word);
  });

  it("speaks negative numbers where the schema has them", () => {
    const freezer = (language: "en" | "fr") =>
      grammarOf(
        [
          {
            name: "set_freezer",
            parameters: { properties: { degrees: { type: "number", minimum: -30, maximum: -10 } } },
          },
        ],
        language,
      ).words;
    for (const word of ["minus", "ten", "twenty", "half"])
      assert.ok(freezer("en").includes(word), word);
    for (const word of ["moins", "dix", "trente", "demi"])
      assert.ok(freezer("fr").includes(word), word);
  });

  it("leaves out what the ears would hear in a breath before or after a command", () => {
    const english = grammarOf(homeTools).words;
    for (const word of ["please", "could"]) assert.ok(english.includes(word), word);
    for (const word of ["hey", "ok", "thanks", "thank"]) assert.ok(!english.includes(word), word);
  });

  it("leaves out what cannot be spoken in English letters", () => {
    const { jsgf, words } = grammarOf([
      { name: "灯" },
      { name: "set_light", parameters: { properties: { room: { enum: ["厨房", "Küche"] } } } },
    ]);
    assert.ok(words.includes("kuche"));
    assert.ok(Buffer.from(jsgf).every((byte) => byte < 128));
  });

  it("has size 0 when nothing can be asked for by voice", () => {
    assert.equal(grammarOf([]).size, 0);
    assert.equal(grammarOf([{ type: "mcp" }]).size, 0);
    assert.equal(grammarOf([{ name: "灯" }]).size, 0);
  });

  it("prints nothing that is too large to be listened for", () => {
    const lamps = Array.from({ length: 400 }, (_, lamp) => `lamp ${lamp}`);
    const { jsgf, words, size } = grammarOf(
      Array.from({ length: 10 }, (_, index) => ({
        name: `set_thing_${index}`,
        parameters: { properties: { lamp: { enum: lamps }, other: { enum: lamps } } },
      })),
    );
    assert.ok(size > 10_000, String(size));
    assert.equal(jsgf, "");
    assert.deepEqual(words, []);
  });

  it("has each word of a home about once: the recogniser's work grows with them", () => {
    assert.ok(grammarOf(homeTools).size < 700, String(grammarOf(homeTools).size));
  });
});
