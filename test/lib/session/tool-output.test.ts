import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import { RealtimeError } from "../../../lib/protocol/errors";
import { toolOutput } from "../../../lib/session/tool-output";

function cycle(): unknown {
  const value: Record<string, unknown> = { room: "kitchen" };
  value["self"] = [value];
  return value;
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

describe("a tool's output", () => {
  for (const [what, value, text] of [
    ["text as it is", "It is 21 °C.", "It is 21 °C."],
    ["an empty text", "", ""],
    ["an object as JSON", { on: true, rooms: ["a"] }, '{"on":true,"rooms":["a"]}'],
    ["a list as JSON", [1, "two", null], '[1,"two",null]'],
    ["a number", 21.5, "21.5"],
    ["false", false, "false"],
    ["null", null, "null"],
    ["a date as its text", { at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
    ["the message of an Error", runInNewContext("new TypeError('no bulb')"), "no bulb"],
    [
      "an object with an Error's message in it, as a Catch node may give it",
      { message: "no", cause: new Error("no bulb") },
      '{"message":"no","cause":"no bulb"}',
    ],
    [
      "what a Map says that it is as JSON",
      Object.assign(new Map([["a", 1]]), { toJSON: () => ["a"] }),
      '["a"]',
    ],
  ] as const) {
    it(`is ${what}`, () => assert.equal(toolOutput(value), text));
  }

  for (const [what, value, message] of [
    ["nothing", undefined, /is missing: set msg\.payload/],
    ["a Buffer", Buffer.from("x"), /is binary data/],
    ["a typed array", new Float32Array(2), /is binary data/],
    ["an ArrayBuffer", new ArrayBuffer(2), /is binary data/],
    ["an ArrayBuffer of a function node", runInNewContext("new ArrayBuffer(2)"), /is binary data/],
    ["an object with a Buffer in it", { image: Buffer.from("x") }, /"image", binary data/],
    ["a list with a typed array in it", [new Uint8Array(2)], /"0", binary data/],
    ["a bigint", 1n, /is a bigint/],
    ["an object with a bigint in it", { id: 1n }, /"id", a bigint/],
    ["a Map", new Map([["on", true]]), /is a Map/],
    ["a Set of a function node", runInNewContext("new Set([1])"), /is a Set/],
    ["an object with a Map in it", { rooms: new Map([["a", 1]]) }, /"rooms", a Map/],
    ["a Promise", Promise.resolve("done"), /is a Promise/],
    ["what refers to itself", cycle(), /refers to itself/],
    ["what is nested too deeply", nested(200_000), /nested too deeply/],
    ["a function", () => 1, /is a function/],
    ["a symbol", Symbol("x"), /is a symbol/],
    ["more than 1 MiB of text", "é".repeat(524_289), /larger than 1048576 bytes/],
    ["more than 1 MiB of JSON", ["x".repeat(1_048_576)], /larger than 1048576 bytes/],
  ] as const) {
    it(`is not ${what}`, () => {
      assert.throws(
        () => toolOutput(value),
        (error: unknown) =>
          error instanceof RealtimeError &&
          error.code === "tool_output_invalid" &&
          message.test(error.message),
      );
    });
  }
});
