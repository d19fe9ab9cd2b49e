import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import helper from "node-red-node-test-helper";
import { eventTypes } from "../../lib/index";
import { memberOperators } from "../../lib/protocol/member-test";
import { collect, flow, give, load, next, useNodeRed, type FlowNode } from "../support/canvas";
import { project } from "../support/node-red";

const rule = (members: object) => ({
  match: "type",
  type: "",
  group: "",
  test: false,
  member: "",
  operator: "eq",
  value: "",
  valueType: "str",
  ...members,
});

async function loadFilter(rules: object[], members: Partial<FlowNode> = {}): Promise<void> {
  const probes = ["a", "b", "c"].map((id) => ({ id, type: "helper" }));
  await load(
    flow(
      {
        id: "f",
        type: "openai-realtime-filter",
        rules: rules.map(rule),
        checkall: "true",
        otherwise: true,
        output: "event",
        outputs: rules.length + 1,
        wires: rules.length === 1 ? [["a"], ["c"]] : [["a"], ["b"], ["c"]],
        ...members,
      },
      ...probes,
    ),
  );
}

/** Gives events to the filter and says which output each left by, in order. */
async function outputsOf(...events: object[]): Promise<string[][]> {
  const probes = ["a", "b", "c"].map((id) => ({ id, messages: collect(id) }));
  const caught = collect("caught");
  const last = { topic: "last", payload: { type: "the.last" } };
  const ended = next("c", ({ topic }) => topic === "last");
  for (const [index, payload] of events.entries()) give("f", { topic: String(index), payload });
  give("f", last);
  await ended;
  assert.deepEqual(caught, []);
  return events.map((_, index) =>
    probes
      .filter(({ messages }) => messages.some(({ topic }) => topic === String(index)))
      .map(({ id }) => id),
  );
}

