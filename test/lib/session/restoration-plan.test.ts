import assert from "node:assert/strict";
import type { Item } from "../../../lib/protocol/items";
import { planRestoration } from "../../../lib/session/restoration-plan";

const plan = (...items: Item[]) =>
  planRestoration(
    { items, isOpen: () => false, heard: () => undefined, newItemId: () => "item_new" },
    { items: 100, tokens: 1000 },
  );

describe("what is told to a new connection", () => {
  it("has words in the place of a picture, which is not kept, and counts it as lost", () => {
    const { items, lost } = plan({
      type: "message",
      id: "item_1",
      role: "user",
      content: [{ type: "input_text", text: "What is this?" }, { type: "input_image" }],
    });
    assert.deepEqual(
      items.map(({ item }) => item.type === "message" && item.content),
      [
        [
          { type: "input_text", text: "What is this?" },
          { type: "input_text", text: "[a picture that is no longer there]" },
        ],
      ],
    );
    assert.equal(lost, 1);
  });

  it("has a picture that is an address as it was", () => {
    const picture = { type: "input_image" as const, image_url: "https://example.com/a.png" };
    const { items, lost } = plan({
      type: "message",
      id: "item_1",
      role: "user",
      content: [picture],
    });
    assert.deepEqual(
      items.map(({ item }) => item.type === "message" && item.content),
      [[picture]],
    );
    assert.equal(lost, 0);
  });

  it("keeps the words of speech that stands beside speech without a transcript", () => {
    const { items } = plan({
      type: "message",
      id: "item_1",
      role: "user",
      content: [{ type: "input_audio" }, { type: "input_audio", transcript: "hello" }],
    });
    assert.deepEqual(
      items.map(({ item }) => item.type === "message" && item.content),
      [
        [
          { type: "input_text", text: "[speech without a transcript]" },
          { type: "input_text", text: "hello" },
        ],
      ],
    );
  });
});
