import assert from "node:assert/strict";
import { contentOf } from "../../../lib/protocol/event-content";
import { eventTypes } from "../../../lib/protocol/event-types";

const content = (event: { type: string; [member: string]: unknown }) => contentOf(event).value;

describe("event content", () => {
  it("takes the words of texts and transcripts, in either dialect", () => {
    assert.equal(content({ type: "response.output_text.delta", delta: "a" }), "a");
    assert.equal(content({ type: "response.text.done", text: "b" }), "b");
    assert.equal(content({ type: "response.output_audio_transcript.done", transcript: "c" }), "c");
    const type = "conversation.item.input_audio_transcription.completed";
    assert.equal(content({ type, transcript: "d" }), "d");
  });

  it("decodes audio", () => {
    const bytes = Buffer.from([1, 2, 3]);
    const delta = bytes.toString("base64");
    assert.deepEqual(content({ type: "response.output_audio.delta", delta }), bytes);
    assert.deepEqual(content({ type: "response.audio.delta", delta }), bytes);
    assert.deepEqual(content({ type: "input_audio_buffer.append", audio: delta }), bytes);
  });

  it("parses arguments, and leaves what is no JSON as text", () => {
    const type = "response.output_item.done";
    const call = { type: "function_call", name: "t", arguments: '{"a":1}' };
    assert.deepEqual(content({ type, item: call }), { a: 1 });
    assert.equal(content({ type, item: { ...call, arguments: "{" } }), "{");
  });

  it("takes the error of every channel", () => {
    const error = { code: "c" };
    assert.deepEqual(content({ type: "error", error }), error);
    const response = { status: "failed", status_details: { type: "failed", error } };
    assert.deepEqual(content({ type: "response.done", response }), error);
  });

  it("leaves something to look at where a server does not say why it failed", () => {
    assert.deepEqual(content({ type: "error" }), { type: "error" });
    const failed = { status: "failed", status_details: null };
    assert.deepEqual(content({ type: "response.done", response: failed }), failed);
    assert.deepEqual(content({ type: "response.done" }), { type: "response.done" });
  });

  it("takes the words of an item, else the object that the event is about, else the event", () => {
    const item = { type: "message", role: "user", content: [{ type: "input_text", text: "hi" }] };
    assert.equal(content({ type: "conversation.item.added", item }), "hi");
    const empty = { ...item, content: [] };
    assert.deepEqual(content({ type: "conversation.item.added", item: empty }), empty);
    assert.deepEqual(content({ type: "session.created", session: { id: "s" } }), { id: "s" });
    const cleared = { type: "input_audio_buffer.cleared" };
    assert.deepEqual(content(cleared), cleared);
  });

  it("survives every known type without its members, and with wrong ones", () => {
    for (const type of eventTypes.keys()) {
      content({ type });
      content({ type, item: null, response: 1, delta: {}, error: [], transcript: null, audio: 7 });
    }
  });
});
