import assert from "node:assert/strict";
import { isKnown } from "../../../lib/protocol/event-types";
import { encodeFrame, parseFrame } from "../../../lib/protocol/frame";

describe("a frame", () => {
  const refused: [what: string, text: string, code: string][] = [
    ["nothing", "", "frame_not_json"],
    ["text", "hello", "frame_not_json"],
    ["half an object", '{"type":"response.do', "frame_not_json"],
    ["null", "null", "frame_not_object"],
    ["a number", "42", "frame_not_object"],
    ["a string", '"session.created"', "frame_not_object"],
    ["an array", '[{"type":"session.created"}]', "frame_not_object"],
    ["an object without a type", '{"event_id":"event_1"}', "frame_no_type"],
    ["an object with a number as type", '{"type":1}', "frame_no_type"],
    ["an object with an empty type", '{"type":""}', "frame_no_type"],
    ["a type in __proto__ only", '{"__proto__":{"type":"session.created"}}', "frame_no_type"],
  ];
  for (const [what, text, code] of refused) {
    it(`of ${what} is refused with ${code}`, () => {
      const frame = parseFrame(text);
      assert.ok(!frame.ok);
      assert.equal(frame.error.code, code);
    });
  }

  it("that is refused is not quoted, neither in the message nor in a cause", () => {
    const frame = parseFrame("sk-secret of somebody");
    assert.ok(!frame.ok);
    assert.ok(!String(frame.error.stack).includes("sk-secret"));
    assert.equal(frame.error.cause, undefined);
  });

  it("of a known type is read as it came, unknown members included", () => {
    const text = '{"type":"input_audio_buffer.cleared","event_id":"event_1","new":{"a":[1]}}';
    const frame = parseFrame(text);
    assert.ok(frame.ok && isKnown(frame.event));
    assert.equal(JSON.stringify(frame.event), text);
  });

  it("of an unknown type passes through", () => {
    const frame = parseFrame('{"type":"ping","timestamp":1}');
    assert.ok(frame.ok && !isKnown(frame.event));
    assert.deepEqual(frame.event, { type: "ping", timestamp: 1 });
  });

  it("with __proto__ and constructor as members changes no prototype", () => {
    const text = '{"type":"ping","__proto__":{"polluted":true},"constructor":{"prototype":{}}}';
    const frame = parseFrame(text);
    assert.ok(frame.ok);
    assert.equal(Object.getPrototypeOf(frame.event), Object.prototype);
    assert.equal("polluted" in {}, false);
    assert.equal(encodeFrame(frame.event), text);
  });

  it("of 20 MB is read", () => {
    const frame = parseFrame(JSON.stringify({ type: "x", audio: "A".repeat(20_000_000) }));
    assert.ok(frame.ok);
  });

  it("of 200,000 levels is read", () => {
    const text = `{"type":"x","deep":${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
    assert.ok(parseFrame(text).ok);
  });
});
