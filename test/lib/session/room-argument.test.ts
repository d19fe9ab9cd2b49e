import assert from "node:assert/strict";
import { ToolSchemas, type ToolDefinition } from "../../../lib/session/tool-schemas";

const properties = {
  room: { type: "string", enum: ["kitchen", "Living_Room"], description: "Where." },
  on: { type: "boolean" },
};
const light: ToolDefinition = {
  name: "set_light",
  parameters: { type: "object", properties, required: ["room", "on"] },
  roomArgument: "room",
  deadlineMs: 1000,
  onDeadline: "late",
};

describe("an argument that defaults to the room", () => {
  it("is optional to the model, which is told what it then means", () => {
    const [told] = ToolSchemas.of([light]).wire;
    assert.deepEqual(told?.parameters, {
      type: "object",
      properties: {
        ...properties,
        room: {
          ...properties.room,
          description: "Where. Leave it out for the room in which the user is.",
        },
      },
      required: ["on"],
    });
  });

  it("is filled in from the session's key, in the spelling of the schema", () => {
    const schemas = ToolSchemas.of([light]);
    for (const key of ["living room", "LIVING-ROOM", "Living_Room"]) {
      assert.deepEqual(schemas.parse("set_light", '{"on":true}', key), {
        ok: true,
        arguments: { on: true, room: "Living_Room" },
      });
    }
  });

  it("stays as the call has it", () => {
    const parsed = ToolSchemas.of([light]).parse("set_light", '{"on":true,"room":"kitchen"}', "x");
    assert.deepEqual(parsed, { ok: true, arguments: { on: true, room: "kitchen" } });
  });

  it("is refused with what is missing where the key is no room", () => {
    const parsed = ToolSchemas.of([light]).parse("set_light", '{"on":true}', "default");
    assert.ok(!parsed.ok);
    assert.match(parsed.problems.join(), /"room" is missing, and the user is in no room/);
  });

  it("is the key itself where it may be any text, but not the key of sessions without one", () => {
    const parameters = { type: "object", properties: { place: { type: "string" } } };
    const schemas = ToolSchemas.of([{ ...light, parameters, roomArgument: "place" }]);
    assert.deepEqual(schemas.parse("set_light", "{}", "attic"), {
      ok: true,
      arguments: { place: "attic" },
    });
    assert.ok(!schemas.parse("set_light", "{}", "default").ok);
  });

  it("has to fit the tool's schema too", () => {
    for (const room of [
      { type: "integer" },
      { oneOf: [{ const: "Kitchen" }, { const: "Hall" }] },
    ]) {
      const parameters = { type: "object", properties: { room } };
      const parsed = ToolSchemas.of([{ ...light, parameters }]).parse("set_light", "{}", "cellar");
      assert.ok(!parsed.ok, JSON.stringify(parsed));
      assert.match(parsed.problems[0] ?? "", /^room: /);
    }
  });

  it("has to be a parameter of the tool", () => {
    const [rejected] = ToolSchemas.of([{ ...light, roomArgument: "constructor" }]).rejected;
    assert.equal(rejected?.error.code, "invalid_tool");
    assert.match(rejected.error.message, /no parameter "constructor"/);
  });
});
