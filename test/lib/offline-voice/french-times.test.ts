import assert from "node:assert/strict";
import { french } from "../../../lib/offline-voice/french";
import { tokenise } from "../../../lib/offline-voice/sentence";

const { readDuration, readTimes } = french.times;
const bareWords = (text: string): readonly string[] =>
  tokenise(text, french).map(({ word }) => french.spelling.bare(word));

/** The whole text as a time of day; undefined when words are left. */
function time(text: string, now = new Date(2026, 0, 5, 3, 0)): string | undefined {
  const words = bareWords(text);
  return readTimes(words, 0, now).find(({ end }) => end === words.length)?.value;
}

function minutes(text: string): number | undefined {
  const words = bareWords(text);
  const read = readDuration(words, 0);
  return read?.end === words.length ? read.value : undefined;
}

describe("French times of day", () => {
  for (const [text, value] of [
    ["sept heures", "07:00:00"],
    ["7 h", "07:00:00"],
    ["7h30", "07:30:00"],
    ["7:05", "07:05:00"],
    ["sept heures et demie", "07:30:00"],
    ["huit heures et quart", "08:15:00"],
    ["huit heures moins le quart", "07:45:00"],
    ["huit heures moins dix", "07:50:00"],
    ["six heures vingt-cinq", "06:25:00"],
    ["dix-neuf heures trente", "19:30:00"],
    ["vingt et une heures", "21:00:00"],
    ["huit heures du soir", "20:00:00"],
    ["trois heures de l'après-midi", "15:00:00"],
    ["sept heures et demie du matin", "07:30:00"],
    ["midi", "12:00:00"],
    ["midi et demi", "12:30:00"],
    ["minuit", "00:00:00"],
    ["minuit moins dix", "23:50:00"],
    ["douze heures quinze", "12:15:00"],
    ["dans dix minutes", "03:10:00"],
    ["dans une demi-heure", "03:30:00"],
    ["dans une heure et quart", "04:15:00"],
    ["dans une heure et dix minutes", "04:10:00"],
    ["dans deux minutes et soixante secondes", "03:03:00"],
  ] as const) {
    it(`${text} is ${value}`, () => assert.equal(time(text), value));
  }

  it("are the next that comes where neither morning nor evening is said", () => {
    const afternoon = new Date(2026, 0, 5, 15, 0);
    assert.equal(time("sept heures", afternoon), "19:00:00");
    assert.equal(time("sept heures du matin", afternoon), "07:00:00");
    assert.equal(time("douze heures", afternoon), "12:00:00");
    assert.equal(time("une heure moins le quart", new Date(2026, 0, 5, 10, 0)), "12:45:00");
    assert.equal(time("07h30", afternoon), "07:30:00");
    assert.equal(time("07:05", afternoon), "07:05:00");
    assert.equal(time("0h05", afternoon), "00:05:00");
    assert.equal(time("minuit ce soir", afternoon), "00:00:00");
    assert.equal(time("quinze heures du matin", afternoon), undefined);
  });

  it("are none without the word for hours", () => {
    for (const text of ["sept", "heures", "trente heures", "et demie", ""])
      assert.equal(time(text), undefined, text);
  });
});

describe("French spans of time", () => {
  for (const [text, value] of [
    ["dix minutes", 10],
    ["une demi-heure", 30],
    ["un quart d’heure", 15],
    ["trois quarts d'heure", 45],
    ["une heure et demie", 90],
    ["deux heures dix", 130],
    ["une minute et demie", 1.5],
    ["trente secondes", 0.5],
    ["1,5 heure", 90],
  ] as const) {
    it(`${text} are ${value} minutes`, () => assert.equal(minutes(text), value));
  }

  it("are two where the second is no smaller unit", () => {
    assert.equal(minutes("dix minutes et deux heures"), undefined);
  });
});
