import assert from "node:assert/strict";
import { grammarOf } from "../../../lib/offline-voice/grammar";
import type { LanguageCode } from "../../../lib/offline-voice/language";
import type { Question } from "../../../lib/offline-voice/question";
import { replyTo } from "../../../lib/offline-voice/reply";
import type { CommandTool } from "../../../lib/offline-voice/tool-schema";
import { understand } from "../../../lib/offline-voice/understanding";

function tool(
  name: string,
  properties: Record<string, unknown>,
  required: readonly string[],
): CommandTool {
  return { type: "function", name, parameters: { type: "object", properties, required } };
}

const room = { enum: ["kitchen", "living_room", "bedroom"] };
const light = tool("set_light", { room, on: { type: "boolean" } }, ["room", "on"]);
const temperature = tool(
  "set_temperature",
  { room, temperature: { type: "number", minimum: 5, maximum: 30 } },
  ["room", "temperature"],
);
const volume = tool("set_volume", { level: { type: "integer", minimum: 0, maximum: 100 } }, [
  "level",
]);
const timer = tool("start_timer", { minutes: { type: "number" } }, ["minutes"]);
const alarm = tool("set_alarm", { time: { type: "string", format: "time" } }, ["time"]);
const list = tool("add_to_shopping_list", { item: { type: "string" } }, ["item"]);
const message = tool("send_message", { to: { enum: ["mum", "dad"] }, text: { type: "string" } }, [
  "to",
  "text",
]);
const tools = [light, temperature, volume, timer, alarm, list, message];

const now = new Date(2026, 0, 5, 15, 0);

function question(text: string, among = tools, language: LanguageCode = "en"): Question {
  const understood = understand(text, among, now, language);
  assert.equal(understood.kind, "incomplete", JSON.stringify(understood));
  assert.ok(understood.kind === "incomplete");
  return understood.question;
}

/** Calls as [name, arguments] after the replies; how the last of them was taken, where it led to none. */
function outcome(
  asked: Question,
  replies: readonly string[],
  among = tools,
  language: LanguageCode = "en",
): unknown {
  let open = asked;
  for (const text of replies) {
    const reply = replyTo(open, text, among, now, language);
    if (reply?.kind === "calls") return reply.calls.map((call) => [call.name, call.arguments]);
    if (reply?.kind !== "incomplete") return reply?.kind ?? null;
    open = reply.question;
  }
  return "incomplete";
}

