import assert from "node:assert/strict";
import { RealtimeError } from "../../../lib/protocol/errors";
import type { Activity } from "../../../lib/session/activity";
import { settled } from "../../support/fake-clock";
import { eventId, serverError, sessionCreated } from "../../support/memory-server";
import { begin, call, callDone, light } from "./calling-peer";
import {
  codesOf,
  makeReadySession,
  makeSession,
  target,
  userText,
  withCode,
} from "./ready-session";

describe("RealtimeSession: opening", () => {
  it("is ready once the session exists, when there are no settings to send", async () => {
    const { session, server } = makeSession();
    const connected = session.connect();
    const peer = await server.peer();
    peer.open();
    await settled();
    assert.equal(session.state.status, "opening");
    peer.send(sessionCreated());
    await connected;
    assert.deepEqual(session.state, { status: "ready", epoch: 1 });
    await peer.nothingMore();
  });

  it("is not ready before the server has acknowledged the settings", async () => {
    const { session, server } = makeSession({
      settings: { type: "realtime", instructions: "Be brief." },
    });
    const connected = session.connect();
    const peer = await server.greet();
    const update = await peer.next("session.update");
    assert.deepEqual(update["session"], { type: "realtime", instructions: "Be brief." });
    assert.equal(session.state.status, "opening");
    peer.send({ type: "session.updated", event_id: eventId(), session: {} });
    await connected;
  });

  it("stops, naming the member, when the server refuses the settings", async () => {
    const { session, server } = makeSession({ settings: { type: "realtime", instructions: "x" } });
    const connected = session.connect();
    const peer = await server.greet();
    await peer.next("session.update");
    peer.send(serverError({ code: "invalid_value", param: "session.voice", message: "no voice" }));
    await assert.rejects(connected, withCode("settings_refused"));
    assert.ok(session.state.status === "stopped");
    assert.equal(session.state.reason.param, "session.voice");
    await assert.rejects(session.send({ type: "response.create" }), withCode("settings_refused"));
    assert.equal(server.peers.length, 1);
  });

  it("goes on without an acknowledgement where it is optional, with a warning", async () => {
    const { session, server, clock, errors } = makeSession({
      target: () => ({ ...target, settingsAck: "optional" }),
      settings: { type: "realtime", instructions: "x" },
    });
    const connected = session.connect();
    await server.greet();
    await clock.advance(10_000);
    await connected;
    assert.deepEqual(codesOf(errors), ["settings_not_acknowledged"]);
  });

  it("tries again when no event comes in time, and says why at once", async () => {
    const { session, server, clock, errors } = makeSession({ random: () => 0.5 });
    const connected = session.connect();
    (await server.peer()).open();
    await clock.advance(15_000);
    assert.deepEqual(codesOf(errors), ["first_event_timeout"]);
    const { state } = session;
    assert.ok(state.status === "opening");
    assert.equal(state.attempt, 2);
    assert.equal(state.reason?.code, "first_event_timeout");
    await clock.advance(500);
    await server.greet();
    await connected;
    assert.deepEqual(codesOf(errors), ["first_event_timeout"]);
  });

  it("tells those who wait why it fails after half a minute, and goes on trying", async () => {
    const { session, server, clock, errors } = makeSession({ random: () => 0.5 });
    const unreachable = { kind: "failed", code: "ECONNREFUSED" } as const;
    const connected = assert.rejects(session.connect(), withCode("connection_failed"));
    for (let second = 0; second < 31; second += 1) {
      const peer = await server.peer();
      if (peer.ended === undefined) peer.end(unreachable);
      await clock.advance(1000);
    }
    await connected;
    assert.equal(session.state.status, "opening");
    assert.deepEqual(codesOf(errors), ["connection_failed"]);
    await clock.advance(30_000);
    await server.greet();
    assert.equal(session.state.status, "ready");
  });

  it("shows as slow what is rarely mended soon, and waits up to five minutes for it", async () => {
    const { session, server, clock } = makeSession({ random: () => 0.5 });
    void session.connect().catch(() => undefined);
    for (let attempt = 1; attempt <= 15; attempt += 1) {
      (await server.peer()).end({ kind: "failed", code: "ENOTFOUND" });
      const { state } = session;
      assert.ok(state.status === "opening");
      assert.equal(state.isSlow, true);
      if (attempt === 15) assert.equal(state.retryAt - clock.now(), 300_000);
      await clock.advance(state.retryAt - clock.now());
    }
  });

  it("stops at a key that is refused, and tries again only on connect()", async () => {
    const { session, server } = makeSession();
    const connected = session.connect();
    (await server.peer()).end({
      kind: "refused",
      status: 401,
      code: "invalid_api_key",
      retryAfterMs: null,
    });
    await assert.rejects(connected, withCode("invalid_api_key"));
    assert.equal(session.state.status, "stopped");
    const again = session.connect();
    await server.greet();
    await again;
    assert.equal(session.state.status, "ready");
  });

  it("names no address and no key in any error of a failed opening", async () => {
    for (const end of [
      { kind: "refused", status: 500, code: null, retryAfterMs: null },
      { kind: "failed", code: "ECONNREFUSED" },
      { kind: "closed", code: 1011, reason: "secret-model" },
      { kind: "silent", phase: "handshake" },
    ] as const) {
      const { session, server, errors } = makeSession();
      session.connect().catch(() => undefined);
      (await server.peer()).end(end);
      assert.equal(errors.length, 1);
      assert.doesNotMatch(String(errors[0]), /secret|127\.0\.0/);
    }
  });

  it("opens one connection for callers that connect at the same time", async () => {
    const { session, server } = makeSession();
    const both = Promise.all([session.connect(), session.connect()]);
    await server.greet();
    await both;
    assert.equal(server.peers.length, 1);
  });

  it("stops when the endpoint has no target", async () => {
    const { session } = makeSession({
      target: () => Promise.reject(new RealtimeError("no_key", "The endpoint has no key")),
    });
    await assert.rejects(session.connect(), withCode("no_key"));
    assert.equal(session.state.status, "stopped");
  });

  it("does not wait for ever for an endpoint that never says where it is", async () => {
    let asked = 0;
    const { session, server, clock } = makeSession({
      random: () => 0.5,
      target: () => {
        asked += 1;
        return asked === 1 ? new Promise(() => undefined) : target;
      },
    });
    const connected = session.connect();
    await clock.advance(30_000);
    await assert.rejects(connected, withCode("target_timeout"));
    assert.equal(session.state.status, "opening");
    await clock.advance(500);
    await server.greet();
    assert.deepEqual(session.state, { status: "ready", epoch: 1 });
  });

  it("leaves no deadline behind when it is closed while the target is looked up", async () => {
    const { session, clock } = makeSession({ target: () => new Promise(() => undefined) });
    void session.connect();
    await settled();
    await session.close();
    assert.equal(clock.timers, 0);
  });

  it("looks up nothing for an opening that a listener ends as it hears of it", async () => {
    let asked = 0;
    const { session, clock } = makeSession({
      target: () => {
        asked += 1;
        return new Promise(() => undefined);
      },
    });
    session.on("state", ({ status }) => {
      if (status === "opening") void session.disconnect();
    });
    await assert.rejects(session.connect(), withCode("disconnected"));
    assert.equal(asked, 0);
    assert.equal(clock.timers, 0);
  });

  it("does not connect after it was closed while the target was looked up", async () => {
    const { session, server } = makeSession({ target: () => settled().then(() => target) });
    const connected = session.connect();
    await session.close();
    await assert.rejects(connected, withCode("closed"));
    await settled();
    assert.equal(server.peers.length, 0);
  });
});

