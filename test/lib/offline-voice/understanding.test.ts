import assert from "node:assert/strict";
import { understand } from "../../../lib/offline-voice/understanding";
import type { CommandTool } from "../../../lib/offline-voice/tool-schema";
import { homeTools, setFan, setLight } from "./home-tools";

function tool(
  name: string,
  properties: Record<string, unknown> = {},
  required: readonly string[] = [],
  description = "",
): CommandTool {
  return {
    type: "function",
    name,
    description,
    parameters: { type: "object", properties, required },
  };
}

/** Each call as [name, arguments]; the reason when the text is not understood. */
function meaning(text: string, tools: readonly CommandTool[] = homeTools): unknown {
  const understood = understand(text, tools);
  if (understood.kind !== "calls") return understood.reason;
  return understood.calls.map((call) => [call.name, call.arguments]);
}

function reason(text: string, tools: readonly CommandTool[] = homeTools): string {
  const understood = understand(text, tools);
  assert.notEqual(understood.kind, "calls", `${text}: ${JSON.stringify(understood)}`);
  return understood.kind === "calls" ? "" : understood.reason;
}

const device = tool(
  "control_device",
  {
    device: { enum: ["light", "fan", "living_room_lamp"] },
    room: { enum: ["kitchen", "bedroom"] },
    state: { enum: ["on", "off"] },
    level: { type: "integer", minimum: 0, maximum: 100 },
  },
  ["device", "state"],
);

