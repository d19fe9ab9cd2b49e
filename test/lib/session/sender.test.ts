import assert from "node:assert/strict";
import { RealtimeError } from "../../../lib/protocol/errors";
import type { RealtimeSession } from "../../../lib/session/realtime-session";
import { SIZE_LIMITS } from "../../../lib/session/size-limits";
import { settled } from "../../support/fake-clock";
import { eventId, serverError, sessionCreated, type MemoryPeer } from "../../support/memory-server";
import { acknowledge, begin, light, responseDone } from "./calling-peer";
import {
  codesOf,
  makeReadySession,
  makeSession,
  target,
  userText,
  withCode,
} from "./ready-session";

describe("sending", () => {
  describe("what a server does not acknowledge", () => {
    const append = { type: "input_audio_buffer.append", audio: "AAAA" };
    const refuse = (peer: MemoryPeer, event: object) =>
      peer.send(serverError({ event_id: Reflect.get(event, "event_id"), code: "invalid_value" }));

    for (const event of [append, { type: "output_audio_buffer.clear" }]) {
      it(`tells the sender when ${event.type} is refused, and nobody else`, async () => {
        const { session, peer, errors } = await makeReadySession();
        const refused: RealtimeError[] = [];
        await session.send(event, { onRefused: (error) => refused.push(error) });
        const sent = await peer.next(event.type);
        refuse(peer, sent);
        refuse(peer, sent);
        assert.deepEqual(codesOf(refused), ["invalid_value"]);
        // A second refusal of the same event is nobody's.
        assert.deepEqual(codesOf(errors), ["invalid_value"]);
      });
    }

    it("tells the sender of audio that was kept for the connection", async () => {
      const { session, server, errors } = makeSession();
      const refused: RealtimeError[] = [];
      await session.send(append, { onRefused: (error) => refused.push(error) });
      void session.connect();
      const peer = await server.greet();
      refuse(peer, await peer.next(append.type));
      assert.deepEqual([codesOf(refused), errors], [["invalid_value"], []]);
    });

    it("remembers the senders of the latest 512", async () => {
      const { session, peer, errors } = await makeReadySession();
      const refused: RealtimeError[] = [];
      for (let count = 0; count < 513; count += 1)
        await session.send(append, { onRefused: (error) => refused.push(error) });
      const first = await peer.next(append.type);
      const second = await peer.next(append.type);
      refuse(peer, first);
      assert.deepEqual([refused.length, errors.length], [0, 1]);
      refuse(peer, second);
      assert.deepEqual([refused.length, errors.length], [1, 1]);
    });

    it("survives a sender who throws at it", async () => {
      const { session, peer, errors } = await makeReadySession();
      const onRefused = (): never => {
        throw new Error("mine");
      };
      await session.send(append, { onRefused });
      refuse(peer, await peer.next(append.type));
      assert.deepEqual(codesOf(errors), ["listener_failed"]);
    });
  });

  it("opens on demand, and sends what waited in order before anything else", async () => {
    const { session, server } = makeSession();
    session.on("state", ({ status }) => {
      if (status === "ready") void session.send({ type: "input_audio_buffer.clear" });
    });
    void session.send({ type: "conversation.item.delete", item_id: "a" });
    void session.send({ type: "conversation.item.delete", item_id: "b" });
    const peer = await server.greet();
    assert.equal((await peer.next("conversation.item.delete"))["item_id"], "a");
    assert.equal((await peer.next("conversation.item.delete"))["item_id"], "b");
    await peer.next("input_audio_buffer.clear");
  });

  it("does not open for audio, but keeps the last of it for the opening", async () => {
    const { session, server, clock } = makeSession();
    const append = (audio: string) => session.send({ type: "input_audio_buffer.append", audio });
    assert.deepEqual(await append("AAAA"), { accepted: "kept" });
    await clock.advance(2001);
    await append("BBBB");
    assert.equal(server.peers.length, 0);
    void session.connect();
    const peer = await server.greet();
    assert.equal((await peer.next("input_audio_buffer.append"))["audio"], "BBBB");
    await peer.nothingMore();
  });

  describe("of turns that are spoken while the session opens", () => {
    const commit = { type: "input_audio_buffer.commit" };
    const say = (session: RealtimeSession, audio: string) =>
      session.send({ type: "input_audio_buffer.append", audio });
    const heard = async (peer: MemoryPeer) => {
      await settled();
      return peer.received.map(({ type, audio }) => String(audio ?? type.split(".")[1]));
    };

    it("sends each with its own commit, and then what is being said", async () => {
      const { session, server } = makeSession();
      void session.connect();
      for (const audio of ["AAAA", "BBBB"]) {
        await say(session, audio);
        void session.send(commit);
      }
      await say(session, "CCCC");
      const peer = await server.greet();
      assert.deepEqual(await heard(peer), ["AAAA", "commit", "BBBB", "commit", "CCCC"]);
    });

    it("sends what is kept of one that was spoken before, whose commit opens the session", async () => {
      const { session, server, clock } = makeSession();
      await say(session, "AAAA");
      await clock.advance(1500);
      await say(session, "BBBB");
      await clock.advance(1000);
      void session.send(commit);
      const peer = await server.greet();
      assert.deepEqual(await heard(peer), ["BBBB", "commit"]);
    });

    it("forgets by a clear only what is not committed", async () => {
      const { session, server } = makeSession();
      void session.connect();
      await say(session, "AAAA");
      void session.send(commit);
      await say(session, "BBBB");
      assert.deepEqual(await session.send({ type: "input_audio_buffer.clear" }), {
        accepted: "moot",
      });
      const peer = await server.greet();
      assert.deepEqual(await heard(peer), ["AAAA", "commit"]);
    });

    it("keeps no more of them than it declares, however many are committed", () => {
      const { session } = makeSession();
      void session.connect();
      for (let index = 0; index < 3000; index += 1) void session.send(commit);
      assert.ok(session.sizes().preRoll <= SIZE_LIMITS.preRoll, `${session.sizes().preRoll}`);
    });

    it("refuses the commit of one that took so long that a part of it is forgotten", async () => {
      const { session, server, clock } = makeSession();
      void session.connect();
      await clock.advance(10_000);
      await say(session, "AAAA");
      await clock.advance(5000);
      await say(session, "BBBB");
      const late = session.send(commit);
      await clock.advance(1000);
      await say(session, "CCCC");
      void session.send(commit);
      const peer = await server.peer();
      peer.open();
      peer.send(sessionCreated());
      await assert.rejects(late, withCode("audio_damaged"));
      assert.deepEqual(await heard(peer), ["CCCC", "commit"]);
    });
  });

  it("clears nothing that is said while a clear opens the session", async () => {
    const { session, server } = makeSession();
    void session.send({ type: "input_audio_buffer.clear" });
    void session.send({ type: "input_audio_buffer.append", audio: "AAAA" });
    const peer = await server.greet();
    await peer.next("input_audio_buffer.clear");
    await peer.next("input_audio_buffer.append");
    await peer.nothingMore();
  });

  it("does not open for a cancel, which takes back what waits for the opening", async () => {
    const { session, server } = makeSession();
    assert.deepEqual(await session.send({ type: "response.cancel" }), { accepted: "moot" });
    assert.equal(session.state.status, "idle");
    const item = session.send(userText("one"));
    const asked = session.send({ type: "response.create" });
    await session.send({ type: "response.cancel" });
    await assert.rejects(asked, withCode("cancelled"));
    const peer = await server.greet();
    acknowledge(peer, await peer.next("conversation.item.create"));
    await item;
    await peer.nothingMore();
  });

  it("does not open for an event that is wrong in itself", async () => {
    const { session, server } = makeSession();
    await assert.rejects(
      session.send({ type: "conversation.item.delete" }),
      withCode("invalid_event"),
    );
    await settled();
    assert.equal(server.peers.length, 0);
  });

  it("refuses what waited when the session cannot open", async () => {
    const { session, server } = makeSession();
    const sent = session.send({ type: "response.create" });
    (await server.peer()).end({ kind: "refused", status: 403, code: null, retryAfterMs: null });
    await assert.rejects(sent, withCode("forbidden"));
  });

  it("refuses what waits longer than 30 s", async () => {
    const { session, clock, server } = makeSession({
      target: () => ({ ...target, firstEventTimeoutMs: 120_000 }),
    });
    const sent = session.send({ type: "response.create" });
    (await server.peer()).open();
    await clock.advance(30_000);
    await assert.rejects(sent, withCode("not_connected"));
    assert.equal(session.sizes().waiting, 0);
  });

  it("gives an event an id, and keeps one that it has", async () => {
    const { session, peer } = await makeReadySession();
    void session.send({ type: "input_audio_buffer.clear" });
    void session.send({ type: "input_audio_buffer.clear", event_id: "mine" });
    assert.match((await peer.next("input_audio_buffer.clear"))["event_id"] as string, /^evt_/);
    assert.equal((await peer.next("input_audio_buffer.clear"))["event_id"], "mine");
  });

  it("tells apart two events that their sender gave the same id", async () => {
    const { session, peer } = await makeReadySession();
    const sent = ["one", "two"].map((text) =>
      session.send({ ...userText(text), event_id: "event_123" }),
    );
    const first = await peer.next("conversation.item.create");
    const second = await peer.next("conversation.item.create");
    assert.equal(first["event_id"], "event_123");
    assert.notEqual(second["event_id"], "event_123");
    peer.send(serverError({ code: "invalid_value", event_id: second["event_id"] }));
    acknowledge(peer, first);
    const [one, two] = sent;
    assert.equal((await one)?.accepted, "acknowledged");
    await assert.rejects(async () => two, withCode("invalid_value"));
    void session.send({ ...userText("three"), event_id: "event_123" });
    assert.equal((await peer.next("conversation.item.create"))["event_id"], "event_123");
  });

  it("sends what an event was when it was handed over, however long it waited", async () => {
    const { session, server } = makeSession();
    const event = userText("one");
    void session.send(event);
    event.item.content[0] = { type: "input_text", text: "two" };
    void session.send(event);
    const peer = await server.greet();
    for (const text of ["one", "two"]) {
      const { item } = await peer.next("conversation.item.create");
      assert.equal(item.content[0].text, text);
    }
  });

  it("takes a cancel although the line takes nothing more", async () => {
    const { session, peer } = await makeReadySession();
    begin(peer, "r");
    peer.bufferedAmount = 1_000_000;
    for (let index = 0; index < 1000; index += 1) void session.send(userText("x"));
    await assert.rejects(session.send(userText("y")), withCode("queue_full"));
    const cancelled = session.send({ type: "response.cancel" });
    peer.drain();
    assert.equal(peer.received.at(-1)?.type, "response.cancel");
    responseDone(peer, "r", [], "cancelled");
    await cancelled;
  });

  it("commits nothing of a turn with the next one whose commit a slow line kept too long", async () => {
    const { session, peer, clock } = await makeReadySession();
    const append = (audio: string) => session.send({ type: "input_audio_buffer.append", audio });
    const commit = () => session.send({ type: "input_audio_buffer.commit" });
    void append("AAAA");
    peer.bufferedAmount = 1_000_000;
    void append("BBBB");
    const late = commit();
    await clock.advance(10_000);
    await assert.rejects(late, withCode("not_acknowledged"));
    peer.drain();
    void append("CCCC");
    void commit();
    assert.deepEqual(
      peer.received.map(({ type, audio }) => String(audio ?? type.split(".")[1])),
      ["AAAA", "clear", "CCCC", "commit"],
    );
  });

  it("resolves with the event that acknowledges an item", async () => {
    const { session, peer } = await makeReadySession();
    const sent = session.send(userText("hello"));
    const { item } = await peer.next("conversation.item.create");
    peer.send({ type: "conversation.item.added", event_id: eventId(), item });
    const acknowledgement = await sent;
    assert.ok(acknowledgement.accepted === "acknowledged");
    assert.equal(acknowledgement.by.type, "conversation.item.added");
  });

  it("recognises an item to which the server gave an id of its own", async () => {
    const { session, peer } = await makeReadySession();
    const sent = session.send(userText("hello"));
    const { item } = await peer.next("conversation.item.create");
    peer.send({
      type: "conversation.item.created",
      event_id: eventId(),
      item: { ...item, id: "theirs", status: "completed" },
    });
    assert.equal((await sent).accepted, "acknowledged");
  });

  it("does not take a spoken item for the answer to a typed one", async () => {
    const { session, peer } = await makeReadySession();
    const sent = session.send(userText("hello"));
    await peer.next("conversation.item.create");
    peer.send(
      { type: "input_audio_buffer.speech_started", item_id: "spoken", audio_start_ms: 0 },
      {
        type: "conversation.item.added",
        item: { type: "message", role: "user", id: "spoken", status: "completed", content: [] },
      },
    );
    await settled();
    assert.equal(session.sizes().requests, 1);
    void sent;
  });

  it("rejects with the server's code when it refuses", async () => {
    const { session, peer, errors } = await makeReadySession();
    const sent = session.send({ type: "conversation.item.delete", item_id: "none" });
    const { event_id } = await peer.next("conversation.item.delete");
    peer.send(serverError({ code: "item_not_found", event_id, param: "item_id" }));
    await assert.rejects(sent, withCode("item_not_found"));
    assert.deepEqual(errors, []);
  });

  it("rejects when the acknowledgement does not come", async () => {
    const { session, clock } = await makeReadySession();
    const sent = session.send({ type: "conversation.item.delete", item_id: "a" });
    await clock.advance(10_000);
    await assert.rejects(sent, withCode("not_acknowledged"));
    assert.equal(session.sizes().requests, 0);
  });

  it("does not take the VAD's commit for the answer to ours", async () => {
    const { session, peer } = await makeReadySession();
    const sent = session.send({ type: "input_audio_buffer.commit" });
    peer.send(
      { type: "input_audio_buffer.speech_started", item_id: "v", audio_start_ms: 0 },
      { type: "input_audio_buffer.speech_stopped", item_id: "v", audio_end_ms: 900 },
      { type: "input_audio_buffer.committed", item_id: "v", previous_item_id: null },
    );
    await settled();
    assert.equal(session.sizes().requests, 1);
    peer.send({ type: "input_audio_buffer.committed", item_id: "m", previous_item_id: "v" });
    assert.equal((await sent).accepted, "acknowledged");
  });

  it("names the member of an event that does not fit, and what is allowed", async () => {
    const { session, peer } = await makeReadySession();
    await assert.rejects(
      session.send({ type: "session.update", session: { output_modalities: ["smell"] } }),
      (error: RealtimeError) => {
        assert.equal(error.code, "invalid_event");
        assert.match(error.param ?? "", /^session\.output_modalities/);
        assert.match(error.message, /text/);
        return true;
      },
    );
    await peer.nothingMore();
  });

  it("takes an event in its beta shape", async () => {
    const { session, peer } = await makeReadySession();
    void session.send({
      type: "session.update",
      session: { voice: "verse", modalities: ["text"] },
    });
    const { session: sent } = await peer.next("session.update");
    assert.deepEqual(sent, {
      type: "realtime",
      audio: { output: { voice: "verse" } },
      output_modalities: ["text"],
    });
  });

  it("sends one update at a time, and merges those that come meanwhile", async () => {
    const { session, peer } = await makeReadySession();
    const first = session.update({ instructions: "one" });
    const second = session.update({ instructions: "two", max_output_tokens: 10 });
    const third = session.update({ instructions: "three" });
    await peer.next("session.update");
    await peer.nothingMore();
    peer.send({ type: "session.updated", event_id: eventId(), session: {} });
    const merged = await peer.next("session.update");
    assert.deepEqual(merged["session"], {
      type: "realtime",
      instructions: "three",
      max_output_tokens: 10,
    });
    peer.send({ type: "session.updated", event_id: eventId(), session: {} });
    await Promise.all([first, second, third]);
    assert.deepEqual(session.settings, merged["session"]);
  });

  it("takes a patch as written where the server acknowledges none, and keeps it", async () => {
    const silent = { ...target, strictness: "compatible", settingsAck: "none" } as const;
    const { session, peer } = await makeReadySession({ target: () => silent });
    const patches = ["one", "two"].map((instructions) => session.update({ instructions }));
    for (const patch of patches) assert.deepEqual(await patch, { accepted: "written" });
    for (const instructions of ["one", "two"])
      assert.equal((await peer.next("session.update"))["session"].instructions, instructions);
    assert.deepEqual(session.settings, { type: "realtime", instructions: "two" });
  });

  it("forgets a patch that was refused", async () => {
    const { session, peer } = await makeReadySession();
    const refused = session.update({ instructions: "bad" });
    const { event_id } = await peer.next("session.update");
    peer.send(serverError({ code: "invalid_value", event_id }));
    await assert.rejects(refused, withCode("invalid_value"));
    assert.deepEqual(session.settings, { type: "realtime" });
  });

  it("never leaves a rejection unhandled when nobody looks at the answer", async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on("unhandledRejection", note);
    try {
      const { session } = await makeReadySession();
      void session.send({ type: "conversation.item.delete", item_id: "a" });
      void session.send({ type: "nonsense" });
      void session.send({ type: "response.create" });
      void session.answer("no such call", "");
      void session.deny("no such call");
      void session.setTools([light]);
      await session.close();
      void session.send({ type: "response.create" });
      void session.connect();
      await settled();
      await settled();
    } finally {
      process.off("unhandledRejection", note);
    }
    assert.deepEqual(unhandled, []);
  });
});