describe("RealtimeSession: receiving", () => {
  it("reports a frame that is no event, and lives on", async () => {
    const { session, peer, errors } = await makeReadySession();
    for (const text of ["{", "null", "[]", '"text"', "{}", '{"type":1}']) peer.sendText(text);
    assert.deepEqual(codesOf(errors), [
      "frame_not_json",
      ...Array(3).fill("frame_not_object"),
      ...Array(2).fill("frame_no_type"),
    ]);
    assert.equal(session.state.status, "ready");
  });

  it("passes an unknown event on untouched", async () => {
    const { session, peer } = await makeReadySession();
    const unknown: unknown[] = [];
    session.on("unknown", (event) => unknown.push(event));
    peer.send({ type: "ping", timestamp: 1, deep: { member: null } });
    assert.deepEqual(unknown, [{ type: "ping", timestamp: 1, deep: { member: null } }]);
  });

  it("emits an event before what follows from it", async () => {
    const { session, peer, events } = await makeReadySession({
      target: () => ({ ...target, strictness: "compatible" }),
    });
    session.observe("client");
    void session.send({ type: "response.create" });
    void session.send({ type: "response.create" });
    peer.send(
      { type: "response.created", event_id: "1", response: { id: "r1", output: [] } },
      { type: "response.done", event_id: "2", response: { id: "r1", output: [] } },
    );
    assert.deepEqual(
      events.slice(-2).map(({ event }) => event.type),
      ["response.done", "response.create"],
    );
  });

  it("keeps the other listeners from a listener that throws", async () => {
    const { session, peer, events, errors } = await makeReadySession();
    const failing = (): never => {
      throw new Error("mine");
    };
    session.on("event", failing);
    const seen: string[] = [];
    session.on("event", ({ type }) => seen.push(type));
    peer.send({ type: "conversation.created", event_id: "1", conversation: {} });
    assert.equal(events.at(-1)?.event.type, "conversation.created");
    assert.deepEqual(seen, ["conversation.created"]);
    assert.deepEqual(codesOf(errors), ["listener_failed"]);
  });

  it("reports a listener whose promise rejects, which must not end the process", async () => {
    const { session, peer, errors } = await makeReadySession();
    // As a listener in JavaScript may be, whatever the type says.
    const listener: () => unknown = async () => {
      await settled();
      throw new Error("broken");
    };
    session.on("unknown", listener);
    peer.send({ type: "a.new.event" });
    await settled();
    await settled();
    assert.deepEqual(codesOf(errors), ["listener_failed"]);
  });

  it("survives known events whose members are missing or of another kind", async () => {
    const { session, peer } = await makeReadySession();
    for (const type of [
      "response.done",
      "response.created",
      "response.output_item.done",
      "conversation.item.added",
      "conversation.item.done",
      "conversation.item.retrieved",
      "conversation.item.truncated",
      "response.output_audio.delta",
      "response.output_audio_transcript.delta",
      "response.function_call_arguments.delta",
      "conversation.item.input_audio_transcription.completed",
      "input_audio_buffer.committed",
      "error",
    ]) {
      peer.send({ type }, { type, item: null, response: null, item_id: 7, delta: {}, error: [] });
    }
    await settled();
    assert.equal(session.state.status, "ready");
  });

  it("emits generic events only while somebody wants them", async () => {
    const { session, peer, events } = await makeReadySession();
    const generic = () => events.filter(({ event }) => event.type === "realtime.event").length;
    peer.send({ type: "conversation.created", event_id: "1", conversation: {} });
    assert.equal(generic(), 0);
    const stop = session.observe("realtime.event");
    peer.send({ type: "conversation.created", event_id: "2", conversation: {} });
    assert.equal(generic(), 1);
    stop();
    stop();
    peer.send({ type: "conversation.created", event_id: "3", conversation: {} });
    assert.equal(generic(), 1);
  });
});

