import assert from "node:assert/strict";
import type { RealtimeError, UnknownEvent } from "../../../lib/index";
import type { SessionOptions } from "../../../lib/session/session-options";
import type { SocketEnd } from "../../../lib/session/socket";
import { settled } from "../../support/fake-clock";
import { eventId, serverError, type MemoryPeer, type WireEvent } from "../../support/memory-server";
import { begin, call, callDone, light, responseDone } from "./calling-peer";
import {
  codesOf,
  makeReadySession,
  makeSession,
  target,
  userText,
  withCode,
} from "./ready-session";

const dropped: SocketEnd = { kind: "closed", code: 1006, reason: "" };

const tool = {
  name: "set_light",
  parameters: { type: "object" },
  deadlineMs: 60_000,
  onDeadline: "No answer.",
};

const updated = { type: "session.updated", event_id: "u", session: {} };

const added = (item: WireEvent): WireEvent => ({
  type: "conversation.item.added",
  event_id: eventId(),
  item,
});

const message = (id: string, text: string, role = "user"): WireEvent => ({
  type: "message",
  id,
  role,
  status: "completed",
  content: [{ type: role === "user" ? "input_text" : "output_text", text }],
});

/** Speech that the server ends and does not answer. */
const cough: readonly WireEvent[] = [
  { type: "input_audio_buffer.speech_started", event_id: "1", item_id: "i", audio_start_ms: 0 },
  { type: "input_audio_buffer.speech_stopped", event_id: "2", item_id: "i", audio_end_ms: 100 },
];

const kindOf = ({ type, item }: WireEvent): string => item?.type ?? type;

async function makeRecoverable(options: Partial<SessionOptions> = {}) {
  const made = await makeReadySession({ random: () => 0.5, ...options });
  const notices: UnknownEvent[] = [];
  made.session.on("unknown", (event) => {
    if (event.type.startsWith("local.")) notices.push(event);
  });
  return { ...made, notices };
}

/** A session without turn detection; `again` accepts the next connection. */
async function makePushToTalk() {
  const settings = { type: "realtime", audio: { input: { turn_detection: null } } } as const;
  const made = await makeRecoverable({ settings });
  return {
    ...made,
    append: (audio: string) => made.session.send({ type: "input_audio_buffer.append", audio }),
    again: async (): Promise<MemoryPeer> => {
      const next = await made.server.greet();
      await next.next("session.update");
      next.send(updated);
      await settled();
      return next;
    },
  };
}

/** Answers what a new connection is told, and returns it; ends when nothing more comes. */
async function acceptAll(peer: MemoryPeer): Promise<WireEvent[]> {
  const told: WireEvent[] = [];
  for (let index = 0; ; index += 1) {
    await settled();
    const event = peer.received[index];
    if (event === undefined) return told;
    told.push(event);
    if (event.type === "session.update") peer.send(updated);
    if (event.type === "conversation.item.create") peer.send(added(event["item"]));
  }
}

/** Two seconds of an answer "a", as its server speaks them. */
function spokenAnswer(): readonly WireEvent[] {
  const at = { response_id: "r", item_id: "a", output_index: 0, content_index: 0 };
  const second = Buffer.alloc(48_000).toString("base64");
  return [
    added({ ...message("a", "", "assistant"), content: [] }),
    {
      type: "response.output_audio_transcript.delta",
      event_id: eventId(),
      ...at,
      delta: "The light in the kitchen is on now",
    },
    { type: "response.output_audio.delta", event_id: eventId(), ...at, delta: second },
    { type: "response.output_audio.delta", event_id: eventId(), ...at, delta: second },
  ];
}

