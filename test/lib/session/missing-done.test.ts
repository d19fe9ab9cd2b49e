import assert from "node:assert/strict";
import type { RealtimeEvent, UnknownEvent } from "../../../lib/protocol/event-types";
import { MissingDone } from "../../../lib/session/missing-done";

const added = (item: object, previous_item_id: string | null = null) =>
  ({ type: "conversation.item.added", event_id: "a", previous_item_id, item }) as RealtimeEvent;
const ended = (item: object) =>
  ({ type: "response.output_item.done", event_id: "o", response_id: "r", output_index: 0, item }) as RealtimeEvent; // prettier-ignore
const user = { id: "u", type: "message", role: "user", status: "completed", content: [] };
const begun = { id: "m", type: "message", role: "assistant", status: "in_progress", content: [] };
const answer = { ...begun, status: "completed", content: [{ type: "output_text", text: "Hi" }] };

describe("the items of a beta server", () => {
  const make = () => {
    let count = 0;
    const missing = new MissingDone(() => `own_${(count += 1)}`);
    return (...events: (RealtimeEvent | UnknownEvent)[]) =>
      events.flatMap((event) => missing.complete(event));
  };
  const typesOf = (events: readonly (RealtimeEvent | UnknownEvent)[]) =>
    events.map(({ type }) => type);

  it("are done at once when they are complete: what users say, and outputs of calls", () => {
    const complete = make();
    const output = { id: "f", type: "function_call_output", call_id: "c", output: "ok" };
    assert.deepEqual(complete(added(user, "before"), added(output)), [
      added(user, "before"),
      { ...added(user, "before"), type: "conversation.item.done", event_id: "own_1" },
      added(output),
      { ...added(output), type: "conversation.item.done", event_id: "own_2" },
    ]);
  });

  it("are done before their response says so, with all that it says of them, once", () => {
    const complete = make();
    const events = complete(added(begun, "u"), ended(answer), ended(answer));
    assert.deepEqual(typesOf(events), [
      "conversation.item.added",
      "conversation.item.done",
      "response.output_item.done",
      "response.output_item.done",
    ]);
    assert.deepEqual(events[1], {
      type: "conversation.item.done",
      event_id: "own_1",
      previous_item_id: "u",
      item: answer,
    });
  });

  it("are done with their response's word of it also where they are called incomplete until then", () => {
    const complete = make();
    const incomplete = { ...begun, status: "incomplete" };
    const output = { ...ended(incomplete), type: "response.output_item.added" } as RealtimeEvent;
    const events = complete(output, added(incomplete, "u"), ended(answer));
    assert.deepEqual(typesOf(events), [
      "response.output_item.added",
      "conversation.item.added",
      "conversation.item.done",
      "response.output_item.done",
    ]);
    assert.deepEqual(events[2], {
      type: "conversation.item.done",
      event_id: "own_1",
      previous_item_id: "u",
      item: answer,
    });
    // One that a connection is told again was cut off, and nothing more comes of it.
    assert.deepEqual(typesOf(complete(added({ ...incomplete, id: "told" }))), [
      "conversation.item.added",
      "conversation.item.done",
    ]);
  });

  it("are not said to be done where the server says it, or outside the conversation", () => {
    const complete = make();
    const done = { ...added(answer), type: "conversation.item.done" } as RealtimeEvent;
    assert.deepEqual(typesOf(complete(added(begun), done, ended(answer))), [
      "conversation.item.added",
      "conversation.item.done",
      "response.output_item.done",
    ]);
    assert.deepEqual(typesOf(complete(ended({ ...answer, id: "beside" }))), [
      "response.output_item.done",
    ]);
  });

  it("may be broken: the events pass through", () => {
    const complete = make();
    const broken: UnknownEvent[] = [
      { type: "conversation.item.added" },
      { type: "conversation.item.added", item: {} },
      { type: "conversation.item.done" },
      { type: "response.output_item.done" },
      { type: "ping" },
    ];
    assert.deepEqual(complete(...broken), broken);
  });
});
