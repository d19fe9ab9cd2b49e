import assert from "node:assert/strict";
import { settled } from "../../support/fake-clock";
import { eventId, serverError, type MemoryPeer, type WireEvent } from "../../support/memory-server";
import { call, callDone, light } from "./calling-peer";
import { SIZE_LIMITS } from "../../../lib/session/size-limits";
import { codesOf, makeReadySession, target, withCode } from "./ready-session";

/** Lets the server begin the response that it was asked for, as OpenAI does. */
function create(peer: MemoryPeer, id: string, request?: WireEvent): void {
  const metadata: unknown = request?.["response"]?.metadata ?? null;
  peer.send({
    type: "response.created",
    event_id: eventId(),
    response: { id, output: [], status: "in_progress", conversation_id: "conv_1", metadata },
  });
}

function done(peer: MemoryPeer, id: string, members: Record<string, unknown> = {}): void {
  peer.send({
    type: "response.done",
    event_id: eventId(),
    response: { id, output: [], status: "completed", ...members },
  });
}

const ask = { type: "response.create" };

describe("response queue", () => {
  it("asks for the next response only after response.done", async () => {
    const { session, peer } = await makeReadySession();
    const first = session.send(ask);
    const second = session.send(ask);
    const request = await peer.next("response.create");
    await peer.nothingMore();
    create(peer, "r1", request);
    await first;
    await peer.nothingMore();
    done(peer, "r1");
    create(peer, "r2", await peer.next("response.create"));
    await second;
  });

  it("waits for a response that the server's turn detection began", async () => {
    const { session, peer } = await makeReadySession();
    create(peer, "vad");
    const sent = session.send(ask);
    await peer.nothingMore();
    done(peer, "vad");
    create(peer, "r1", await peer.next("response.create"));
    await sent;
  });

  it("does not take the answer to speech for the answer to a request", async () => {
    const { session, peer } = await makeReadySession();
    const sent = session.send(ask);
    const { event_id } = await peer.next("response.create");
    create(peer, "vad");
    peer.send(serverError({ code: "conversation_already_has_active_response", event_id }));
    await settled();
    assert.equal(session.sizes().responses, 1);
    done(peer, "vad");
    create(peer, "r1", await peer.next("response.create"));
    await sent;
  });

  it("takes the answer to a request for it when no answer to speech is awaited any more", async () => {
    const compatible = { ...target, strictness: "compatible" } as const;
    const { session, peer, clock } = await makeReadySession({ target: () => compatible });
    peer.send(
      { type: "input_audio_buffer.speech_started", event_id: "1", item_id: "i", audio_start_ms: 0 },
      { type: "input_audio_buffer.speech_stopped", event_id: "2", item_id: "i", audio_end_ms: 9 },
    );
    await clock.advance(60_000);
    const sent = session.send(ask);
    create(peer, "r1", await peer.next("response.create"));
    assert.equal((await sent).accepted, "acknowledged");
  });

  it("lets the next request through after a refusal with its event id", async () => {
    const { session, peer } = await makeReadySession();
    const refused = session.send(ask);
    const next = session.send(ask);
    const { event_id } = await peer.next("response.create");
    peer.send(serverError({ code: "invalid_value", event_id }));
    await assert.rejects(refused, withCode("invalid_value"));
    create(peer, "r1", await peer.next("response.create"));
    await next;
  });

  it("lets the next request through after a refusal without an event id", async () => {
    const { session, peer } = await makeReadySession();
    const refused = session.send(ask);
    const next = session.send(ask);
    await peer.next("response.create");
    peer.send(serverError({ code: "invalid_value", param: "response.instructions" }));
    await assert.rejects(refused, withCode("invalid_value"));
    create(peer, "r1", await peer.next("response.create"));
    await next;
  });

  it("lets the next request through when a refusal says nothing at all", async () => {
    const { session, peer, clock, errors } = await makeReadySession();
    const refused = session.send(ask);
    const next = session.send(ask);
    await peer.next("response.create");
    peer.send(serverError({ message: "no" }));
    assert.equal(errors.length, 1);
    await clock.advance(10_000);
    await assert.rejects(refused, withCode("not_acknowledged"));
    create(peer, "r1", await peer.next("response.create"));
    await next;
  });

  it("cancels a response that begins after it was given up, as when a line had stalled", async () => {
    const { session, peer, clock } = await makeReadySession();
    const late = session.send(ask);
    const request = await peer.next("response.create");
    await clock.advance(10_000);
    await assert.rejects(late, withCode("not_acknowledged"));
    const again = session.send(ask);
    const { event_id } = await peer.next("response.create");
    create(peer, "late", request);
    assert.equal((await peer.next("response.cancel"))["response_id"], "late");
    peer.send(serverError({ code: "conversation_already_has_active_response", event_id }));
    done(peer, "late", { status: "cancelled" });
    create(peer, "r1", await peer.next("response.create"));
    assert.equal((await again).accepted, "acknowledged");
    await peer.nothingMore();
  });

  it("cancels no response to a request that is named like one that was given up", async () => {
    const { session, peer, clock } = await makeReadySession();
    void session.send({ ...ask, event_id: "mine" });
    await peer.next("response.create");
    await clock.advance(10_000);
    const again = session.send({ ...ask, event_id: "mine" });
    create(peer, "r1", await peer.next("response.create"));
    assert.equal((await again).accepted, "acknowledged");
    await peer.nothingMore();
  });

  it("repeats a request that met a response unknown to us, without an event id", async () => {
    const { session, peer } = await makeReadySession();
    const sent = session.send(ask);
    await peer.next("response.create");
    peer.send(serverError({ code: "conversation_already_has_active_response" }));
    await peer.nothingMore();
    done(peer, "unseen");
    create(peer, "r1", await peer.next("response.create"));
    await sent;
  });

  it("repeats such a request three times at most", async () => {
    const { session, peer } = await makeReadySession();
    const sent = session.send(ask);
    for (let attempt = 0; attempt < 4; attempt += 1) {
      const { event_id } = await peer.next("response.create");
      peer.send(serverError({ code: "conversation_already_has_active_response", event_id }));
      done(peer, "unseen");
    }
    await assert.rejects(sent, withCode("conversation_already_has_active_response"));
    await peer.nothingMore();
  });

  it("does not repeat such a request that is cancelled by then", async () => {
    const { session, peer } = await makeReadySession();
    const sent = session.send(ask);
    const { event_id } = await peer.next("response.create");
    void session.send({ type: "response.cancel" });
    await peer.next("response.cancel");
    peer.send(serverError({ code: "conversation_already_has_active_response", event_id }));
    done(peer, "unseen", { status: "cancelled" });
    await assert.rejects(sent, withCode("cancelled"));
    await peer.nothingMore();
  });

  it("gives up a response that falls silent, and goes on", async () => {
    const { session, peer, clock, errors } = await makeReadySession();
    const first = session.send(ask);
    const second = session.send(ask);
    create(peer, "r1", await peer.next("response.create"));
    await first;
    await clock.advance(20_000);
    peer.send({
      type: "response.output_text.delta",
      event_id: eventId(),
      response_id: "r1",
      item_id: "i",
      output_index: 0,
      content_index: 0,
      delta: "still here",
    });
    await clock.advance(29_000);
    await peer.nothingMore();
    await clock.advance(1000);
    assert.equal((await peer.next("response.cancel"))["response_id"], "r1");
    assert.deepEqual(codesOf(errors), ["response_silent"]);
    create(peer, "r2", await peer.next("response.create"));
    await second;
    done(peer, "r1");
    const third = session.send(ask);
    await peer.nothingMore();
    done(peer, "r2");
    create(peer, "r3", await peer.next("response.create"));
    await third;
  });

  it("tells of no error when the server does not know a silent response any more", async () => {
    const { session, peer, clock, errors } = await makeReadySession();
    create(peer, "r1");
    await clock.advance(30_000);
    const { event_id } = await peer.next("response.cancel");
    peer.send(serverError({ code: "response_cancel_not_active", event_id }));
    await settled();
    assert.deepEqual(codesOf(errors), ["response_silent"]);
    assert.equal(session.sizes().responses, 0);
  });

  it("sends a response outside the conversation beside a running one", async () => {
    const { session, peer } = await makeReadySession();
    const first = session.send(ask);
    create(peer, "r1", await peer.next("response.create"));
    await first;
    const beside = session.send({
      ...ask,
      response: { conversation: "none", metadata: { a: "b" } },
    });
    const request = await peer.next("response.create");
    assert.equal(request["response"].metadata.a, "b");
    peer.send({
      type: "response.created",
      event_id: eventId(),
      response: { id: "b1", conversation_id: null, metadata: request["response"].metadata },
    });
    await beside;
    done(peer, "b1");
    const waiting = session.send(ask);
    await peer.nothingMore();
    done(peer, "r1");
    create(peer, "r2", await peer.next("response.create"));
    await waiting;
  });

  it("does not take the end of a response outside the conversation for that of the cancelled one", async () => {
    const { session, peer } = await makeReadySession();
    void session.send({ ...ask, response: { conversation: "none" } });
    const { response } = await peer.next("response.create");
    peer.send({
      type: "response.created",
      event_id: eventId(),
      response: { id: "beside", conversation_id: null, metadata: response.metadata },
    });
    void session.send(ask);
    const request = await peer.next("response.create");
    const cancelled = session.send({ type: "response.cancel" });
    create(peer, "r1", request);
    done(peer, "beside");
    done(peer, "r1", { status: "cancelled" });
    const acknowledgement = await cancelled;
    assert.ok(acknowledgement.accepted === "acknowledged");
    assert.partialDeepStrictEqual(acknowledgement.by, { response: { id: "r1" } });
  });

  it("does not take one that begins too late for the conversation's response", async () => {
    const { session, peer, clock } = await makeReadySession();
    const beside = session.send({ ...ask, response: { conversation: "none" } });
    const { response } = await peer.next("response.create");
    await clock.advance(10_000);
    await assert.rejects(beside, withCode("not_acknowledged"));
    create(peer, "r1");
    peer.send({
      type: "response.created",
      event_id: eventId(),
      response: { id: "late", conversation_id: null, metadata: response.metadata },
    });
    void session.send(ask);
    done(peer, "late");
    await peer.nothingMore();
    done(peer, "r1");
    await peer.next("response.create");
  });

  it("gives up a response outside the conversation that falls silent", async () => {
    const { session, peer, clock, errors } = await makeReadySession({ idle: { idleMs: 60_000 } });
    const sent = session.send({ ...ask, response: { conversation: "none" } });
    const { response } = await peer.next("response.create");
    peer.send({
      type: "response.created",
      event_id: eventId(),
      response: { id: "beside", conversation_id: null, metadata: response.metadata },
    });
    await sent;
    await clock.advance(30_000);
    assert.equal((await peer.next("response.cancel"))["response_id"], "beside");
    assert.deepEqual(codesOf(errors), ["response_silent"]);
    assert.equal(session.activity, "quiet");
    await clock.advance(31_000);
    assert.equal(session.state.status, "idle");
  });

  it("leaves the items of its own response out of the conversation, whatever it is said to be of", async () => {
    const { session, peer } = await makeReadySession();
    void session.send({ ...ask, response: { conversation: "none" } });
    const { response } = await peer.next("response.create");
    const item = { id: "i", type: "message", role: "assistant", content: [] };
    peer.send(
      {
        type: "response.created",
        event_id: eventId(),
        response: { id: "beside", metadata: response.metadata },
      },
      {
        type: "response.output_item.added",
        event_id: eventId(),
        response_id: "beside",
        output_index: 0,
        item,
      },
    );
    done(peer, "beside", { output: [item] });
    assert.equal(session.conversation.size, 0);
  });

  it("finds the answer to a request whose metadata has no place for a key", async () => {
    const { session, peer } = await makeReadySession();
    const pairs = Array.from({ length: 16 }, (_, index) => [`name_${index}`, "value"]);
    const sent = session.send({ ...ask, response: { metadata: Object.fromEntries(pairs) } });
    create(peer, "r1", await peer.next("response.create"));
    assert.equal((await sent).accepted, "acknowledged");
  });

  it("adds nothing to a request where the server does not return metadata", async () => {
    const { session, peer } = await makeReadySession({
      target: () => ({ ...target, strictness: "compatible" }),
    });
    const sent = session.send(ask);
    const request = await peer.next("response.create");
    assert.deepEqual(Object.keys(request), ["type", "event_id"]);
    create(peer, "r1");
    await sent;
  });

  it("takes an unanswered cancel for the end of its response", async () => {
    const { session, peer } = await makeReadySession();
    const first = session.send(ask);
    create(peer, "r1", await peer.next("response.create"));
    await first;
    const cancel = session.send({ type: "response.cancel" });
    await peer.next("response.cancel");
    done(peer, "r1", { status: "cancelled" });
    assert.equal((await cancel).accepted, "acknowledged");
  });

  it("takes a cancel that found nothing to cancel as done", async () => {
    const { session, peer, errors } = await makeReadySession();
    for (const error of [
      { code: "response_cancel_not_active", withId: true },
      { message: "Cancellation failed: no active response found", withId: false },
    ]) {
      const cancel = session.send({ type: "response.cancel" });
      const { event_id } = await peer.next("response.cancel");
      const { withId, ...members } = error;
      peer.send(serverError({ ...members, ...(withId ? { event_id } : {}) }));
      assert.deepEqual(await cancel, { accepted: "moot" });
    }
    assert.deepEqual(errors, []);
  });

  for (const names of ["naming it", "naming none"]) {
    it(`takes no error from a cancel that the end of its response has overtaken (${names})`, async () => {
      const { session, peer, errors } = await makeReadySession();
      create(peer, "r1");
      const cancelled = session.send({ type: "response.cancel" });
      const { event_id } = await peer.next("response.cancel");
      done(peer, "r1");
      assert.equal((await cancelled).accepted, "acknowledged");
      const named = names === "naming it" ? { event_id } : {};
      const late = { code: "response_cancel_not_active", ...named };
      peer.send(serverError(late));
      assert.deepEqual(errors, []);
      // That was the answer to it: another one is about something else.
      peer.send(serverError(late));
      assert.deepEqual(codesOf(errors), ["response_cancel_not_active"]);
    });
  }

  it("takes no error from the second of two cancels of a response", async () => {
    const { session, peer, errors } = await makeReadySession();
    create(peer, "r1");
    const cancelled = [0, 1].map(() => session.send({ type: "response.cancel" }));
    await peer.next("response.cancel");
    const { event_id } = await peer.next("response.cancel");
    done(peer, "r1", { status: "cancelled" });
    await Promise.all(cancelled);
    peer.send(serverError({ code: "response_cancel_not_active", event_id }));
    assert.deepEqual(errors, []);
  });

  it("takes back a request that still waits when it is cancelled", async () => {
    const { session, peer } = await makeReadySession();
    const first = session.send(ask);
    const { event_id } = await peer.next("response.create");
    peer.send(serverError({ code: "conversation_already_has_active_response", event_id }));
    const unknown = session.send({ type: "response.cancel" });
    await peer.next("response.cancel");
    done(peer, "unseen", { status: "cancelled" });
    await unknown;
    create(peer, "r1", await peer.next("response.create"));
    await first;
  });

  it("lets what a person asked for go before an announcement", async () => {
    const { session, peer } = await makeReadySession();
    void session.send(ask);
    create(peer, "r1", await peer.next("response.create"));
    const instructions = (text: string) => ({ ...ask, response: { instructions: text } });
    void session.send(instructions("The washing is done"), { priority: "announcement" });
    void session.send(instructions("Answer me"));
    done(peer, "r1");
    const second = await peer.next("response.create");
    assert.equal(second["response"].instructions, "Answer me");
    create(peer, "r2", second);
    done(peer, "r2");
    const third = await peer.next("response.create");
    assert.equal(third["response"].instructions, "The washing is done");
  });

  it("does not announce into speech", async () => {
    const { session, peer } = await makeReadySession();
    const speech = { item_id: "i1" };
    peer.send({
      type: "input_audio_buffer.speech_started",
      event_id: eventId(),
      ...speech,
      audio_start_ms: 0,
    });
    void session.send(ask, { priority: "announcement" });
    await peer.nothingMore();
    peer.send({
      type: "input_audio_buffer.speech_stopped",
      event_id: eventId(),
      ...speech,
      audio_end_ms: 500,
    });
    await peer.next("response.create");
  });

  it("gives up a request that never gets its turn, and says so in an event", async () => {
    const { session, peer, clock } = await makeReadySession();
    const notices: { type: string }[] = [];
    session.on("unknown", (event) => notices.push(event));
    peer.send({
      type: "input_audio_buffer.speech_started",
      event_id: eventId(),
      item_id: "i1",
      audio_start_ms: 0,
    });
    const announced = session.send({ ...ask, event_id: "mine" }, { priority: "announcement" });
    await clock.advance(120_000);
    await assert.rejects(announced, withCode("request_abandoned"));
    assert.partialDeepStrictEqual(notices, [
      {
        type: "local.request.abandoned",
        request: { event_id: "mine", code: "request_abandoned" },
      },
    ]);
    assert.equal(session.sizes().responses, 0);
  });

  it("takes back a request that waits for a slow line when it is cancelled", async () => {
    const { session, peer } = await makeReadySession();
    peer.bufferedAmount = 1_000_000;
    const asked = session.send(ask);
    const cancelled = session.send({ type: "response.cancel" });
    assert.deepEqual(await cancelled, { accepted: "moot" });
    await assert.rejects(asked, withCode("cancelled"));
    peer.drain();
    await peer.nothingMore();
  });

  it("never sends a request late that was given up for a slow line", async () => {
    const { session, peer, clock } = await makeReadySession();
    peer.bufferedAmount = 1_000_000;
    const asked = session.send(ask);
    const item = session.send({
      type: "conversation.item.create",
      item: { type: "message", role: "user", content: [{ type: "input_text", text: "open" }] },
    });
    await clock.advance(20_000);
    await assert.rejects(asked, withCode("not_acknowledged"));
    await assert.rejects(item, withCode("not_acknowledged"));
    peer.drain();
    await peer.nothingMore();
  });

  it("never sends a cancel or a change of settings late that was given up for a slow line", async () => {
    const { session, peer, clock } = await makeReadySession();
    create(peer, "r1");
    peer.bufferedAmount = 1_000_000;
    const cancel = session.send({ type: "response.cancel" });
    const update = session.update({ instructions: "Sing." });
    await clock.advance(10_000);
    await assert.rejects(cancel, withCode("not_acknowledged"));
    await assert.rejects(update, withCode("not_acknowledged"));
    peer.drain();
    await peer.nothingMore();
  });

  it("sends the tools that a slow line has kept waiting, however long", async () => {
    const { session, peer, clock } = await makeReadySession();
    peer.bufferedAmount = 1_000_000;
    const set = session.setTools([light]);
    await clock.advance(10_000);
    await assert.rejects(set, withCode("not_acknowledged"));
    peer.drain();
    assert.equal((await peer.next("session.update"))["session"].tools.length, 1);
  });

  const unpaid = {
    status: "failed",
    status_details: {
      type: "failed",
      error: { type: "insufficient_quota", code: "insufficient_quota" },
    },
  };

  it("asks for no reaction to a tool while the account is out of credit, and says so", async () => {
    const { session, peer, errors } = await makeReadySession({ tools: [light] });
    create(peer, "r1");
    callDone(peer, "r1", call("1"));
    done(peer, "r1");
    create(peer, "r2");
    done(peer, "r2", unpaid);
    void session.answer("call_1", "done");
    await peer.next("conversation.item.create");
    await peer.nothingMore();
    assert.deepEqual(codesOf(errors), ["insufficient_quota", "insufficient_quota"]);
  });

  it("takes the account's own limit for a lack of credit", async () => {
    const { session, peer, errors } = await makeReadySession();
    const code = "billing_hard_limit_reached";
    void session.send(ask);
    create(peer, "r1", await peer.next("response.create"));
    done(peer, "r1", {
      ...unpaid,
      status_details: { type: "failed", error: { type: code, code } },
    });
    assert.deepEqual(codesOf(errors), [code]);
    await assert.rejects(session.send(ask), withCode(code));
    await peer.nothingMore();
  });

  it("refuses requests while the account is out of credit, and probes now and then", async () => {
    const { session, peer, clock, errors } = await makeReadySession({ idle: { openMs: 0 } });
    void session.send(ask);
    create(peer, "r1", await peer.next("response.create"));
    done(peer, "r1", unpaid);
    assert.equal(session.state.status, "ready");
    assert.deepEqual(codesOf(errors), ["insufficient_quota"]);
    await assert.rejects(session.send(ask), withCode("insufficient_quota"));
    await peer.nothingMore();
    await clock.advance(15 * 60_000);
    void session.send(ask);
    create(peer, "r2", await peer.next("response.create"));
    done(peer, "r2", unpaid);
    await assert.rejects(session.send(ask), withCode("insufficient_quota"));
    await clock.advance(15 * 60_000);
    void session.send(ask);
    create(peer, "r3", await peer.next("response.create"));
    done(peer, "r3");
    void session.send(ask);
    await peer.next("response.create");
    assert.equal(errors.length, 1);
  });

  it("settles the cancel of a response outside the conversation with its end", async () => {
    const { session, peer } = await makeReadySession();
    const asked = session.send({ type: "response.create", response: { conversation: "none" } });
    create(peer, "r1", await peer.next("response.create"));
    await asked;
    const cancelled = session.send({ type: "response.cancel", response_id: "r1" });
    await peer.next("response.cancel");
    done(peer, "r1");
    assert.equal((await cancelled).accepted, "acknowledged");
  });

  it("holds nothing once all requests are settled", async () => {
    const { session, peer, clock } = await makeReadySession();
    const { timers } = clock;
    const sent = session.send(ask);
    create(peer, "r1", await peer.next("response.create"));
    await sent;
    done(peer, "r1");
    assert.equal(session.sizes().responses, 0);
    // One timer watches all responses for silence: it runs out when there is none.
    await clock.advance(30_000);
    assert.equal(clock.timers, timers);
  });

  it("takes no refusal without an event id for a request that has not left", async () => {
    const { session, peer, errors } = await makeReadySession();
    peer.bufferedAmount = 1024 * 1024;
    const sent = session.send(ask);
    peer.send(serverError({ code: "conversation_already_has_active_response" }));
    done(peer, "unknown");
    peer.drain();
    create(peer, "r1", await peer.next("response.create"));
    await sent;
    done(peer, "r1");
    await peer.nothingMore();
    assert.deepEqual(codesOf(errors), ["conversation_already_has_active_response"]);
  });

  it("gives up in time a request that was refused once and never gets its turn again", async () => {
    const { session, peer, clock } = await makeReadySession();
    const sent = session.send(ask);
    await peer.next("response.create");
    peer.send(serverError({ code: "conversation_already_has_active_response" }));
    create(peer, "endless");
    for (let passed = 0; passed < 120_000; passed += 20_000) {
      peer.send({
        type: "response.output_text.delta",
        event_id: eventId(),
        response_id: "endless",
        item_id: "a",
        output_index: 0,
        content_index: 0,
        delta: "x",
      });
      await clock.advance(20_000);
    }
    await assert.rejects(sent, withCode("request_abandoned"));
  });

  it("holds one reaction to tools beside 256 requests, and declares it", async () => {
    const { session, peer } = await makeReadySession({ tools: [light] });
    create(peer, "r1");
    callDone(peer, "r1", call("1"));
    for (let index = 0; index < 256; index += 1) void session.send(ask);
    void session.answer("call_1", "done");
    done(peer, "r1");
    const { responses } = session.sizes();
    assert.equal(responses, 257);
    assert.ok(responses <= SIZE_LIMITS.responses);
  });

  it("refuses more than 256 requests, and more than 64 cancels, at once", async () => {
    const { session, peer } = await makeReadySession();
    create(peer, "r1");
    for (let index = 0; index < 256; index += 1) void session.send(ask);
    await assert.rejects(session.send(ask), withCode("queue_full"));
    for (let index = 0; index < 64; index += 1) void session.send({ type: "response.cancel" });
    await assert.rejects(session.send({ type: "response.cancel" }), withCode("queue_full"));
  });
});
