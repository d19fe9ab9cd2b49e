import assert from "node:assert/strict";
import { eventId, type MemoryPeer } from "../../support/memory-server";
import { settled } from "../../support/fake-clock";
import { makeReadySession, makeSession, userText } from "./ready-session";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

describe("session on a machine whose date is set", () => {
  it("is closed when nobody has used it for its time, although the date was set back", async () => {
    const { session, clock } = await makeReadySession({ idle: { idleMs: 5 * MINUTE } });
    await clock.advance(MINUTE);
    clock.setDate(-30 * DAY);
    await clock.advance(4 * MINUTE - 1);
    assert.equal(session.state.status, "ready");
    await clock.advance(1);
    assert.deepEqual(session.state, { status: "idle" });
  });

  it("is not closed while it is used, although the date was set forward", async () => {
    const { session, peer, clock } = await makeReadySession({ idle: { idleMs: 5 * MINUTE } });
    await clock.advance(4 * MINUTE);
    peer.send({
      type: "conversation.item.input_audio_transcription.completed",
      event_id: eventId(),
      item_id: "i1",
      content_index: 0,
      transcript: "Good morning",
    });
    clock.setDate(DAY);
    await clock.advance(4 * MINUTE);
    assert.equal(session.state.status, "ready");
  });

  it("sends what waited for the connection while the date was set forward", async () => {
    const { session, server, clock } = makeSession();
    const sent = session.send(userText("Turn on the light"));
    await settled();
    clock.setDate(DAY);
    const peer = await server.greet();
    const { item } = await peer.next("conversation.item.create");
    peer.send({ type: "conversation.item.added", event_id: eventId(), item });
    await sent;
    assert.equal(session.state.status, "ready");
  });

  it("is renewed once, at a quiet moment before its server's end, whichever way the date was set", async () => {
    for (const by of [-DAY, DAY]) {
      const { session, server, clock } = makeSession({ idle: { openMs: 0 } });
      const connected = session.connect();
      const first = await server.peer();
      const greet = (peer: MemoryPeer): void => {
        peer.open();
        const expires_at = Math.floor((clock.date() + 60 * MINUTE) / 1000);
        const event = { type: "session.created", event_id: eventId() };
        peer.send({ ...event, session: { type: "realtime", expires_at } });
      };
      greet(first);
      await connected;
      clock.setDate(by);
      first.send(
        { type: "response.created", event_id: eventId(), response: { id: "r" } },
        { type: "response.done", event_id: eventId(), response: { id: "r" } },
      );
      await clock.advance(54 * MINUTE);
      first.send({
        type: "input_audio_buffer.speech_started",
        event_id: eventId(),
        item_id: "i1",
        audio_start_ms: 0,
      });
      await clock.advance(4 * MINUTE);
      // Somebody speaks.
      assert.equal(server.peers.length, 1);
      first.send({
        type: "input_audio_buffer.speech_stopped",
        event_id: eventId(),
        item_id: "i1",
        audio_end_ms: 900,
      });
      await clock.advance(35_000);
      assert.equal(server.peers.length, 2);
      greet(await server.peer());
      await settled();
      assert.deepEqual(session.state, { status: "ready", epoch: 2 });
      await clock.advance(5000);
      assert.equal(server.peers.length, 2);
      await session.close();
    }
  });

  it("gives up a silent response when it had its time since the date was set, whichever way", async () => {
    for (const by of [-DAY, DAY]) {
      const { session, peer, clock } = await makeReadySession();
      const beside = session.send({
        type: "response.create",
        response: { conversation: "none" },
      });
      const { response } = await peer.next("response.create");
      const created = { type: "response.created", event_id: eventId() };
      peer.send(
        { ...created, response: { ...response, id: "beside", conversation_id: null } },
        { ...created, response: { id: "r" } },
      );
      await beside;
      await clock.advance(10_000);
      clock.setDate(by);
      await clock.advance(49_999);
      await peer.nothingMore();
      await clock.advance(1);
      const cancelled = [await peer.next("response.cancel"), await peer.next("response.cancel")];
      assert.deepEqual(
        cancelled.map((event) => event["response_id"]),
        ["beside", "r"],
      );
    }
  });

  it("tells by the date when an event came, and until when a call waits", async () => {
    const { session, peer, clock, events, calls } = await makeReadySession({
      tools: [
        {
          name: "light",
          description: "",
          parameters: { type: "object" },
          deadlineMs: 20_000,
          onDeadline: "late",
        },
      ],
    });
    clock.setDate(DAY);
    peer.send(
      { type: "response.created", event_id: eventId(), response: { id: "r" } },
      {
        type: "response.output_item.done",
        event_id: eventId(),
        response_id: "r",
        output_index: 0,
        item: {
          id: "i",
          type: "function_call",
          status: "completed",
          call_id: "c",
          name: "light",
          arguments: "{}",
        },
      },
    );
    assert.equal(events.at(-1)?.info.at, clock.date());
    assert.equal(calls[0]?.deadline, clock.date() + 20_000);
    clock.setDate(-2 * DAY);
    await clock.advance(20_000);
    assert.equal(session.openCalls.length, 0);
  });

  it("spends from the budget of the day that the date says", async () => {
    const { session, peer, clock } = await makeReadySession({
      budget: { limit: 1e-9, action: "close" },
    });
    const answer = (id: string) => [
      { type: "response.created", event_id: eventId(), response: { id } },
      { type: "response.done", event_id: eventId(), response: { id, status: "completed" } },
    ];
    peer.send(...answer("r1"));
    await clock.advance(6000);
    assert.equal(session.state.status, "stopped");
    clock.setDate(DAY);
    const connected = session.connect();
    assert.equal(session.state.status, "opening");
    await session.close();
    await assert.rejects(connected);
  });
});
