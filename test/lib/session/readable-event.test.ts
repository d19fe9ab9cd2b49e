import assert from "node:assert/strict";
import { eventId, response, type WireEvent } from "../../support/memory-server";
import { codesOf, makeReadySession } from "./ready-session";

const part = { response_id: "r", item_id: "a", output_index: 0, content_index: 0 };

const added = (item: Record<string, unknown>): WireEvent => ({
  type: "conversation.item.added",
  event_id: eventId(),
  item,
});

const answer = (members: object = {}) => ({
  id: "a",
  type: "message",
  role: "assistant",
  content: [{ type: "output_text", text: "Hello" }],
  ...members,
});

describe("events with something wrong in what is read of them", () => {
  for (const [what, delta] of [
    ["no delta", undefined],
    ["a delta that has only a length", { length: -1e12 }],
  ] as const)
    it(`${what}: the text, its size and the cost stay what they are`, async () => {
      const { session, peer, events, errors } = await makeReadySession();
      peer.send(added(answer()), {
        type: "response.created",
        event_id: eventId(),
        response: response("r"),
      });
      const { text } = session.sizes();
      const types = ["output_text", "output_audio", "output_audio_transcript"].map(
        (name) => `response.${name}.delta`,
      );
      for (const type of types) peer.send({ type, event_id: eventId(), ...part, delta });
      peer.send({ type: "response.done", event_id: eventId(), response: response("r") });
      assert.deepEqual(session.conversation.items, [answer()]);
      assert.equal(session.sizes().text, text);
      assert.ok(Number.isFinite(session.usage.session.cost));
      assert.deepEqual(codesOf(errors), Array(3).fill("event_not_understood"));
      const emitted = events.map(({ event }) => event.type);
      for (const type of types) assert.ok(emitted.some((name) => name === type));
    });

  it("a broken item in response.done keeps neither the others nor the next response back", async () => {
    const { session, peer } = await makeReadySession();
    peer.send({ type: "response.created", event_id: eventId(), response: response("r") });
    const next = session.send({ type: "response.create" });
    await peer.nothingMore();
    const output = [null, { id: "b", type: "message", role: "user", content: [null] }, answer()];
    peer.send({ type: "response.done", event_id: eventId(), response: response("r", { output }) });
    await peer.next("response.create");
    assert.deepEqual(session.conversation.items, [answer()]);
    await session.close();
    await assert.rejects(next);
  });

  it("an error whose reason is a text tells it, with the code beside it", async () => {
    const { peer, errors } = await makeReadySession();
    const reason = { error: "The model `m` does not exist.", code: "model_not_validated" };
    peer.send({ type: "error", event_id: eventId(), ...reason });
    assert.deepEqual(
      errors.map(({ code, message }) => [code, message]),
      [[reason.code, reason.error]],
    );
  });

  it("an item whose id is that of an item of another kind changes nothing", async () => {
    const { session, peer } = await makeReadySession();
    peer.send(
      added(answer()),
      added({ id: "a", type: "function_call", call_id: "c", name: "n", arguments: "{}" }),
      added(answer({ role: "user" })),
    );
    assert.deepEqual(session.conversation.items, [answer()]);
  });

  it("an item that began without content gets it when it is done", async () => {
    const { session, peer } = await makeReadySession();
    peer.send(added({ id: "a", type: "message", role: "assistant" }));
    peer.send({ ...added(answer()), type: "conversation.item.done" });
    assert.deepEqual(session.conversation.items, [answer()]);
  });

  it("items of new types and roles are kept, counted, and left out of a restoration", async () => {
    const { session, server, peer, clock, errors } = await makeReadySession({ random: () => 0.5 });
    const items = [
      { id: "b", type: "thought", text: "x".repeat(1000) },
      { id: "c", type: "message", role: "developer", content: [] },
      answer(),
    ];
    for (const item of items) peer.send(added(item));
    assert.deepEqual(session.conversation.items, items);
    assert.ok(session.sizes().text > 1000);
    peer.end({ kind: "closed", code: 1006, reason: "" });
    await clock.advance(600);
    const next = await server.greet();
    assert.equal((await next.next("conversation.item.create"))["item"].id, "a");
    next.send(added(answer()));
    assert.equal(session.state.status, "ready");
    assert.deepEqual(codesOf(errors), ["connection_lost"]);
  });

  it("texts that come with the end of a part count as well", async () => {
    const { session, peer } = await makeReadySession();
    peer.send(added(answer()));
    peer.send({
      type: "response.output_text.done",
      event_id: eventId(),
      ...part,
      text: "x".repeat(3_000_000),
    });
    assert.ok(session.sizes().text > 3_000_000);
    peer.send(
      added(answer({ id: "b", content: [{ type: "output_text", text: "x".repeat(2e6) }] })),
    );
    assert.deepEqual(
      session.conversation.items.map(({ id }) => id),
      ["b"],
    );
  });
});
