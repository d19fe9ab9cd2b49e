import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { RealtimeEvent, UnknownEvent } from "../../../lib/index";
import type { SessionOptions } from "../../../lib/session/session-options";
import type { Socket, SocketEnd } from "../../../lib/session/socket";
import { settled } from "../../support/fake-clock";
import {
  eventId,
  MemoryServer,
  serverError,
  type MemoryPeer,
  type WireEvent,
} from "../../support/memory-server";
import { makeSession, target, userText } from "./ready-session";

const MINUTE = 60_000;

const added = (item: WireEvent): WireEvent => ({
  type: "conversation.item.added",
  event_id: eventId(),
  item,
});

const dropped: SocketEnd = { kind: "closed", code: 1006, reason: "" };

/** Twice: what was looked at before it was let go of stays the first time. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  assert.ok(typeof collect === "function");
  for (let times = 0; times < 2; times += 1) {
    await settled();
    collect();
  }
}

const append = (audio: string) => ({ type: "input_audio_buffer.append", audio });

async function makeExpiring(options: Partial<SessionOptions> = {}, capMs = 60 * MINUTE) {
  const made = makeSession({ random: () => 0.5, ...options });
  const { session, server, clock } = made;
  const notices: UnknownEvent[] = [];
  session.on("unknown", (event) => {
    if (event.type.startsWith("local.")) notices.push(event);
  });
  const greet = async (): Promise<MemoryPeer> => {
    const peer = await server.peer();
    peer.open();
    peer.send({
      type: "session.created",
      event_id: eventId(),
      session: { type: "realtime", expires_at: Math.floor((clock.now() + capMs) / 1000) },
    });
    await settled();
    return peer;
  };
  const connected = session.connect();
  const peer = await greet();
  await connected;
  const item = session.send(userText("Hello"));
  const sent = await peer.next("conversation.item.create");
  peer.send(added(sent["item"]));
  await item;
  return { ...made, notices, peer, greet };
}

/** Takes what the next connection is told. */
async function acceptAll(peer: MemoryPeer): Promise<string[]> {
  const told: string[] = [];
  for (let index = 0; ; index += 1) {
    await settled();
    const event = peer.received[index];
    if (event === undefined) return told;
    told.push(event.type);
    if (event.type === "conversation.item.create") peer.send(added(event["item"]));
  }
}

