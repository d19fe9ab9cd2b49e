import assert from "node:assert/strict";
import { ToolSchemas, type ToolDefinition } from "../../../lib/session/tool-schemas";

const ROOMS = ["kitchen", "living_room", "hall", "bath", "office", "attic", "cellar", "garage"];

const light = (rooms: readonly string[], roomArgument?: string): ToolDefinition => ({
  name: "set_light",
  parameters: {
    type: "object",
    properties: { room: { enum: rooms }, brightness: { type: "number", maximum: 100 } },
    required: ["room"],
    additionalProperties: false,
  },
  ...(roomArgument === undefined ? {} : { roomArgument }),
  deadlineMs: 1000,
  onDeadline: "late",
});

function messageOf(tool: ToolDefinition, args: string): string {
  const parsed = ToolSchemas.of([tool]).parse("set_light", args, "default");
  assert.ok(!parsed.ok);
  return parsed.message;
}

describe("what is wrong with the arguments of a call", () => {
  const cases: [string, ToolDefinition, string, string][] = [
    [
      "asks which room, where that is not known",
      light(ROOMS.slice(0, 3), "room"),
      "{}",
      "It is not clear which room is meant: kitchen, living room or hall.",
    ],
    [
      "names what a room may be",
      light(ROOMS.slice(0, 2)),
      '{"room":"moon"}',
      "The room must be kitchen or living room.",
    ],
    ["names the only choice", light(["hall"]), '{"room":"moon"}', "The room must be hall."],
    [
      "names some of many rooms",
      light(ROOMS),
      '{"room":"moon"}',
      "The room must be one of kitchen, living room, hall, bath, office, attic and others.",
    ],
    [
      "names each problem",
      light(ROOMS),
      '{"brightness":101,"colour":1}',
      "The room is missing. There is no parameter colour. The brightness must be <= 100.",
    ],
    ["says what is no JSON", light(ROOMS), "{", "The parameters are not valid JSON."],
  ];
  for (const [behaviour, tool, args, expected] of cases) {
    it(`is told in sentences: ${behaviour}`, () => {
      assert.equal(messageOf(tool, args), expected);
    });
  }

  it("is told with all choices to a model", () => {
    const parsed = ToolSchemas.of([light(ROOMS)]).parse("set_light", '{"room":"moon"}', "default");
    assert.ok(!parsed.ok);
    const choices = ROOMS.map((room) => `"${room}"`).join(",");
    assert.deepEqual(parsed.problems, [`room: must be one of ${choices}`]);
  });

  it("is told in short, whatever name a model makes up", () => {
    const name = "x".repeat(60_000);
    const parsed = ToolSchemas.of([light(ROOMS)]).parse(
      "set_light",
      JSON.stringify({ room: "hall", [name]: 1 }),
      "default",
    );
    assert.ok(!parsed.ok);
    assert.ok(parsed.message.length < 200, `${parsed.message.length} characters`);
    assert.ok(parsed.problems.join().length < 200);
    const tool = { ...light(ROOMS), parameters: { additionalProperties: { type: "number" } } };
    assert.ok(messageOf(tool, JSON.stringify({ [name]: "1" })).length < 200);
  });

  it("is told of arguments that cannot be checked in time, instead of checking on and on", () => {
    const node = { $ref: "#/$defs/node" };
    const either = (name: string): object => ({
      type: "object",
      properties: { and: node, [name]: { type: "string" } },
    });
    const tool: ToolDefinition = {
      ...light(ROOMS),
      parameters: {
        type: "object",
        properties: { and: node },
        $defs: { node: { anyOf: [either("all"), either("some")] } },
      },
    };
    const nested = (depth: number): string => `${'{"and":'.repeat(depth)}1${"}".repeat(depth)}`;
    // Each level takes twice as long as the one before.
    assert.equal(messageOf(tool, nested(40)), "The parameters are too complicated to be checked.");
    assert.match(messageOf(tool, nested(3)), /must be object/);
  });
});