describe("filter", () => {
  useNodeRed();

  it("sends each event by every rule that fits, and the rest by the last output", async () => {
    await loadFilter([{ type: "response.done" }, { match: "group", group: "response.*" }]);
    assert.deepEqual(
      await outputsOf(
        { type: "response.done" },
        { type: "response.created" },
        { type: "session.created" },
      ),
      [["a", "b"], ["b"], ["c"]],
    );
  });

  it("stops at the first rule that fits when set so", async () => {
    await loadFilter([{ type: "response.done" }, { match: "group", group: "response.*" }], {
      checkall: "false",
    });
    assert.deepEqual(await outputsOf({ type: "response.done" }, { type: "response.created" }), [
      ["a"],
      ["b"],
    ]);
  });

  it("drops what no rule fits where nobody asked for the rest", async () => {
    await loadFilter([{ type: "the.last" }], { otherwise: false, wires: [["c"], ["b"]] });
    assert.deepEqual(await outputsOf({ type: "session.created" }), [[]]);
  });

  it("tests a member against a value of the node, of the message or of the environment", async () => {
    process.env["REALTIME_TEST_STATUS"] = "cancelled";
    await loadFilter([
      { type: "response.done", test: true, member: "response.status", value: "completed" },
      {
        type: "response.done",
        test: true,
        member: "response.status",
        value: "REALTIME_TEST_STATUS",
        valueType: "env",
      },
    ]);
    const done = (status: string) => ({ type: "response.done", response: { status } });
    assert.deepEqual(await outputsOf(done("completed"), done("cancelled"), done("failed")), [
      ["a"],
      ["b"],
      ["c"],
    ]);
    delete process.env["REALTIME_TEST_STATUS"];
  });

  it("takes a property for undefined that the message does not have, nor the object it is in", async () => {
    const compared = { type: "response.done", test: true, member: "response.status" };
    await loadFilter([
      { ...compared, value: "wanted.status", valueType: "msg" },
      { ...compared, operator: "neq", value: "wanted.status", valueType: "msg" },
    ]);
    const completed = { type: "response.done", response: { status: "completed" } };
    assert.deepEqual(await outputsOf(completed), [["b"]]);
  });

  it("finds every one of the known events by its name, beta or not", async () => {
    const types = [...eventTypes.keys()];
    await load(
      flow(
        {
          id: "f",
          type: "openai-realtime-filter",
          rules: types.map((type) => rule({ type })),
          checkall: "false",
          otherwise: false,
          output: "event",
          wires: types.map(() => ["a"]),
        },
        { id: "a", type: "helper" },
      ),
    );
    const messages = collect("a");
    const last = next("a", ({ payload }) => payload.type === types.at(-1));
    for (const type of types) give("f", { topic: type, payload: { type } });
    await last;
    assert.deepEqual(
      messages.map(({ topic }) => topic),
      types,
    );
  });

  it("passes a message on with all its properties", async () => {
    await loadFilter([{ match: "group", group: "assistant-words" }], { output: "useful" });
    const left = next("a");
    give("f", {
      _msgid: "kept",
      topic: "t",
      payload: { type: "response.output_text.done", text: "hello" },
      realtime: { session: "kitchen" },
      other: [1],
    });
    assert.deepEqual(await left, {
      _msgid: "kept",
      topic: "t",
      payload: "hello",
      realtime: { session: "kitchen" },
      other: [1],
    });
  });

  it("gives the useful part: audio as bytes, arguments as an object", async () => {
    await loadFilter(
      [
        { match: "group", group: "audio" },
        { match: "group", group: "tool-calls" },
      ],
      { output: "useful" },
    );
    const audio = next("a");
    const call = next("b");
    give("f", { payload: { type: "response.output_audio.delta", delta: "AQI=" } });
    give("f", {
      payload: {
        type: "response.output_item.done",
        item: { type: "function_call", status: "completed", arguments: '{"room":"kitchen"}' },
      },
    });
    assert.deepEqual((await audio).payload, Buffer.from([1, 2]));
    assert.deepEqual((await call).payload, { room: "kitchen" });
  });

  it("needs no session, and routes a recording as it does a live talk", async () => {
    await loadFilter([{ match: "group", group: "assistant-words" }]);
    assert.deepEqual(
      await outputsOf(
        { type: "response.output_audio_transcript.done", transcript: "hi" },
        { type: "response.audio_transcript.done", transcript: "hi" },
        { type: "ping" },
      ),
      [["a"], ["a"], ["c"]],
    );
  });

  it("says that a message is no event, and goes on", async () => {
    await loadFilter([{ type: "response.done" }]);
    for (const payload of [undefined, null, "text", 5, [], {}, { type: 7 }]) {
      const caught = next("caught");
      give("f", { payload });
      assert.equal((await caught)["error"].code, "not_an_event");
    }
    assert.deepEqual(await outputsOf({ type: "response.done" }), [["a"]]);
  });

  it("completes each message once", async () => {
    await loadFilter([{ type: "response.done" }]);
    const completed = collect("completed");
    const second = next("completed", ({ topic }) => topic === "2");
    give("f", { topic: "1", payload: { type: "response.done" } });
    give("f", { topic: "2", payload: { type: "response.done" } });
    await second;
    assert.deepEqual(
      completed.map(({ topic }) => topic),
      ["1", "2"],
    );
  });

  it("tells its form of all events and groups", async () => {
    await loadFilter([]);
    const response = await helper.request().get("/openai-realtime/filter/event-types");
    assert.equal(response.body.types.length, eventTypes.size);
    assert.equal(response.body.groups.length, 6);
    const html = readFileSync(join(project, "nodes/filter.html"), "utf8");
    for (const { name } of response.body.groups as { name: string }[])
      assert.ok(html.includes(`"${name}"`), name);
    const [, operators = ""] = /\[\s*("eq",[^\]]*)\]/.exec(html) ?? [];
    const listed = [...operators.matchAll(/"(\w+)"/g)].map(([, name]) => name);
    assert.deepEqual(listed, [...memberOperators]);
  });
});
