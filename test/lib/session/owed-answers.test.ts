import assert from "node:assert/strict";
import type { SessionOptions } from "../../../lib/session/session-options";
import type { SocketEnd } from "../../../lib/session/socket";
import { settled } from "../../support/fake-clock";
import { eventId, type MemoryPeer, type WireEvent } from "../../support/memory-server";
import { acknowledge, begin, call, callDone, light, responseDone } from "./calling-peer";
import { makeReadySession, withCode } from "./ready-session";

const dropped: SocketEnd = { kind: "closed", code: 1006, reason: "" };

const speech: readonly WireEvent[] = [
  { type: "input_audio_buffer.speech_started", event_id: "1", item_id: "s", audio_start_ms: 0 },
  { type: "input_audio_buffer.speech_stopped", event_id: "2", item_id: "s", audio_end_ms: 900 },
];

const spoken: WireEvent = {
  type: "conversation.item.added",
  event_id: "3",
  item: {
    type: "message",
    id: "s",
    role: "user",
    status: "completed",
    content: [{ type: "input_audio", transcript: "What time is it?" }],
  },
};

/** A session on a line that breaks; `comeBack` accepts all that the next connection is told. */
async function makeRecoverable(options: Partial<SessionOptions> = {}) {
  const made = await makeReadySession({ random: () => 0.5, tools: [light], ...options });
  const told = async (peer: MemoryPeer): Promise<WireEvent[]> => {
    for (let index = 0; ; index += 1) {
      await settled();
      const event = peer.received[index];
      if (event === undefined) return peer.received;
      if (event.type === "session.update")
        peer.send({ type: "session.updated", event_id: eventId(), session: {} });
      if (event.type === "conversation.item.create") acknowledge(peer, event);
    }
  };
  const comeBack = async (): Promise<WireEvent[]> => {
    await made.clock.advance(500);
    return await told(await made.server.greet());
  };
  return { ...made, comeBack };
}

const asked = (told: readonly WireEvent[]) =>
  told.filter(({ type }) => type === "response.create").map(({ response }) => response);

