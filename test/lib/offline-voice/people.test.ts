import assert from "node:assert/strict";
import { resampled } from "../../../lib/audio/resampler";
import { grammarOf } from "../../../lib/offline-voice/grammar";
import type { LanguageCode } from "../../../lib/offline-voice/language";
import type { CommandTool } from "../../../lib/offline-voice/tool-schema";
import { orderDrink } from "./coffee-tool";
import { lumiere, minuteur, reveil } from "./french-tools";
import { homeTools } from "./home-tools";
import { type Recording, recordings, recordingsAreMissing } from "./recorded-speech";
import { type SideBySide, startSideBySide } from "./side-by-side";

/** Sentences that one tool is given at a time. */
const AT_A_TIME = 24;

/**
 * Of so many sentences one is heard: all of them, as `RECORDINGS=all` asks for, take four minutes of both
 * cores of a small machine, and a third tells what broke as well.
 */
const ONE_OF = process.env["RECORDINGS"] === "all" ? 1 : 3;

function heardOf(language: LanguageCode, oneOf = 1): readonly Recording[] {
  return recordings(language).filter((_, index) => index % (oneOf * ONE_OF) === 0);
}

function toolOf(sentences: readonly Recording[]): CommandTool {
  return {
    type: "function",
    name: "announce",
    description: "",
    parameters: {
      type: "object",
      properties: {},
      "x-sentences": sentences.map(({ text }) => text),
    },
  };
}

/** What is the same however it is written: without politeness at the end, accents and short forms. */
function bare(text: string): string {
  return text
    .normalize("NFD")
    .replaceAll(/[\p{Mark}']/gu, "")
    .replaceAll(/[^a-z]+/g, " ")
    .replaceAll(/\bim\b/g, "i am")
    .replaceAll(/\bthats\b/g, "that is")
    .replaceAll(/\ban\b/g, "a")
    .replace(/ (?:please|now|please now|sil te plait|merci)$/, "")
    .trim();
}

describe("offline voice, spoken to by people", function () {
  this.timeout(300_000);
  let voices: SideBySide;
  before(() => {
    voices = startSideBySide();
  });
  after(() => voices.close());

  const needsRecordings = (test: Mocha.Context, language: LanguageCode): void => {
    const missing = recordingsAreMissing(language);
    if (missing === null) return;
    console.log(`      skipped: ${missing}`);
    test.skip();
  };

  /** Which recordings were not heard as what they say. `gain` of each by its number. */
  const misheard = async (
    language: LanguageCode,
    all: readonly Recording[],
    gain: (index: number) => number = () => 1,
  ): Promise<readonly string[]> => {
    const groups = Array.from({ length: Math.ceil(all.length / AT_A_TIME) }, (_, group) =>
      all.slice(group * AT_A_TIME, (group + 1) * AT_A_TIME),
    );
    const wrong = await voices.map(groups, async (voice, some) => {
      const misheardOfGroup: string[] = [];
      const grammar = grammarOf([toolOf(some)], language);
      for (const [index, recording] of some.entries()) {
        const said = recording.samples().map((sample) => sample * gain(index));
        const heard = await voice.recognise(said, grammar);
        const words = heard.kind === "understood" ? heard.transcript : heard.reason;
        if (bare(words) !== bare(recording.text))
          misheardOfGroup.push(`${recording.text}: ${words}`);
      }
      return misheardOfGroup;
    });
    return wrong.flat();
  };

  const taken = async (
    language: LanguageCode,
    all: readonly Recording[],
    tools: readonly CommandTool[],
  ): Promise<readonly string[]> => {
    const grammar = grammarOf(tools, language);
    const accepted = await voices.map(all, async (voice, recording) => {
      const heard = await voice.recognise(recording.samples(), grammar);
      return heard.kind === "understood" ? [`${recording.text}: ${heard.transcript}`] : [];
    });
    return accepted.flat();
  };

  const shown = (share: string, which: readonly string[]): void =>
    console.log([`      ${share}`, ...which].join("\n        "));

  for (const [what, language, wrongAtMost] of [
    ["nine of ten English sentences", "en", 0.1],
    ["four of five French sentences", "fr", 0.2],
  ] as const) {
    it(`hears ${what} among 24 wholly right`, async function () {
      needsRecordings(this, language);
      const all = heardOf(language);
      const wrong = await misheard(language, all);
      shown(`${all.length - wrong.length} of ${all.length}`, wrong);
      assert.ok(wrong.length <= all.length * wrongAtMost);
    });
  }

  it("hears a quiet voice after a loud one, and a loud one after it", async function () {
    needsRecordings(this, "en");
    const some = heardOf("en", 4);
    const wrong = await misheard("en", some, (index) => (index % 2 === 0 ? 1 : 0.03));
    shown(`${some.length - wrong.length} of ${some.length}`, wrong);
    assert.ok(wrong.length <= some.length * 0.15);
  });

  it("hears a voice that is as high as a child's", async function () {
    needsRecordings(this, "en");
    const some = heardOf("en", 3);
    const high = some.map((recording) => ({
      text: recording.text,
      samples: () => resampled(recording.samples(), 19_000, 16_000),
    }));
    const wrong = await misheard("en", high);
    shown(`${high.length - wrong.length} of ${high.length}`, wrong);
    assert.ok(wrong.length <= high.length * 0.25);
  });

  for (const [what, tools] of [
    ["an order", [orderDrink]],
    ["a command of a home", homeTools],
  ] as const) {
    it(`takes at most one in fifty of them for ${what}`, async function () {
      needsRecordings(this, "en");
      const all = heardOf("en", 3);
      const accepted = await taken("en", all, tools);
      shown(`${accepted.length} of ${all.length} taken`, accepted);
      assert.ok(accepted.length <= all.length / 50);
    });
  }

  it("takes none of the French ones for a command of a home", async function () {
    needsRecordings(this, "fr");
    const some = heardOf("fr", 4);
    assert.deepEqual(await taken("fr", some, [lumiere, reveil, minuteur]), []);
  });
});
