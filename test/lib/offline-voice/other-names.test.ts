import assert from "node:assert/strict";
import { grammarOf } from "../../../lib/offline-voice/grammar";
import type { LanguageCode } from "../../../lib/offline-voice/language";
import type { CommandTool } from "../../../lib/offline-voice/tool-schema";
import { understand } from "../../../lib/offline-voice/understanding";

const night = new Date(2026, 0, 5, 3, 0);

function tool(
  name: string,
  properties: Record<string, unknown> = {},
  required: readonly string[] = [],
): CommandTool {
  return { type: "function", name, parameters: { type: "object", properties, required } };
}

/** Each call as its name and arguments; the reason where there is none. */
function meaning(
  text: string,
  tools: readonly CommandTool[],
  language: LanguageCode = "en",
): unknown {
  const understood = understand(text, tools, night, language);
  if (understood.kind !== "calls") return understood.reason;
  return understood.calls.flatMap((call) => [call.name, call.arguments]);
}

const room = { enum: ["kitchen", "bedroom"] };
const on = { type: "boolean" };
const time = { type: "string", format: "time" };
const lamp = tool("set_lamp", { room, on }, ["room", "on"]);
const heating = tool("setTemperature", { room, degrees: { type: "number" } }, ["degrees"]);
const television = tool("set_tv", { on }, ["on"]);
const player = tool("media_control", { action: { enum: ["play", "pause", "next"] } }, ["action"]);
const vacuum = tool("vacuum", { command: { enum: ["start", "stop"] } }, ["command"]);
const volume = tool("set_volume", { level: { type: "integer", minimum: 0, maximum: 100 } }, [
  "level",
]);
const cover = tool(
  "set_cover_position",
  {
    cover: room,
    position: { type: "integer", minimum: 0, maximum: 100, description: "0 is closed" },
  },
  ["cover", "position"],
);
const clock = tool("get_time");
const weather = tool("get_weather");
const thermometer = tool("get_temperature", { room });
const alarm = tool("set_alarm", { time }, ["time"]);

describe("a thing", () => {
  for (const [text, asked, values] of [
    ["turn on the kitchen light", lamp, { room: "kitchen", on: true }],
    ["turn off the lights in the bedroom", lamp, { room: "bedroom", on: false }],
    ["set the thermostat to 20", heating, { degrees: 20 }],
    ["turn the heating up to 22 in the bedroom", heating, { degrees: 22, room: "bedroom" }],
    ["turn on the television", television, { on: true }],
    ["turn the telly off", television, { on: false }],
    ["pause the music", player, { action: "pause" }],
    ["play some music", player, { action: "play" }],
    ["next song", player, { action: "next" }],
    ["start the vacuum cleaner", vacuum, { command: "start" }],
    ["turn the sound down to 10", volume, { level: 10 }],
    ["open the kitchen blinds", cover, { cover: "kitchen", position: 100 }],
    ["close the bedroom curtains", cover, { cover: "bedroom", position: 0 }],
  ] as const) {
    it(`of "${asked.name}" is understood in "${text}"`, () => {
      assert.deepEqual(meaning(text, [asked]), [asked.name, values]);
    });
  }

  it("has no other name that another tool or a value has", () => {
    const light = tool("set_light", { room, on }, ["room", "on"]);
    assert.deepEqual(meaning("turn on the kitchen light", [lamp, light]), [
      "set_light",
      { room: "kitchen", on: true },
    ]);
    assert.match(
      String(meaning("turn on the kitchen light", [lamp, tool("light_show")])),
      /"light"|make/,
    );
    const scene = tool("activate_scene", { scene: { enum: ["night light", "party"] } }, ["scene"]);
    assert.match(String(meaning("turn on the kitchen light", [lamp, scene])), /"light"|make/);
    const curtains = tool("set_curtains", { on }, ["on"]);
    assert.match(String(meaning("open the kitchen curtains", [cover, curtains])), /^No|^These/);
  });

  it("is heard by its other names too", () => {
    for (const word of ["light", "lights", "lamp"])
      assert.ok(grammarOf([lamp]).words.includes(word), word);
  });

  for (const [text, asked, values] of [
    ["allume la lumière de la cuisine", tool("regler_lampe", { piece: { enum: ["cuisine"] }, etat: { enum: ["on", "off"] } }), { piece: "cuisine", etat: "on" }],
    ["éteins la lampe du salon", tool("set_light", { room: { enum: ["salon"] }, on }), { room: "salon", on: false }],
    ["mets le chauffage à 20", tool("set_temperature", { temperature: { type: "number" } }), { temperature: 20 }],
    ["ouvre les volets", tool("open_shutters"), {}],
    ["ferme la porte", tool("close_door"), {}],
  ] as const) {
    it(`of "${asked.name}" is understood in French, in "${text}"`, () => {
      assert.deepEqual(meaning(text, [asked], "fr"), [asked.name, values]);
    });
  } // prettier-ignore
});