describe("recovery", () => {
  it("makes a broken connection again, after a wait", async () => {
    const { session, server, peer, clock, errors } = await makeRecoverable();
    peer.end(dropped);
    const { state } = session;
    assert.ok(state.status === "recovering");
    assert.equal(state.attempt, 1);
    assert.equal(state.retryAt, clock.now() + 500);
    assert.deepEqual(codesOf(errors), ["connection_lost"]);
    await clock.advance(499);
    assert.equal(server.peers.length, 1);
    await clock.advance(1);
    await server.greet();
    assert.deepEqual(session.state, { status: "ready", epoch: 2 });
  });

  it("tells once of a server that takes each connection and drops it, and again after one that lasted", async () => {
    const { server, clock, errors, peer } = await makeRecoverable({ random: () => 0.5 });
    peer.end(dropped);
    const again = async (): Promise<MemoryPeer> => {
      await clock.advance(30_000);
      return await server.greet();
    };
    for (let times = 0; times < 100; times += 1) (await again()).end(dropped);
    assert.deepEqual(codesOf(errors), ["connection_lost"]);
    (await again()).end({ kind: "failed", code: "ECONNRESET" });
    assert.deepEqual(codesOf(errors), ["connection_lost", "connection_failed"]);
    const lasting = await again();
    await clock.advance(60_000);
    lasting.end(dropped);
    assert.equal(codesOf(errors).at(-1), "connection_lost");
    assert.equal(errors.length, 3);
  });

  it("warns once of what each connection of a talk does not take, however often it is made again", async () => {
    const { session, server, clock, errors } = makeSession({
      target: () => ({ ...target, dialect: "beta", settingsAck: "optional" }),
      settings: { type: "realtime", tracing: "auto", reasoning: { effort: "low" } },
      random: () => 0.5,
      idle: { openMs: 0 },
    });
    const greet = async (): Promise<MemoryPeer> => {
      const peer = await server.greet();
      await clock.advance(10_000);
      assert.equal(session.state.status, "ready");
      return peer;
    };
    const warnings = () => codesOf(errors).filter((code) => code !== "connection_lost");
    void session.connect();
    const first = await greet();
    const warned = warnings();
    assert.deepEqual([...new Set(warned)], ["no_beta_counterpart", "settings_not_acknowledged"]);
    first.end(dropped);
    for (let times = 0; times < 24; times += 1) {
      await clock.advance(40_000);
      (await greet()).end(dropped);
    }
    assert.deepEqual(warnings(), warned);
    await session.disconnect();
    void session.connect();
    await greet();
    assert.deepEqual(warnings(), [...warned, ...warned]);
  });

  it("tells settings and tools first, then the talk in order, then what waited", async () => {
    const { session, server, peer, clock, notices, events } = await makeRecoverable({
      settings: { type: "realtime", instructions: "Be brief." },
      tools: [tool],
    });
    peer.send(added(message("a", "hello")), added(message("b", "hi", "assistant")));
    peer.end(dropped);
    const sent = session.send(userText("and now"));
    await clock.advance(500);
    const count = events.length;
    const second = await server.greet();
    const told = await acceptAll(second);
    assert.deepEqual(
      told.map(({ type, item, session: settings }) => [
        type,
        item?.content[0].text ?? settings.instructions,
      ]),
      [
        ["session.update", "Be brief."],
        ["conversation.item.create", "hello"],
        ["conversation.item.create", "hi"],
        ["conversation.item.create", "and now"],
      ],
    );
    assert.deepEqual(
      told[0]?.["session"].tools.map(({ name }: { name: string }) => name),
      ["set_light"],
    );
    await sent;
    assert.deepEqual(
      notices.map(({ type, epoch, items, lost }) => [type, epoch ?? [items, lost]]),
      [
        ["local.connection.changed", 2],
        ["local.session.restored", [2, 0]],
      ],
    );
    assert.deepEqual(
      session.conversation.items.map(({ id }) => id),
      ["a", "b", told[3]?.["item"].id],
    );
    const restored = events.slice(count).filter(({ info }) => info.cause === "restore");
    assert.deepEqual(
      restored.map(({ event }) => event.type),
      ["session.created", "session.updated", "conversation.item.added", "conversation.item.added"],
    );
  });

  it("tells of an answer that was cut off only what was heard", async () => {
    const { server, peer, clock } = await makeRecoverable();
    peer.send(...spokenAnswer(), {
      type: "conversation.item.truncated",
      event_id: eventId(),
      item_id: "a",
      content_index: 0,
      audio_end_ms: 1000,
    });
    for (let drops = 0; drops < 2; drops += 1) {
      (await server.peer()).end(dropped);
      await clock.advance(2000);
      const told = await acceptAll(await server.greet());
      assert.deepEqual(
        told.map(({ item }) => item),
        [
          {
            type: "message",
            role: "assistant",
            status: "incomplete",
            content: [{ type: "output_text", text: "The light in the" }],
            id: "a",
          },
        ],
      );
    }
  });

  it("stops at the third frame in a row that is too large", async () => {
    const { session, server, clock, errors } = await makeRecoverable();
    const tooLarge: SocketEnd = { kind: "failed", code: "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH" };
    for (let index = 0; index < 3; index += 1) {
      assert.equal(session.state.status, "ready");
      (await server.peer()).end(tooLarge);
      await clock.advance(10_000);
      if (index < 2) await server.greet();
    }
    assert.equal(session.state.status, "stopped");
    assert.equal(errors.at(-1)?.code, "frame_too_large");
  });

  it("does not count frames that are too large as in a row when connections lasted between", async () => {
    const { session, server, clock } = await makeRecoverable();
    for (let index = 0; index < 4; index += 1) {
      await clock.advance(60_000);
      (await server.peer()).end({ kind: "failed", code: "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH" });
      assert.equal(session.state.status, "recovering");
      await clock.advance(1000);
      await server.greet();
    }
    assert.equal(session.state.status, "ready");
  });

  it("skips an item that the new connection refuses, and counts it as lost", async () => {
    const { server, peer, clock, notices } = await makeRecoverable();
    peer.send(added(message("a", "one")), added(message("b", "two")));
    peer.end(dropped);
    await clock.advance(500);
    const second = await server.greet();
    await second.next("conversation.item.create");
    second.send(serverError({ code: "invalid_value" }));
    second.send(added((await second.next("conversation.item.create"))["item"]));
    assert.deepEqual(notices.map(({ items, lost }) => [items, lost]).at(-1), [1, 1]);
  });

  it("tells an item once more that the new connection refuses for a trouble of its own", async () => {
    const { server, peer, clock, notices } = await makeRecoverable();
    peer.send(added(message("a", "one")), added(message("b", "two")));
    peer.end(dropped);
    await clock.advance(500);
    const second = await server.greet();
    const trouble = { code: "server_error", type: "server_error" };
    const ids: string[] = [];
    for (let times = 0; times < 2; times += 1) {
      ids.push((await second.next("conversation.item.create"))["item"].id);
      second.send(serverError(trouble));
    }
    for (let times = 0; times < 2; times += 1) {
      const { item } = await second.next("conversation.item.create");
      ids.push(item.id);
      second.send(times === 0 ? serverError(trouble) : added(item));
    }
    assert.deepEqual(ids, ["a", "a", "b", "b"]);
    assert.deepEqual(notices.map(({ items, lost }) => [items, lost]).at(-1), [1, 1]);
  });

  it("follows a server that gives items ids of its own", async () => {
    const { session, server, peer, clock } = await makeRecoverable();
    const long = "x".repeat(40);
    peer.send(added(message(long, "one")), added(message("b", "two")));
    peer.end(dropped);
    await clock.advance(500);
    const second = await server.greet();
    for (const id of ["their-1", "their-2"]) {
      const { item } = await second.next("conversation.item.create");
      assert.ok(item.id.length <= 32);
      second.send(added({ ...item, id }));
      second.send({ type: "conversation.item.done", event_id: eventId(), item: { ...item, id } });
    }
    assert.equal(session.state.status, "ready");
    assert.deepEqual(
      session.conversation.items.map(({ id }) => id),
      ["their-1", "their-2"],
    );
  });

  it("does not take an item that the server makes by itself for the one that it tells", async () => {
    const { session, server, peer, clock } = await makeRecoverable();
    peer.send(added(message("a", "one")), added(message("b", "two")));
    peer.end(dropped);
    await clock.advance(500);
    const second = await server.greet();
    second.send(added({ type: "mcp_list_tools", id: "list", server_label: "calendar", tools: [] }));
    const told = await acceptAll(second);
    assert.deepEqual(
      told.map(({ item }) => item.id),
      ["a", "b"],
    );
    assert.deepEqual(
      session.conversation.items.map(({ id }) => id),
      ["a", "b"],
    );
  });

  it("takes an item anew that is deleted after it was told, and created again", async () => {
    const { session, server, peer, clock } = await makeRecoverable();
    peer.send(added(message("status", "rain")));
    peer.end(dropped);
    await clock.advance(500);
    const second = await server.greet();
    await acceptAll(second);
    const deleted = session.send({ type: "conversation.item.delete", item_id: "status" });
    const item = message("status", "sun");
    const sent = session.send({ type: "conversation.item.create", item });
    second.send(
      { type: "conversation.item.deleted", event_id: eventId(), item_id: "status" },
      added(item),
    );
    await deleted;
    await settled();
    assert.equal(session.sizes().requests, 0);
    assert.equal((await sent).accepted, "acknowledged");
    assert.deepEqual(
      session.conversation.items.map((known) => "content" in known && known.content?.[0]?.text),
      ["sun"],
    );
  });

  describe("keeps items in their place that the new connection is not told", () => {
    const ids = ({ conversation }: { conversation: { items: readonly { id?: string }[] } }) =>
      conversation.items.map(({ id }) => id);
    const behind = (item: WireEvent, previous_item_id: string): WireEvent => ({
      ...added(item),
      previous_item_id,
    });

    it("an answer that was cut off before its first word", async () => {
      const { session, server, peer, clock } = await makeRecoverable();
      peer.send(
        added(message("a", "One")),
        added({ ...message("b", "", "assistant"), content: [] }),
      );
      peer.end(dropped);
      await clock.advance(500);
      const next = await server.greet();
      await acceptAll(next);
      next.send(behind(message("c", "Two"), "a"), behind(message("d", "Three"), "c"));
      assert.deepEqual(ids(session), ["a", "b", "c", "d"]);
    });

    it("what is beyond the budget", async () => {
      const { session, server, peer, clock } = await makeRecoverable({
        restoration: { tokens: 100 },
      });
      const long = "x".repeat(400);
      peer.send(added(message("s", "Be kind.", "system")), added(message("a", long)));
      peer.send(added(message("b", long)));
      peer.end(dropped);
      await clock.advance(500);
      const next = await server.greet();
      assert.deepEqual(
        (await acceptAll(next)).map(({ item }) => item.id),
        ["s"],
      );
      next.send(behind(message("c", "One"), "s"), behind(message("d", "Two"), "s"));
      assert.deepEqual(ids(session), ["s", "a", "b", "d", "c"]);
    });

    it("one that it refused", async () => {
      const { session, server, peer, clock } = await makeRecoverable();
      peer.send(added(message("a", "One")), added(message("b", "Two")));
      peer.end(dropped);
      await clock.advance(500);
      const next = await server.greet();
      next.send(added((await next.next("conversation.item.create"))["item"]));
      const { event_id } = await next.next("conversation.item.create");
      next.send(serverError({ code: "invalid_value", event_id }));
      await settled();
      next.send(behind(message("c", "Three"), "a"));
      assert.deepEqual(ids(session), ["a", "b", "c"]);
    });

    it("an output, which is told with its call", async () => {
      const { session, server, peer, clock } = await makeRecoverable();
      const output = { type: "function_call_output", id: "o", call_id: "call_1", output: "done" };
      peer.send(added(call("1")), added(message("a", "One")), added(output));
      peer.end(dropped);
      await clock.advance(500);
      const next = await server.greet();
      assert.deepEqual(
        (await acceptAll(next)).map(({ item }) => item.id),
        ["item_1", "o", "a"],
      );
      next.send(behind(message("b", "Two"), "a"));
      assert.deepEqual(ids(session), ["item_1", "a", "o", "b"]);
    });

    it("those of a call, which goes on without being told", async () => {
      const { session, server, peer, clock } = await makeRecoverable({
        target: () => ({ ...target, isCall: true }),
      });
      peer.send(added(message("a", "One")), added(message("b", "Two")));
      peer.end(dropped);
      await clock.advance(500);
      const next = await server.greet();
      await acceptAll(next);
      next.send(behind(message("c", "Between"), "a"));
      assert.deepEqual(ids(session), ["a", "c", "b"]);
    });
  });

  it("sends an item again whose acknowledgement was lost", async () => {
    const { session, server, peer, clock } = await makeRecoverable();
    const sent = session.send(userText("hello"));
    const { item } = await peer.next("conversation.item.create");
    peer.end(dropped);
    await clock.advance(500);
    const second = await server.greet();
    const again = await second.next("conversation.item.create");
    assert.equal(again["item"].id, item.id);
    second.send(added(again["item"]));
    assert.equal((await sent).accepted, "acknowledged");
    await second.nothingMore();
  });

  it("asks once for all that was asked for, before and during the outage", async () => {
    const { session, server, peer, clock } = await makeRecoverable();
    const asked = [session.send({ type: "response.create" })];
    await peer.next("response.create");
    asked.push(session.send({ type: "response.create" }));
    peer.end(dropped);
    asked.push(session.send({ type: "response.create", response: { instructions: "Briefly." } }));
    await clock.advance(500);
    const second = await server.greet();
    const { response } = await second.next("response.create");
    assert.equal(response.instructions, "Briefly.");
    await second.nothingMore();
    second.send({
      type: "response.created",
      event_id: eventId(),
      response: { id: "r", output: [], metadata: response.metadata },
    });
    await Promise.all(asked);
  });

  it("asks once, and in order, for responses outside the conversation from before and during the outage", async () => {
    const { session, server, peer, clock } = await makeRecoverable();
    const ask = (instructions: string) =>
      session.send({ type: "response.create", response: { conversation: "none", instructions } });
    const asked = [ask("One."), ask("Two.")];
    await peer.next("response.create");
    peer.end(dropped);
    asked.push(ask("Three."), ask("Four."));
    await clock.advance(500);
    const second = await server.greet();
    for (const id of ["One.", "Two.", "Three.", "Four."]) {
      const { response } = await second.next("response.create");
      assert.equal(response.instructions, id);
      second.send({
        type: "response.created",
        event_id: eventId(),
        response: { id, conversation_id: null, metadata: response.metadata },
      });
    }
    await second.nothingMore();
    await Promise.all(asked);
  });

  it("asks again for an answer that the drop cut off", async () => {
    const { server, peer, clock } = await makeRecoverable();
    peer.send(added(message("a", "hello")), {
      type: "response.created",
      event_id: "1",
      response: { id: "r", output: [] },
    });
    peer.end(dropped);
    await clock.advance(500);
    const second = await server.greet();
    second.send(added((await second.next("conversation.item.create"))["item"]));
    await second.next("response.create");
    await second.nothingMore();
  });

  it("does not commit a turn of which a lost connection took a part, but the next one", async () => {
    const settings = { type: "realtime", audio: { input: { turn_detection: null } } } as const;
    const { session, server, peer, clock } = await makeRecoverable({ settings });
    const append = () => session.send({ type: "input_audio_buffer.append", audio: "AAAA" });
    await append();
    peer.end(dropped);
    await clock.advance(500);
    const second = await server.greet();
    await second.next("session.update");
    second.send(updated);
    await settled();
    await append();
    const commit = { type: "input_audio_buffer.commit" } as const;
    await assert.rejects(session.send(commit), withCode("audio_damaged"));
    await append();
    void session.send(commit);
    await second.next("input_audio_buffer.append");
    await second.next("input_audio_buffer.append");
    await second.next("input_audio_buffer.commit");
  });

  it("commits a turn that is said again after a clear", async () => {
    const { session, peer, clock, append, again } = await makePushToTalk();
    await append("AAAA");
    peer.end(dropped);
    await clock.advance(500);
    const second = await again();
    const cleared = session.send({ type: "input_audio_buffer.clear" });
    await second.next("input_audio_buffer.clear");
    second.send({ type: "input_audio_buffer.cleared", event_id: "1" });
    await cleared;
    await append("BBBB");
    void session.send({ type: "input_audio_buffer.commit" });
    assert.equal((await second.next("input_audio_buffer.append"))["audio"], "BBBB");
    await second.next("input_audio_buffer.commit");
  });

  it("begins a turn with nothing of the one whose commit was refused during the outage", async () => {
    const { session, peer, clock, append, again } = await makePushToTalk();
    await append("AAAA");
    peer.end(dropped);
    await append("BBBB");
    const commit = { type: "input_audio_buffer.commit" } as const;
    await assert.rejects(session.send(commit), withCode("not_connected"));
    await clock.advance(500);
    const second = await again();
    await append("CCCC");
    void session.send(commit);
    assert.equal((await second.next("input_audio_buffer.append"))["audio"], "CCCC");
    await second.next("input_audio_buffer.commit");
  });

  it("does not commit a turn whose beginning was forgotten during the outage", async () => {
    const { session, peer, clock, append, again } = await makePushToTalk();
    peer.end(dropped);
    await append("AAAA");
    await clock.advance(2001);
    await append("BBBB");
    await again();
    await assert.rejects(
      session.send({ type: "input_audio_buffer.commit" }),
      withCode("audio_damaged"),
    );
  });

  it("asks for nothing that was cancelled during the outage", async () => {
    const { session, server, peer, clock } = await makeRecoverable();
    begin(peer, "r");
    const asked = [session.send({ type: "response.create" })];
    peer.end(dropped);
    asked.push(session.send({ type: "response.create" }));
    assert.deepEqual(await session.send({ type: "response.cancel" }), { accepted: "moot" });
    for (const request of asked) await assert.rejects(request, withCode("cancelled"));
    const later = session.send(userText("and now"));
    await clock.advance(500);
    const second = await server.greet();
    assert.deepEqual((await acceptAll(second)).map(kindOf), ["message"]);
    await later;
  });

  for (const response_id of [undefined, "r"]) {
    const named = response_id === undefined ? "any" : "its id";
    it(`does not ask again for an answer that was being cancelled (by ${named})`, async () => {
      const { session, server, peer, clock } = await makeRecoverable();
      begin(peer, "r");
      const cancelled = session.send({ type: "response.cancel", response_id });
      peer.end(dropped);
      await cancelled;
      await clock.advance(500);
      await (await server.greet()).nothingMore();
    });
  }

  it("does not ask for the answer to a sound that was long ago", async () => {
    const { server, peer, clock } = await makeRecoverable();
    peer.send(...cough);
    await clock.advance(60_000);
    peer.end(dropped);
    await clock.advance(500);
    await (await server.greet()).nothingMore();
  });

  for (const when of ["during the outage", "and the line broke before the server said so"]) {
    it(`tells of an answer that is cut off ${when} only what was heard`, async () => {
      const { session, server, peer, clock } = await makeRecoverable();
      peer.send(...spokenAnswer());
      const truncate = { type: "conversation.item.truncate", item_id: "a", content_index: 0 };
      const cut = () => session.send({ ...truncate, audio_end_ms: 1000 });
      const before = when === "during the outage" ? [] : [cut()];
      peer.end(dropped);
      for (const truncated of before) assert.deepEqual(await truncated, { accepted: "moot" });
      // Whoever says it twice takes nothing back.
      for (let times = before.length; times < 2; times += 1)
        assert.deepEqual(await cut(), { accepted: "moot" });
      await clock.advance(500);
      const told = await acceptAll(await server.greet());
      assert.deepEqual(
        told.map(({ item }) => item?.content[0].text),
        ["The light in the"],
      );
    });
  }

  it("stays closed when a listener closes the session as it hears of the drop", async () => {
    const { session, server, peer, clock } = await makeRecoverable();
    begin(peer, "r");
    const sent = session.send(userText("Hello"));
    session.on("activity", () => void session.close());
    peer.end(dropped);
    await assert.rejects(sent, withCode("closed"));
    await clock.advance(60_000);
    assert.equal(session.state.status, "closed");
    assert.equal(server.peers.length, 1);
    assert.equal(clock.timers, 0);
  });

  it("sends with the next connection what a listener sends as it hears of the drop", async () => {
    const { session, server, peer, clock } = await makeRecoverable();
    begin(peer, "r");
    const sent: Promise<unknown>[] = [];
    session.on("activity", (activity) => {
      if (activity === "quiet") sent.push(session.send(userText("Hello?")));
    });
    peer.end(dropped);
    await clock.advance(500);
    await acceptAll(await server.greet());
    assert.equal(sent.length, 1);
    await Promise.all(sent);
  });

  it("settles everything when a listener closes the session as it hears of the next connection", async () => {
    const { session, server, peer, clock } = await makeRecoverable();
    const sent = [session.send(userText("Hello")), session.send({ type: "response.create" })];
    session.on("unknown", ({ type }) => {
      if (type === "local.session.restored") void session.close();
    });
    peer.end(dropped);
    await clock.advance(500);
    await server.greet();
    for (const request of sent) await assert.rejects(request, withCode("closed"));
    await settled();
    assert.equal(session.state.status, "closed");
    assert.equal(clock.timers, 0);
  });

  it("refuses what was about the lost connection, and keeps fresh audio only", async () => {
    const { session, server, peer, clock } = await makeRecoverable();
    const commit = session.send({ type: "input_audio_buffer.commit" });
    peer.end(dropped);
    await assert.rejects(commit, withCode("connection_lost"));
    for (const type of ["input_audio_buffer.commit", "input_audio_buffer.clear"])
      await assert.rejects(session.send({ type }), withCode("not_connected"));
    assert.deepEqual(await session.send({ type: "response.cancel" }), { accepted: "moot" });
    const append = (audio: string) => session.send({ type: "input_audio_buffer.append", audio });
    assert.deepEqual(await append("AAAA"), { accepted: "kept" });
    await clock.advance(500);
    const second = await server.peer();
    await clock.advance(1600);
    await append("BBBB");
    second.open();
    second.send({ type: "session.created", event_id: "c", session: {} });
    assert.equal((await second.next("input_audio_buffer.append"))["audio"], "BBBB");
    await second.nothingMore();
  });

  it("refuses what waits longer than 30 s", async () => {
    const { session, peer, clock, server } = await makeRecoverable();
    const before = session.send({ type: "response.create" });
    peer.end(dropped);
    const during = session.send(userText("late"));
    for (let elapsed = 0; elapsed < 31_000; elapsed += 1000) {
      await clock.advance(1000);
      const newest = await server.peer();
      if (newest !== peer && newest.ended === undefined) newest.end(dropped);
    }
    await assert.rejects(before, withCode("not_connected"));
    await assert.rejects(during, withCode("not_connected"));
    assert.equal(session.state.status, "recovering");
    await session.close();
    assert.equal(clock.timers, 0);
  });

  for (const [expiryMs, seconds] of [
    [undefined, 30],
    [5000, 5],
    [90_000, 90],
  ] as const)
    it(`refuses all that waits after ${seconds} s where ${expiryMs === undefined ? "nothing else is said" : "that is said"}`, async () => {
      const { session, peer, clock } = await makeRecoverable(
        expiryMs === undefined ? {} : { expiryMs },
      );
      const sent = [
        session.send(userText("unacknowledged")),
        session.update({ instructions: "Be brief." }),
        session.send({ type: "response.create" }),
      ];
      peer.end(dropped);
      sent.push(session.send(userText("during the outage")));
      const failures: RealtimeError[] = [];
      for (const each of sent) each.catch((error: RealtimeError) => failures.push(error));
      await clock.advance(seconds * 1000 - 1);
      assert.deepEqual(codesOf(failures), []);
      await clock.advance(1);
      assert.deepEqual(
        codesOf(failures),
        sent.map(() => "not_connected"),
      );
      for (const { message: text } of failures)
        assert.match(text, new RegExp(`no connection within ${seconds} s`));
      await session.close();
    });

  it("reports settings that the new connection refuses, and sends newer patches after them", async () => {
    const { session, server, clock, peer, errors } = await makeReadySession({
      random: () => 0.5,
      settings: { type: "realtime", instructions: "Old" },
    });
    const patched = session.update({ type: "realtime", instructions: "New" });
    await peer.next("session.update");
    peer.end({ kind: "closed", code: 1006, reason: "" });
    await clock.advance(500);
    const next = await server.greet();
    await next.next("session.update");
    const set = session.setTools([
      { name: "lamp", parameters: { type: "object" }, deadlineMs: 1000, onDeadline: "" },
    ]);
    next.send({ type: "session.updated", event_id: eventId(), session: {} });
    await set;
    const { session: sent, event_id } = await next.next("session.update");
    assert.equal(sent.instructions, "New");
    assert.deepEqual(
      sent.tools.map(({ name }: { name: string }) => name),
      ["lamp"],
    );
    errors.length = 0;
    next.send(serverError({ code: "invalid_value", event_id }));
    await assert.rejects(patched, withCode("invalid_value"));
    await settled();
    assert.deepEqual(codesOf(errors), ["invalid_value"]);
  });

  describe("has the newest tools with the next connection", () => {
    const setTools = async (options: Partial<SessionOptions> = {}) => {
      const made = await makeRecoverable(options);
      const set = made.session.setTools([light]);
      await made.peer.next("session.update");
      return { ...made, set };
    };
    const hasTools = async (peer: MemoryPeer): Promise<void> => {
      const { session: settings } = await peer.next("session.update");
      assert.deepEqual(
        settings.tools.map(({ name }: { name: string }) => name),
        ["set_light"],
      );
    };

    it("when the line broke before the server had them, and was long away", async () => {
      const { session, server, peer, clock, set } = await setTools();
      peer.end(dropped);
      const refused = { kind: "failed", code: "ECONNREFUSED" } as const;
      for (let elapsed = 0; elapsed < 31_000; elapsed += 1000) {
        await clock.advance(1000);
        for (const attempt of server.peers.slice(1)) attempt.end(refused);
      }
      await assert.rejects(set, withCode("not_connected"));
      void session.connect();
      await hasTools(await server.greet());
    });

    it("when the session was disconnected before the server had them", async () => {
      const { session, server, set } = await setTools();
      await session.disconnect();
      await assert.rejects(set, withCode("disconnected"));
      void session.connect();
      await hasTools(await server.greet());
    });

    it("when the server never answered", async () => {
      const { server, peer, clock, set } = await setTools();
      await clock.advance(10_000);
      await assert.rejects(set, withCode("not_acknowledged"));
      peer.end(dropped);
      await clock.advance(500);
      await hasTools(await server.greet());
    });

    for (const outage of [500, 31_000]) {
      it(`when they were deployed while older ones waited for it (${outage / 1000} s)`, async () => {
        const { session, server, peer, clock, set } = await setTools();
        peer.end(dropped);
        const newer = session.setTools([tool, { ...light, name: "dim_light" }]);
        await clock.advance(outage);
        const next = await server.greet();
        const names: string[][] = [];
        for (const { session: settings } of await acceptAll(next))
          names.push(settings.tools.map(({ name }: { name: string }) => name));
        assert.deepEqual(names.at(-1), ["set_light", "dim_light"]);
        await newer;
        if (outage < 30_000) await set;
        else await assert.rejects(set, withCode("not_connected"));
        assert.ok(session.settings.type === "realtime");
        assert.equal(session.settings.tools?.length, 2);
      });
    }

    it("but not those that the server refused", async () => {
      const { server, peer, clock, set } = await setTools();
      const event_id: unknown = peer.received[0]?.["event_id"];
      peer.send(serverError({ code: "invalid_value", event_id }));
      await assert.rejects(set, withCode("invalid_value"));
      peer.end(dropped);
      await clock.advance(500);
      await (await server.greet()).nothingMore();
    });
  });

  it("sends its settings again after a server's own trouble with them", async () => {
    const { session, server, peer, clock } = await makeRecoverable({
      settings: { type: "realtime", instructions: "Be brief." },
    });
    peer.end(dropped);
    await clock.advance(500);
    const next = await server.greet();
    await next.next("session.update");
    next.send(serverError({ type: "server_error", code: null }));
    await settled();
    assert.equal(session.state.status, "recovering");
    await clock.advance(1000);
    const third = await server.greet();
    await third.next("session.update");
    third.send(updated);
    assert.equal(session.state.status, "ready");
  });

  it("leaves a server that says that the session has expired, and does not close", async () => {
    const { session, server, peer, clock, errors } = await makeRecoverable();
    peer.send(serverError({ code: "session_expired" }));
    await settled();
    assert.equal(session.state.status, "recovering");
    assert.equal(codesOf(errors).at(-1), "session_expired");
    await clock.advance(500);
    await server.greet();
    assert.deepEqual(session.state, { status: "ready", epoch: 2 });
  });

  it("comes back to a call without telling its server of the talk, which went on there", async () => {
    const { session, server, peer, clock, calls } = await makeRecoverable({
      target: () => ({ ...target, isCall: true }),
      tools: [light],
    });
    peer.send(added(message("a", "hello")));
    begin(peer, "r");
    callDone(peer, "r", call("1"));
    assert.equal(calls.length, 1);
    peer.end(dropped);
    await clock.advance(500);
    const second = await server.greet();
    await second.next("session.update");
    second.send(updated);
    await second.nothingMore();
    void session.answer("call_1", "done");
    assert.equal((await second.next("conversation.item.create"))["item"].call_id, "call_1");
  });

  it("does not ask again for the answer that a call's server gives by itself", async () => {
    const { server, peer, clock } = await makeRecoverable({
      target: () => ({ ...target, isCall: true }),
    });
    begin(peer, "r");
    peer.end(dropped);
    await clock.advance(500);
    await (await server.greet()).nothingMore();
  });

  it("ends with the call that it is beside", async () => {
    for (const end of [
      { kind: "closed", code: 1000, reason: "" },
      { kind: "refused", status: 404, code: null, retryAfterMs: null },
    ] as const) {
      const { session, peer, errors } = await makeRecoverable({
        target: () => ({ ...target, isCall: true }),
      });
      peer.end(end);
      assert.equal(session.state.status, "stopped");
      assert.deepEqual(codesOf(errors), ["call_ended"]);
    }
  });

  it("stops when a retry meets what no retry can mend", async () => {
    const { session, server, peer, clock, errors } = await makeRecoverable();
    const waiting = session.send({ type: "response.create" });
    peer.end(dropped);
    await clock.advance(500);
    (await server.peer()).end({
      kind: "refused",
      status: 401,
      code: "invalid_api_key",
      retryAfterMs: null,
    });
    assert.equal(session.state.status, "stopped");
    await assert.rejects(waiting, withCode("invalid_api_key"));
    assert.deepEqual(codesOf(errors), ["connection_lost", "invalid_api_key"]);
    assert.equal(clock.timers, 0);
  });

  it("asks again after the longest wait where the server names a date far away", async () => {
    const { session, server, peer, clock } = await makeRecoverable();
    peer.end(dropped);
    await clock.advance(500);
    const retryAfterMs = 1e12;
    (await server.peer()).end({ kind: "refused", status: 503, code: null, retryAfterMs });
    assert.ok(session.state.status === "recovering");
    assert.equal(session.state.retryAt, clock.now() + 5 * 60_000);
  });

  it("tries at once when somebody connects, and waits as long as the server asks", async () => {
    const { session, server, peer, clock } = await makeRecoverable();
    peer.end(dropped);
    const connected = session.connect();
    (await server.peer()).end({ kind: "refused", status: 503, code: null, retryAfterMs: 20_000 });
    assert.ok(session.state.status === "recovering");
    assert.equal(session.state.retryAt, clock.now() + 20_000);
    await clock.advance(20_000);
    await server.greet();
    await connected;
  });

  it("makes 8 attempts at most in the first minute with a server that accepts and drops", async () => {
    for (let seed = 0; seed < 1000; seed += 1) {
      let state = seed;
      const random = (): number => {
        state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
        return state / 2_147_483_648;
      };
      const { session, server, clock } = makeSession({ random });
      void session.connect();
      const end = clock.now() + 60_000;
      for (;;) {
        (await server.greet()).end(dropped);
        assert.ok(session.state.status === "recovering");
        if (session.state.retryAt > end) break;
        await clock.advance(session.state.retryAt - clock.now());
      }
      assert.ok(server.peers.length <= 8, `${server.peers.length} attempts with seed ${seed}`);
      await session.close();
    }
  });

  it("waits anew from the beginning only after a connection that lasted", async () => {
    const { session, server, peer, clock } = await makeRecoverable();
    peer.end(dropped);
    await clock.advance(500);
    (await server.greet()).end(dropped);
    assert.ok(session.state.status === "recovering");
    assert.equal(session.state.attempt, 2);
    await clock.advance(1000);
    const third = await server.greet();
    await clock.advance(59_000);
    third.end(dropped);
    assert.equal(session.state.attempt, 3);
    await clock.advance(2000);
    const fourth = await server.greet();
    await clock.advance(60_000);
    fourth.end(dropped);
    assert.equal(session.state.attempt, 1);
    await session.close();
  });

  it("waits anew from the beginning when somebody connects after it had stopped", async () => {
    const { session, server, clock } = makeSession({ random: () => 0.5 });
    const waits: number[] = [];
    session.on("state", (state) => {
      if (state.status === "opening" && state.retryAt > clock.now())
        waits.push(state.retryAt - clock.now());
    });
    void session.connect();
    for (const wait of [500, 1000, 2000]) {
      (await server.peer()).end(dropped);
      await clock.advance(wait);
    }
    (await server.peer()).end({ kind: "refused", status: 401, code: null, retryAfterMs: null });
    assert.equal(session.state.status, "stopped");
    void session.connect();
    (await server.peer()).end(dropped);
    assert.deepEqual(waits, [500, 1000, 2000, 500]);
  });

  it("keeps open calls: one answered during the outage, one after it, one reaction", async () => {
    const { session, server, peer, clock, calls } = await makeRecoverable({ tools: [tool] });
    const call = (id: string): WireEvent => ({
      type: "function_call",
      id: `item_${id}`,
      call_id: `call_${id}`,
      name: "set_light",
      status: "completed",
      arguments: "{}",
    });
    peer.send(added(message("u", "lights")), {
      type: "response.created",
      event_id: "1",
      response: { id: "r", output: [] },
    });
    for (const id of ["1", "2"]) {
      peer.send(added(call(id)));
      const part = { event_id: "2", response_id: "r", output_index: 0 };
      peer.send({ type: "response.output_item.done", ...part, item: call(id) });
    }
    assert.equal(calls.length, 2);
    peer.end(dropped);
    const first = session.answer("call_1", "one");
    await clock.advance(500);
    const second = await server.greet();
    const told = await acceptAll(second);
    const answered = session.answer("call_2", "two");
    const after = (await acceptAll(second)).slice(told.length);
    await Promise.all([first, answered]);
    const summary = [...told, ...after].map(({ type, item }) => [
      type,
      item?.type,
      item?.call_id ?? item?.id,
      item?.output,
    ]);
    assert.deepEqual(summary.slice(1), [
      ["conversation.item.create", "message", "u", undefined],
      ["conversation.item.create", "function_call", "call_1", undefined],
      ["conversation.item.create", "function_call_output", "call_1", "one"],
      ["conversation.item.create", "function_call", "call_2", undefined],
      ["conversation.item.create", "function_call_output", "call_2", "two"],
      ["response.create", undefined, undefined, undefined],
    ]);
  });

  it("tells a call once whose output is on its way when the next connection breaks too", async () => {
    const { session, server, peer, clock, calls } = await makeRecoverable({ tools: [light] });
    begin(peer, "r");
    callDone(peer, "r", call("1"));
    responseDone(peer, "r", [call("1")]);
    assert.equal(calls.length, 1);
    peer.end(dropped);
    await clock.advance(500);
    const second = await server.greet();
    second.send(updated);
    void session.answer("call_1", "done");
    const told = ["session.update", "function_call", "function_call_output", "response.create"];
    await settled();
    assert.deepEqual(second.received.map(kindOf), told);
    second.end(dropped);
    await clock.advance(2000);
    assert.deepEqual((await acceptAll(await server.greet())).map(kindOf), told);
  });

  for (const when of ["before the drop", "during the outage", "after it"]) {
    it(`tells a flow's own output of a call once, and no other (sent ${when})`, async () => {
      const { session, server, peer, clock } = await makeRecoverable();
      begin(peer, "r");
      callDone(peer, "r", call("1"));
      responseDone(peer, "r", [call("1")]);
      const output = { type: "function_call_output", call_id: "call_1", output: "done" };
      const send = () => void session.send({ type: "conversation.item.create", item: output });
      if (when === "before the drop") send();
      peer.end(dropped);
      if (when === "during the outage") send();
      await clock.advance(500);
      const second = await server.greet();
      await settled();
      if (when === "after it") send();
      const told = await acceptAll(second);
      assert.deepEqual(told.map(kindOf), ["function_call", "function_call_output"]);
      assert.equal(told[1]?.["item"].output, "done");
    });
  }

  it("has the whole talk in order after 50 drops, each item once", async () => {
    const { session, server, peer, clock } = await makeRecoverable({ tools: [tool] });
    let current = peer;
    const talk: string[] = [];
    for (let drop = 0; drop < 50; drop += 1) {
      const sent = session.send(userText(`message ${drop}`));
      talk.push(`message ${drop}`);
      const create = current.received.at(-1);
      assert.equal(create?.type, "conversation.item.create");
      // Now and then the line breaks before the acknowledgement.
      if (drop % 3 !== 0) current.send(added(create["item"]));
      await clock.advance(60_000 * (drop % 2));
      current.end(dropped);
      assert.ok(session.state.status === "recovering");
      await clock.advance(session.state.retryAt - clock.now());
      current = await server.greet();
      const told = await acceptAll(current);
      if (drop % 2 === 0 || drop % 3 !== 0) await sent;
      else await assert.rejects(sent, withCode("not_acknowledged"));
      if (drop % 2 === 1 && drop % 3 === 0) talk.pop();
      assert.equal(told[0]?.["session"].tools.length, 1);
      assert.deepEqual(
        told
          .filter(({ type }) => type === "conversation.item.create")
          .map(({ item }) => item.content[0].text),
        talk,
      );
    }
    await session.close();
    assert.equal(clock.timers, 0);
  });

  it("sends nothing that waited while the machine slept, whose timers stood still", async () => {
    const { session, server, peer, clock } = await makeRecoverable();
    const before = [
      session.send(userText("Open the garage")),
      session.send({ type: "response.create" }),
      session.send({ type: "response.create", response: { conversation: "none" } }),
    ];
    await settled();
    peer.end(dropped);
    const during = [
      session.send(userText("Open the door")),
      session.send({ type: "response.create" }),
    ];
    clock.sleep(20 * 60_000);
    const after = session.send(userText("Good morning"));
    await clock.advance(500);
    const next = await server.greet();
    for (const request of [...before, ...during])
      await assert.rejects(request, withCode("not_connected"));
    const told = await acceptAll(next);
    assert.deepEqual(
      told.map(({ item }) => item?.content[0].text),
      ["Good morning"],
    );
    await after;
    await session.close();
    assert.equal(clock.timers, 0);
  });

  it("refuses an item, and settings, that were on their way when nothing comes back", async () => {
    const { session, server, peer, clock } = await makeRecoverable();
    const item = session.send(userText("Open the garage"));
    const update = session.update({ instructions: "Be brief." });
    await peer.next("conversation.item.create");
    await peer.next("session.update");
    peer.end(dropped);
    await clock.advance(30_000);
    await assert.rejects(item, withCode("not_connected"));
    await assert.rejects(update, withCode("not_connected"));
    const next = await server.greet();
    assert.equal(session.state.status, "ready");
    await next.nothingMore();
  });

  it("is ready after a minute with a server that takes no item, and counts them as lost", async () => {
    const { session, server, peer, clock, notices } = await makeRecoverable();
    for (let index = 0; index < 20; index += 1) peer.send(added(message(`i${index}`, "Hello")));
    peer.end(dropped);
    await clock.advance(600);
    const next = await server.greet();
    await clock.advance(60_000);
    assert.equal(session.state.status, "ready");
    assert.deepEqual(notices.at(-1), {
      type: "local.session.restored",
      event_id: notices.at(-1)?.["event_id"],
      items: 0,
      lost: 20,
    });
    assert.equal(next.received.length, 6);
  });

  it("keeps apart two items that a server gives the same id", async () => {
    const { session, server, peer, clock } = await makeRecoverable();
    peer.send(added(message("a", "One")), added(message("b", "Two")));
    peer.end(dropped);
    await clock.advance(600);
    const next = await server.greet();
    await next.next("conversation.item.create");
    next.send(added(message("same", "One")));
    await next.next("conversation.item.create");
    next.send(added(message("b", "Two")));
    next.send(added(message("same", "One")));
    assert.deepEqual(
      session.conversation.items.map(({ id }) => id),
      ["same", "b"],
    );
    next.end(dropped);
    await clock.advance(2000);
    const third = await server.greet();
    await third.next("conversation.item.create");
    // The server's own id for the first item is that of the second one.
    third.send(added(message("b", "One")));
    await third.next("conversation.item.create");
    third.send(added(message("c", "Two")));
    assert.equal(session.conversation.size, 2);
    assert.equal(session.conversation.items.length, 2);
  });

  it("keeps no more than 4 MiB of audio for the next connection", async () => {
    const { session, server, peer, clock } = await makeRecoverable();
    peer.end(dropped);
    const audio = "A".repeat(1024 * 1024);
    for (let index = 0; index < 10; index += 1)
      await session.send({ type: "input_audio_buffer.append", audio });
    assert.equal(session.sizes().preRoll, 4);
    await clock.advance(600);
    const next = await server.greet();
    assert.equal(next.received.length, 4);
  });
});
