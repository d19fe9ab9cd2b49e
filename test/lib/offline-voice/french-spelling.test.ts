import assert from "node:assert/strict";
import { french } from "../../../lib/offline-voice/french";
import { splitName, tokenise } from "../../../lib/offline-voice/sentence";

const wordsOf = (text: string): string =>
  tokenise(text, french)
    .map(({ word, quoted }) => (quoted === null ? word : `«${quoted}»`))
    .join("|");

describe("French spelling", () => {
  for (const [text, words] of [
    ["Allume la lumière de l'entrée", "allume|la|lumière|de|l'|entrée"],
    ["ALLUME L’ENTRÉE !", "allume|l'|entrée"],
    ["de l' entrée", "de|l'|entrée"],
    ["aujourd'hui, jusqu'à midi", "aujourd'hui|jusqu'|à|midi"],
    ["peux-tu", "peux|tu"],
    ["le cœur d’Œdipe", "le|coeur|d'|oedipe"],
    ["à 50 %", "à|cinquante|pour|cent"],
    ["19,5 °C", "dix|neuf|virgule|cinq|degrés|celsius"],
    ["7h30", "sept|heures|trente"],
    ["20 h", "vingt|heures"],
    ["50 pourcent", "cinquante|pour|cent"],
    ["à −5", "à|moins|cinq"],
    ["à - 5", "à|moins|cinq"],
    ["lampe2", "lampe|deux"],
    ["2 700 kelvins", "deux|mille|sept|cent|kelvins"],
    ["pain & lait", "pain|et|lait"],
    ["éteins stp", "éteins|s'|il|te|plaît"],
    ["dis « à table »", "dis|« à table »"],
  ] as const) {
    it(`has in "${text}" the words ${words}`, () => assert.equal(wordsOf(text), words));
  }

  it("takes letters with accents in either Unicode form for the same", () => {
    assert.equal(wordsOf("éteins l'étage".normalize("NFD")), "éteins|l'|étage");
  });

  it("puts apostrophes where names cannot have them", () => {
    assert.deepEqual(splitName("chambre_d_amis", french), ["chambre", "d'", "amis"]);
    assert.deepEqual(splitName("salleÀManger", french), ["salle", "à", "manger"]);
    assert.deepEqual(splitName("plan_d", french), ["plan", "d"]);
  });

  it("writes what was heard as it is written", () => {
    assert.equal(french.spelling.written("de l' entrée d' à côté"), "de l'entrée d'à côté");
  });
});
