import assert from "node:assert/strict";
import { grammarOf } from "../../../lib/offline-voice/grammar";
import type { CommandTool } from "../../../lib/offline-voice/tool-schema";
import { understand } from "../../../lib/offline-voice/understanding";
import { frenchTools, lumiere, volets } from "./french-tools";

const night = new Date(2026, 0, 5, 3, 0);

const callsOf = (text: string, tools: readonly CommandTool[] = frenchTools): unknown => {
  const understood = understand(text, tools, night, "fr");
  if (understood.kind !== "calls") return understood.reason;
  return understood.calls.map(({ name, arguments: values }) => [name, values]);
};

describe("French commands", () => {
  for (const [text, ...calls] of [
    [
      "Allume la lumière de l'entrée, s'il te plaît.",
      ["regler_lumiere", { piece: "entrée", allumee: true }],
    ],
    ["eteins la lumiere de l’entree svp", ["regler_lumiere", { piece: "entrée", allumee: false }]],
    [
      "Peux-tu allumer les lumières à l’étage ?",
      ["regler_lumiere", { piece: "l'étage", allumee: true }],
    ],
    [
      "tu peux éteindre la lumière de la chambre d'amis merci",
      ["regler_lumiere", { piece: "chambre_d_amis", allumee: false }],
    ],
    [
      "règle la lumière de la salle à manger à 50 %",
      ["regler_lumiere", { piece: "salle à manger", luminosite: 50 }],
    ],
    [
      "mets la lumière de la cuisine sur quatre-vingt-dix-neuf pour cent",
      ["regler_lumiere", { piece: "cuisine", luminosite: 99 }],
    ],
    ["alume la lumière de la verranda", ["regler_lumiere", { piece: "véranda", allumee: true }]],
    ["allume la lumière de la cuisine puis éteins celle"],
    [
      "allume la lumière de la cuisine et éteins la lumière de l'entrée",
      ["regler_lumiere", { piece: "cuisine", allumee: true }],
      ["regler_lumiere", { piece: "entrée", allumee: false }],
    ],
    ["réveille-moi à sept heures et demie", ["reveil", { heure: "07:30:00" }]],
    ["mets le réveil à midi", ["reveil", { heure: "12:00:00" }]],
    ["réveille-moi dans dix minutes", ["reveil", { heure: "03:10:00" }]],
    ["lance un minuteur de vingt et une minutes", ["minuteur", { minutes: 21 }]],
    ["lance un minuteur d'une heure et demie", ["minuteur", { minutes: 90 }]],
    ["lance un minuteur de 1h30", ["minuteur", { minutes: 90 }]],
    ["lance un minuteur de 01h30", ["minuteur", { minutes: 90 }]],
    ["lance un minuteur de 1½ heure", ["minuteur", { minutes: 90 }]],
    ["lance un minuteur de 20/5 minutes"],
    ["s'il vous plaît, ouvrez les volets du salon", ["volets", { piece: "salon", ouverts: true }]],
    ["ferme le volet du bureau", ["volets", { piece: "bureau", ouverts: false }]],
    ["mets les volets du bureau en ouvert", ["volets", { piece: "bureau", ouverts: true }]],
    ["ouvre les volets du salon puis ferme ceux"],
    [
      "Pourriez-vous ouvrir les volets du salon, merci beaucoup ! Allumez la lumière de la cuisine.",
      ["volets", { piece: "salon", ouverts: true }],
      ["regler_lumiere", { piece: "cuisine", allumee: true }],
    ],
    [
      "s'il vous plaît, pouvez-vous éteindre la lumière de la cuisine tout de suite et fermer les volets du bureau",
      ["regler_lumiere", { piece: "cuisine", allumee: false }],
      ["volets", { piece: "bureau", ouverts: false }],
    ],
    ["fermez les volets du bureau svp", ["volets", { piece: "bureau", ouverts: false }]],
    [
      "peut-tu éteindre la lumière de la cuisine",
      ["regler_lumiere", { piece: "cuisine", allumee: false }],
    ],
    ["éteint la lumière de la véranda", ["regler_lumiere", { piece: "véranda", allumee: false }]],
    [
      "merci d'allumer la lumière de l'entrée",
      ["regler_lumiere", { piece: "entrée", allumee: true }],
    ],
    [
      "ouvre les volets du salon et de la chambre de chloe",
      ["volets", { piece: "salon", ouverts: true }],
      ["volets", { piece: "chambre de Chloé", ouverts: true }],
    ],
  ] as const) {
    const expected = calls.length === 0 ? "not understood" : JSON.stringify(calls);
    it(`"${text}" is ${expected}`, () => {
      const got = callsOf(text);
      if (calls.length === 0) assert.equal(typeof got, "string", JSON.stringify(got));
      else assert.deepEqual(got, calls);
    });
  }

  it("take no opposite for a misspelled word, also where no tool does that", () => {
    const lock = { name: "verrouille_porte", description: "Verrouille la porte" };
    assert.deepEqual(callsOf("verrouille la porte", [lock]), [["verrouille_porte", {}]]);
    assert.deepEqual(callsOf("verouille la porte", [lock]), [["verrouille_porte", {}]]);
    assert.match(String(callsOf("déverrouille la porte", [lock])), /"déverrouille"/);
    assert.match(String(callsOf("déverouille la porte", [lock])), /"déverouille"/);
    const parameters = { properties: { active: { type: "boolean" } }, required: ["active"] };
    const alarm = { name: "alarme", parameters };
    assert.deepEqual(callsOf("désactiver l'alarme", [alarm]), [["alarme", { active: false }]]);
    assert.match(String(callsOf("réactiver l'alarme", [alarm])), /"réactiver"/);
  });

  it("are meant of all of a kind, where they are not said to be somewhere", () => {
    const piece = { enum: ["cuisine", "salon"] };
    const ouverts = { type: "boolean", description: "ouverts ou fermés" };
    const volets: CommandTool = {
      name: "volets",
      parameters: { properties: { piece, ouverts }, required: ["piece", "ouverts"] },
    };
    for (const text of ["fermez tous les volets", "ferme chaque volet"])
      assert.deepEqual(
        callsOf(text, [volets]),
        piece.enum.map((each) => ["volets", { piece: each, ouverts: false }]),
        text,
      );
  });

  it("are made of what French tools tell of themselves", () => {
    const tools: readonly CommandTool[] = [
      {
        name: "ouvrir_garage",
        description: "Ouvre la porte du garage",
        parameters: { properties: {} },
      },
      {
        name: "chauffage",
        description: "Règle le chauffage",
        parameters: {
          properties: { temperature: { type: "number", description: "degrés" } },
          required: ["temperature"],
        },
      },
      {
        name: "ventilateur",
        description: "Règle le ventilateur",
        parameters: {
          properties: {
            vitesse: { enum: ["lente", "rapide"] },
            puissance: { type: "integer", minimum: 0, maximum: 100, description: "pour cent" },
          },
        },
      },
    ];
    for (const [text, name, values] of [
      ["ouvre la porte du garage", "ouvrir_garage", {}],
      ["règle la température à vingt et un degrés et demi", "chauffage", { temperature: 21.5 }],
      ["mets le ventilateur en vitesse rapide", "ventilateur", { vitesse: "rapide" }],
      ["mets le ventilateur à la moitié", "ventilateur", { puissance: 50 }],
      ["ventilateur à fond", "ventilateur", { puissance: 100 }],
    ] as const)
      assert.deepEqual(callsOf(text, tools), [[name, values]], text);
  });

  it("that nobody has taught are not understood, in words that are quoted", () => {
    assert.equal(
      callsOf("fais chauffer l'eau à côté"),
      'No command of the tools has the words "fais", "chauffer", "eau", "côté" here.',
    );
  });

  it("take a word with its accents for itself, and one without for either", () => {
    const tools = [
      {
        name: "choisir",
        parameters: {
          properties: { lieu: { enum: ["marche", "marché"] } },
          required: ["lieu"],
          "x-sentences": ["va [au] {lieu}"],
        },
      },
    ];
    assert.deepEqual(callsOf("va au marché", tools), [["choisir", { lieu: "marché" }]]);
    assert.deepEqual(callsOf("va au marche", tools), [["choisir", { lieu: "marche" }]]);
  });

  it("say booleans in words, and values by names of their own", () => {
    const tools = [
      {
        name: "porte",
        parameters: {
          properties: {
            ouverte: { type: "boolean" },
            qui: { enum: ["zoe", "papa"] },
          },
          "x-sentences": [
            "la porte est {ouverte}",
            "{qui=zoe} = Zoé | la petite",
            "{qui} est (là|rentré)",
            "réponds (oui {ouverte=ouvert}|non {ouverte=fermé})",
          ],
        },
      },
    ];
    assert.deepEqual(callsOf("la porte est ouverte", tools), [["porte", { ouverte: true }]]);
    assert.deepEqual(callsOf("la porte est fermée", tools), [["porte", { ouverte: false }]]);
    assert.deepEqual(callsOf("la petite est là", tools), [["porte", { qui: "zoe" }]]);
    assert.deepEqual(callsOf("zoé est la", tools), [["porte", { qui: "zoe" }]]);
    assert.deepEqual(callsOf("réponds non", tools), [["porte", { ouverte: false }]]);
  });

  it("are yes and no where nothing tells what true is", () => {
    const tools = [
      {
        name: "vote",
        parameters: { properties: { x: { type: "boolean" } }, "x-sentences": ["je vote {x}"] },
      },
    ];
    assert.deepEqual(callsOf("je vote oui", tools), [["vote", { x: true }]]);
    assert.deepEqual(callsOf("je vote non", tools), [["vote", { x: false }]]);
  });

  it("know colours, timers, up and down to a number, and how far something is open", () => {
    const parameters = (properties: object, required: readonly string[]): object => ({
      type: "object",
      properties,
      required,
    });
    const piece = { enum: ["cuisine", "salon"] };
    const percent = { type: "integer", minimum: 0, maximum: 100 };
    const tools: CommandTool[] = [
      {
        name: "regler_lampe",
        parameters: parameters(
          { piece, allumee: { type: "boolean" }, couleur: { enum: ["rouge"] } },
          ["piece", "allumee"],
        ),
      },
      {
        name: "regler_minuteur",
        parameters: parameters({ minutes: { type: "integer" } }, ["minutes"]),
      },
      {
        name: "regler_volume",
        parameters: parameters({ volume: percent }, ["volume"]),
      },
      {
        name: "regler_volets",
        description: "Bouge les volets : 0 est fermé, 100 est ouvert",
        parameters: parameters({ piece, position: percent }, ["piece", "position"]),
      },
    ];
    for (const [text, name, values] of [
      [
        "mets la lampe de la cuisine en rouge",
        "regler_lampe",
        { piece: "cuisine", allumee: true, couleur: "rouge" },
      ],
      ["monte le volume à 40", "regler_volume", { volume: 40 }],
      ["lance un minuteur de 10 minutes", "regler_minuteur", { minutes: 10 }],
      ["baisse le volume à 10", "regler_volume", { volume: 10 }],
      ["ouvre les volets du salon", "regler_volets", { piece: "salon", position: 100 }],
      ["ferme les volets du salon", "regler_volets", { piece: "salon", position: 0 }],
      ["ouvre les volets du salon à moitié", "regler_volets", { piece: "salon", position: 50 }],
      ["ouvre les volets du salon à 30 %", "regler_volets", { piece: "salon", position: 30 }],
    ] as const)
      // prettier-ignore
      assert.deepEqual(callsOf(text, tools), [[name, values]], text);
  });

  it("are no English ones, nor English ones French", () => {
    assert.equal(understand("ouvre les volets du salon", [volets]).kind, "not-understood");
    assert.equal(typeof callsOf("open the volets salon"), "string");
  });
});

describe("the grammar of French commands", () => {
  it("is that of the French ears, and holds accents and elided words", () => {
    const { jsgf, language, words } = grammarOf([lumiere], "fr");
    assert.equal(language, "fr");
    for (const word of ["lumière", "éteins", "entrée", "l'", "d'", "à", "plaît"])
      assert.ok(words.includes(word), word);
    assert.match(jsgf, /chambre d' amis/);
    assert.match(jsgf, /<phoneme> = _aa \| _ai/);
  });

  it("is kept for each language", () => {
    assert.notEqual(grammarOf([volets], "fr"), grammarOf([volets], "en"));
    assert.equal(grammarOf([volets], "fr"), grammarOf([structuredClone(volets)], "fr"));
  });
});