describe("after a lost connection", () => {
  it("asks for nothing whose cancel was on its way when the line broke", async () => {
    const { session, peer, comeBack } = await makeRecoverable();
    const request = session.send({ type: "response.create" });
    const cancel = session.send({ type: "response.cancel" });
    await settled();
    assert.equal(peer.received.at(-1)?.type, "response.cancel");
    peer.end(dropped);
    assert.deepEqual(await cancel, { accepted: "moot" });
    assert.deepEqual(asked(await comeBack()), []);
    await assert.rejects(request, withCode("cancelled"));
  });

  it("asks for what was asked for behind a cancel, which is not about it", async () => {
    const { session, peer, comeBack } = await makeRecoverable();
    void session.send({ type: "response.cancel" });
    void session.send({ type: "response.create" });
    peer.end(dropped);
    assert.equal(asked(await comeBack()).length, 1);
  });

  it("asks again for an answer that was cut off as it was asked for", async () => {
    const { session, peer, comeBack } = await makeRecoverable();
    const params = { instructions: "Say: dinner is ready.", tool_choice: "none" };
    const request = session.send({ type: "response.create", response: params });
    await settled();
    begin(peer, "r", peer.received.at(-1)?.["response"].metadata);
    await request;
    peer.end(dropped);
    const [again] = asked(await comeBack());
    assert.equal(again.instructions, params.instructions);
    assert.equal(again.tool_choice, "none");
  });

  for (const [outage, count] of [
    [29_000, 1],
    [30_000, 0],
  ] as const)
    it(`asks ${count === 1 ? "once" : "no more"} for an answer that was cut off ${outage / 1000} s ago`, async () => {
      const { peer, clock, comeBack } = await makeRecoverable({ backoff: { initialMs: outage } });
      begin(peer, "r");
      peer.end(dropped);
      await clock.advance(outage - 500);
      assert.equal(asked(await comeBack()).length, count);
    });

  describe("of which somebody talked into the answer", () => {
    const [started, stopped] = speech as [WireEvent, WireEvent];
    const params = { instructions: "Say: dinner is ready." };

    async function talkedInto(events: readonly WireEvent[], interrupt_response?: boolean) {
      const { session, peer, comeBack } = await makeRecoverable(
        interrupt_response === undefined
          ? {}
          : {
              settings: {
                type: "realtime",
                audio: {
                  input: { turn_detection: { type: "server_vad", interrupt_response } },
                },
              },
            },
      );
      const request = session.send({ type: "response.create", response: params });
      await settled();
      begin(peer, "r", peer.received.at(-1)?.["response"].metadata);
      await request;
      peer.send(...events);
      peer.end(dropped);
      return asked(await comeBack());
    }

    it("does not ask for that answer again", async () => {
      assert.deepEqual(await talkedInto([started]), []);
    });

    it("asks for it again where the server talks on", async () => {
      const [again] = await talkedInto([started], false);
      assert.equal(again.instructions, params.instructions);
    });

    it("asks for the answer to what was said, as the server gives it by itself", async () => {
      const [answer, ...others] = await talkedInto([started, stopped, spoken]);
      assert.equal(answer?.instructions, undefined);
      assert.deepEqual(others, []);
    });
  });

  it("asks for the answer to the last words, which a reaction to tools had waited for", async () => {
    const { session, peer, comeBack } = await makeRecoverable();
    begin(peer, "r1");
    callDone(peer, "r1", call("1"));
    void session.answer("call_1", "done");
    await settled();
    acknowledge(peer, peer.received.at(-1) ?? assert.fail());
    peer.send(...speech, spoken);
    responseDone(peer, "r1", [call("1")], "completed");
    await settled();
    const before = asked(peer.received).length;
    // The server answers the words, and the reaction waits for the end of that.
    begin(peer, "r2");
    peer.send({
      type: "error",
      event_id: eventId(),
      error: {
        type: "invalid_request_error",
        code: "conversation_already_has_active_response",
        message: "",
        event_id: null,
      },
    });
    await settled();
    peer.end(dropped);
    assert.equal(before, 1);
    assert.equal(asked(await comeBack()).length, 1);
  });

  it("asks for the answer to the last words although an earlier call waits for its approval", async () => {
    const { peer, comeBack } = await makeRecoverable({
      tools: [{ ...light, needsApproval: true }],
    });
    begin(peer, "r1");
    callDone(peer, "r1", call("1"));
    responseDone(peer, "r1", [call("1")]);
    peer.send(...speech, spoken);
    peer.end(dropped);
    assert.equal(asked(await comeBack()).length, 1);
  });

  it("leaves the answer to the reaction where the response that was cut off has made a call", async () => {
    const { session, peer, comeBack } = await makeRecoverable();
    begin(peer, "r1");
    callDone(peer, "r1", call("1"));
    peer.end(dropped);
    assert.equal(asked(await comeBack()).length, 0);
    void session.answer("call_1", "done");
  });

  for (const when of ["before the line broke", "during the outage"]) {
    it(`asks for no reaction to the calls of a response that was cancelled ${when}`, async () => {
      const { session, server, peer, comeBack } = await makeRecoverable();
      begin(peer, "r1");
      callDone(peer, "r1", call("1"));
      if (when === "before the line broke") void session.send({ type: "response.cancel" });
      peer.end(dropped);
      if (when === "during the outage") void session.send({ type: "response.cancel" });
      await comeBack();
      const next = await server.peer();
      const answered = session.answer("call_1", "done");
      await settled();
      const outputs = next.received.filter(({ item }) => item?.type === "function_call_output");
      assert.equal(outputs.length, 1);
      for (const event of next.received.slice(1)) acknowledge(next, event);
      await answered;
      await settled();
      assert.deepEqual(asked(next.received), []);
    });
  }
});
