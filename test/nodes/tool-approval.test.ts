import assert from "node:assert/strict";
import type { FaultRequest } from "../../lib/index";
import {
  builtIn,
  collect,
  flow,
  give,
  lastStatus,
  load,
  next,
  openSession,
  status,
  topicIs,
  useNodeRed,
  userWords,
  watched,
  type FlowNode,
  type Message,
} from "../support/canvas";

/** A light on the built-in server, with probes behind both outputs. */
const nodes = (tool: Partial<FlowNode> = {}): FlowNode[] =>
  flow(
    ...builtIn,
    ...watched(),
    userWords("send"),
    {
      id: "tool",
      type: "openai-realtime-tool",
      session: "s",
      tool: "set_light",
      description: "Turns a light on or off",
      parametersMode: "list",
      parameters: [
        { name: "room", type: "string", choices: "kitchen, bedroom", required: true },
        { name: "on", type: "boolean", choices: "", required: true },
      ],
      deadline: "20",
      onDeadline: "",
      wires: [["called"], ["asked"]],
      ...tool,
    },
    { id: "called", type: "helper" },
    { id: "asked", type: "helper" },
    { id: "result", type: "openai-realtime-tool-result", session: "s", tool: "set_light" },
    {
      id: "decide",
      type: "openai-realtime-tool-result",
      session: "s",
      tool: "set_light",
      mode: "decision",
    },
  );

const connectedTo = async (tool: Partial<FlowNode>): Promise<void> => {
  await load(nodes(tool));
  await openSession();
};

/** What the model answers in words. */
const spoken = (): Promise<Message> => next("events", topicIs("response.output_text.done"));

/** The output of a call as the server has it. */
const output = (callId: string): Promise<Message> =>
  next(
    "events",
    ({ topic, payload }) =>
      topic === "conversation.item.added" &&
      payload.item.type === "function_call_output" &&
      payload.item.call_id === callId,
  );

describe("a tool that asks first", () => {
  useNodeRed();

  /** The message of one call that waits for approval, and the calls that run. */
  async function ask(): Promise<{ message: Message; called: Message[] }> {
    await connectedTo({ approval: true });
    const called = collect("called");
    const asked = next("asked");
    const shown = status("tool", "status.undecided");
    give("send", { payload: "turn on the kitchen light" });
    const message = await asked;
    assert.equal((await shown).fill, "yellow");
    return { message, called };
  }

  it("sends the call to its second output, and to the first when it is approved, once", async () => {
    const { message, called } = await ask();
    assert.deepEqual(message.payload, { room: "kitchen", on: true });
    assert.equal(message["realtime"].call.name, "set_light");
    const call = next("called");
    const approved = next("completed");
    give("decide", { ...message, payload: true });
    await approved;
    const run = await call;
    assert.deepEqual(run.payload, { room: "kitchen", on: true });
    assert.equal(run["realtime"].call.id, message["realtime"].call.id);
    assert.equal(lastStatus("tool"), "status.calls");
    const twice = next("caught");
    give("decide", { ...message, payload: true });
    assert.equal((await twice)["error"].code, "call_already_approved");
    const late = next("caught");
    give("decide", { ...message, payload: false });
    assert.equal((await late)["error"].code, "call_already_approved");
    const answer = spoken();
    give("result", { ...run, payload: "The light is on." });
    assert.match((await answer).payload.text, /light is on/);
    assert.equal(called.length, 1);
  });

  it("tells the model of a denial, and sends nothing to its first output", async () => {
    const { message, called } = await ask();
    const told = output(message["realtime"].call.id);
    const answer = spoken();
    give("decide", { ...message, payload: false, reason: "It is night." });
    const { item } = (await told).payload;
    assert.deepEqual(JSON.parse(item.output), {
      error: "denied",
      message: "The user did not allow this. Nothing was done.",
      reason: "It is night.",
    });
    await answer;
    assert.equal(lastStatus("tool"), "status.registered");
    const late = next("caught");
    give("decide", { ...message, payload: true });
    assert.equal((await late)["error"].code, "call_denied");
    assert.deepEqual(called, []);
  });

  it("decides as msg.action says, with msg.reason, also where msg.realtime was lost", async () => {
    const { message } = await ask();
    const told = output(message["realtime"].call.id);
    give("result", { action: "deny", reason: "Nobody is at home." });
    assert.equal(JSON.parse((await told).payload.item.output).reason, "Nobody is at home.");
    const none = next("caught");
    give("decide", { payload: true });
    const { error } = await none;
    assert.equal(error.code, "call_lost");
    assert.match(error.message, /no call of the tool ".+" waits for a decision/);
  });

  it("does not take a result for an approval", async () => {
    const { message } = await ask();
    const caught = next("caught");
    give("result", { ...message, payload: "done" });
    assert.equal((await caught)["error"].code, "call_not_approved");
    assert.equal(lastStatus("tool"), "status.undecided");
  });

  it("never runs a call that nobody decides about", async () => {
    await connectedTo({ approval: true, deadline: "0.05", onDeadline: "Nobody was there." });
    const asked = next("asked");
    const answer = spoken();
    const caught = next("caught");
    const called = collect("called");
    give("send", { payload: "turn on the kitchen light" });
    const message = await asked;
    assert.equal((await caught)["error"].code, "tool_deadline");
    assert.match((await answer).payload.text, /Nobody was there/);
    const late = next("caught");
    give("decide", { ...message, payload: true });
    assert.equal((await late)["error"].code, "call_expired");
    assert.deepEqual(called, []);
  });
});

