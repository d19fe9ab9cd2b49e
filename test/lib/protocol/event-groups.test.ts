import assert from "node:assert/strict";
import { eventGroups, eventMatcher } from "../../../lib/protocol/event-groups";
import { eventTypes } from "../../../lib/protocol/event-types";

const user = (part: object) => ({ id: "i", type: "message", role: "user", content: [part] });

describe("event groups", () => {
  it("finds an event by its name in either dialect, whichever the event has", () => {
    for (const name of ["response.output_audio.delta", "response.audio.delta"]) {
      for (const type of ["response.output_audio.delta", "response.audio.delta"])
        assert.ok(eventMatcher(name)({ type }), `${name} for ${type}`);
      assert.ok(!eventMatcher(name)({ type: "response.output_audio.done" }));
    }
  });

  it("finds every event of the table by its own name, and by a prefix", () => {
    for (const type of eventTypes.keys()) {
      assert.ok(eventMatcher(type)({ type }));
      assert.ok(eventMatcher(`${type.split(".")[0]}*`)({ type }));
      assert.ok(eventMatcher("*")({ type }));
    }
  });

  it("finds events by a prefix in either dialect", () => {
    for (const name of ["response.output_audio.*", "response.audio.*"]) {
      for (const type of ["response.output_audio.delta", "response.audio.delta"])
        assert.ok(eventMatcher(name)({ type }), `${name} for ${type}`);
      assert.ok(!eventMatcher(name)({ type: "response.output_audio_transcript.delta" }));
    }
  });

  it("finds events of types that nobody knows", () => {
    assert.ok(eventMatcher("localai.thing")({ type: "localai.thing" }));
    assert.ok(eventMatcher("localai.*")({ type: "localai.thing" }));
  });

  it("finds errors of every channel, and no success", () => {
    const errors = eventMatcher("errors");
    for (const event of [
      { type: "error" },
      { type: "conversation.item.input_audio_transcription.failed" },
      { type: "mcp_list_tools.failed" },
      { type: "response.mcp_call.failed" },
      { type: "response.done", response: { status: "failed" } },
    ])
      assert.ok(errors(event), event.type);
    for (const event of [
      { type: "response.done", response: { status: "completed" } },
      { type: "response.done", response: null },
      { type: "response.done" },
      { type: "session.created" },
    ])
      assert.ok(!errors(event), JSON.stringify(event));
  });

  it("finds the user's words once: a typed item when it is added, a spoken one when transcribed", () => {
    const words = eventMatcher("user-words");
    const typed = user({ type: "input_text", text: "hi" });
    const spoken = user({ type: "input_audio", transcript: null });
    const seen = [
      { type: "conversation.item.added", item: typed },
      { type: "conversation.item.done", item: typed },
      { type: "conversation.item.added", item: spoken },
      { type: "conversation.item.done", item: spoken },
      { type: "conversation.item.input_audio_transcription.completed", transcript: "hi" },
      { type: "conversation.item.added", item: { ...typed, role: "assistant" } },
    ].map(words);
    assert.deepEqual(seen, [true, false, false, false, true, false]);
  });

  it("finds what was said of a server that tells its transcript while it grows once, at its end", () => {
    const type = "conversation.item.input_audio_transcription.completed";
    const seen = [
      { type, item_id: "i", transcript: "turn on", status: "in_progress" },
      { type, item_id: "i", transcript: "turn on the light", status: "in_progress" },
      { type, item_id: "i", transcript: "turn on the light", status: "completed" },
    ].map(eventMatcher("user-words"));
    assert.deepEqual(seen, [false, false, true]);
  });

  it("finds a tool call once, and only a complete one", () => {
    const calls = eventMatcher("tool-calls");
    const call = { type: "function_call", status: "completed" };
    const seen = [
      { type: "response.output_item.added", item: { ...call, status: "in_progress" } },
      { type: "response.function_call_arguments.done" },
      { type: "conversation.item.done", item: call },
      { type: "response.output_item.done", item: call },
      { type: "response.output_item.done", item: { ...call, status: "incomplete" } },
      { type: "response.output_item.done", item: { type: "message", status: "completed" } },
    ].map(calls);
    assert.deepEqual(seen, [false, false, false, true, false, false]);
  });

  it("describes each group, under a name that is no type of event", () => {
    for (const { name, description } of eventGroups) {
      assert.ok(description.length > 10);
      assert.ok(!eventTypes.has(name));
    }
  });
});
