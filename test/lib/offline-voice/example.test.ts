import assert from "node:assert/strict";
import { exampleOf } from "../../../lib/offline-voice/example";
import type { CommandTool } from "../../../lib/offline-voice/tool-schema";
import { understand } from "../../../lib/offline-voice/understanding";
import { orderDrink } from "./coffee-tool";
import { frenchTools, lumiere } from "./french-tools";
import { homeTools, openGarage, setLamp, setLight } from "./home-tools";

const written = (...sentences: readonly string[]): CommandTool => ({
  name: "light",
  parameters: {
    properties: { room: { enum: ["kitchen"] }, state: { enum: ["on", "off"] } },
    required: ["room", "state"],
    "x-sentences": sentences,
  },
});

describe("an example of a command", () => {
  it("tells what the tool requires, as a person would say it", () => {
    assert.equal(exampleOf([setLight]), "turn on the kitchen light");
    assert.equal(exampleOf([openGarage]), "open the garage");
    assert.equal(exampleOf([setLamp]), "set the living room lamp to twenty");
    assert.equal(exampleOf([orderDrink]), "an americano");
    assert.equal(
      exampleOf([written("(turn|switch) {state} [the] {room} light[s]")]),
      "turn on the kitchen light",
    );
    assert.equal(exampleOf([lumiere], "fr"), "allume la lumière de l'entrée");
    const properties = {
      room: { enum: ["kitchen", "office"] },
      color: { enum: ["red"] },
      on: { type: "boolean" },
    };
    const parameters = { properties, required: ["room", "on"] };
    assert.equal(exampleOf([{ name: "set_light", parameters }]), "turn on the kitchen light");
  });

  it("is understood, of every tool that has one", () => {
    for (const [tools, language] of [
      [homeTools, "en"],
      [frenchTools, "fr"],
    ] as const)
      for (const tool of tools) {
        const example = exampleOf([tool], language);
        assert.ok(example !== null, tool.name);
        assert.equal(understand(example, [tool], new Date(), language).kind, "calls", example);
      }
  });

  it("is of the first sentence that says enough", () => {
    const tool = written("the light in {room}", "{state=on} too dark in {room}");
    assert.equal(exampleOf([tool]), "too dark in kitchen");
  });

  it("is none where nothing can be asked for", () => {
    assert.equal(exampleOf([]), null);
    assert.equal(exampleOf([{ name: "" }]), null);
    assert.equal(exampleOf([written("the light in {room}")]), null);
    const text = { properties: { text: { type: "string" } }, required: ["text"] };
    assert.equal(exampleOf([{ name: "announce", parameters: text }]), null);
  });
});
