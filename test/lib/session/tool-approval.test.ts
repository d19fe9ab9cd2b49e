import assert from "node:assert/strict";
import type { ToolCall, ToolDefinition } from "../../../lib/index";
import type { SessionOptions } from "../../../lib/session/session-options";
import { acknowledge, begin, call, callDone, light, responseDone } from "./calling-peer";
import { codesOf, makeReadySession, withCode } from "./ready-session";

const door: ToolDefinition = { ...light, needsApproval: true };

/** A session whose tool asks first, with one call that waits for its approval. */
async function makeAsked(options: Partial<SessionOptions> = {}) {
  const made = await makeReadySession({ tools: [door], ...options });
  const requests: ToolCall[] = [];
  made.session.on("toolApproval", (request) => requests.push(request));
  begin(made.peer, "r1");
  callDone(made.peer, "r1", call("1"));
  responseDone(made.peer, "r1", [call("1")]);
  return { ...made, requests };
}

/** What both decisions say of a call that they are too late for. */
async function refusesDecisions(
  session: Awaited<ReturnType<typeof makeAsked>>["session"],
  callId: string,
  code: string,
): Promise<void> {
  assert.throws(() => session.approve(callId), withCode(code));
  await assert.rejects(session.deny(callId), withCode(code));
}

describe("approval of tool calls", () => {
  it("asks once, and runs nothing before the call is approved", async () => {
    const { session, peer, requests, calls, clock } = await makeAsked();
    assert.deepEqual(requests, [
      {
        id: "call_1",
        name: "set_light",
        arguments: { room: "kitchen", on: true },
        itemId: "item_1",
        responseId: "r1",
        deadline: clock.now() + 20_000,
      },
    ]);
    assert.deepEqual(calls, []);
    assert.deepEqual([session.openCalls.length, session.undecidedCalls.length], [0, 1]);
    await peer.nothingMore();
  });

  it("runs an approved call once, with the whole deadline, and then takes its answer", async () => {
    const { session, peer, calls, clock } = await makeAsked();
    await clock.advance(19_000);
    session.approve("call_1");
    const deadline = clock.now() + 20_000;
    assert.deepEqual(
      calls.map((made) => [made.id, made.arguments, made.deadline]),
      [["call_1", { room: "kitchen", on: true }, deadline]],
    );
    assert.deepEqual([session.openCalls.length, session.undecidedCalls.length], [1, 0]);
    await refusesDecisions(session, "call_1", "call_already_approved");
    await clock.advance(19_000);
    void session.answer("call_1", "done");
    assert.equal((await peer.next("conversation.item.create"))["item"].output, "done");
    await peer.next("response.create");
    assert.equal(calls.length, 1);
    await refusesDecisions(session, "call_1", "call_already_answered");
  });

  it("runs the call with the model's arguments, whatever became of the object that was shown", async () => {
    const { session, requests, calls } = await makeAsked();
    Object.assign(requests[0]?.arguments ?? {}, { room: "vault" });
    session.approve("call_1");
    assert.deepEqual(calls[0]?.arguments, { room: "kitchen", on: true });
  });

  it("tells the model of a denial and its reason, and never runs the call", async () => {
    for (const [reason, told] of [
      ["It is night.", { reason: "It is night." }],
      ["", {}],
      [undefined, {}],
    ] as const) {
      const { session, peer, calls } = await makeAsked();
      const denied = session.deny("call_1", reason);
      const create = await peer.next("conversation.item.create");
      assert.equal(create["item"].call_id, "call_1");
      assert.deepEqual(JSON.parse(create["item"].output), {
        error: "denied",
        message: "The user did not allow this. Nothing was done.",
        ...told,
      });
      acknowledge(peer, create);
      await denied;
      await peer.next("response.create");
      await refusesDecisions(session, "call_1", "call_denied");
      await assert.rejects(session.answer("call_1", "done"), withCode("call_denied"));
      assert.deepEqual(calls, []);
    }
  });

  it("takes no answer for a call that nobody approved", async () => {
    const { session, peer } = await makeAsked();
    await assert.rejects(session.answer("call_1", "done"), withCode("call_not_approved"));
    assert.equal(session.undecidedCalls.length, 1);
    await peer.nothingMore();
  });

  it("gives the tool's own output when nobody decides in time, and takes no approval then", async () => {
    const { session, peer, calls, clock, errors } = await makeAsked();
    await clock.advance(20_000);
    const { item } = await peer.next("conversation.item.create");
    assert.equal(item.output, "The light did not answer.");
    await peer.next("response.create");
    assert.deepEqual(codesOf(errors), ["tool_deadline"]);
    assert.match(errors[0]?.message ?? "", /No approval/);
    await refusesDecisions(session, "call_1", "call_expired");
    assert.deepEqual(calls, []);
  });

  it("expires an approved call that its flow does not answer", async () => {
    const { session, peer, clock, errors } = await makeAsked();
    session.approve("call_1");
    await clock.advance(20_000);
    await peer.next("conversation.item.create");
    assert.match(errors[0]?.message ?? "", /No answer/);
    await assert.rejects(session.answer("call_1", "late"), withCode("call_expired"));
  });

  it("takes no decision about a call that needs none, is unknown, or is gone", async () => {
    const { session } = await makeAsked();
    await refusesDecisions(session, "call_9", "no_such_call");
    await session.disconnect();
    await refusesDecisions(session, "call_1", "call_void");
    const plain = await makeReadySession({ tools: [light] });
    begin(plain.peer, "r1");
    callDone(plain.peer, "r1", call("1"));
    await refusesDecisions(plain.session, "call_1", "call_already_approved");
  });

  it("does not run a call whose tool was removed or changed since", async () => {
    const strict = {
      ...door,
      parameters: { type: "object", properties: { room: { type: "string", enum: ["office"] } } },
    };
    for (const tools of [[], [strict]]) {
      const { session, calls } = await makeAsked();
      // The server's acknowledgement is not waited for.
      session.setTools(tools).catch(() => undefined);
      assert.throws(() => session.approve("call_1"), withCode("tool_changed"));
      assert.deepEqual(calls, []);
      assert.equal(session.undecidedCalls.length, 1);
      await session.close();
    }
  });

  it("waits with the reaction for calls that are not decided", async () => {
    const { session, peer, requests } = await makeAsked({
      tools: [door, { ...light, name: "ring" }],
    });
    begin(peer, "r2");
    const ring = call("3", undefined, { name: "ring" });
    callDone(peer, "r2", call("2"));
    callDone(peer, "r2", ring);
    responseDone(peer, "r2", [call("2"), ring]);
    void session.answer("call_3", "rung");
    await peer.next("conversation.item.create");
    await peer.nothingMore();
    assert.equal(requests.length, 2);
    void session.deny("call_2");
    await peer.next("conversation.item.create");
    await peer.next("response.create");
    await peer.nothingMore();
  });
});
