import assert from "node:assert/strict";
import { eventId, sessionCreated } from "../../support/memory-server";
import { makeReadySession, makeSession, target, userText } from "./ready-session";

const MINUTE = 60_000;
const speech = { event_id: "e", item_id: "i1" };

const transcript = (text: string) => ({
  type: "conversation.item.input_audio_transcription.completed",
  event_id: eventId(),
  item_id: "i1",
  content_index: 0,
  transcript: text,
});

describe("idle session", () => {
  it("closes without an error when nothing is said", async () => {
    const { session, peer, clock, events } = await makeReadySession({
      idle: { idleMs: 5 * MINUTE },
    });
    const notices: string[] = [];
    session.on("unknown", ({ type }) => notices.push(`${type}, ${session.state.status}`));
    await clock.advance(5 * MINUTE - 1);
    assert.equal(session.state.status, "ready");
    await clock.advance(1);
    assert.deepEqual(session.state, { status: "idle" });
    assert.equal(peer.ended, "closed");
    assert.deepEqual(notices, ["local.session.unused, ready"]);
    assert.partialDeepStrictEqual(events.at(-1)?.event, { type: "close", error: false });
  });

  it("stays open with each turn, and not with sound or an answer to silence", async () => {
    const { session, peer, clock } = await makeReadySession({ idle: { idleMs: 5 * MINUTE } });
    await clock.advance(4 * MINUTE);
    peer.send(transcript("Good morning"));
    await clock.advance(4 * MINUTE);
    assert.equal(session.state.status, "ready");
    peer.send(
      { type: "input_audio_buffer.speech_started", ...speech, audio_start_ms: 0 },
      { type: "input_audio_buffer.speech_stopped", ...speech, audio_end_ms: 10 },
      transcript("  "),
      {
        type: "input_audio_buffer.timeout_triggered",
        ...speech,
        audio_start_ms: 0,
        audio_end_ms: 1,
      },
      { type: "response.created", event_id: eventId(), response: { id: "r", status: "completed" } },
      { type: "response.done", event_id: eventId(), response: { id: "r", status: "completed" } },
    );
    await clock.advance(1 * MINUTE);
    assert.deepEqual(session.state, { status: "idle" });
  });

  it("does not close while a response runs, but soon after", async () => {
    const { session, peer, clock } = await makeReadySession({ idle: { idleMs: 15_000 } });
    peer.send({ type: "response.created", event_id: eventId(), response: { id: "r" } });
    await clock.advance(20_000);
    assert.equal(session.state.status, "ready");
    peer.send({ type: "response.done", event_id: eventId(), response: { id: "r" } });
    await clock.advance(1000);
    assert.deepEqual(session.state, { status: "idle" });
  });

  it("closes although the end of a response, or a transcript, was lost", async () => {
    const { session, peer, clock } = await makeReadySession({
      idle: { idleMs: 5 * MINUTE },
      settings: { type: "realtime", audio: { input: { transcription: { model: "whisper-1" } } } },
    });
    peer.send(
      { type: "input_audio_buffer.committed", event_id: eventId(), item_id: "i1" },
      { type: "response.created", event_id: eventId(), response: { id: "r" } },
    );
    await clock.advance(MINUTE);
    assert.equal(session.activity, "quiet");
    await clock.advance(4 * MINUTE);
    assert.deepEqual(session.state, { status: "idle" });
  });

  it("closes after an hour without a turn, although a television speaks", async () => {
    const { session, peer, clock } = await makeReadySession({ rollover: { marginMs: 1 } });
    for (let minute = 0; minute < 59; minute += 1) {
      peer.send({ type: "input_audio_buffer.speech_started", ...speech, audio_start_ms: 0 });
      await clock.advance(MINUTE);
    }
    assert.notEqual(session.state.status, "idle");
    await clock.advance(MINUTE);
    assert.deepEqual(session.state, { status: "idle" });
  });

  it("gives up a connection that cannot be made when nobody wants it any more", async () => {
    const { session, server, clock } = makeSession({ idle: { idleMs: MINUTE }, random: () => 0.5 });
    session.connect().catch(() => undefined);
    for (let second = 0; second < 62; second += 1) {
      const peer = await server.peer();
      if (peer.ended === undefined && session.state.status === "opening")
        peer.end({ kind: "failed", code: "ECONNREFUSED" });
      await clock.advance(1000);
    }
    assert.deepEqual(session.state, { status: "idle" });
    assert.equal(clock.timers, 0);
  });

  it("does not close while something that was sent waits for the connection", async () => {
    const { session, server, peer, clock } = await makeReadySession({
      idle: { idleMs: MINUTE },
      random: () => 0.5,
    });
    await clock.advance(MINUTE - 1000);
    peer.end({ kind: "closed", code: 1006, reason: "" });
    const asked = session.send({ type: "response.create" });
    await clock.advance(2000);
    assert.equal(session.state.status, "recovering");
    const next = await server.greet();
    const { response } = await next.next("response.create");
    next.send({
      type: "response.created",
      event_id: eventId(),
      response: { id: "r", metadata: response.metadata },
    });
    assert.equal((await asked).accepted, "acknowledged");
  });

  it("does not close while an item waits whose fate a lost connection left open", async () => {
    const { session, server, peer, clock } = await makeReadySession({
      idle: { idleMs: MINUTE },
      random: () => 0.5,
    });
    await clock.advance(MINUTE - 100);
    const sent = session.send(userText("Hello"));
    peer.end({ kind: "closed", code: 1006, reason: "" });
    await clock.advance(1000);
    const next = await server.greet();
    const { item } = await next.next("conversation.item.create");
    next.send({ type: "conversation.item.added", event_id: eventId(), item });
    assert.equal((await sent).accepted, "acknowledged");
  });

  it("does not close a session that is slow to open, and counts from when it is open", async () => {
    const { session, server, clock } = makeSession({
      idle: { idleMs: MINUTE },
      // A local server loads its models first.
      target: () => ({ ...target, firstEventTimeoutMs: 120_000 }),
    });
    const connected = session.connect();
    const peer = await server.peer();
    peer.open();
    await clock.advance(90_000);
    assert.equal(session.state.status, "opening");
    peer.send(sessionCreated());
    await connected;
    await clock.advance(MINUTE - 1);
    assert.equal(session.state.status, "ready");
    await clock.advance(1);
    assert.deepEqual(session.state, { status: "idle" });
  });

  it("stays open when somebody connects again", async () => {
    const { session, clock } = await makeReadySession({ idle: { idleMs: MINUTE } });
    await clock.advance(50_000);
    await session.connect();
    await clock.advance(50_000);
    assert.equal(session.state.status, "ready");
  });

  describe("into which somebody speaks for longer than that", () => {
    const idle = { idleMs: MINUTE };

    const speak = async (
      { session, clock }: Pick<Awaited<ReturnType<typeof makeReadySession>>, "session" | "clock">,
      seconds: number,
    ): Promise<void> => {
      for (let second = 0; second < seconds; second += 1) {
        void session.send({ type: "input_audio_buffer.append", audio: "AAAA" });
        await clock.advance(1000);
      }
    };

    const pushToTalk = {
      type: "realtime",
      audio: { input: { turn_detection: null } },
    } as const;

    it("stays open where a person ends the turn, until long after the last word", async () => {
      const made = await makeReadySession({ idle, settings: pushToTalk });
      const { session, peer, clock } = made;
      await speak(made, 150);
      void session.send({ type: "input_audio_buffer.commit" });
      assert.equal(peer.received.at(-1)?.type, "input_audio_buffer.commit");
      await clock.advance(MINUTE - 1001);
      assert.equal(session.state.status, "ready");
      await clock.advance(1);
      assert.deepEqual(session.state, { status: "idle" });
    });

    it("closes at the longest time without a turn all the same", async () => {
      const made = await makeReadySession({
        idle: { idleMs: MINUTE, openMs: 2 * MINUTE },
        settings: pushToTalk,
      });
      await speak(made, 119);
      assert.equal(made.session.state.status, "ready");
      await speak(made, 1);
      assert.deepEqual(made.session.state, { status: "idle" });
    });

    it("closes where the server finds the turns, and has found none", async () => {
      const made = await makeReadySession({ idle });
      await speak(made, 60);
      assert.deepEqual(made.session.state, { status: "idle" });
    });
  });

  it("closes after a connection was made again and told of an item that waited for it", async () => {
    const { session, server, peer, clock } = await makeReadySession({
      idle: { idleMs: 5 * MINUTE },
      random: () => 0.5,
    });
    const sent = session.send(userText("Hello"));
    peer.end({ kind: "closed", code: 1006, reason: "" });
    await clock.advance(500);
    const next = await server.greet();
    const { item } = await next.next("conversation.item.create");
    next.send({ type: "conversation.item.added", event_id: eventId(), item });
    await sent;
    await clock.advance(5 * MINUTE);
    assert.deepEqual(session.state, { status: "idle" });
  });

  it("keeps what is said from just before it is opened, however long that takes", async () => {
    const { session, server, clock } = makeSession({ random: () => 0.5 });
    const say = async (from: number, to: number): Promise<void> => {
      for (let index = from; index < to; index += 1) {
        const audio = Buffer.from([index, 0]).toString("base64");
        void session.send({ type: "input_audio_buffer.append", audio });
        await clock.advance(100);
      }
    };
    await say(0, 40);
    const connected = session.connect();
    await say(40, 100);
    const peer = await server.greet();
    await connected;
    assert.deepEqual(
      peer.received.map((event) => Buffer.from(String(event["audio"]), "base64")[0]),
      Array.from({ length: 80 }, (_, index) => index + 20),
    );
  });
});
