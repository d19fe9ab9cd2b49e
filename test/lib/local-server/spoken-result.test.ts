import assert from "node:assert/strict";
import { describeResults } from "../../../lib/local-server/spoken-result";

const light = { name: "set_light", arguments: { room: "kitchen", on: true } };

describe("results of tools in words", () => {
  for (const [output, said] of [
    ["ok", "Okay: kitchen light on."],
    ["", "Okay: kitchen light on."],
    ["{}", "Okay: kitchen light on."],
    ['"done"', "Okay: kitchen light on."],
    ["true", "Okay: kitchen light on."],
    ["null", "Okay: kitchen light on."],
    ['{"ok":true}', "Okay: kitchen light on."],
    ['{"status":"ok"}', "Okay: kitchen light on."],
    ["It was on already.", "It was on already."],
    ['"It was on already"', "It was on already."],
    ['{"message":"it was on already"}', "It was on already."],
    ['{"answer":"It was on!","x":1}', "It was on!"],
    ['{"brightness":40,"colour":"red"}', "Brightness 40, colour red."],
    ["21.5", "Set light: 21.5."],
    ["false", "Set light: no."],
    ['{"error":"the bulb is broken"}', "Sorry, kitchen light on did not work: the bulb is broken."],
    ['{"error":{"message":"no bulb"}}', "Sorry, kitchen light on did not work: no bulb."],
    [
      '{"error":"denied","message":"The user did not allow this."}',
      "Sorry, kitchen light on did not work: The user did not allow this.",
    ],
    ['{"error":true}', "Sorry, kitchen light on did not work."],
    ['{"success":false,"message":"no bulb"}', "Sorry, kitchen light on did not work: no bulb."],
    ['{"error":null,"message":"Fine."}', "Fine."],
    ["[1,2]", "Set light: 1, 2."],
    ["[]", "Okay: kitchen light on."],
  ] as const) {
    it(`${output || "(empty)"} is "${said}"`, () => {
      assert.equal(describeResults([{ ...light, output }]), said);
    });
  }

  for (const [name, values, said] of [
    ["set_light", { room: "kitchen", on: false }, "Okay: kitchen light off."],
    [
      "setLight",
      { room: "living_room", device: "light", state: "on" },
      "Okay: living room light on.",
    ],
    ["set_brightness", { room: "kitchen", percent: 40 }, "Okay: kitchen brightness percent 40."],
    ["open_garage", {}, "Okay: open garage."],
    ["set_scene", {}, "Okay: set scene."],
    ["lock_door", { door: "front", locked: true }, "Okay: lock door front locked."],
    ["set_alarm", { loud: false }, "Okay: alarm not loud."],
  ] as const) {
    it(`a call of ${name} with ${JSON.stringify(values)} is confirmed with "${said}"`, () => {
      assert.equal(describeResults([{ name, arguments: values, output: "ok" }]), said);
    });
  }

  it("of several calls are put together, confirmations first", () => {
    const fan = { name: "set_fan", arguments: { room: "bedroom", on: true } };
    const said = describeResults([
      { ...light, output: '{"error":"broken"}' },
      { ...fan, output: "ok" },
      { ...light, output: "ok" },
    ]);
    assert.equal(
      said,
      "Okay: bedroom fan on, kitchen light on. Sorry, kitchen light on did not work: broken.",
    );
  });
});