describe("a saying that names no thing", () => {
  const home = [clock, weather, thermometer, alarm];
  for (const [text, name, values] of [
    ["what time is it", "get_time", {}],
    ["what's the weather like today?", "get_weather", {}],
    ["how warm is it", "get_temperature", {}],
    ["how cold is it in the bedroom", "get_temperature", { room: "bedroom" }],
    ["wake me up at half past seven", "set_alarm", { time: "07:30:00" }],
    ["please wake me at 6 am", "set_alarm", { time: "06:00:00" }],
    ["wake me up in an hour", "set_alarm", { time: "04:00:00" }],
    ["what time is it and how warm is it in the kitchen", "get_time", {}],
  ] as const) {
    it(`"${text}" calls ${name}`, () => {
      const [first, given] = meaning(text, home) as unknown[];
      assert.deepEqual([first, given], [name, values]);
    });
  }

  it("is heard", () => {
    const { words } = grammarOf(home);
    for (const word of ["warm", "wake", "like"]) assert.ok(words.includes(word), word);
  });

  it("is understood of tools that do that, and of no others", () => {
    assert.match(String(meaning("what time is it", [alarm])), /"it"|make/);
    assert.match(String(meaning("how warm is it", [heating])), /"warm"/);
    const panel = tool("set_alarm", { mode: { enum: ["home", "away"] } }, ["mode"]);
    assert.match(String(meaning("wake me up", [panel])), /"wake"/);
  });

  it("asks for the time at which to wake somebody", () => {
    const understood = understand("wake me up", home, night);
    assert.ok(understood.kind === "incomplete");
    assert.equal(understood.question.asked.slot.parameter, "time");
  });

  for (const [text, asked, values] of [
    ["quelle heure est-il ?", clock, {}],
    ["quel temps fait-il", tool("get_meteo"), {}],
    ["quelle température fait-il", thermometer, {}],
    ["réveille-moi à sept heures", alarm, { time: "07:00:00" }],
  ] as const) {
    it(`"${text}" calls ${asked.name}`, () => {
      assert.deepEqual(meaning(text, [asked], "fr"), [asked.name, values]);
    });
  }
});

describe("the end of a timer", () => {
  const cancel = tool("cancel_timer");
  const stop = tool("stop_timer");

  it("is said in several ways, whichever of them its tool is named by", () => {
    for (const verb of ["stop", "cancel", "end"]) {
      assert.deepEqual(meaning(`${verb} the timer`, [cancel]), ["cancel_timer", {}]);
      assert.deepEqual(meaning(`${verb} the timer`, [stop, tool("delete_alarm")]), [
        "stop_timer",
        {},
      ]);
      assert.deepEqual(meaning(`${verb} the alarm`, [stop, tool("delete_alarm")]), [
        "delete_alarm",
        {},
      ]);
    }
    assert.deepEqual(meaning("arrête le minuteur", [cancel], "fr"), ["cancel_timer", {}]);
  });

  it("is that of the tool which is named so where there are two", () => {
    assert.deepEqual(meaning("cancel the timer", [cancel, stop]), ["cancel_timer", {}]);
    assert.deepEqual(meaning("stop the timer", [cancel, stop]), ["stop_timer", {}]);
  });

  it("is nothing else's", () => {
    assert.match(String(meaning("cancel the vacuum", [tool("stop_vacuum")])), /"cancel"/);
  });
});

describe("what hangs", () => {
  const position = { type: "integer", minimum: 0, maximum: 100, description: "100 is open" };
  const blinds = tool("set_blinds", { position }, ["position"]);

  it("is raised and lowered, all the way or to a number", () => {
    assert.deepEqual(meaning("raise the blinds", [blinds]), ["set_blinds", { position: 100 }]);
    assert.deepEqual(meaning("lower the blinds", [blinds]), ["set_blinds", { position: 0 }]);
    assert.deepEqual(meaning("lower the blinds to 30", [blinds]), ["set_blinds", { position: 30 }]);
    assert.deepEqual(meaning("lève les stores", [{ ...blinds, name: "regler_stores" }], "fr"), [
      "regler_stores",
      { position: 100 },
    ]);
  });

  it("is no valve", () => {
    const valve = { ...blinds, name: "set_valve" };
    assert.deepEqual(meaning("open the valve", [valve]), ["set_valve", { position: 100 }]);
    assert.equal(meaning("raise the valve", [valve]), "set_valve needs position.");
  });
});
