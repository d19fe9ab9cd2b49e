import assert from "node:assert/strict";
import { Conversation, type StoredItem } from "../../../lib/local-server/conversation";
import { ItemAudio } from "../../../lib/local-server/item-audio";

const message = (id: string, text = ""): StoredItem => ({
  id,
  type: "message",
  role: "user",
  content: [{ type: "input_text", text }],
});
const mebibyte = 1024 * 1024;

describe("bounds of the built-in server's conversation", () => {
  it("hold the newest 2,000 items", () => {
    const conversation = new Conversation("conv_1");
    for (let index = 0; index <= 2_000; index++) conversation.add(message(`i${index}`), new Map());
    assert.equal(conversation.size, 2_000);
    assert.equal(conversation.get("i0"), undefined);
    assert.equal(conversation.previousOf("i1"), null);
    assert.equal(conversation.lastId, "i2000");
  });

  it("hold 32 MiB of text, and always the newest item", () => {
    const conversation = new Conversation("conv_1");
    const text = "x".repeat(10 * mebibyte);
    for (let index = 0; index < 5; index++) conversation.add(message(`i${index}`, text), new Map());
    assert.deepEqual(
      conversation.entries().map(({ item }) => item.id),
      ["i2", "i3", "i4"],
    );
    conversation.delete("i2");
    conversation.add(message("i5"), new Map());
    assert.equal(conversation.size, 3);
  });

  it("hold 256 KiB of audio: the oldest goes, its length stays known", () => {
    const conversation = new Conversation("conv_1");
    for (let index = 0; index < 5; index++) {
      const audio = new ItemAudio("audio/pcm", Buffer.alloc(0.07 * mebibyte));
      conversation.add(message(`i${index}`), new Map([[0, audio]]));
    }
    const kept = conversation.entries().map(({ audio }) => audio.get(0)?.bytes() != null);
    assert.deepEqual(kept, [false, false, true, true, true]);
    assert.equal(
      conversation.get("i0")?.audio.get(0)?.durationMs,
      Math.floor(0.07 * mebibyte) / 48,
    );
  });

  it("keep what is still to be recognised longer, up to 4 MiB", () => {
    const conversation = new Conversation("conv_1");
    const add = (id: string): ItemAudio => {
      const audio = ItemAudio.spoken("audio/pcm", Buffer.alloc(mebibyte));
      conversation.add(message(id), new Map([[0, audio]]));
      return audio;
    };
    const spoken = Array.from({ length: 4 }, (_, index) => add(`i${index}`));
    const answer = new ItemAudio("audio/pcm", Buffer.alloc(mebibyte));
    conversation.add(message("answer"), new Map([[0, answer]]));
    assert.deepEqual(
      spoken.map(({ keptBytes }) => keptBytes > 0),
      [false, true, true, true],
    );
    for (const audio of spoken) audio.isDue = false;
    add("last");
    assert.ok([...spoken, answer].every(({ keptBytes }) => keptBytes === 0));
  });

  it("keep the audio of the newest item, however long", () => {
    const conversation = new Conversation("conv_1");
    const audio = new ItemAudio("audio/pcm", Buffer.alloc(10 * mebibyte));
    conversation.add(message("long"), new Map([[0, audio]]));
    assert.equal(audio.keptBytes, 10 * mebibyte);
  });

  it("take ids that are names of an object's members", () => {
    const conversation = new Conversation("conv_1");
    conversation.add(message("__proto__"), new Map());
    conversation.add(message("constructor"), new Map(), "__proto__");
    assert.equal(conversation.previousOf("constructor"), "__proto__");
    assert.equal(conversation.get("toString"), undefined);
  });
});
