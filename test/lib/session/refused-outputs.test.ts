import assert from "node:assert/strict";
import type { ToolDefinition } from "../../../lib/index";
import type { SocketEnd } from "../../../lib/session/socket";
import { FakeClock, settled } from "../../support/fake-clock";
import { serverError, type MemoryPeer, type WireEvent } from "../../support/memory-server";
import { acknowledge, begin, call, callDone, light, responseDone } from "./calling-peer";
import { codesOf, makeReadySession, userText, withCode } from "./ready-session";

const dropped: SocketEnd = { kind: "closed", code: 1006, reason: "" };

/** Longer than anything waits for its turn or its acknowledgement. */
const patient: ToolDefinition = { ...light, deadlineMs: 200_000 };

type Made = Awaited<ReturnType<typeof makeReadySession>>;

/** The model calls the light in its first response. */
function callLight(peer: MemoryPeer): void {
  begin(peer, "r1");
  callDone(peer, "r1", call("1"));
  responseDone(peer, "r1", [call("1")]);
}

/** A session with one call that waits for its flow, on a line that takes nothing more. */
async function makeStalled(tool: ToolDefinition = light): Promise<Made> {
  const made = await makeReadySession({ tools: [tool], random: () => 0.5 });
  callLight(made.peer);
  fill(made);
  return made;
}

/** Sends until no more is taken. */
function fill({ session, peer }: Made): void {
  peer.bufferedAmount = 1_000_000;
  for (let index = 0; index < 1000; index += 1)
    void session.send({ type: "output_audio_buffer.clear" });
}

/** What the client sent about calls, and the responses that it asked for. */
function toldOf(peer: MemoryPeer): string[] {
  return peer.received
    .filter(({ type, item }) => type === "response.create" || item?.call_id !== undefined)
    .map(({ type, item }) => item?.output ?? item?.type ?? type);
}

const outputs = (peer: MemoryPeer): WireEvent[] =>
  peer.received.filter(({ item }) => item?.type === "function_call_output");