describe("tools on the built-in server", () => {
  useNodeRed();

  it("says nothing about the result of a silent tool, and goes on", async () => {
    await connectedTo({ silent: true });
    const called = next("called");
    const responses = collect("events");
    give("send", { payload: "turn on the kitchen light" });
    const message = await called;
    const done = next("completed");
    give("result", { ...message, payload: "The light is on." });
    await done;
    // The next answer is the one to the next words: no other was asked for.
    const answer = spoken();
    give("send", { payload: "hello" });
    await answer;
    assert.equal(responses.filter(topicIs("response.created")).length, 2);
  });

  it("tells the model of the calls beyond the session's limit", async () => {
    const limited = nodes().map((node) =>
      node.id === "s" ? { ...node, callsPerTurn: "1" } : node,
    );
    await load(limited);
    const called = collect("called");
    const call = next("called");
    const caught = next("caught");
    const answer = spoken();
    give("send", { payload: "turn on the kitchen light and turn off the bedroom light" });
    const message = await call;
    assert.equal((await caught)["error"].code, "call_limit");
    give("result", { ...message, payload: "The light is on." });
    await answer;
    assert.equal(called.length, 1);
  });

  it("gives both outputs once and one answer when the line breaks with two open calls", async () => {
    await connectedTo({});
    const called = collect("called");
    const events = collect("events");
    const both = next("called", () => called.length === 2);
    const first = next("events", topicIs("response.done"));
    give("send", { payload: "turn on the kitchen light and turn off the bedroom light" });
    await both;
    await first;
    const outage: FaultRequest[] = [
      { type: "drop" },
      { type: "refuse_handshake", status: 503, times: 1 },
    ];
    const away = status("c", "status.reconnecting");
    const restored = next("events", topicIs("local.session.restored"));
    give("c", { action: "misbehave", payload: outage });
    await away;
    const [kitchen, bedroom] = called;
    const outputs = [kitchen, bedroom].map((message) => String(message?.["realtime"].call.id));
    events.length = 0;
    give("result", { ...kitchen, payload: "The kitchen light is on." });
    await restored;
    const answer = spoken();
    const settled = next(
      "events",
      ({ topic, payload }) => topic === "response.done" && payload.response.output.length > 0,
    );
    give("result", { ...bedroom, payload: "The bedroom light is off." });
    const { text } = (await answer).payload;
    assert.match(text, /kitchen light is on.*bedroom light is off/i);
    await settled;
    const items = events
      .filter(topicIs("conversation.item.added"))
      .map(({ payload }) => payload.item)
      .filter(({ type }) => type === "function_call_output");
    assert.deepEqual(items.map(({ call_id: id }) => String(id)).toSorted(), outputs.toSorted());
    assert.equal(events.filter(topicIs("response.created")).length, 1);
    assert.equal(called.length, 2);
    const twice = next("caught", ({ error }) => error.source.id === "result");
    give("result", { ...kitchen, payload: "again" });
    assert.equal((await twice)["error"].code, "call_already_answered");
  });
});
