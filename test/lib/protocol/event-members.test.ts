import assert from "node:assert/strict";
import { membersOf } from "../../../lib/protocol/event-members";
import { eventTypes } from "../../../lib/protocol/event-types";

function member(type: string, path: string) {
  const found = membersOf(type).filter((one) => one.path === path);
  assert.equal(found.length, 1, path);
  return found[0];
}

describe("members of an event", () => {
  it("are all of its own but type, each described, for every event", () => {
    for (const { type, schema } of eventTypes.values()) {
      const members = membersOf(type);
      const own = members.filter(({ path, name }) => path === name).map(({ name }) => name);
      const expected = Object.keys(schema.properties).filter((name) => name !== "type");
      assert.deepEqual(own.toSorted(), expected.toSorted(), type);
      assert.equal(new Set(members.map(({ path }) => path)).size, members.length, type);
      for (const { path, description } of members) assert.ok(description, `${type} ${path}`);
    }
  });

  it("say their kind, and whether they are required", () => {
    const truncate = membersOf("conversation.item.truncate").map(({ name, kind, required }) => [
      name,
      kind,
      required,
    ]);
    assert.deepEqual(truncate, [
      ["event_id", "string", false],
      ["item_id", "string", true],
      ["content_index", "integer", true],
      ["audio_end_ms", "integer", true],
    ]);
  });

  it("of a session reach down to its settings", () => {
    assert.equal(member("session.update", "session.audio.output.speed")?.kind, "number");
    assert.ok(member("session.update", "session.audio.output.voice")?.choices?.includes("marin"));
    assert.deepEqual(member("session.update", "session.type")?.choices, [
      "realtime",
      "transcription",
    ]);
    assert.deepEqual(member("session.update", "session.output_modalities")?.choices, [
      "audio",
      "text",
    ]);
  });

  it("with several forms are one member", () => {
    for (const path of [
      "session.audio.input.turn_detection",
      "session.truncation",
      "session.tracing",
    ]) {
      const inside = membersOf("session.update").filter((one) => one.path.startsWith(`${path}.`));
      assert.deepEqual(inside, []);
    }
    assert.deepEqual(
      membersOf("conversation.item.create").map(({ path, kind }) => [path, kind]),
      [
        ["event_id", "string"],
        ["previous_item_id", "string"],
        ["item", "object"],
      ],
    );
  });

  it("of an unknown type are none", () => {
    assert.deepEqual(membersOf("response.sing"), []);
    assert.deepEqual(membersOf("__proto__"), []);
  });
});