describe("an output of a tool that is refused", () => {
  it("leaves its call open where too much waits for the line, and can be sent again", async () => {
    const { session, peer } = await makeStalled();
    await assert.rejects(session.answer("call_1", "one"), withCode("queue_full"));
    assert.deepEqual(
      session.openCalls.map(({ id }) => id),
      ["call_1"],
    );
    peer.drain();
    await settled();
    assert.deepEqual(toldOf(peer), []);
    const answered = session.answer("call_1", "two");
    await settled();
    assert.deepEqual(toldOf(peer), ["two", "response.create"]);
    for (const output of outputs(peer)) acknowledge(peer, output);
    await answered;
    await assert.rejects(session.answer("call_1", "three"), withCode("call_already_answered"));
  });

  it("leaves its call open for the next connection, where the server took none", async () => {
    const made = await makeReadySession({ tools: [light], random: () => 0.5 });
    const { session, peer, server, clock } = made;
    callLight(peer);
    const refused = session.answer("call_1", "one");
    const { event_id } = await peer.next("conversation.item.create");
    peer.send(serverError({ code: "invalid_value", event_id }));
    await assert.rejects(refused, withCode("invalid_value"));
    peer.end(dropped);
    await clock.advance(500);
    const second = await server.greet();
    second.send({ type: "session.updated", event_id: "u", session: {} });
    await settled();
    void session.answer("call_1", "two");
    await settled();
    assert.deepEqual(toldOf(second), ["function_call", "two", "response.create"]);
  });

  it("leaves its call undecided where it was to be denied", async () => {
    const made = await makeStalled({ ...light, needsApproval: true });
    const { session, peer, calls } = made;
    await assert.rejects(session.deny("call_1"), withCode("queue_full"));
    assert.equal(session.undecidedCalls.length, 1);
    session.approve("call_1");
    assert.equal(calls.length, 1);
    peer.drain();
    void session.answer("call_1", "done");
    await settled();
    assert.deepEqual(toldOf(peer), ["done", "response.create"]);
  });

  it("leaves its call open where too much waits for the connection", async () => {
    const { session, peer, server } = await makeReadySession({ tools: [patient] });
    callLight(peer);
    peer.end(dropped);
    for (let index = 0; index < 256; index += 1) void session.send(userText("x"));
    await assert.rejects(session.answer("call_1", "one"), withCode("queue_full"));
    assert.equal(session.openCalls.length, 1);
    assert.equal(server.peers.length, 1);
  });

  it("leaves its call open where the connection did not come back in time, and asks once", async () => {
    const { session, peer, server, clock } = await makeReadySession({
      tools: [patient],
      random: () => 0.5,
    });
    callLight(peer);
    peer.end(dropped);
    const late = session.answer("call_1", "one");
    await clock.advance(30_000);
    await assert.rejects(late, withCode("not_connected"));
    assert.equal(session.openCalls.length, 1);
    const next = await reconnect(server, clock);
    // The call is told together with its output, and nobody is asked to react to nothing.
    assert.deepEqual(toldOf(next), []);
    void session.answer("call_1", "two");
    await settled();
    assert.deepEqual(toldOf(next), ["function_call", "two", "response.create"]);
  });

  it("leaves its call open where the connection broke under it and did not come back", async () => {
    const { session, peer, server, clock } = await makeReadySession({
      tools: [patient],
      random: () => 0.5,
    });
    callLight(peer);
    const lost = session.answer("call_1", "one");
    await settled();
    peer.end(dropped);
    await clock.advance(30_000);
    await assert.rejects(lost, withCode("not_connected"));
    const next = await reconnect(server, clock);
    void session.answer("call_1", "two");
    await settled();
    assert.deepEqual(toldOf(next), ["function_call", "two", "response.create"]);
  });

  it("leaves its call open where the line did not take it in time", async () => {
    const { session, peer, clock } = await makeReadySession({ tools: [light] });
    begin(peer, "r1");
    callDone(peer, "r1", call("1"));
    peer.bufferedAmount = 1_000_000;
    const late = session.answer("call_1", "one", { respond: false });
    responseDone(peer, "r1", [call("1")]);
    await clock.advance(10_000);
    await assert.rejects(late, withCode("not_acknowledged"));
    assert.equal(session.openCalls.length, 1);
    peer.drain();
    void session.answer("call_1", "two");
    await settled();
    assert.deepEqual(toldOf(peer), ["two", "response.create"]);
  });

  it("ends its call where the server may have it, although it did not say so", async () => {
    const { session, peer, clock } = await makeReadySession({ tools: [light] });
    callLight(peer);
    const sent = session.answer("call_1", "one", { respond: false });
    await clock.advance(10_000);
    await assert.rejects(sent, withCode("not_acknowledged"));
    await assert.rejects(session.answer("call_1", "two"), withCode("call_already_answered"));
    await clock.advance(20_000);
    assert.deepEqual(toldOf(peer), ["one"]);
  });

  it("leaves its call open where the server refused it, and tells of that", async () => {
    const { session, peer } = await makeReadySession({ tools: [light] });
    const changes: number[] = [];
    session.on("toolCallsChanged", () => changes.push(session.openCalls.length));
    callLight(peer);
    const refused = session.answer("call_1", "one", { respond: false });
    const [{ event_id } = { event_id: "" }] = outputs(peer);
    peer.send(serverError({ code: "string_above_max_length", event_id }));
    await assert.rejects(refused, withCode("string_above_max_length"));
    assert.deepEqual(changes, [0, 1]);
    void session.answer("call_1", "two");
    await settled();
    assert.deepEqual(toldOf(peer), ["one", "two", "response.create"]);
  });

  it("has the tool's own in its place when the deadline passes", async () => {
    const { session, peer, clock, errors } = await makeReadySession({ tools: [light] });
    callLight(peer);
    await clock.advance(15_000);
    const refused = session.answer("call_1", "one", { respond: false });
    const [{ event_id } = { event_id: "" }] = outputs(peer);
    peer.send(serverError({ code: "string_above_max_length", event_id }));
    await assert.rejects(refused, withCode("string_above_max_length"));
    await clock.advance(4_999);
    assert.deepEqual(toldOf(peer), ["one"]);
    await clock.advance(1);
    assert.deepEqual(toldOf(peer), ["one", light.onDeadline, "response.create"]);
    assert.deepEqual(codesOf(errors), ["tool_deadline"]);
  });

  it("does not open its call again after the end of the talk", async () => {
    const { session, peer } = await makeReadySession({ tools: [light] });
    begin(peer, "r1");
    callDone(peer, "r1", call("1"));
    const answered = session.answer("call_1", "one");
    const left = session.disconnect();
    await assert.rejects(answered, withCode("disconnected"));
    await left;
    assert.deepEqual([session.openCalls.length, session.sizes().calls], [0, 0]);
  });

  it("is tried again where it is the tool's own, until it can go", async () => {
    const made = await makeStalled({ ...light, deadlineMs: 5_000 });
    const { session, peer, clock, errors } = made;
    await clock.advance(5_000);
    assert.deepEqual(codesOf(errors), ["tool_deadline"]);
    await assert.rejects(session.answer("call_1", "late"), withCode("call_expired"));
    peer.drain();
    assert.deepEqual(toldOf(peer), []);
    await clock.advance(1_000);
    assert.deepEqual(toldOf(peer), [light.onDeadline, "response.create"]);
    assert.deepEqual(codesOf(errors), ["tool_deadline"]);
  });

  it("is tried again where it says that the parameters do not fit", async () => {
    const made = await makeReadySession({ tools: [light] });
    const { peer, clock, errors } = made;
    begin(peer, "r1");
    fill(made);
    callDone(peer, "r1", call("1", "{"));
    responseDone(peer, "r1", [call("1", "{")]);
    peer.drain();
    await clock.advance(1_000);
    const told = toldOf(peer);
    assert.equal(told.length, 2);
    assert.match(String(told[0]), /not valid JSON/);
    assert.equal(told[1], "response.create");
    assert.deepEqual(codesOf(errors), ["tool_arguments_invalid"]);
  });

  it("is not told to the next connection in the meantime", async () => {
    const made = await makeStalled({ ...light, deadlineMs: 5_000 });
    const { peer, clock, server } = made;
    await clock.advance(5_000);
    peer.end(dropped);
    const next = await reconnect(server, clock);
    await clock.advance(1_000);
    assert.deepEqual(toldOf(next), ["function_call", light.onDeadline, "response.create"]);
  });
});

/** Accepts the next connection, and everything that it is told. */
async function reconnect(server: Made["server"], clock: FakeClock): Promise<MemoryPeer> {
  const tried = server.peers.length;
  for (let step = 0; server.peers.length === tried && step < 60; step += 1)
    await clock.advance(1_000);
  const next = await server.greet();
  let told = 0;
  for (;;) {
    await settled();
    const event = next.received[told];
    if (event === undefined) return next;
    told += 1;
    if (event.type === "session.update")
      next.send({ type: "session.updated", event_id: "u", session: {} });
    else if (event.type === "conversation.item.create") acknowledge(next, event);
  }
}