describe("a command that lacks something", () => {
  for (const [text, parameter] of [
    ["turn off the lights", "room"],
    ["set the temperature to 20", "room"],
    ["set the temperature in the bedroom", "temperature"],
    ["set the volume", "level"],
    ["set a timer", "minutes"],
    ["set an alarm", "time"],
    ["add to the shopping list", "item"],
    ["send a message to mum", "text"],
  ] as const) {
    it(`"${text}" asks for its ${parameter}`, () => {
      assert.equal(question(text).asked.slot.parameter, parameter);
    });
  }

  it("asks for nothing where it could be one of two tools", () => {
    const blinds = tool("set_blinds", { room, position: { type: "number" } }, ["room", "position"]);
    const shades = tool("move_blinds", { room, position: { type: "number" } }, [
      "room",
      "position",
    ]);
    const understood = understand("set the blinds to 20", [blinds, shades], now);
    assert.match(JSON.stringify(understood), /could mean set_blinds or move_blinds/);
  });

  it("asks for nothing that no sentence can tell", () => {
    const odd = tool("set_lamp", { room, when: { type: "object" } }, ["room", "when"]);
    const understood = understand("set the kitchen lamp", [odd], now);
    assert.deepEqual(understood.kind, "not-understood");
    assert.match(JSON.stringify(understood), /set_lamp needs when/);
  });

  for (const [text, replies, calls] of [
    ["turn off the lights", ["kitchen"], [["set_light", { on: false, room: "kitchen" }]]],
    ["turn off the lights", ["in the livng room, please"], [["set_light", { on: false, room: "living_room" }]]],
    [
      "turn off the lights",
      ["the kitchen, the bedroom and the kitchen"],
      [
        ["set_light", { on: false, room: "kitchen" }],
        ["set_light", { on: false, room: "bedroom" }],
      ],
    ],
    [
      "turn off the lights",
      ["all of them"],
      ["kitchen", "living_room", "bedroom"].map((each) => ["set_light", { on: false, room: each }]),
    ],
    ["set the temperature", ["bedroom", "21"], [["set_temperature", { room: "bedroom", temperature: 21 }]]],
    ["set the temperature", ["to 21 degrees", "bedroom"], [["set_temperature", { room: "bedroom", temperature: 21 }]]],
    [
      "turn off the lights and set the temperature to 20",
      ["bedroom"],
      [
        ["set_light", { on: false, room: "bedroom" }],
        ["set_temperature", { temperature: 20, room: "bedroom" }],
      ],
    ],
    ["set the volume", ["to 30 percent"], [["set_volume", { level: 30 }]]],
    ["set a timer", ["for an hour and a half"], [["start_timer", { minutes: 90 }]]],
    ["set an alarm", ["at half past seven"], [["set_alarm", { time: "19:30:00" }]]],
    ["add to the shopping list", ["milk and eggs"], [["add_to_shopping_list", { item: "milk and eggs" }]]],
    ["send a message", ["dad", "I am late"], [["send_message", { to: "dad", text: "I am late" }]]],
  ] as const) {
    it(`"${text}" is completed by "${replies.join('", "')}"`, () => {
      assert.deepEqual(outcome(question(text), replies), calls);
    });
  } // prettier-ignore

  for (const [text, reply] of [
    ["turn off the lights", "banana"],
    ["turn off the lights", "the kitchen is dark"],
    ["turn off the lights", "20"],
    ["set the volume", "all"],
    ["set the volume", "300"],
    ["set the volume", "20 and 30"],
    ["send a message", "I am late"],
    ["turn off the lights", ""],
  ] as const) {
    it(`"${text}" is not completed by "${reply}"`, () => {
      assert.equal(outcome(question(text), [reply]), null);
    });
  }

  it("is completed by one value of what is either so or so", () => {
    const mode = tool("set_mode", { mode: { enum: ["eco", "comfort"] } }, ["mode"]);
    const lamp = tool("set_lamp", { on: { type: "boolean" } }, ["on"]);
    for (const [text, among, one, several] of [
      ["set the mode", mode, "eco mode", "eco and comfort"],
      ["set the lamp", lamp, "on", "on and off"],
    ] as const) {
      const asked = question(text, [among]);
      assert.match(JSON.stringify(outcome(asked, [one], [among])), /eco|true/);
      for (const reply of [several, "all of them"])
        assert.equal(outcome(asked, [reply], [among]), null, reply);
      const { jsgf } = grammarOf([among], "en", asked);
      assert.doesNotMatch(/<reply> = .*/.exec(jsgf)?.[0] ?? "", /all|and/);
    }
  });

  it("is dismissed", () => {
    for (const reply of ["never mind", "Forget it, thanks.", "no"])
      assert.equal(outcome(question("add to the shopping list"), [reply]), "dismissed", reply);
  });

  it("is not done to another tool of which the value is none", () => {
    const on = { type: "boolean" };
    const pair = [
      tool("set_light", { room: { enum: ["kitchen", "attic"] }, on }, ["room", "on"]),
      tool("set_fan", { room: { enum: ["office", "den"] }, on }, ["room", "on"]),
    ];
    const asked = question("turn on the light and the fan", pair);
    assert.deepEqual(outcome(asked, ["attic", "den"], pair), [
      ["set_light", { on: true, room: "attic" }],
      ["set_fan", { on: true, room: "den" }],
    ]);
  });

  it("is completed by nothing when its tool has gone", () => {
    assert.equal(outcome(question("set the volume"), ["20"], [light]), null);
  });

  it("can be dismissed, and completed, in French", () => {
    const lampe = tool(
      "regler_lampe",
      { piece: { enum: ["cuisine", "salon"] }, etat: { enum: ["allume", "eteint"] } },
      ["piece", "etat"],
    );
    const asked = question("éteins la lampe", [lampe], "fr");
    const call = (piece: string) => ["regler_lampe", { etat: "eteint", piece }];
    assert.deepEqual(outcome(asked, ["dans la cuisine"], [lampe], "fr"), [call("cuisine")]);
    assert.deepEqual(outcome(asked, ["partout"], [lampe], "fr"), [call("cuisine"), call("salon")]);
    assert.equal(outcome(asked, ["laisse tomber"], [lampe], "fr"), "dismissed");
  });

  it("has its replies in the grammar while it is asked, and at no other time", () => {
    const asked = grammarOf(tools, "en", question("turn off the lights"));
    assert.match(
      asked.jsgf,
      /(<r\d+>) = .*kitchen.* all \[of them\].*\n[^]*<reply> = \(\1 .* never mind/,
    );
    assert.ok(asked.lastWords.includes("mind"));
    assert.doesNotMatch(grammarOf(tools).jsgf, /<reply>/);
    assert.equal(grammarOf(tools, "en", question("turn off the lights")), asked);
  });

  it("has no free text in the grammar", () => {
    const { jsgf } = grammarOf(tools, "en", question("add to the shopping list"));
    assert.match(jsgf, /<reply> = \(never mind/);
  });
});
