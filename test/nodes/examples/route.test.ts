import assert from "node:assert/strict";
import { next, useNodeRed } from "../../support/canvas";
import { Example } from "../../support/example";

describe("example 3: route the events", () => {
  useNodeRed();

  it("shows the user's words, the tool call they become, and the answer", async () => {
    const example = new Example("3 Route the events");
    await example.load();
    const words = next(example.id("user words"));
    const called = next(example.id("tool calls"));
    const answer = next(example.id("assistant words"));
    example.press("what time is it");
    assert.equal((await words).payload, "what time is it");
    assert.equal((await called).topic, "response.output_item.done");
    assert.match(String((await answer).payload), /\d\d.\d\d/);
  });
});
