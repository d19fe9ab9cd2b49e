import assert from "node:assert/strict";
import type { EventOf, RealtimeEvent } from "../../../lib/index";
import { eventId, type WireEvent } from "../../support/memory-server";
import { makeReadySession, userText } from "./ready-session";

const part = { response_id: "r1", output_index: 0, content_index: 0, item_id: "a" };

const message = (id: string, members: Record<string, unknown> = {}): WireEvent => ({
  type: "message",
  id,
  role: "assistant",
  status: "in_progress",
  content: [],
  ...members,
});

const added = (item: WireEvent, previous_item_id?: string | null): WireEvent => ({
  type: "conversation.item.added",
  event_id: eventId(),
  item,
  ...(previous_item_id === undefined ? {} : { previous_item_id }),
});

function localTypes(events: readonly { event: RealtimeEvent }[]): string[] {
  return events
    .map(({ event }) => event.type)
    .filter((type) =>
      /^conversation\.(item\.(appended|completed)|updated|interrupted)$/.test(type),
    );
}

describe("conversation", () => {
  it("collects an answer's transcript as it streams in", async () => {
    const { session, peer } = await makeReadySession();
    peer.send(
      added(message("a")),
      { type: "response.output_audio_transcript.delta", ...part, delta: "Hel" },
      { type: "response.output_audio_transcript.delta", ...part, delta: "lo" },
    );
    assert.deepEqual(session.conversation.get("a"), {
      ...message("a"),
      content: [{ type: "output_audio", transcript: "Hello" }],
    });
  });

  it("keeps parts and items of interleaved responses apart", async () => {
    const { session, peer } = await makeReadySession();
    const text = (item_id: string, content_index: number, delta: string): WireEvent => ({
      type: "response.output_text.delta",
      ...part,
      item_id,
      content_index,
      delta,
    });
    peer.send(
      added(message("a")),
      added(message("b")),
      text("a", 0, "a0"),
      text("b", 0, "b0"),
      text("a", 1, "a1"),
      text("b", 0, "+"),
      text("a", 0, "+"),
    );
    assert.deepEqual(
      session.conversation.items.map((item) => ("content" in item ? item.content : [])),
      [
        [
          { type: "output_text", text: "a0+" },
          { type: "output_text", text: "a1" },
        ],
        [{ type: "output_text", text: "b0+" }],
      ],
    );
  });

  it("announces an item once, whichever events carry it", async () => {
    const { peer, events } = await makeReadySession();
    const item = message("a", { status: "completed" });
    for (const type of [
      "conversation.item.created",
      "conversation.item.added",
      "conversation.item.done",
      "conversation.item.retrieved",
    ])
      peer.send({ type, event_id: eventId(), item });
    peer.send({ type: "response.output_item.done", ...part, item });
    assert.deepEqual(localTypes(events), [
      "conversation.item.appended",
      "conversation.item.completed",
    ]);
  });

  it("keeps what a later event leaves out or has as null", async () => {
    const { session, peer } = await makeReadySession();
    const spoken = (transcript: string | null) =>
      message("u", {
        role: "user",
        status: "completed",
        content: [{ type: "input_audio", transcript }],
      });
    const { content: _, ...withoutContent } = spoken(null);
    peer.send(
      added(spoken(null)),
      {
        type: "conversation.item.input_audio_transcription.completed",
        event_id: eventId(),
        item_id: "u",
        content_index: 0,
        transcript: "turn on the light",
      },
      { type: "conversation.item.done", event_id: eventId(), item: spoken(null) },
      { type: "conversation.item.done", event_id: eventId(), item: withoutContent as WireEvent },
    );
    const item = session.conversation.get("u");
    assert.ok(item?.type === "message" && item.role === "user");
    assert.equal(item.content[0]?.transcript, "turn on the light");
  });

  it("takes a transcript that comes before its item", async () => {
    const { session, peer } = await makeReadySession();
    peer.send(
      {
        type: "conversation.item.input_audio_transcription.completed",
        event_id: eventId(),
        item_id: "u",
        content_index: 0,
        transcript: "early",
      },
      added(message("u", { role: "user", content: [{ type: "input_audio", transcript: null }] })),
    );
    const item = session.conversation.get("u");
    assert.ok(item?.type === "message" && item.role === "user");
    assert.equal(item.content[0]?.transcript, "early");
  });

  it("orders items as the server says, not as they come", async () => {
    const { session, peer } = await makeReadySession();
    peer.send(
      added(message("a"), null),
      added(message("c"), "a"),
      { type: "response.output_item.added", ...part, item: message("d") },
      added(message("b"), "a"),
      added(message("d"), "b"),
      added(message("e"), "unknown"),
    );
    assert.deepEqual(
      session.conversation.items.map(({ id }) => id),
      ["a", "b", "d", "c", "e"],
    );
  });

  it("puts an item first that was sent to the root", async () => {
    const { session, peer } = await makeReadySession();
    peer.send(added(message("a"), null));
    void session.send({ ...userText("first"), previous_item_id: "root" });
    const { item } = await peer.next("conversation.item.create");
    peer.send(added(item, null));
    assert.deepEqual(
      session.conversation.items.map(({ id }) => id),
      [item.id, "a"],
    );
  });

  it("places a spoken item where its commit said", async () => {
    const { session, peer } = await makeReadySession();
    peer.send(
      added(message("a"), null),
      {
        type: "input_audio_buffer.committed",
        event_id: eventId(),
        item_id: "u",
        previous_item_id: "a",
      },
      added(message("b"), "a"),
      added(message("u", { role: "user" })),
    );
    assert.deepEqual(
      session.conversation.items.map(({ id }) => id),
      ["a", "u", "b"],
    );
  });

  it("leaves out the items of a response outside the conversation", async () => {
    const { session, peer } = await makeReadySession();
    peer.send(
      { type: "response.created", event_id: "1", response: { id: "r1", conversation_id: null } },
      { type: "response.output_item.added", ...part, item: message("a") },
      { type: "response.output_item.done", ...part, item: message("a", { status: "completed" }) },
      { type: "response.done", event_id: "2", response: { id: "r1", output: [message("a")] } },
    );
    assert.deepEqual(session.conversation.items, []);
  });

  it("drops the transcript of a truncated answer, and its audio past the cut", async () => {
    const { session, peer } = await makeReadySession({ keepAudioBytes: 100_000 });
    const audio = Buffer.alloc(4800, 7);
    peer.send(
      added(message("a")),
      { type: "response.output_audio_transcript.delta", ...part, delta: "Hello" },
      { type: "response.output_audio.delta", ...part, delta: audio.toString("base64") },
      {
        type: "conversation.item.truncated",
        event_id: eventId(),
        item_id: "a",
        content_index: 0,
        audio_end_ms: 50,
      },
    );
    assert.deepEqual(session.conversation.audio("a"), audio.subarray(0, 2400));
    const item = session.conversation.get("a");
    assert.ok(item?.type === "message" && item.role === "assistant");
    assert.equal(item.content[0]?.transcript, "");
  });

  it("keeps no audio unless asked, and no more than asked", async () => {
    const delta = {
      type: "response.output_audio.delta",
      delta: Buffer.alloc(100).toString("base64"),
    };
    const none = await makeReadySession();
    none.peer.send(added(message("a")), { ...part, ...delta });
    assert.equal(none.session.conversation.audio("a"), undefined);
    const some = await makeReadySession({ keepAudioBytes: 250 });
    for (const item_id of ["a", "b", "c"])
      some.peer.send(added(message(item_id)), { ...part, ...delta, item_id });
    assert.equal(some.session.conversation.audio("a"), undefined);
    assert.equal(some.session.conversation.audio("c")?.length, 100);
  });

  it("keeps neither sound nor pictures of an item, whichever event brings them", async () => {
    const { session, peer } = await makeReadySession();
    const sound = { type: "input_audio", audio: "AAAA", transcript: "hello" };
    const picture = { type: "input_image", image_url: "data:image/png;base64,AAAA" };
    const place = { type: "input_image", image_url: "https://example.com/a.png" };
    const whole = message("a", { role: "user", content: [sound, picture, place] });
    const kept = [{ type: "input_audio", transcript: "hello" }, { type: "input_image" }, place];
    peer.send(added(whole));
    assert.deepEqual(session.conversation.get("a"), { ...whole, content: kept });
    peer.send(added(message("b", { role: "user" })), added({ ...whole, id: "b" }));
    assert.deepEqual(session.conversation.get("b"), { ...whole, id: "b", content: kept });
  });

  it("forgets a deleted item", async () => {
    const { session, peer } = await makeReadySession();
    peer.send(added(message("a")), {
      type: "conversation.item.deleted",
      event_id: eventId(),
      item_id: "a",
    });
    assert.equal(session.conversation.get("a"), undefined);
  });

  it("stays within its bounds however long the talk is", async () => {
    const { session, peer } = await makeReadySession();
    for (let index = 0; index < 2100; index += 1) peer.send(added(message(`i${index}`)));
    assert.equal(session.sizes().items, 2000);
    assert.equal(session.conversation.get("i99"), undefined);
    for (let index = 0; index < 50; index += 1)
      peer.send(
        added(message(`m${index}`, { content: [{ type: "output_text", text: "x".repeat(1e5) }] })),
      );
    assert.ok(session.sizes().text <= 4 * 1024 * 1024);
    assert.ok(session.conversation.has("m49"));
    // What comes with the end of an item counts too.
    for (let index = 0; index < 50; index += 1) {
      const item = { type: "function_call", id: `c${index}`, call_id: `c${index}`, name: "log" };
      peer.send(added({ ...item, arguments: "" }), {
        type: "conversation.item.done",
        event_id: eventId(),
        item: { ...item, arguments: "x".repeat(1e5) },
      });
    }
    assert.deepEqual(
      [session.conversation.has("c0"), session.conversation.has("c49")],
      [false, true],
    );
  });

  it("keeps system messages when it forgets, as they are told to every connection", async () => {
    const { session, peer } = await makeReadySession();
    const system = (id: string) => added(message(id, { role: "system", status: "completed" }));
    peer.send(system("rules"));
    for (let index = 0; index < 2100; index += 1) peer.send(added(message(`i${index}`)));
    assert.equal(session.sizes().items, 2000);
    assert.equal(session.conversation.items[0]?.id, "rules");
    assert.equal(session.conversation.get("i100"), undefined);
    assert.ok(session.conversation.has("i101"));
  });

  it("keeps place for the talk however many system messages there are", async () => {
    const { session, peer } = await makeReadySession();
    for (let index = 0; index < 2100; index += 1)
      peer.send(
        added(message(`s${index}`, { role: "system", status: "completed" })),
        added(message(`i${index}`)),
      );
    const { items } = session.conversation;
    assert.equal(items.length, 2000);
    assert.equal(items.filter(({ id }) => id?.startsWith("i")).length >= 500, true);
    assert.equal(session.conversation.get("s0"), undefined);
    assert.ok(session.conversation.has("s2099"));
  });

  it("is not changed by a listener that empties what it was given", async () => {
    const { session, peer } = await makeReadySession();
    session.on("event", (event) => {
      if ("item" in event && typeof event.item === "object")
        for (const value of [...Object.values<unknown>(event.item), event.item])
          if (typeof value === "object" && value !== null)
            for (const name of Object.keys(value)) Reflect.deleteProperty(value, name);
    });
    const item = message("a", { content: [{ type: "output_text", text: "kept" }] });
    peer.send(added(item));
    assert.deepEqual(session.conversation.get("a"), item);
    assert.deepEqual(session.conversation.items, [item]);
    const list = { type: "mcp_list_tools", id: "l", server_label: "home" };
    peer.send(added(list), added({ ...list, tools: [{ name: "kept" }] }));
    assert.deepEqual(session.conversation.get("l"), { ...list, tools: [{ name: "kept" }] });
  });

  it("tells of updates only while somebody wants them", async () => {
    const { session, peer, events } = await makeReadySession();
    peer.send(added(message("a")));
    const stop = session.observe("conversation.updated");
    peer.send({ type: "response.output_text.delta", ...part, delta: "Hi" });
    stop();
    peer.send({ type: "response.output_text.delta", ...part, delta: "!" });
    const updates = events
      .map(({ event }) => event)
      .filter(
        (event): event is EventOf<"conversation.updated"> => event.type === "conversation.updated",
      );
    assert.equal(updates.length, 1);
    assert.equal(updates[0]?.result.item_id, "a");
    assert.deepEqual(updates[0]?.result.delta, { text: "Hi" });
    assert.equal(updates[0]?.result.item?.formatted?.text, "Hi");
  });

  it("tells of an interruption whenever somebody begins to speak", async () => {
    const { peer, events } = await makeReadySession();
    peer.send({ type: "input_audio_buffer.speech_started", item_id: "u", audio_start_ms: 0 });
    assert.deepEqual(localTypes(events), ["conversation.interrupted"]);
  });

  it("says what a call and its output are", async () => {
    const { peer, events } = await makeReadySession();
    peer.send(
      added({
        type: "function_call",
        id: "f",
        call_id: "c",
        name: "t",
        arguments: "{}",
        status: "completed",
      }),
      added({ type: "function_call_output", id: "o", call_id: "c", output: "42" }),
    );
    const formatted = events.flatMap(({ event }) =>
      event.type === "conversation.item.appended" ? [event.item.formatted] : [],
    );
    assert.deepEqual(formatted, [
      {
        text: "",
        transcript: "",
        tool: { type: "function", name: "t", call_id: "c", arguments: "{}" },
      },
      { text: "", transcript: "", output: "42" },
    ]);
  });
});