describe("RealtimeSession: ending", () => {
  it("reports a connection that breaks, refuses what waits, and can be opened again", async () => {
    const { session, server, peer, events, errors } = await makeReadySession();
    const sent = session.send({ type: "conversation.item.delete", item_id: "a" });
    peer.end({ kind: "closed", code: 1006, reason: "" });
    await assert.rejects(sent, withCode("connection_lost"));
    assert.deepEqual(codesOf(errors), ["connection_lost"]);
    const { event, info } = events.at(-1) ?? {};
    assert.ok(event?.type === "close");
    assert.equal(event.error, true);
    assert.equal(info?.source, "local");
    const again = session.connect();
    await server.greet();
    await again;
    assert.deepEqual(session.state, { status: "ready", epoch: 2 });
  });

  it("says that a close on our own wish is no error", async () => {
    const { session, events, errors, peer } = await makeReadySession();
    await session.disconnect();
    const { event } = events.at(-1) ?? {};
    assert.ok(event?.type === "close");
    assert.equal(event.error, false);
    assert.deepEqual(errors, []);
    assert.equal(peer.ended, "closed");
    assert.deepEqual(session.state, { status: "idle" });
  });

  it("settles everything on close, and takes nothing afterwards", async () => {
    const { session, clock } = await makeReadySession();
    const open = [
      session.send({ type: "conversation.item.delete", item_id: "a" }),
      session.send({ type: "response.create" }),
      session.send({ type: "response.create" }),
      session.update({ instructions: "x" }),
    ];
    await session.close();
    for (const sent of open) await assert.rejects(sent, withCode("closed"));
    await assert.rejects(session.send({ type: "response.create" }), withCode("closed"));
    await assert.rejects(session.connect(), withCode("closed"));
    assert.equal(clock.timers, 0);
  });

  it("opens again for a listener that connects as it hears of the end", async () => {
    const { session, server, peer } = await makeReadySession();
    peer.send({ type: "response.created", event_id: "1", response: { id: "r", output: [] } });
    let connected: Promise<void> | undefined;
    session.on("activity", () => {
      connected ??= session.connect();
    });
    await session.disconnect();
    await server.greet();
    await connected;
    assert.deepEqual(session.state, { status: "ready", epoch: 2 });
  });

  it("tells no activity, and offers no call, of a talk that a listener has just ended", async () => {
    for (const tool of [light, { ...light, needsApproval: true }]) {
      for (const type of ["response.created", "conversation.item.done"]) {
        const { session, peer, calls } = await makeReadySession({ tools: [tool] });
        const activities: Activity[] = [];
        session.on("activity", (activity) => activities.push(activity));
        session.on("toolApproval", (call) => calls.push(call));
        session.on("event", (event) => {
          if (event.type === type) void session.disconnect();
        });
        begin(peer, "r");
        callDone(peer, "r", call("1"));
        assert.equal(session.state.status, "idle");
        assert.equal(activities.at(-1) ?? "quiet", "quiet");
        assert.deepEqual(calls, []);
      }
    }
  });

  it("ends the socket by force when the peer does not close", async () => {
    const { session, server, clock } = makeSession();
    const connected = session.connect();
    const peer = await server.greet();
    await connected;
    let terminated = false;
    peer.endFromClient = (how) => {
      if (how !== "terminated") return;
      terminated = true;
      peer.end({ kind: "closed", code: 1006, reason: "" });
    };
    const closed = session.close();
    await clock.advance(1000);
    await closed;
    assert.ok(terminated);
  });

  it("ignores what an old connection still sends", async () => {
    const { session, server, peer, events } = await makeReadySession();
    await session.disconnect();
    const again = session.connect();
    await server.greet();
    await again;
    const count = events.length;
    peer.send({ type: "conversation.created", event_id: "late", conversation: {} });
    assert.equal(events.length, count);
  });

  it("waits two minutes at most for an item while one response follows another", async () => {
    const { session, peer, clock } = await makeReadySession();
    peer.send({ type: "response.created", event_id: eventId(), response: { id: "r0" } });
    const item = session.send(userText("Hello"));
    for (let passed = 0; passed < 120_000; passed += 8000) {
      peer.send({ type: "response.done", event_id: eventId(), response: { id: "other" } });
      await clock.advance(8000);
    }
    await assert.rejects(item, withCode("not_acknowledged"));
  });

  it("refuses more than 1,000 requests that wait for an answer", async () => {
    const { session, peer } = await makeReadySession();
    for (let index = 0; index < 1000; index += 1) void session.send(userText("Hello"));
    await assert.rejects(session.send(userText("Hello")), withCode("queue_full"));
    assert.equal(peer.received.length, 1000);
  });
});
