import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import helper from "node-red-node-test-helper";
import {
  collect,
  deploy,
  flow,
  give,
  lastStatus,
  load,
  next,
  openSession,
  status,
  useNodeRed,
  watched,
  type FlowNode,
} from "../support/canvas";
import type { WireEvent } from "../support/memory-server";
import { WireServer } from "../support/wire-server";

describe("tool and tool-result", () => {
  useNodeRed();
  let server: WireServer;

  beforeEach(async () => {
    server = await WireServer.start();
  });
  afterEach(() => server.close());

  const nodes = (tool: Partial<FlowNode> = {}, result: Partial<FlowNode> = {}): FlowNode[] =>
    flow(
      {
        id: "e",
        type: "openai-realtime-endpoint",
        kind: "compatible",
        url: server.url,
        dialect: "ga",
      },
      { id: "s", type: "openai-realtime-session", endpoint: "e", model: "" },
      ...watched(),
      {
        id: "tool",
        type: "openai-realtime-tool",
        session: "s",
        tool: "set_light",
        description: "Turns a light on or off",
        parametersMode: "list",
        parameters: [
          { name: "room", type: "string", choices: "kitchen, office", required: true },
          { name: "on", type: "boolean", choices: "", required: true },
        ],
        deadline: "20",
        onDeadline: "",
        wires: [["called"]],
        ...tool,
      },
      { id: "called", type: "helper" },
      {
        id: "result",
        type: "openai-realtime-tool-result",
        session: "s",
        tool: "set_light",
        respond: "model",
        instructions: "",
        ...result,
      },
    );

  async function connected(...parts: Parameters<typeof nodes>): Promise<void> {
    await load(nodes(...parts));
    await openSession();
  }

  const item = (id: string, args: unknown = { room: "kitchen", on: true }): WireEvent => ({
    type: "function_call",
    id: `item_${id}`,
    call_id: `call_${id}`,
    name: "set_light",
    status: "completed",
    arguments: JSON.stringify(args),
  });

  /** The server makes calls in one response, as a model does. */
  function call(responseId: string, ...items: WireEvent[]): void {
    server.send({
      type: "response.created",
      event_id: "1",
      response: { id: responseId, output: [], status: "in_progress" },
    });
    for (const each of items) {
      const part = { event_id: "2", response_id: responseId, output_index: 0 };
      server.send({ type: "response.output_item.done", ...part, item: each });
    }
  }

  function done(responseId: string, ...items: WireEvent[]): void {
    server.send({
      type: "response.done",
      event_id: "3",
      response: { id: responseId, status: "completed", output: items },
    });
  }

  const acknowledge = (create: WireEvent): void =>
    server.send({ type: "conversation.item.added", event_id: "4", item: create["item"] });

  it("tells the server of the tool, with a schema made of the list", async () => {
    await load(nodes());
    const ready = status("c", "status.ready");
    const updated = new Promise<WireEvent>((resolve) => {
      void server.connection().then((peer) => {
        peer.on("message", (data: Buffer) => resolve(JSON.parse(data.toString()) as WireEvent));
      });
    });
    give("c", { action: "connect" });
    await ready;
    assert.deepEqual((await updated)["session"].tools, [
      {
        type: "function",
        name: "set_light",
        description: "Turns a light on or off",
        parameters: {
          type: "object",
          properties: {
            room: { type: "string", enum: ["kitchen", "office"] },
            on: { type: "boolean" },
          },
          required: ["room", "on"],
          additionalProperties: false,
        },
      },
    ]);
  });

  it("starts one message per call, with nothing of any other message", async () => {
    await connected();
    const called = next("called");
    call("r1", item("1"));
    const { _msgid, ...message } = await called;
    assert.match(_msgid, /^[0-9a-f]+$/);
    const { at, call: details } = message["realtime"];
    assert.ok(Math.abs(at - Date.now()) < 60_000);
    assert.ok(details.deadline > Date.now());
    assert.deepEqual(message, {
      topic: "set_light",
      payload: { room: "kitchen", on: true },
      realtime: {
        session: "default",
        source: "server",
        at,
        call: {
          id: "call_1",
          name: "set_light",
          itemId: "item_1",
          responseId: "r1",
          deadline: details.deadline,
        },
      },
    });
  });

  it("gives two outputs, out of order and apart in time, and asks once after response.done", async () => {
    await connected();
    const calls = collect("called");
    const second = next("called", ({ payload }) => payload.room === "office");
    const items = [item("1"), item("2", { room: "office", on: true })];
    call("r1", ...items);
    await second;
    const completed = collect("completed");
    give("result", { ...calls[1], payload: { ok: true } });
    const outputOfSecond = await server.next("conversation.item.create");
    assert.equal(outputOfSecond["item"].call_id, "call_2");
    await pause(300);
    assert.equal(server.received.length, 1);
    give("result", { ...calls[0], payload: "done" });
    const outputOfFirst = await server.next("conversation.item.create");
    assert.equal(server.received.length, 2);
    const bothDone = next("completed", () => completed.length === 2);
    done("r1", ...items);
    acknowledge(outputOfSecond);
    acknowledge(outputOfFirst);
    await server.next("response.create");
    await bothDone;
    assert.equal(server.received.length, 3);
  });

  it("gives a new connection both outputs, one of them given while there was none", async () => {
    await connected();
    const calls = collect("called");
    const second = next("called", ({ payload }) => payload.room === "office");
    const items = [item("1"), item("2", { room: "office", on: true })];
    call("r1", ...items);
    await second;
    done("r1", ...items);
    const reconnecting = status("c", "status.reconnecting");
    const ready = status("c", "status.ready");
    server.peer.terminate();
    await reconnecting;
    give("result", { ...calls[0], payload: "during" });
    await ready;
    give("result", { ...calls[1], payload: "after" });
    const told: string[] = [];
    for (;;) {
      const event = await server.nextOf("conversation.item.create", "response.create");
      if (event.type === "response.create") break;
      told.push(`${event["item"].type} ${event["item"].call_id} ${event["item"].output ?? ""}`);
      acknowledge(event);
    }
    assert.deepEqual(told, [
      "function_call call_1 ",
      "function_call_output call_1 during",
      "function_call call_2 ",
      "function_call_output call_2 after",
    ]);
    assert.equal(server.received.length, 5);
    assert.equal(calls.length, 2);
  });

  describe("that asks before it runs", () => {
    const asks = { approval: true, outputs: 2, wires: [["called"], ["asked"]] };
    const asked: FlowNode = { id: "asked", type: "helper" };

    async function question(decision: Partial<FlowNode>): Promise<WireEvent> {
      await load([...nodes(asks, decision), { ...asked, z: "tab" }]);
      const ready = status("c", "status.ready");
      give("c", { action: "connect" });
      await ready;
      const message = next("asked");
      call("r1", item("1"));
      done("r1", item("1"));
      return (await message) as WireEvent;
    }

    it("runs after a decision, and not before", async () => {
      const message = await question({ mode: "decision" });
      const calls = collect("called");
      const called = next("called");
      give("result", { ...message, payload: true });
      const { payload, realtime } = await called;
      assert.deepEqual(payload, { room: "kitchen", on: true });
      assert.equal(realtime.call.id, "call_1");
      const caught = next("caught");
      give("result", { ...message, payload: true });
      assert.equal((await caught)["error"].code, "call_already_approved");
      assert.equal(calls.length, 1);
    });

    it("tells the model of a denial with its reason, and does not run", async () => {
      const message = await question({});
      const calls = collect("called");
      give("result", { ...message, action: "deny", reason: "Not at night" });
      const { item: output } = await server.next("conversation.item.create");
      assert.match(output.output, /denied.*Not at night/);
      await server.next("response.create");
      assert.deepEqual(calls, []);
    });

    it("says what a decision is when it gets something else", async () => {
      const message = await question({ mode: "decision" });
      const caught = next("caught");
      give("result", { ...message, payload: "maybe" });
      assert.equal((await caught)["error"].code, "bad_decision");
    });
  });

  it("gives the tool's own text when the flow does not answer in time, and the talk goes on", async () => {
    await connected({ deadline: "0.05", onDeadline: "The lamp is asleep." });
    const called = next("called");
    const caught = next("caught");
    call("r1", item("1"));
    done("r1", item("1"));
    const create = await server.next("conversation.item.create");
    assert.equal(create["item"].output, "The lamp is asleep.");
    await server.next("response.create");
    const { error, topic, realtime } = await caught;
    assert.deepEqual([error.code, error.source.id], ["tool_deadline", "tool"]);
    assert.deepEqual([topic, realtime], ["set_light", { session: "default" }]);
    const late = next("caught", ({ error }) => error.source.id === "result");
    give("result", { ...(await called), payload: "late" });
    assert.equal((await late)["error"].code, "call_expired");
  });

  it("does not call the flow with arguments that do not fit: the model gets the error", async () => {
    await connected();
    const calls = collect("called");
    const caught = next("caught");
    call("r1", item("1", { room: "attic" }));
    done("r1");
    const create = await server.next("conversation.item.create");
    assert.match(create["item"].output, /room: must be one of.*kitchen/);
    await server.next("response.create");
    const { error, topic, realtime } = await caught;
    assert.deepEqual([error.code, error.source.id], ["tool_arguments_invalid", "tool"]);
    assert.match(error.message, /"set_light".*must be one of "kitchen"/);
    assert.deepEqual([topic, realtime], ["set_light", { session: "default" }]);
    assert.deepEqual(calls, []);
  });

  it("finds the only open call for a message that lost msg.realtime", async () => {
    await connected();
    const called = next("called");
    call("r1", item("1"));
    await called;
    give("result", { payload: "done" });
    assert.equal((await server.next("conversation.item.create"))["item"].call_id, "call_1");
  });

  it("says how to keep msg.realtime when it cannot tell which call is meant", async () => {
    await connected();
    const second = next("called", ({ payload }) => payload.room === "office");
    const caught = next("caught");
    call("r1", item("1"), item("2", { room: "office", on: true }));
    await second;
    give("result", { payload: "done" });
    const { error } = await caught;
    assert.equal(error.code, "call_lost");
    assert.match(error.message, /2 calls of the tool "set_light" are open.*keep msg\.realtime/);
  });

  it("refuses a result that cannot become text, and keeps the call open", async () => {
    await connected();
    const called = next("called");
    call("r1", item("1"));
    const message = await called;
    for (const payload of [Buffer.from("x"), undefined]) {
      const caught = next("caught");
      give("result", { ...message, payload });
      assert.equal((await caught)["error"].code, "tool_output_invalid");
    }
    give("result", { ...message, payload: 21.5 });
    assert.equal((await server.next("conversation.item.create"))["item"].output, "21.5");
  });

  it("is silent when set so", async () => {
    await connected({}, { respond: "none" });
    for (const id of ["1", "2"]) {
      const called = next("called");
      call(`r${id}`, item(id));
      done(`r${id}`, item(id));
      const completed = next("completed", ({ realtime }) => realtime?.call?.id === `call_${id}`);
      give("result", { ...(await called), payload: "done" });
      // The second result stands behind an answer that the first one would have asked for.
      const sent = await server.nextOf("conversation.item.create", "response.create");
      assert.equal(sent.type, "conversation.item.create");
      acknowledge(sent);
      await completed;
    }
  });

  it("asks as told when set so", async () => {
    await connected({}, { respond: "instructions", instructions: "Whisper." });
    const called = next("called");
    call("r1", item("1"));
    done("r1", item("1"));
    give("result", { ...(await called), payload: "done" });
    acknowledge(await server.next("conversation.item.create"));
    assert.equal((await server.next("response.create"))["response"].instructions, "Whisper.");
  });

  it("shows how many calls are open", async () => {
    await connected();
    const open = status("tool", "status.calls");
    const called = next("called");
    call("r1", item("1"));
    assert.equal((await open).fill, "blue");
    const closed = status("tool", "status.registered");
    give("result", { ...(await called), payload: "done" });
    assert.equal((await closed).fill, "green");
  });

  /** The flow with a second tool of the same name. */
  const withTwin = (): FlowNode[] => {
    const before = nodes();
    const twins = before.filter(({ id }) => id === "tool").map((tool) => ({ ...tool, id: "twin" }));
    return [...before, ...twins];
  };

  it("shows a tool that is left out as such, also while its namesake is called", async () => {
    await load(withTwin());
    const ready = status("c", "status.ready");
    give("c", { action: "connect" });
    await ready;
    const called = next("called");
    const open = status("tool", "status.calls");
    call("r1", item("1"));
    await open;
    const closed = status("tool", "status.registered");
    give("result", { ...(await called), payload: "done" });
    await closed;
    assert.equal(lastStatus("twin"), "status.invalid");
  });

  it("offers a tool from when another one gives up its name", async () => {
    const before = withTwin();
    await load(before);
    assert.equal(lastStatus("twin"), "status.invalid");
    const offered = status("twin", "status.registered");
    await deploy(before.filter(({ id }) => id !== "tool"));
    await offered;
  });

  it("refuses a deadline that no timer can keep", async () => {
    for (const deadline of ["1e10", "Infinity", "-1", "soon"]) {
      await load(nodes({ deadline }));
      assert.equal(lastStatus("tool"), "status.invalid", deadline);
      await helper.unload();
    }
  });

  it("tells its form what a session would say of a schema", async () => {
    await load(nodes());
    const problemOf = async (form: object): Promise<unknown> => {
      const { body } = await helper
        .request()
        .post("/openai-realtime/tool/problem")
        .send({ tool: "t", parametersMode: "schema", ...form })
        .expect(200);
      return (body as { problem: unknown }).problem;
    };
    const deep = `${'{"not":'.repeat(20)}{}${"}".repeat(20)}`;
    const cases: [schema: string, expected: RegExp][] = [
      ["{", /not valid JSON/],
      ['{"type":"array","items":{}}', /must describe an object: its type is "object"/],
      ['{"type":"object","properties":{"room":{"type":"strin"}}}', /type/],
      ['{"$ref":"https://example.com/schema"}', /\$ref/],
      [deep, /deeper than 20/],
      [JSON.stringify({ description: "x".repeat(65_536) }), /larger than 65536 bytes/],
    ];
    for (const [schema, expected] of cases)
      assert.match(String(await problemOf({ schema })), expected);
    assert.equal(await problemOf({ schema: '{"type":"object"}' }), null);
    assert.equal(await problemOf({}), null);
    for (const schema of [7, null, []]) await problemOf({ schema });
  });

  it("tells its form the schema of listed parameters, and none where they are wrong", async () => {
    await load(nodes());
    const schemaOf = async (form: object): Promise<unknown> => {
      const { body } = await helper
        .request()
        .post("/openai-realtime/tool/schema")
        .send(form)
        .expect(200);
      return (body as { schema: unknown }).schema;
    };
    const room = { name: "room", type: "string", choices: "attic", required: true };
    assert.deepEqual(await schemaOf({ parameters: [room] }), {
      type: "object",
      properties: { room: { type: "string", enum: ["attic"] } },
      required: ["room"],
      additionalProperties: false,
    });
    assert.equal(await schemaOf({ parameters: [room, room] }), null);
    for (const parameters of [7, [null]]) assert.equal(await schemaOf({ parameters }), null);
  });

  it("tells Catch nodes of a tool that its form made unusable, once they are there", async () => {
    const broken = (id: string, config: object): FlowNode => ({
      id,
      type: "openai-realtime-tool",
      session: "s",
      z: "tab",
      x: 1,
      y: 1,
      tool: "ring",
      wires: [],
      ...config,
    });
    await load(nodes());
    const told = ["t1", "t2", "t3"].map((id) =>
      next("caught", ({ error }) => error.source.id === id),
    );
    await deploy([
      ...nodes(),
      broken("t1", { parametersMode: "schema", schema: "{" }),
      broken("t2", { deadline: "soon" }),
      broken("t3", { tool: "has space" }),
    ]);
    assert.deepEqual(
      (await Promise.all(told)).map(({ error }) => error.code),
      ["invalid_tool", "invalid_tool", "invalid_tool"],
    );
  });

  it("says what is wrong with a tool, and leaves the others alone", async () => {
    const broken: FlowNode[] = [
      {
        id: "t1",
        type: "openai-realtime-tool",
        session: "s",
        tool: "has space",
        parametersMode: "list",
        parameters: [],
      },
      {
        id: "t2",
        type: "openai-realtime-tool",
        session: "s",
        tool: "set_light",
        parametersMode: "list",
        parameters: [],
      },
      {
        id: "t3",
        type: "openai-realtime-tool",
        session: "s",
        tool: "json",
        parametersMode: "schema",
        schema: "{",
      },
    ];
    await load([
      ...nodes(),
      ...broken.map((node) => ({ z: "tab", x: 1, y: 1, wires: [], ...node })),
    ]);
    const ready = status("c", "status.ready");
    give("c", { action: "connect" });
    await ready;
    for (const id of ["t1", "t2", "t3"]) assert.equal(lastStatus(id), "status.invalid", id);
    assert.equal(lastStatus("tool"), "status.registered");
  });
});