describe("understand", () => {
  const one: readonly (readonly [string, string, Record<string, unknown>])[] = [
    ["turn on the kitchen light", "set_light", { room: "kitchen", on: true }],
    ["turn the kitchen light on", "set_light", { room: "kitchen", on: true }],
    ["switch off the fan in the bedroom", "set_fan", { room: "bedroom", power: "OFF" }],
    ["turn off the lights in the living room", "set_light", { room: "living_room", on: false }],
    ["please turn on the office light", "set_light", { room: "office", on: true }],
    ["could you turn on the office light, please?", "set_light", { room: "office", on: true }],
    ["open the garage door", "openGarage", {}],
    ["open the garage", "openGarage", {}],
    ["set the living room lamp to fifty percent", "set_lamp", { lamp: "LivingRoomLamp", brightness: 50 }],
    ["Set the desk lamp to 5%.", "set_lamp", { lamp: "desk_lamp", brightness: 5 }],
    ["dim the bedroom light to twenty", "set_light", { room: "bedroom", on: true, brightness: 20 }],
    ["set the brightness of the desk lamp to ninety nine percent", "set_lamp", { lamp: "desk_lamp", brightness: 99 }],
    ["set the temperature to twenty one degrees", "set-temperature", { temperature: 21 }],
    ["set the temperature to 21.5 °C in the office", "set-temperature", { room: "office", temperature: 21.5 }],
    ["lock the front door", "front_door", { locked: true }],
    ["unlock the front door", "front_door", { locked: false }],
    ["close the blinds in the office", "move_blinds", { room: "office", action: "close" }],
    ["stop the bedroom blinds", "move_blinds", { room: "bedroom", action: "stop" }],
    ["TURN ON THE KITCHEN LIGHT!!", "set_light", { room: "kitchen", on: true }],
  ]; // prettier-ignore
  for (const [text, name, args] of one) {
    it(`makes one call of "${text}"`, () => {
      assert.deepEqual(meaning(text), [[name, args]]);
    });
  }

  it("forgives one wrong letter in a long word, none in a short one, and no real word", () => {
    assert.deepEqual(meaning("turn on the kichen ligth"), [
      ["set_light", { room: "kitchen", on: true }],
    ]);
    assert.match(reason("turn om the kitchen light"), /"om"/);
    assert.match(reason("turn on the kxtchxn light"), /kxtchxn/);
    assert.match(reason("turn on the kitchen lght"), /"lght"/);
    const rooms = [
      tool("light", { on: { type: "boolean" }, room: { enum: ["cellar", "collar"] } }),
    ];
    assert.deepEqual(meaning("turn on the collar light", rooms), [
      ["light", { on: true, room: "collar" }],
    ]);
  });

  it("forgives two wrong letters in a very long word, and none that could be meant otherwise", () => {
    const rooms = [
      tool("light", {
        on: { type: "boolean" },
        room: { enum: ["conservatory", "cellar", "collar", "celery"] },
      }),
    ];
    assert.deepEqual(meaning("turn on the consrevatary light", rooms), [
      ["light", { on: true, room: "conservatory" }],
    ]);
    assert.match(reason("turn on the consrevataryy light", rooms), /consrevataryy/);
    assert.match(reason("turn on the cillar light", rooms), /do not make|"cillar"/);
    assert.deepEqual(meaning("turn on the lighs in the collar", rooms), [
      ["light", { on: true, room: "collar" }],
    ]);
  });

  it("takes no word with another first letter for a misspelled one", () => {
    const heater = [tool("heater", { on: { type: "boolean" } }, ["on"])];
    assert.match(reason("turn on the theater", heater), /"theater"/);
    assert.deepEqual(meaning("turn on the haeter", heater), [["heater", { on: true }]]);
  });

  it("takes no number and no opposite for a misspelled word", () => {
    const channels = [
      tool("select_channel", { channel: { type: "integer", enum: [1, 7, 8] } }, ["channel"]),
    ];
    assert.match(reason("select channel 80", channels), /"eighty"/);
    assert.deepEqual(meaning("select channel eigth", channels), [
      ["select_channel", { channel: 8 }],
    ]);
    const alarm = [tool("alarm", { on: { type: "boolean" } }, ["on"])];
    assert.deepEqual(meaning("deactivate the alarm", alarm), [["alarm", { on: false }]]);
    assert.deepEqual(meaning("deactivte the alarm", alarm), [["alarm", { on: false }]]);
    assert.match(reason("reactivate the alarm", alarm), /"reactivate"/);
  });

  it("makes two calls where the second leaves the verb out", () => {
    assert.deepEqual(meaning("turn on the kitchen light and the fan in the bedroom"), [
      ["set_light", { room: "kitchen", on: true }],
      ["set_fan", { room: "bedroom", power: "ON" }],
    ]);
    assert.deepEqual(meaning("turn on the kitchen light and the fan in the bedroom", [device]), [
      ["control_device", { device: "light", room: "kitchen", state: "on" }],
      ["control_device", { device: "fan", room: "bedroom", state: "on" }],
    ]);
  });

  it("makes calls of two tools with verbs of their own", () => {
    assert.deepEqual(meaning("turn on the kitchen light and open the garage door"), [
      ["set_light", { room: "kitchen", on: true }],
      ["openGarage", {}],
    ]);
    assert.deepEqual(meaning("turn the kitchen light on and the bedroom light off"), [
      ["set_light", { room: "kitchen", on: true }],
      ["set_light", { room: "bedroom", on: false }],
    ]);
  });

  it("takes commands of several sentences, and lists with commas", () => {
    const lightOn = (room: string) => ["set_light", { room, on: true }];
    assert.deepEqual(meaning("Turn on the kitchen light. Please open the garage door!"), [
      lightOn("kitchen"),
      ["openGarage", {}],
    ]);
    assert.deepEqual(meaning("turn on the kitchen light, the bedroom light and the office light"), [
      lightOn("kitchen"),
      lightOn("bedroom"),
      lightOn("office"),
    ]);
    assert.match(reason("turn on the kitchen light open the garage door"), /do not make/);
  });

  it("takes words of politeness at either end, and before a further command", () => {
    const kitchenOn = ["set_light", { room: "kitchen", on: true }];
    for (const text of [
      "please could you turn on the kitchen light",
      "hey, can you please turn the kitchen light on, thank you",
      "OK, turn on the kitchen light right now please",
      "I'd like to turn on the kitchen light",
      "turn on the kitchen light for me, thanks",
    ])
      assert.deepEqual(meaning(text), [kitchenOn], text);
    assert.deepEqual(
      meaning("turn the kitchen light on please and could you open the garage please"),
      [kitchenOn, ["openGarage", {}]],
    );
  });

  it("hands what was not said again on to the next command, and a required place back", () => {
    assert.deepEqual(meaning("turn on the lights in the kitchen and the bedroom", [setLight]), [
      ["set_light", { room: "kitchen", on: true }],
      ["set_light", { room: "bedroom", on: true }],
    ]);
    assert.deepEqual(meaning("turn on the kitchen and bedroom light"), [
      ["set_light", { room: "kitchen", on: true }],
      ["set_light", { room: "bedroom", on: true }],
    ]);
    assert.deepEqual(meaning("turn on the light and the fan in the bedroom"), [
      ["set_light", { room: "bedroom", on: true }],
      ["set_fan", { room: "bedroom", power: "ON" }],
    ]);
    assert.deepEqual(meaning("turn on the kitchen light and fan", [device]), [
      ["control_device", { device: "light", room: "kitchen", state: "on" }],
      ["control_device", { device: "fan", room: "kitchen", state: "on" }],
    ]);
  });

  it("does not hand on what the other tool does not have", () => {
    for (const text of [
      "turn on the light in the office and the fan",
      "turn on the fan and the light in the office",
    ])
      assert.match(reason(text), /set_fan needs room \(kitchen, bedroom\)/, text);
  });

  it("does not hand an action on to a tool that cannot do it", () => {
    assert.match(reason("lock the front door and the kitchen light"), /do not make a command/);
  });

  it("leaves out optional parameters that were not said", () => {
    assert.deepEqual(meaning("switch on the fan", [device]), [
      ["control_device", { device: "fan", state: "on" }],
    ]);
  });

  it("says which required parameter is missing, and what it can be", () => {
    assert.match(reason("turn on the light", [setLight]), /set_light needs room \(kitchen, bedroom/);
    assert.match(reason("what is the weather", [tool("get-weather", { city: { type: "string" } }, ["city"])]), /get-weather needs city/);
  }); // prettier-ignore

  it("takes a number for the parameter that was named, or for the first", () => {
    const level = { type: "integer", minimum: 0, maximum: 300 };
    const tv = [tool("tv", { channel: level, volume: level, power: { enum: ["on", "off"] } })];
    for (const [text, args] of [
      ["set the volume to 20", { volume: 20 }],
      ["set the volume of the tv to 20", { volume: 20 }],
      ["set the tv volume to 20", { volume: 20 }],
      ["set the channel to 20", { channel: 20 }],
      ["set the tv to channel 20", { channel: 20 }],
      ["set the tv to 20", { channel: 20 }],
    ] as const)
      assert.deepEqual(meaning(text, tv), [["tv", args]], text);
    assert.match(reason("set the volume to channel 20", tv), /do not make/);
    assert.match(reason("set the volume", tv), /tv needs volume/);

    const oven = [tool("set_temperature", { minutes: level, temperature: level }, ["temperature"])];
    assert.deepEqual(meaning("set the temperature to 180", oven), [
      ["set_temperature", { temperature: 180 }],
    ]);
    assert.deepEqual(meaning("set the temperature to 180 for 20 minutes", oven), [
      ["set_temperature", { minutes: 20, temperature: 180 }],
    ]);
  });

  it("goes on with the tool before, where a number could be meant for another too", () => {
    const heating = tool("set_temperature", { room: { enum: ["kitchen", "bedroom"] }, degrees: { type: "number" } }, ["degrees"]);
    const both = [setLight, heating];
    assert.deepEqual(meaning("set the kitchen temperature to 21 and the bedroom to 19", both), [
      ["set_temperature", { room: "kitchen", degrees: 21 }],
      ["set_temperature", { room: "bedroom", degrees: 19 }],
    ]);
    assert.match(reason("set the bedroom to 19", both), /set_light or set_temperature/);
  }); // prettier-ignore

  it("means a value that is told last of all things before it that have none", () => {
    const light = (room: string, values: object) => ["set_light", { room, ...values }];
    const dimmed = { on: true, brightness: 50 };
    const both = [light("kitchen", dimmed), light("bedroom", dimmed)];
    const home = [...homeTools, tool("blinds", { room: { enum: ["kitchen", "bedroom"] }, position: { type: "integer", description: "percent" } }, ["room"])];
    for (const text of [
      "set the kitchen and the bedroom light to 50",
      "dim the kitchen and bedroom lights to 50",
      "turn on the kitchen and the bedroom light at 50",
      "turn on the light in the kitchen and the bedroom at 50",
      "set the brightness of the kitchen light and the bedroom light to 50",
    ])
      assert.deepEqual(meaning(text, home), both, text);
    assert.deepEqual(meaning("set the kitchen and bedroom blinds to 50", home), [
      ["blinds", { room: "kitchen", position: 50 }],
      ["blinds", { room: "bedroom", position: 50 }],
    ]);
    assert.deepEqual(meaning("turn on the kitchen light and the bedroom light at 50"), [
      light("kitchen", { on: true }),
      light("bedroom", dimmed),
    ]);
    assert.deepEqual(meaning("turn on the kitchen light at 50 and the bedroom light off"), [
      light("kitchen", dimmed),
      light("bedroom", { on: false }),
    ]);
    assert.deepEqual(meaning("set the kitchen light to 50 and the temperature to 21"), [
      light("kitchen", dimmed),
      ["set-temperature", { temperature: 21 }],
    ]);
  }); // prettier-ignore

  it("means a value that is told last of another thing before it, where that is to be set too", () => {
    const room = { enum: ["kitchen", "bedroom"] };
    const level = { type: "integer", minimum: 0, maximum: 100 };
    const colour = { enum: ["red", "blue"] };
    const light = tool("set_light", { room, level }, ["room"]);
    const fan = tool("set_fan", { room, level }, ["room"]);
    const lamp = tool("set_lamp", { colour, level: { ...level, maximum: 10 } });
    for (const text of [
      "set the kitchen light and the kitchen fan to 50",
      "set the light and the fan in the kitchen to 50",
    ])
      assert.deepEqual(
        meaning(text, [light, fan]),
        [
          ["set_light", { room: "kitchen", level: 50 }],
          ["set_fan", { room: "kitchen", level: 50 }],
        ],
        text,
      );
    assert.deepEqual(meaning("set the lamp to red and the kitchen fan to 50", [lamp, fan]), [
      ["set_lamp", { colour: "red" }],
      ["set_fan", { room: "kitchen", level: 50 }],
    ]);
    assert.match(
      reason("set the kitchen fan and the lamp to 5", [lamp, fan]),
      /set_fan needs level/,
    );
  });

  it("takes it for no command to set a thing to nothing, where it can only be set to one", () => {
    const room = { enum: ["kitchen"] };
    const brightness = { type: "integer", description: "percent" };
    const position = { type: "integer", minimum: 0, maximum: 100 };
    for (const [text, properties, expected] of [
      ["set the kitchen blinds", { room, position }, /set_blinds needs position/],
      ["dim the kitchen light", { room, brightness }, /set_light needs brightness/],
      ["set the fan", { speed: { enum: ["high", "low"] } }, /set_fan needs speed/],
    ] as const)
      assert.match(reason(text, [tool(`set_${text.split(" ").at(-1)}`, properties)]), expected);
    for (const [text, properties] of [
      ["set vacation mode", { days: { type: "integer" } }],
      ["set away mode", { hours: { type: "integer", minimum: 1, maximum: 24 } }],
      ["set the heater", { temperature: { type: "number" } }],
      ["set the scene", {}],
    ] as const) {
      const name = text.replace(" the", "").replaceAll(" ", "_");
      assert.deepEqual(meaning(text, [tool(name, properties)]), [[name, {}]]);
    }
  });

  it("asks back when two tools are meant equally", () => {
    assert.match(reason("turn on the kitchen", [setLight, setFan]), /set_light or set_fan/);
  });

  it("takes a required text from what is left of a sentence, as it was typed", () => {
    const tools = [
      tool("get-weather", { city: { type: "string" } }, ["city"]),
      tool("announce", { text: { type: "string" } }, ["text"]),
    ];
    assert.deepEqual(meaning("What's the weather in New York?", tools), [
      ["get-weather", { city: "New York" }],
    ]);
    assert.deepEqual(meaning("announce that Dinner's ready, folks!", tools), [
      ["announce", { text: "Dinner's ready, folks" }],
    ]);
    assert.deepEqual(meaning('announce "Bus 42: all aboard!" please', tools), [
      ["announce", { text: "Bus 42: all aboard!" }],
    ]);
    assert.match(reason("what is the capital of France", tools), /capital/);
  });

  it("keeps a text within the lengths that the schema allows", () => {
    const tools = [tool("announce", { text: { type: "string", maxLength: 5 } }, ["text"])];
    assert.deepEqual(meaning("announce hello", tools), [["announce", { text: "hello" }]]);
    assert.match(reason("announce good evening", tools), /"good", "evening"/);
  });

  it("keeps numbers within the range and the step that the schema allows", () => {
    assert.equal(typeof meaning("set the temperature to ninety degrees"), "string");
    const tools = [tool("set_volume", { volume: { type: "integer", minimum: 0, multipleOf: 5 } })];
    assert.deepEqual(meaning("set the volume to 250", tools), [["set_volume", { volume: 250 }]]);
    assert.equal(typeof meaning("set the volume to 12", tools), "string");
    assert.equal(typeof meaning("set the volume to 12.5", tools), "string");
  });

  it("loses no sign, point or digit of a number as it is typed", () => {
    const tools = [tool("set_level", { level: { type: "number" } }, ["level"])];
    for (const [text, level] of [
      ["-5", -5],
      ["−5", -5],
      ["- 5", -5],
      [".5", 0.5],
      ["-.5", -0.5],
      ["2,700", 2700],
      ["1,234.5", 1234.5],
      ["21 and a half", 21.5],
      ["20,5", 20.5],
      ["½", 0.5],
      ["1½", 1.5],
      ["-2 ¾", -2.75],
    ] as const)
      assert.deepEqual(
        meaning(`set the level to ${text}`, tools),
        [["set_level", { level }]],
        text,
      );
    const lamps = [
      tool("lamp", { on: { type: "boolean" }, which: { enum: ["lamp", "lamp2", "sun & moon"] } }),
    ];
    assert.deepEqual(meaning("turn on lamp2", lamps), [["lamp", { on: true, which: "lamp2" }]]);
    assert.deepEqual(meaning("turn on lamp 2", lamps), [["lamp", { on: true, which: "lamp2" }]]);
    assert.deepEqual(meaning("turn on sun & moon", lamps), [
      ["lamp", { on: true, which: "sun & moon" }],
    ]);
    assert.deepEqual(meaning("set the temperature to 21 C"), [
      ["set-temperature", { temperature: 21 }],
    ]);
  });

  it("takes a number by which something changes for no level, but for a change", () => {
    assert.match(reason("dim the kitchen light by 20 percent"), /"by"/);
    assert.deepEqual(meaning("dim the kitchen light to 20 percent"), [
      ["set_light", { room: "kitchen", on: true, brightness: 20 }],
    ]);
    const step = { type: "integer", description: "by how many percent" };
    const tools = [tool("change_volume", { change: step }, ["change"])];
    assert.deepEqual(meaning("change the volume by -10", tools), [
      ["change_volume", { change: -10 }],
    ]);
  });

  it("adds no two numbers in digits together", () => {
    const tools = [tool("set_level", { level: { type: "number" } }, ["level"])];
    for (const text of ["20/5", "20 5", "100 20", "20-5"])
      assert.match(reason(`set the level to ${text}`, tools), /do not make/, text);
    assert.deepEqual(meaning("set the level to 2 hundred 5", tools), [
      ["set_level", { level: 205 }],
    ]);
    const spans = [tool("set_timer", { minutes: { type: "number" } }, ["minutes"])];
    assert.match(reason("set the timer to 20 5 minutes", spans), /do not make/);
    assert.deepEqual(meaning("set the timer to 1 hour 30 minutes", spans), [
      ["set_timer", { minutes: 90 }],
    ]);
    assert.deepEqual(meaning("set the timer to 1½ hours", spans), [["set_timer", { minutes: 90 }]]);
  });

  it("does not take one scale of degrees for the other", () => {
    const heating = (description: string): readonly CommandTool[] => [
      tool("set_temperature", { temperature: { type: "number", description } }, ["temperature"]),
    ];
    const warm = [["set_temperature", { temperature: 68 }]];
    assert.match(reason("set the temperature to 68 °F", heating("degrees Celsius")), /fahrenheit/);
    assert.match(reason("set the temperature to 68C", heating("Fahrenheit")), /celsius/);
    for (const text of ["68 °F", "68 °C", "68 degrees", "68"])
      assert.deepEqual(meaning(`set the temperature to ${text}`, heating("")), warm, text);
    assert.deepEqual(meaning("set the temperature to 68 °F", heating("Fahrenheit")), warm);
  });

  it("does not take minutes for seconds", () => {
    const tools = [tool("set_timer", { seconds: { type: "integer" } }, ["seconds"])];
    assert.deepEqual(meaning("set the timer to thirty seconds", tools), [
      ["set_timer", { seconds: 30 }],
    ]);
    assert.deepEqual(meaning("set the timer to thirty minutes", tools), [
      ["set_timer", { seconds: 1800 }],
    ]);
    assert.equal(typeof meaning("set the timer to thirty percent", tools), "string");
  });

  it("takes commands without a verb, with the state or the level last, and a place behind it", () => {
    const kitchen = { room: "kitchen", on: true };
    assert.deepEqual(meaning("kitchen light on"), [["set_light", kitchen]]);
    assert.deepEqual(meaning("turn the lights on in the kitchen"), [["set_light", kitchen]]);
    assert.deepEqual(meaning("lights off in the kitchen, please"), [
      ["set_light", { room: "kitchen", on: false }],
    ]);
    assert.deepEqual(meaning("kitchen light at fifty percent brightness"), [
      ["set_light", { ...kitchen, brightness: 50 }],
    ]);
    assert.deepEqual(meaning("temperature 21 degrees"), [["set-temperature", { temperature: 21 }]]);
  });

  it("takes a level behind a state that is said last", () => {
    const half = { room: "kitchen", on: true, brightness: 50 };
    for (const text of [
      "turn the kitchen light on at 50 percent",
      "switch the light in the kitchen on to half",
      "kitchen light on at 50 percent, please",
    ]) {
      assert.deepEqual(meaning(text), [["set_light", half]], text);
    }
    assert.deepEqual(meaning("turn the bedroom light off and the kitchen light on at 50 percent"), [
      ["set_light", { room: "bedroom", on: false }],
      ["set_light", half],
    ]);
  });

  it("takes all of a kind for a call of each, where they are not said to be somewhere", () => {
    const rooms = ["kitchen", "bedroom", "living_room", "office"];
    const off = rooms.map((room) => ["set_light", { room, on: false }]);
    for (const text of [
      "turn off all the lights",
      "all lights off",
      "switch all lights off please",
      "turn off every light",
    ])
      assert.deepEqual(meaning(text), off, text);
    assert.deepEqual(
      meaning("set all the lights to half"),
      rooms.map((room) => ["set_light", { room, on: true, brightness: 50 }]),
    );
    assert.deepEqual(meaning("turn off all the lights and open the garage"), [
      ...off,
      ["openGarage", {}],
    ]);
    const kitchen = [["set_light", { room: "kitchen", on: false }]];
    assert.deepEqual(meaning("turn off all the kitchen lights"), kitchen);
    assert.deepEqual(meaning("turn off all the lights in the kitchen"), kitchen);
    // What is done may be in the name of the tool alone.
    const blind = [tool("open_blind", { room: { enum: ["kitchen", "office"] } }, ["room"])];
    assert.deepEqual(meaning("open all the blinds", blind), [
      ["open_blind", { room: "kitchen" }],
      ["open_blind", { room: "office" }],
    ]);
    assert.equal(typeof meaning("all the blinds", blind), "string");
    assert.equal(typeof meaning("open the blinds", blind), "string");
    // What is to be done with them, or which of very many, is not said.
    assert.equal(typeof meaning("set all the lights"), "string");
    const many = Array.from({ length: 17 }, (_, index) => `room ${index}`);
    const state = { enum: ["on", "off"] };
    const hotel = [tool("set_light", { room: { enum: many }, state }, ["room", "state"])];
    assert.equal(typeof meaning("turn off all the lights", hotel), "string");
  });

  it("takes parts of a level, where it is told in percent", () => {
    assert.deepEqual(meaning("set the desk lamp to half"), [
      ["set_lamp", { lamp: "desk_lamp", brightness: 50 }],
    ]);
    const byte = { type: "integer", minimum: 0, maximum: 255, description: "brightness" };
    const tools = [tool("dimmer", { value: byte }, ["value"])];
    assert.deepEqual(meaning("set the dimmer to half", tools), [["dimmer", { value: 128 }]]);
    assert.deepEqual(meaning("set the dimmer to full", tools), [["dimmer", { value: 255 }]]);
    assert.equal(typeof meaning("set the temperature to half"), "string");
  });

  it("switches off what is set to nothing, but not what is set to zero degrees", () => {
    assert.deepEqual(meaning("dim the kitchen light to 0 %"), [
      ["set_light", { room: "kitchen", on: false, brightness: 0 }],
    ]);
    const temperature = { type: "integer", minimum: -10, maximum: 40 };
    const heater = [tool("heater", { on: { type: "boolean" }, temperature }, ["on"])];
    assert.match(reason("set the heater to 0 degrees", heater), /heater needs on/);
  });

  it("switches on what is to have a colour or a speed, where the tool asks for that too", () => {
    const lamp = tool(
      "set_light",
      {
        room: { enum: ["kitchen", "bedroom"] },
        state: { enum: ["on", "off"] },
        color: { enum: ["red", "warm_white"] },
        effect: { enum: ["off", "rainbow"] },
      },
      ["room", "state"],
    );
    const lit = { room: "kitchen", state: "on" };
    for (const [text, told] of [
      ["make the kitchen light red", { color: "red" }],
      ["turn the kitchen light to warm white", { color: "warm_white" }],
      ["set the effect of the kitchen light to rainbow", { effect: "rainbow" }],
      ["change the color of the light in the kitchen to red", { color: "red" }],
    ] as const)
      assert.deepEqual(meaning(text, [lamp]), [["set_light", { ...lit, ...told }]], text);
    assert.deepEqual(meaning("turn off the red kitchen light", [lamp]), [
      ["set_light", { ...lit, state: "off", color: "red" }],
    ]);
    assert.match(reason("set the effect of the kitchen light to off", [lamp]), /needs state/);
    assert.match(reason("set the kitchen light", [lamp]), /needs state/);
    const bulb = tool("bulb", { on: { type: "boolean" }, colour: { enum: ["red"] } }, ["on"]);
    assert.deepEqual(meaning("make the bulb red", [bulb]), [["bulb", { on: true, colour: "red" }]]);
  });

  it("sets and starts a timer, whichever of them its tool is named by", () => {
    const minutes = { minutes: { type: "integer" } };
    for (const name of ["set_timer", "start_timer", "create_timer"])
      for (const text of [
        "set a timer for ten minutes",
        "start a timer for ten minutes",
        "start a ten minute timer",
      ])
        assert.deepEqual(meaning(text, [tool(name, minutes, ["minutes"])]), [
          [name, { minutes: 10 }],
        ]);
    const heater = tool("set_heater", { degrees: { type: "integer" } }, ["degrees"]);
    assert.match(reason("start the heater at 20", [heater]), /"start"/);
  });

  it("takes the name of a mode before and behind its value", () => {
    const thermostat = tool("set_thermostat", { mode: { enum: ["heat", "auto", "off"] } }, [
      "mode",
    ]);
    for (const text of [
      "set the thermostat to auto",
      "set the thermostat mode to auto",
      "set the thermostat to auto mode",
      "switch the thermostat to auto mode",
    ])
      assert.deepEqual(meaning(text, [thermostat]), [["set_thermostat", { mode: "auto" }]], text);
  });

  it("puts on a list what is to be added to it", () => {
    const list = tool("add_to_shopping_list", { item: { type: "string" } }, ["item"]);
    assert.deepEqual(meaning("put bread on the shopping list", [list]), [
      ["add_to_shopping_list", { item: "bread" }],
    ]);
    assert.equal(typeof meaning("put the kettle on", [list]), "string");
  });

  it("takes a bare number for the only one that a tool has", () => {
    for (const [text, name, values] of [
      ["kitchen light 50", "set_light", { room: "kitchen", on: true, brightness: 50 }],
      ["set the kitchen light 50%", "set_light", { room: "kitchen", on: true, brightness: 50 }],
      ["temperature 21 degrees", "set-temperature", { temperature: 21 }],
    ] as const)
      assert.deepEqual(meaning(text), [[name, values]], text);
    assert.equal(typeof meaning("kitchen light 50 minutes"), "string");
    const steps = tool("set_fan", { steps: { type: "integer" } }, ["steps"]);
    assert.equal(typeof meaning("fan 2", [steps]), "string");
    const percent = { type: "integer", maximum: 100 };
    const shutter = tool("set_shutter", { tilt: percent, position: percent });
    assert.equal(typeof meaning("shutter 20", [shutter]), "string");
  });

  it("takes up and down to a number for that number, with what can be high and low", () => {
    const volume = tool("set_volume", { volume: { type: "integer", maximum: 100 } }, ["volume"]);
    for (const text of [
      "turn the volume up to 40",
      "turn up the volume to 40",
      "turn the volume down to 40",
      "raise the volume to 40",
      "lower the volume to 40",
    ])
      assert.deepEqual(meaning(text, [volume]), [["set_volume", { volume: 40 }]], text);
    assert.match(reason("turn up the volume", [volume]), /needs volume/);
    const warmth = tool("set_temperature", { degrees: { type: "number" } }, ["degrees"]);
    assert.deepEqual(meaning("lower the temperature to 19", [warmth]), [
      ["set_temperature", { degrees: 19 }],
    ]);
    const channel = tool("set_channel", { number: { type: "integer" } }, ["number"]);
    assert.match(reason("raise the channel to 4", [channel]), /"raise"/);
  });

  describe("of a number that tells how far something is open", () => {
    const blinds = (description: string, ofPosition = ""): CommandTool =>
      tool(
        "set_blinds",
        {
          room: { enum: ["kitchen", "bedroom"] },
          position: { type: "integer", minimum: 0, maximum: 100, description: ofPosition },
        },
        ["room", "position"],
        description,
      );
    const opened = (description: string, ofPosition?: string): unknown =>
      meaning("open the kitchen blinds", [blinds(description, ofPosition)]);
    const at = (position: number): unknown => [["set_blinds", { room: "kitchen", position }]];

    for (const [description, open] of [
      ["Moves the blinds, 0 is closed and 100 is open", 100],
      ["Position in %: 0 = closed, 100 = fully open", 100],
      ["Open or close the blinds (0 closed, 100 open)", 100],
      ["closed is 0, open is 100", 100],
      ["100 means open", 100],
      ["100% open, 0% closed", 100],
      ["0 is open and 100 is closed", 0],
      ["100: closed", 0],
    ] as const)
      it(`opens them where the description says "${description}"`, () => {
        assert.deepEqual(opened(description), at(open));
        assert.deepEqual(opened("", description), at(open));
        assert.deepEqual(
          meaning("close the kitchen blinds", [blinds(description)]),
          at(100 - open),
        );
      });

    for (const description of [
      "",
      "Opens and closes the blinds, from 0 to 100",
      "100 is open, 0 is open",
      "1000 is open, 50 is closed",
      "open 100 closed 0",
    ])
      it(`does not guess what "${description}" means`, () => {
        assert.match(String(opened(description)), /"open"/);
      });

    it("knows which number it is by its own description, where there are several", () => {
      const shutter = (...descriptions: [tilt: string, position: string, tool: string]) => {
        const percent = { type: "integer", minimum: 0, maximum: 100 };
        const [tilt, position, ofTool] = descriptions;
        return tool(
          "shutter",
          {
            tilt: { ...percent, description: tilt },
            position: { ...percent, description: position },
          },
          [],
          ofTool,
        );
      };
      const said = "100 is open";
      assert.deepEqual(meaning("open the shutter", [shutter("", said, "")]), [
        ["shutter", { position: 100 }],
      ]);
      assert.match(reason("open the shutter", [shutter("", "", said)]), /"open"/);
    });

    it("takes a number that is said rather than the end", () => {
      const tools = [blinds("0 is closed, 100 is open")];
      for (const text of [
        "open the kitchen blinds to 30 percent",
        "close the kitchen blinds to 30",
      ])
        assert.deepEqual(meaning(text, tools), at(30), text);
      for (const text of ["open the kitchen blinds halfway", "open the kitchen blinds to half"])
        assert.deepEqual(meaning(text, tools), at(50), text);
      assert.deepEqual(meaning("open the kitchen and the bedroom blinds", tools), [
        ["set_blinds", { room: "kitchen", position: 100 }],
        ["set_blinds", { room: "bedroom", position: 100 }],
      ]);
      assert.deepEqual(meaning("close all the blinds", tools), [
        ["set_blinds", { room: "kitchen", position: 0 }],
        ["set_blinds", { room: "bedroom", position: 0 }],
      ]);
    });
  });

  it("takes times of day and spans of time", () => {
    const time = { type: "string", format: "time" };
    const tools = [
      tool("set_alarm", { time }, ["time"]),
      tool("set_timer", { minutes: { type: "integer", minimum: 1 } }, ["minutes"]),
    ];
    assert.deepEqual(meaning("set an alarm for 7 am", tools), [
      ["set_alarm", { time: "07:00:00" }],
    ]);
    assert.deepEqual(meaning("set a timer for half an hour", tools), [
      ["set_timer", { minutes: 30 }],
    ]);
    for (const text of [
      "timer for 5 minutes",
      "set a 5 minute timer",
      "set a five-minute timer",
      "5 minute timer please",
      "set timer 300 seconds",
      "timer 5 min",
    ])
      assert.deepEqual(meaning(text, tools), [["set_timer", { minutes: 5 }]], text);
    for (const text of ["alarm 7 am", "set an alarm seven am"])
      assert.deepEqual(meaning(text, tools), [["set_alarm", { time: "07:00:00" }]], text);
    for (const text of ["set a 5 timer", "set timer 5", "5 minutes", "set an alarm 5 minutes"])
      assert.equal(typeof meaning(text, tools), "string", text);
    assert.match(reason("set for 7 am", tools), /do not make/);
  });

  it("takes the name of a parameter for the thing, and before its value", () => {
    const thermostat = [
      tool("thermostat", {
        temperature: { type: "number", description: "degrees" },
        mode: { enum: ["heat", "cool", "off"] },
      }),
      tool("fan", { speed: { enum: ["low", "high"] }, on: { type: "boolean" } }),
    ];
    for (const [text, name, args] of [
      ["set the temperature to 21 degrees", "thermostat", { temperature: 21 }],
      ["set the mode to heat", "thermostat", { mode: "heat" }],
      ["set the thermostat mode to cool", "thermostat", { mode: "cool" }],
      ["cool the thermostat", "thermostat", { mode: "cool" }],
      ["set the fan speed to high", "fan", { speed: "high" }],
      ["turn on the fan at high speed", "fan", { speed: "high", on: true }],
    ] as const)
      assert.deepEqual(meaning(text, thermostat), [[name, args]], text);
    assert.match(reason("set the brightness to 50"), /set_light or set_lamp/);
  });

  it("starts what has the name of what it does", () => {
    const tools = [tool("vacuum", { action: { enum: ["start", "stop", "dock"] } }, ["action"])];
    for (const action of ["start", "stop", "dock"])
      assert.deepEqual(meaning(`${action} the vacuum`, tools), [["vacuum", { action }]]);
  });

  it("takes a text out of the middle of a sentence", () => {
    const tools = [
      tool("play_music", { artist: { type: "string" }, room: { enum: ["kitchen"] } }, ["artist"]),
      tool("add_to_shopping_list", { item: { type: "string" } }, ["item"]),
    ];
    assert.deepEqual(meaning("play Queen in the kitchen", tools), [
      ["play_music", { artist: "Queen", room: "kitchen" }],
    ]);
    assert.deepEqual(meaning("add Oat milk to the shopping list", tools), [
      ["add_to_shopping_list", { item: "Oat milk" }],
    ]);
  });

  it("takes an order with what belongs to it for one call, and two orders for two", () => {
    const tools = [
      tool(
        "order_drink",
        {
          size: { enum: ["small", "large"] },
          drink: { enum: ["latte", "mocha"] },
          milk: { enum: ["no milk", "some milk"] },
          sugar: { enum: ["no sugar", "some sugar", "brown sugar"] },
        },
        ["drink"],
      ),
    ];
    const latte = { size: "large", drink: "latte", milk: "some milk", sugar: "some sugar" };
    for (const text of [
      "order a large latte with some milk and some sugar",
      "can I have a large latte with milk and sugar please",
      "a large latte with milk and sugar",
    ])
      assert.deepEqual(meaning(text, tools), [["order_drink", latte]], text);
    assert.deepEqual(meaning("I'd like a large latte with milk and a mocha", tools), [
      ["order_drink", { size: "large", drink: "latte", milk: "some milk" }],
      ["order_drink", { drink: "mocha" }],
    ]);
  });

  it("reads booleans by the parameter's name and description", () => {
    const flag = (name: string, description = ""): readonly CommandTool[] => [
      tool("door", { [name]: { type: "boolean", description } }, [name]),
    ];
    const args = (text: string, tools: readonly CommandTool[]): unknown => meaning(text, tools);
    assert.deepEqual(args("open the door", flag("open")), [["door", { open: true }]]);
    assert.deepEqual(args("shut the door", flag("is_open")), [["door", { is_open: false }]]);
    assert.deepEqual(args("open the door", flag("closed")), [["door", { closed: false }]]);
    assert.deepEqual(args("unlock the door", flag("locked")), [["door", { locked: false }]]);
    assert.deepEqual(args("mute the door", flag("muted")), [["door", { muted: true }]]);
    assert.deepEqual(args("start the door", flag("running")), [["door", { running: true }]]);
    assert.deepEqual(args("switch the door off", flag("state")), [["door", { state: false }]]);
    assert.deepEqual(args("turn on the door", flag("x", "true to turn it on, false for off")), [
      ["door", { x: true }],
    ]);
    assert.deepEqual(args("set the door urgent yes", flag("urgent")), [["door", { urgent: true }]]);
  });

  it("reads names in every spelling, with the verb first, last or in the schema", () => {
    assert.deepEqual(meaning("turn on the light", [tool("turnOnLight")]), [["turnOnLight", {}]]);
    assert.deepEqual(meaning("turn the light on", [tool("light.turn_on")]), [["light.turn_on", {}]]);
    assert.deepEqual(meaning("heater off", [tool("heater_turn_off")]), [["heater_turn_off", {}]]);
    assert.deepEqual(meaning("close the garage door", [tool("garage_door_close")]), [
      ["garage_door_close", {}],
    ]);
    assert.deepEqual(meaning("activate movie mode", [tool("movie-mode")]), [["movie-mode", {}]]);
    assert.deepEqual(meaning("water the plants", [tool("water_plants")]), [["water_plants", {}]]);
    assert.deepEqual(meaning("stop", [tool("stop")]), [["stop", {}]]);
    assert.deepEqual(meaning("set HVAC mode to cool", [tool("setHVACMode", { mode: { enum: ["off", "cool"] } })]), [["setHVACMode", { mode: "cool" }]]);
  }); // prettier-ignore

  it("gives enum values in the schema's spelling and type", () => {
    const tools = [
      tool("select_channel", { channel: { type: "integer", enum: [1, 21] } }, ["channel"]),
    ];
    assert.deepEqual(meaning("select channel twenty one", tools), [
      ["select_channel", { channel: 21 }],
    ]);
    assert.deepEqual(meaning("select channel 1", tools), [["select_channel", { channel: 1 }]]);
    const cafe = [tool("light", { on: { type: "boolean" }, room: { enum: ["Café", "Küche"] } })];
    assert.deepEqual(meaning("turn on the kuche light", cafe), [
      ["light", { on: true, room: "Küche" }],
    ]);
  });

  it("fills in what the schema leaves no choice about", () => {
    const properties = { zone: { const: "home" }, on: { type: "boolean" } };
    assert.deepEqual(meaning("turn on the alarm", [tool("alarm", properties, ["zone", "on"])]), [
      ["alarm", { zone: "home", on: true }],
    ]);
  });

  for (const text of [
    "hello",
    "how are you",
    "what is the weather",
    "tell me a joke",
    "don't turn on the kitchen light",
    "turn on the attic light",
    "turn the kitchen light on off",
    "the kitchen light",
    "turn on",
    "and",
    "!!!",
    "",
    "turn on the kitchen light because it is dark",
  ]) {
    it(`does not understand "${text}"`, () => {
      assert.ok(reason(text).length > 10);
    });
  }

  it("has a reason where there is no tool, or none of a kind that can be asked for", () => {
    assert.match(reason("turn on the light", []), /no tools/);
    assert.match(reason("turn on the light", [{ type: "mcp" }]), /no tools/);
  });

  it("survives names and schemas of any kind", () => {
    const odd: readonly CommandTool[] = [
      tool(""),
      tool("___"),
      tool("灯"),
      tool("__proto__", { __proto__x: { type: "boolean" } }),
      tool("constructor", { toString: { enum: ["valueOf", null, {}, ""] } }),
      { type: "function", name: "none", parameters: null },
      { type: "function", name: "list", parameters: ["x"] },
      { type: "function", name: "bad", parameters: { properties: { a: 1, b: { enum: [] } } } },
      tool("endless", { n: { type: "number", minimum: 5, maximum: 1 } }),
      setLight,
    ];
    assert.deepEqual(meaning("turn on the kitchen light", odd), [
      ["set_light", { room: "kitchen", on: true }],
    ]);
  });

  it("answers a long sentence of joined commands without trying every combination", () => {
    const text = Array.from({ length: 30 }, () => "turn on the kitchen light").join(" and ");
    assert.match(reason(text), /too long|do not make a command/);
  });

  it("does not search what is too long to be a description", () => {
    for (const description of ["on ".repeat(60_000), `${"shut ".repeat(40_000)}open`]) {
      const start = performance.now();
      const long = tool("set_light", { flag: { type: "boolean" } }, [], description);
      assert.match(reason("dance", [long]), /"dance"/);
      assert.ok(performance.now() - start < 1000, "it was searched");
    }
  });

  it("gives up on what would take it long among a hundred tools", () => {
    const tools = Array.from({ length: 100 }, (_, index) =>
      tool(
        `set_thing_${index}`,
        {
          room: { enum: Array.from({ length: 40 }, (_room, number) => `room ${number}`) },
          on: { type: "boolean" },
          level: { type: "integer" },
          text: { type: "string" },
        },
        ["text"],
      ),
    );
    assert.match(reason("dance", tools), /"dance"/);
    assert.match(reason("set to 5, ".repeat(30), tools), /too long/);
  });

  it("sees at once that a list of places for many tools ends in none of them", () => {
    const rooms = ["kitchen", "bedroom", "hall", "office", "garage", "bathroom", "cellar", "attic"];
    const things = ["light", "fan", "heater", "blind", "plug", "radio", "pump", "screen"];
    const tools = things.map((thing) =>
      tool(`set_${thing}`, { room: { enum: rooms }, on: { type: "boolean" } }, ["room", "on"]),
    );
    const start = performance.now();
    assert.match(reason(`turn on the ${rooms.join(" and the ")} and more`, tools), /"more"/);
    assert.ok(performance.now() - start < 1000, "every combination was tried");
  });
});
