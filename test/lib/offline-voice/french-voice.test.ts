import assert from "node:assert/strict";
import { dictationGrammar } from "../../../lib/offline-voice/dictation";
import { grammarOf } from "../../../lib/offline-voice/grammar";
import { understand } from "../../../lib/offline-voice/understanding";
import { type OfflineVoice, startOfflineVoice } from "../../../lib/offline-voice/voice";
import { lumiere, minuteur, reveil } from "./french-tools";
import { setLight } from "./home-tools";
import { speak, surrounded } from "./spoken";
import { frenchIsMissing, speakFrench } from "./spoken-french";

const tools = [lumiere, reveil, minuteur];
const night = new Date(2026, 0, 5, 3, 0);

const commands = [
  "allume la lumière de l'entrée",
  "éteins la lumière de la salle à manger",
  "allume la lumière de la chambre d'amis s'il te plaît",
  "peux-tu éteindre la lumière de la véranda",
  "allume les lumières à l'étage",
  "éteins la lumière dans la cuisine merci",
  "règle la lumière de la cuisine à trente pour cent",
  "mets la lumière de l'entrée sur soixante-quinze pour cent",
  "règle la lumière de la véranda à quatre-vingt-dix-neuf pour cent",
  "règle la lumière de la salle à manger à vingt et un pour cent",
  "réveille-moi à sept heures et demie",
  "mets le réveil à six heures quinze",
  "réveille-moi à huit heures moins le quart",
  "lance un minuteur de dix minutes",
  "mets un minuteur pour une demi-heure",
  "allume la lumière de la cuisine et éteins la lumière de l'entrée",
];

const offTopic = [
  "il fait très beau aujourd'hui",
  "mon frère habite dans un autre pays",
  "elle a acheté trois pommes au marché",
  "raconte-moi une histoire de dragon",
  "le train de Paris était encore en retard",
  "je ne suis jamais allé à la montagne",
  "les enfants jouent dans le jardin",
  "quelle heure est-il à New York",
  "la cuisine était pleine de lumière",
  "tu peux fermer la porte du garage",
  "combien de personnes vivent dans cette ville",
  "j'ai oublié où j'ai mis mes clés",
];

describe("offline voice in French", function () {
  this.timeout(300_000);
  let voice: OfflineVoice;
  const guessed: string[] = [];

  before(function () {
    const missing = frenchIsMissing();
    if (missing !== null) {
      console.log(`    skipped: ${missing}`);
      this.skip();
    }
    voice = startOfflineVoice({ onGuessedWords: (words) => guessed.push(...words) });
  });
  after(() => voice?.close());

  const hear = async (text: string, speed: number): Promise<string> => {
    const samples = surrounded(speakFrench(text, speed), { before: 0.5, after: 0.5, noise: null });
    const recognition = await voice.recognise(samples, grammarOf(tools, "fr"));
    return recognition.kind === "understood" ? recognition.transcript : `— ${recognition.reason}`;
  };

  for (const speed of [160, 175]) {
    it(`gets at least 12 of 16 commands wholly right at ${speed} words a minute`, async () => {
      const wrong: string[] = [];
      for (const command of commands) {
        const expected = understand(command, tools, night, "fr");
        assert.equal(expected.kind, "calls", command);
        const heard = await hear(command, speed);
        const meant = JSON.stringify(understand(heard, tools, night, "fr"));
        if (meant !== JSON.stringify(expected)) wrong.push(`${command}: ${heard}`);
      }
      assert.ok(wrong.length <= 4, wrong.join("\n"));
    });

    it(`takes none of 12 other sentences for a command at ${speed} words a minute`, async () => {
      for (const sentence of offTopic) {
        const heard = await hear(sentence, speed);
        const meant = understand(heard, tools, night, "fr");
        assert.equal(meant.kind, "not-understood", `${sentence}: ${heard}`);
      }
    });
  }

  it("writes what it heard with accents and elisions", async () => {
    const heard = await hear("allume la lumière de la chambre d'amis", 160);
    assert.match(heard, /^allumer? .*lumière .*chambre d'amis$/);
  });

  it("tells which words it says by their spelling, but not those that only lack their accents", async () => {
    await voice.recognise(
      surrounded(speakFrench("zorbulon", 150), { before: 0.5, after: 0.5, noise: null }),
      dictationGrammar(["éteins, zorbulon, television"], "fr"),
    );
    assert.ok(guessed.includes("éteins"), guessed.join(" "));
    assert.ok(guessed.includes("zorbulon"), guessed.join(" "));
    assert.ok(!guessed.includes("television"), guessed.join(" "));
  });

  it("hears English meanwhile", async () => {
    const command = "éteins la lumière dans la cuisine";
    const french = hear(command, 160);
    const said = await speak("turn on the kitchen light", "slt");
    const english = voice.recognise(
      surrounded(said, { before: 0.5, after: 0.5, noise: null }),
      grammarOf([setLight]),
    );
    assert.deepEqual(await english, {
      kind: "understood",
      transcript: "turn on the kitchen light",
    });
    assert.deepEqual(
      understand(await french, tools, night, "fr"),
      understand(command, tools, night, "fr"),
    );
  });
});
