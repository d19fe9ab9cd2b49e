import assert from "node:assert/strict";
import { parametersSchema, parseSchema, type ToolParameter } from "../../nodes/tool-parameters";

const parameter = (members: Partial<ToolParameter>): ToolParameter => ({
  name: "room",
  type: "string",
  choices: "",
  required: true,
  description: "",
  ...members,
});

describe("tool parameters", () => {
  it("become a schema that takes these parameters and no others", () => {
    const schema = parametersSchema([
      parameter({ choices: "kitchen, living room ,", description: "Where" }),
      parameter({ name: "level", type: "integer", choices: "0,50,100", required: false }),
      parameter({ name: "on", type: "boolean", choices: "false, true" }),
      parameter({ name: "degrees", type: "number" }),
    ]);
    assert.deepEqual(schema, {
      type: "object",
      properties: {
        room: { type: "string", description: "Where", enum: ["kitchen", "living room"] },
        level: { type: "integer", enum: [0, 50, 100] },
        on: { type: "boolean", enum: [false, true] },
        degrees: { type: "number" },
      },
      required: ["room", "on", "degrees"],
      additionalProperties: false,
    });
  });

  it("say which choice is not of its type, and which name stands twice", () => {
    const cases: [ToolParameter[], RegExp][] = [
      [[parameter({ type: "number", choices: "1, two" })], /"room" is no number/],
      [[parameter({ type: "integer", choices: "1.5" })], /"room" is no integer/],
      [[parameter({ type: "boolean", choices: "yes" })], /neither true nor false/],
      [[parameter({}), parameter({})], /two parameters "room"/],
    ];
    for (const [list, expected] of cases) assert.throws(() => parametersSchema(list), expected);
  });

  it("take names that objects inherit for names", () => {
    const { properties } = parametersSchema([parameter({ name: "__proto__" })]);
    assert.deepEqual(Object.keys(properties as object), ["__proto__"]);
  });

  it("may be written as JSON Schema, which must be an object", () => {
    assert.deepEqual(parseSchema('{"type":"object"}'), { type: "object" });
    assert.deepEqual(parseSchema(" "), parametersSchema([]));
    assert.throws(() => parseSchema("{"), /not valid JSON/);
    assert.throws(() => parseSchema("[]"), /must be an object/);
  });
});
