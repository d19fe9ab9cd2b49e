import assert from "node:assert/strict";
import { grammarOf } from "../../../lib/offline-voice/grammar";
import { english } from "../../../lib/offline-voice/english";
import { tokenise } from "../../../lib/offline-voice/sentence";
import { englishTimes } from "../../../lib/offline-voice/english-times";
import { understand } from "../../../lib/offline-voice/understanding";

const afternoon = new Date(2026, 10, 21, 15, 10);

/** The longest reading of the whole text. */
function time(text: string, now = afternoon): string | undefined {
  const words = tokenise(text, english).map(({ word }) => word);
  const [longest] = englishTimes.readTimes(words, 0, now);
  return longest?.end === words.length ? longest.value : undefined;
}

describe("times in words", () => {
  const times: readonly (readonly [string, string])[] = [
    ["half past seven", "19:30:00"],
    ["half past seven in the morning", "07:30:00"],
    ["quarter to eight pm", "19:45:00"],
    ["a quarter past three", "15:15:00"],
    ["ten past three", "03:10:00"],
    ["ten minutes to six am", "05:50:00"],
    ["seven", "19:00:00"],
    ["seven o'clock", "19:00:00"],
    ["7:30", "19:30:00"],
    ["7:30 pm", "19:30:00"],
    ["19:30", "19:30:00"],
    ["20:05", "20:05:00"],
    ["twenty thirty", "20:30:00"],
    ["twenty two thirty", "22:30:00"],
    ["nine oh five am", "09:05:00"],
    ["7.30 pm", "19:30:00"],
    ["7.05 a.m.", "07:05:00"],
    ["half seven", "19:30:00"],
    ["in two and a half hours", "17:40:00"],
    ["in an hour and a half", "16:40:00"],
    ["in an hour and ten minutes", "16:20:00"],
    ["in 2 hours 10 mins", "17:20:00"],
    ["in three quarters of an hour", "15:55:00"],
    ["in 10min", "15:20:00"],
    ["noon", "12:00:00"],
    ["midnight", "00:00:00"],
    ["half past midnight", "00:30:00"],
    ["half past midnight tonight", "00:30:00"],
    ["ten to midnight", "23:50:00"],
    ["ten to midnight tonight", "23:50:00"],
    ["quarter to noon", "11:45:00"],
    ["five minutes past midday", "12:05:00"],
    ["twelve at night", "00:00:00"],
    ["3 at night", "03:00:00"],
    ["four at night", "04:00:00"],
    ["five at night", "17:00:00"],
    ["nine at night", "21:00:00"],
    ["midnight tonight", "00:00:00"],
    ["0:15", "00:15:00"],
    ["00:15", "00:15:00"],
    ["07:30", "07:30:00"],
    ["07:05", "07:05:00"],
    ["07:00", "07:00:00"],
    ["07:30 pm", "19:30:00"],
    ["oh seven thirty", "07:30:00"],
    ["quarter to one at night", "00:45:00"],
    ["in ten minutes", "15:20:00"],
    ["in half an hour", "15:40:00"],
    ["in two hours", "17:10:00"],
    ["in 9 hours", "00:10:00"],
  ];
  for (const [text, expected] of times) {
    it(`reads "${text}" at ten past three in the afternoon`, () => {
      assert.equal(time(text), expected);
    });
  }

  it("takes what comes next, where neither morning nor evening is said", () => {
    assert.equal(time("half past seven", new Date(2026, 10, 21, 22, 0)), "07:30:00");
    assert.equal(time("half past seven", new Date(2026, 10, 21, 6, 0)), "07:30:00");
    assert.equal(time("half past seven", new Date(2026, 10, 21, 7, 30)), "19:30:00");
  });

  it("takes the last minutes before one o'clock for noon or night, whichever comes next", () => {
    assert.equal(time("quarter to one", new Date(2026, 10, 21, 10, 0)), "12:45:00");
    assert.equal(time("quarter to one"), "00:45:00");
  });

  it("finds none where there is none", () => {
    for (const text of [
      "15 in the morning",
      "13 am",
      "",
      "the",
      "half",
      "half past",
      "ninety",
      "quarter to kitchen",
      "seventy past six",
      "ten and a half past six",
      "seven ten and a half",
      "seven ten point five",
      "oh twelve thirty",
    ])
      assert.equal(time(text), undefined, text);
  });
});

describe("times and spans of time in commands", () => {
  const tools = [
    {
      name: "wake",
      parameters: {
        properties: { at: { type: "string", format: "time" } },
        required: ["at"],
        "x-sentences": ["wake me [up] [at] {at}"],
      },
    },
    {
      name: "set_timer",
      parameters: {
        properties: { minutes: { type: "integer", minimum: 1, maximum: 600 } },
        required: ["minutes"],
        "x-sentences": ["[set] [a] timer for {minutes}"],
      },
    },
  ];
  const meaning = (text: string): unknown => {
    const understood = understand(text, tools, afternoon);
    return understood.kind === "calls" ? understood.calls[0]?.arguments : understood.reason;
  };

  it("become the tool's arguments", () => {
    assert.deepEqual(meaning("wake me up at half past seven"), { at: "19:30:00" });
    assert.deepEqual(meaning("wake me in ten minutes please"), { at: "15:20:00" });
    assert.deepEqual(meaning("wake me at 6:45 am"), { at: "06:45:00" });
    assert.equal(typeof meaning("wake me at kitchen"), "string");
  });

  it("are counted in the unit of the argument", () => {
    assert.deepEqual(meaning("set a timer for ten minutes"), { minutes: 10 });
    assert.deepEqual(meaning("timer for ten"), { minutes: 10 });
    assert.deepEqual(meaning("timer for two hours"), { minutes: 120 });
    assert.deepEqual(meaning("timer for half an hour"), { minutes: 30 });
    assert.equal(typeof meaning("timer for 90 seconds"), "string");
    assert.equal(typeof meaning("timer for eleven hours"), "string");
  });

  it("are listened for", () => {
    const { words } = grammarOf(tools);
    for (const word of ["half", "past", "quarter", "hours", "noon", "evening"])
      assert.ok(words.includes(word), word);
  });
});