describe("rollover", () => {
  it("opens and restores the next connection before it leaves the old one", async () => {
    const { session, server, clock, peer, greet, notices } = await makeExpiring();
    await clock.advance(55 * MINUTE - 1);
    assert.equal(server.peers.length, 1);
    await clock.advance(1);
    assert.equal(server.peers.length, 2);
    assert.deepEqual(session.state, { status: "ready", epoch: 1 });
    const next = await greet();
    assert.equal(peer.ended, undefined);
    assert.deepEqual(await acceptAll(next), ["conversation.item.create"]);
    assert.deepEqual(session.state, { status: "ready", epoch: 2 });
    assert.equal(peer.ended, undefined);
    await clock.advance(5000);
    assert.equal(peer.ended, "closed");
    assert.deepEqual(
      notices.map(({ type }) => type),
      ["local.connection.changed", "local.session.restored"],
    );
    void session.send({ type: "response.create" });
    await settled();
    assert.equal(next.received.at(-1)?.type, "response.create");
    assert.equal(session.conversation.items.length, 1);
  });

  it("emits nothing of the change that a flow would take for the talk", async () => {
    const { session, clock, greet } = await makeExpiring();
    const seen: string[] = [];
    session.on("event", (event: RealtimeEvent, info) => {
      if (info.cause !== "restore") seen.push(event.type);
    });
    await clock.advance(55 * MINUTE);
    await acceptAll(await greet());
    await clock.advance(10_000);
    assert.deepEqual(seen, []);
  });

  it("waits for the end of speech and of the response to it", async () => {
    const { server, clock, peer } = await makeExpiring();
    await clock.advance(55 * MINUTE - 1000);
    peer.send({
      type: "input_audio_buffer.speech_started",
      event_id: "1",
      item_id: "i1",
      audio_start_ms: 0,
    });
    await clock.advance(60_000);
    assert.equal(server.peers.length, 1);
    peer.send(
      {
        type: "input_audio_buffer.speech_stopped",
        event_id: "2",
        item_id: "i1",
        audio_end_ms: 900,
      },
      { type: "response.created", event_id: "3", response: { id: "r1", status: "in_progress" } },
    );
    await clock.advance(20_000);
    assert.equal(server.peers.length, 1);
    peer.send({
      type: "response.done",
      event_id: "4",
      response: { id: "r1", status: "completed", output: [] },
    });
    await clock.advance(1000);
    assert.equal(server.peers.length, 2);
  });

  it("waits until nothing has come for half a second, also just before it may be renewed", async () => {
    const { server, clock, peer } = await makeExpiring();
    await clock.advance(55 * MINUTE - 499);
    peer.send({ type: "input_audio_buffer.cleared", event_id: "1" });
    await clock.advance(499);
    assert.equal(server.peers.length, 1);
    await clock.advance(250);
    assert.equal(server.peers.length, 2);
  });

  it("waits for the transcript of what was said", async () => {
    const { session, server, clock, peer } = await makeExpiring();
    const input = { transcription: { model: "whisper-1" } };
    const updated = session.update({ audio: { input } });
    await peer.next("session.update");
    peer.send({ type: "session.updated", event_id: "0", session: { type: "realtime" } });
    await updated;
    await clock.advance(55 * MINUTE - 10_000);
    peer.send({ type: "input_audio_buffer.committed", event_id: "1", item_id: "i1" });
    await clock.advance(30_000);
    assert.equal(server.peers.length, 1);
    peer.send({
      type: "conversation.item.input_audio_transcription.completed",
      event_id: "2",
      item_id: "i1",
      content_index: 0,
      transcript: "Good night",
    });
    await clock.advance(2000);
    assert.equal(server.peers.length, 2);
  });

  it("stays with the old connection when something happens meanwhile, and tries again", async () => {
    const { session, server, clock, peer, greet } = await makeExpiring();
    await clock.advance(55 * MINUTE);
    const next = await greet();
    const item = session.send(userText("Are you still there?"));
    const sent = await peer.next("conversation.item.create");
    peer.send(added(sent["item"]));
    await item;
    await acceptAll(next);
    assert.deepEqual(session.state, { status: "ready", epoch: 1 });
    assert.equal(next.ended, "closed");
    await clock.advance(10_000);
    assert.equal(server.peers.length, 3);
    assert.equal((await acceptAll(await greet())).length, 2);
    assert.deepEqual(session.state, { status: "ready", epoch: 3 });
  });

  it("gives the next connection the last half second of the microphone, once", async () => {
    const { session, clock, peer, greet } = await makeExpiring();
    await clock.advance(55 * MINUTE - 1000);
    const stream = async (from: number, to: number): Promise<void> => {
      for (let index = from; index < to; index += 1) {
        void session.send(append(Buffer.from([index, 0]).toString("base64")));
        await clock.advance(20);
      }
    };
    await stream(0, 60);
    const next = await greet();
    await acceptAll(next);
    await stream(60, 70);
    const heard = (of: MemoryPeer) =>
      of.received
        .filter(({ type }) => type === "input_audio_buffer.append")
        .map((event) => Buffer.from(String(event["audio"]), "base64")[0]);
    assert.deepEqual(
      heard(peer),
      Array.from({ length: 60 }, (_, index) => index),
    );
    const again = heard(next);
    assert.deepEqual(
      again,
      Array.from({ length: again.length }, (_, index) => 70 - again.length + index),
    );
    // The last 25 of 20 ms from before the change, and the 10 that came after it.
    assert.equal(again.length, 35);
  });

  it("waits for what a slow line has not taken, such as the beginning of a sentence", async () => {
    const { session, server, clock, peer } = await makeExpiring();
    await clock.advance(55 * MINUTE - 2000);
    peer.bufferedAmount = 1_000_000;
    void session.send(append("AAAA"));
    await clock.advance(4000);
    assert.equal(server.peers.length, 1);
    peer.drain();
    await clock.advance(1000);
    assert.equal(server.peers.length, 2);
    assert.equal(peer.received.at(-1)?.["audio"], "AAAA");
  });

  /** An answer is said, the session is renewed, and somebody interrupts what is still being played. */
  const interruptAfterRenewal = async (audio: string, transcript?: string) => {
    const { session, clock, peer, greet } = await makeExpiring();
    await clock.advance(54 * MINUTE);
    const at = { response_id: "r", item_id: "a", output_index: 0, content_index: 0 };
    const item = { id: "a", type: "message", role: "assistant", status: "completed", content: [] };
    const text = { type: "response.output_audio_transcript.delta", event_id: "2", ...at };
    peer.send(
      { type: "response.created", event_id: "1", response: { id: "r", output: [] } },
      added(item),
      ...(transcript === undefined ? [] : [{ ...text, delta: transcript }]),
      { type: "response.output_audio.delta", event_id: "3", ...at, delta: audio },
      { type: "response.done", event_id: "4", response: { id: "r", status: "completed" } },
    );
    await clock.advance(MINUTE);
    const next = await greet();
    const told = await acceptAll(next);
    const cut = { item_id: "a", content_index: 0, audio_end_ms: 1000 };
    const truncated = await session.send({ type: "conversation.item.truncate", ...cut });
    assert.deepEqual(truncated, { accepted: "moot" });
    assert.equal(next.received.length, told.length);
    return session;
  };

  it("cuts off here an answer that is still being played, which the next server has as text", async () => {
    const twoSeconds = Buffer.alloc(96_000).toString("base64");
    const session = await interruptAfterRenewal(twoSeconds, "The light in the kitchen is on now");
    assert.equal(session.conversation.heard("a"), "The light in the");
  });

  it("cuts off here an answer of which the next server knows nothing, as it had no transcript", async () => {
    await interruptAfterRenewal("AAAA");
  });

  it("waits for the commit of what is being said where there is no turn detection", async () => {
    const { session, server, clock, peer } = await makeExpiring();
    const update = session.update({ type: "realtime", audio: { input: { turn_detection: null } } });
    await peer.next("session.update");
    peer.send({ type: "session.updated", event_id: "u", session: {} });
    await update;
    await clock.advance(55 * MINUTE - 100);
    void session.send(append("AAAA"));
    await clock.advance(100);
    void session.send(append("AAAA"));
    await clock.advance(20_000);
    assert.equal(server.peers.length, 1);
  });

  it("changes at the hard margin although it is never quiet, and loses no request", async () => {
    const { session, server, clock, peer, greet } = await makeExpiring();
    await clock.advance(54 * MINUTE);
    peer.send({ type: "response.created", event_id: "3", response: { id: "r1" } });
    const speak = async (milliseconds: number): Promise<void> => {
      for (let passed = 0; passed < milliseconds; passed += 10_000) {
        peer.send({
          type: "response.output_text.delta",
          event_id: eventId(),
          response_id: "r1",
          item_id: "i9",
          output_index: 0,
          content_index: 0,
          delta: "a",
        });
        await clock.advance(10_000);
      }
    };
    await speak(5 * MINUTE + 20_000);
    assert.equal(server.peers.length, 1);
    const asked = session.send({ type: "response.create" });
    await speak(10_000);
    assert.equal(server.peers.length, 2);
    assert.equal(session.state.status, "recovering");
    const next = await greet();
    const told = await acceptAll(next);
    assert.equal(told.at(-1), "response.create");
    next.send({
      type: "response.created",
      event_id: "4",
      response: { id: "r2", metadata: next.received.at(-1)?.["response"].metadata },
    });
    assert.equal((await asked).accepted, "acknowledged");
  });

  it("waits for the answer to a request for an approval, which another server would not know", async () => {
    const { session, server, clock, peer } = await makeExpiring({ idle: { idleMs: 0, openMs: 0 } });
    await clock.advance(54 * MINUTE);
    peer.send({
      type: "conversation.item.done",
      event_id: "1",
      item: {
        type: "mcp_approval_request",
        id: "approval",
        server_label: "calendar",
        name: "delete",
        arguments: "{}",
      },
    });
    await clock.advance(2 * MINUTE);
    assert.equal(server.peers.length, 1);
    void session.send({
      type: "conversation.item.create",
      item: { type: "mcp_approval_response", approval_request_id: "approval", approve: false },
    });
    const { item } = await peer.next("conversation.item.create");
    peer.send(added(item));
    await clock.advance(10_000);
    assert.equal(server.peers.length, 2);
  });

  it("is not kept waiting by audio that a lost connection took with it", async () => {
    const { session, server, clock, peer, greet } = await makeExpiring({
      idle: { idleMs: 0, openMs: 0 },
    });
    const update = session.update({ type: "realtime", audio: { input: { turn_detection: null } } });
    await peer.next("session.update");
    peer.send({ type: "session.updated", event_id: "u", session: {} });
    await update;
    await clock.advance(55 * MINUTE);
    void session.send(append("AAAA"));
    peer.end({ kind: "closed", code: 1006, reason: "" });
    await clock.advance(500);
    const second = await greet();
    second.send({ type: "session.updated", event_id: "u2", session: {} });
    await acceptAll(second);
    assert.equal(session.state.status, "ready");
    const before = server.peers.length;
    await clock.advance(55 * MINUTE);
    assert.equal(server.peers.length, before + 1);
  });

  it("takes an hour for the cap when the server names none or an impossible one", async () => {
    // The last two as on machines whose clocks are five hours late, or almost an hour early.
    for (const cap of [-1, 100 * 24 * 60 * MINUTE, 6 * 60 * MINUTE, 5000]) {
      const { server, clock } = await makeExpiring({ idle: { openMs: 0 } }, cap);
      await clock.advance(55 * MINUTE - 1);
      assert.equal(server.peers.length, 1);
      await clock.advance(1);
      assert.equal(server.peers.length, 2);
    }
  });

  it("does not renew what is beside a call, which ends at the limit", async () => {
    const { server, clock } = await makeExpiring({
      idle: { openMs: 0 },
      target: () => ({ ...target, isCall: true }),
    });
    await clock.advance(60 * MINUTE);
    assert.equal(server.peers.length, 1);
  });

  it("recovers from a session that ends by surprise as from a drop", async () => {
    const { session, server, clock, peer, greet } = await makeExpiring();
    peer.send({
      type: "error",
      event_id: "e",
      error: {
        type: "invalid_request_error",
        code: "session_expired",
        message: "Your session hit the maximum duration of 60 minutes.",
      },
    });
    peer.end({ kind: "closed", code: 1001, reason: "" });
    assert.equal(session.state.status, "recovering");
    await clock.advance(500);
    assert.equal(server.peers.length, 2);
    assert.deepEqual(await acceptAll(await greet()), ["conversation.item.create"]);
    assert.equal(session.state.status, "ready");
  });

  it("counts as a connection that lasted one that was renewed, when it breaks soon after", async () => {
    const { session, clock, peer, greet } = await makeExpiring();
    // Some waits of a bad hour long ago.
    peer.end(dropped);
    for (const wait of [500, 1000, 2000]) {
      await clock.advance(wait);
      const next = await greet();
      await acceptAll(next);
      if (wait < 2000) next.end(dropped);
    }
    await clock.advance(55 * MINUTE);
    const renewed = await greet();
    await acceptAll(renewed);
    await clock.advance(1000);
    renewed.end(dropped);
    const { state } = session;
    assert.ok(state.status === "recovering");
    assert.equal(state.attempt, 1);
    assert.equal(state.retryAt, clock.now() + 500);
  });

  it("does not leave behind what was said before it was due, which a commit is to follow", async () => {
    const { session, server, clock, peer } = await makeExpiring();
    const update = session.update({ type: "realtime", audio: { input: { turn_detection: null } } });
    await peer.next("session.update");
    peer.send({ type: "session.updated", event_id: "u", session: {} });
    await update;
    await clock.advance(54 * MINUTE);
    void session.send(append("AAAA"));
    await clock.advance(2 * MINUTE);
    assert.equal(server.peers.length, 1);
    void session.send({ type: "input_audio_buffer.commit" });
    await settled();
    peer.send({ type: "input_audio_buffer.committed", event_id: "c", item_id: "s" });
    await clock.advance(1000);
    assert.equal(server.peers.length, 2);
  });

  it("leaves the number of the connection to what happens while the next one is made", async () => {
    const { session, events, clock, peer, greet } = await makeExpiring();
    await clock.advance(55 * MINUTE);
    peer.send(added({ id: "b", type: "message", role: "user", content: [] }));
    const next = await greet();
    next.end(dropped);
    peer.send(added({ id: "c", type: "message", role: "user", content: [] }));
    await session.disconnect();
    const locals = events.filter(({ info }) => info.source === "local");
    assert.deepEqual(
      locals.map(({ event, info }) => [event.type, info.epoch]),
      [
        ["conversation.item.appended", 1],
        ["conversation.item.appended", 1],
        ["conversation.item.appended", 1],
        ["close", 1],
      ],
    );
  });

  it("asks a server again only after the time that it names", async () => {
    const { server, clock } = await makeExpiring();
    await clock.advance(55 * MINUTE);
    const refused = { kind: "refused", status: 429, code: null, retryAfterMs: 2 * MINUTE } as const;
    (await server.peer()).end(refused);
    await clock.advance(2 * MINUTE - 1);
    assert.equal(server.peers.length, 2);
    await clock.advance(1);
    assert.equal(server.peers.length, 3);
  });

  for (const how of ["renewed", "lost"]) {
    it(`keeps nothing of the connections that were ${how}, however many there were`, async () => {
      const memory = new MemoryServer();
      const sockets: WeakRef<Socket>[] = [];
      const { clock, session, errors } = makeSession({
        idle: { openMs: 0 },
        openSocket: (...args) => {
          const socket = memory.openSocket(...args);
          sockets.push(new WeakRef(socket));
          return socket;
        },
      });
      void session.connect();
      for (let connections = 1; connections < 5; connections += 1) {
        await memory.greet();
        if (how === "lost") memory.peers.at(-1)?.end(dropped);
        await clock.advance(how === "lost" ? MINUTE : 55 * MINUTE);
      }
      await memory.greet();
      await clock.advance(10_000);
      assert.deepEqual(session.state, { status: "ready", epoch: 5 });
      // The test itself knows all of them, and an error where it came from.
      memory.peers.splice(0);
      errors.splice(0);
      await collectGarbage();
      const kept = sockets.map((socket) => socket.deref() !== undefined);
      assert.deepEqual(kept, [false, false, false, false, true]);
      await session.close();
    });
  }

  it("takes no end of a connection in waiting for that of a session that was opened since", async () => {
    const { session, server, clock, greet } = await makeExpiring();
    await clock.advance(55 * MINUTE);
    const next = await server.peer();
    next.open();
    next.send(serverError({ code: "invalid_api_key" }));
    void session.disconnect();
    const connected = session.connect();
    await greet();
    await connected;
    assert.equal(session.state.status, "ready");
  });

  it("does not try again with a key that is refused, and says so when it has to", async () => {
    const { session, server, clock, errors } = await makeExpiring({
      idle: { openMs: 0 },
    });
    await clock.advance(55 * MINUTE);
    const refused = { kind: "refused", status: 401, code: null, retryAfterMs: null } as const;
    (await server.peer()).end(refused);
    await clock.advance(4 * MINUTE);
    assert.deepEqual(session.state, { status: "ready", epoch: 1 });
    assert.equal(server.peers.length, 2);
    await clock.advance(MINUTE);
    (await server.peer()).end(refused);
    assert.equal(session.state.status, "stopped");
    assert.equal(errors.at(-1)?.code, "unauthorized");
  });

  it("closes the connection in waiting when the session is closed", async () => {
    const { session, clock, peer, greet } = await makeExpiring();
    await clock.advance(55 * MINUTE);
    const next = await greet();
    await session.close();
    assert.equal(peer.ended, "closed");
    assert.equal(next.ended, "closed");
    assert.equal(clock.timers, 0);
  });
});
