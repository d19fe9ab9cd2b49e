import assert from "node:assert/strict";
import type { EventEmitter } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import helper from "node-red-node-test-helper";
import {
  builtIn,
  collect,
  compatible,
  deploy,
  flow,
  give,
  lastStatus,
  load,
  next,
  nodeById,
  refused,
  status,
  topicIs,
  useNodeRed,
  watched,
  type FlowNode,
  type Message,
} from "../support/canvas";
import { incomingCall } from "../support/incoming-call";
import type { WireEvent } from "../support/memory-server";
import { empty, refusal, RestServer } from "../support/rest-server";
import { startNodeRed } from "../support/node-red";
import { WireServer } from "../support/wire-server";

const FILE = "openai-realtime-spending.json";

/** A response as a server sends it that is told nothing but the sum; a dollar is 250,000 tokens. */
function answer(id: string, usd: number): WireEvent[] {
  const input_tokens = usd * 250_000;
  const response = { object: "realtime.response", id, output: [], conversation_id: "conv_1" };
  const usage = { input_tokens, input_token_details: { text_tokens: input_tokens } };
  return [
    { type: "response.created", event_id: `c_${id}`, response: { ...response, usage: null } },
    {
      type: "response.done",
      event_id: `d_${id}`,
      response: { ...response, status: "completed", usage },
    },
  ];
}

/** Connect node "c" with the probe "out", and a send node "n". */
const nodes: FlowNode[] = [
  ...watched("out"),
  { id: "n", type: "openai-realtime-send", session: "s", mode: "message" },
];

const createResponse = { payload: { type: "response.create" } };

/** What a node warned of since it was loaded. */
function warnings(id: string): string[] {
  const spy: unknown = Reflect.get(nodeById(id), "warn");
  const { args, thisValues } = spy as { args: [string][]; thisValues: unknown[] };
  return args.filter((_, at) => thisValues[at] === nodeById(id)).map(([text]) => text);
}

/** A time zone in which it is about noon: no test may begin on one day and end on the next. */
function noonZone(): string {
  const offset = 12 - new Date().getUTCHours();
  // POSIX counts to the west.
  return `Etc/GMT${offset > 0 ? "-" : "+"}${Math.abs(offset)}`;
}

function useNoon(): void {
  const before = process.env["TZ"];
  beforeEach(() => {
    process.env["TZ"] = noonZone();
  });
  afterEach(() => {
    if (before === undefined) delete process.env["TZ"];
    else process.env["TZ"] = before;
  });
}

describe("money", () => {
  useNoon();
  useNodeRed();
  let server: WireServer;
  beforeEach(async () => {
    server = await WireServer.start();
  });
  afterEach(() => server.close());

  /** Asks for a response that costs so many dollars; resolves with the message of its end. */
  async function spend(id: string, usd: number): Promise<Message> {
    const done = next("out", topicIs("response.done"));
    give("n", createResponse);
    await server.next("response.create");
    server.send(...answer(id, usd));
    return await done;
  }

  it("tells in msg.realtime what a response cost and how long it took", async () => {
    await load(flow(...compatible(server.url), ...nodes));
    await spend("r1", 1);
    const { payload, realtime } = await spend("r2", 0.5);
    const { latency, ...usage } = realtime.usage;
    assert.deepEqual(usage, { cost: 0.5, turn: 1.5, session: 1.5, today: 1.5, estimated: false });
    assert.deepEqual(Object.keys(latency), ["from", "created", "firstText", "firstAudio"]);
    assert.equal(latency.from, "response.created");
    // The event itself is as the server sent it.
    assert.deepEqual(payload, answer("r2", 0.5)[1]);
  });

  it("tells with the status what was used", async () => {
    await load(flow(...compatible(server.url, { budget: "10", budgetAction: "warn" }), ...nodes));
    await spend("r1", 1);
    const told = next("out", topicIs("realtime.status"));
    give("c", { action: "status" });
    const { usage } = (await told).payload;
    assert.deepEqual(
      [usage.session.cost, usage.turn.cost, usage.today, usage.limit],
      [1, 1, 1, 10],
    );
    assert.equal(usage.session.input.text, 250_000);
  });

  it("costs nothing on the built-in server", async () => {
    await load(flow(...builtIn, ...nodes));
    const done = next("out", topicIs("response.done"));
    give("n", createResponse);
    const { realtime } = await done;
    assert.equal(realtime.usage.cost, 0);
    assert.equal(realtime.usage.estimated, false);
  });

  it("uses the endpoint's prices", async () => {
    const [endpoint, session] = compatible(server.url) as [FlowNode, FlowNode];
    const prices = '{"*": {"text": {"input": 40}}}';
    await load(flow({ ...endpoint, prices }, session, ...nodes));
    const { realtime } = await spend("r1", 1);
    assert.equal(realtime.usage.cost, 10);
  });

  it("warns at the session's node when the budget is spent, each key by itself", async () => {
    await load(flow(...compatible(server.url, { budget: "2", budgetAction: "warn" }), ...nodes));
    await spend("r1", 1);
    assert.deepEqual(warnings("s"), []);
    const reached = next("out", topicIs("local.budget.reached"));
    await spend("r2", 1);
    const { payload, realtime } = await reached;
    const { event_id, ...event } = payload;
    assert.match(event_id, /^evt_/);
    assert.deepEqual(event, {
      type: "local.budget.reached",
      limit: 2,
      spent: 2,
      action: "warn",
      estimated: false,
    });
    assert.equal(realtime.source, "local");
    assert.equal(warnings("s").length, 1);
    assert.equal((await spend("r3", 1)).realtime.usage.today, 3);
    assert.equal(warnings("s").length, 1);
  });

  it("closes and refuses when the budget says so, and shows it", async () => {
    await load(flow(...compatible(server.url, { budget: "2", budgetAction: "close" }), ...nodes));
    const shown = status("c", "status.budget-reached");
    await spend("r1", 2);
    assert.equal((await shown).fill, "red");
    for (const [id, message] of [
      ["n", createResponse],
      ["c", { action: "connect" }],
    ] as const) {
      const caught = next("caught");
      give(id, message);
      assert.equal((await caught)["error"].code, "budget_reached");
    }
    // Another key has a budget of its own.
    const opened = next("completed");
    give("c", { action: "connect", realtime: { session: "hall" } });
    await opened;
  });

  it("ends the call that a session is beside which has spent its budget", async () => {
    const rest = await RestServer.start();
    rest.answer(refusal(404, { code: "call_id_not_found" }), refusal(500, { code: null }));
    await server.close();
    server = await WireServer.start({ http: rest.http });
    const budget = { model: "m", budget: "2", budgetAction: "close" };
    try {
      await load(flow(...compatible(rest.socketUrl, budget), ...nodes));
      const caught = collect("caught");
      const isHeard = next("caught");
      for (const [at, session] of ["first", "second"].entries()) {
        const ready = status("c", "status.ready");
        give("c", { action: "connect", realtime: { session, callId: `rtc_${at}` } });
        await ready;
        give("n", { ...createResponse, realtime: { session } });
        await server.next("response.create");
        server.send(...answer(`r${at}`, 2));
        await rest.received(at + 1);
        assert.equal(rest.requests[at]?.path, `/v1/realtime/calls/rtc_${at}/hangup`);
      }
      // A call that is over needs no end: only of the second one there is something to tell.
      await isHeard;
      assert.deepEqual(
        caught.map(({ error, realtime }) => [error.code, realtime.session]),
        [["http_500", "second"]],
      );
    } finally {
      await rest.close();
    }
  });

  it("ends the call that a session is beside which nobody uses", async () => {
    const rest = await RestServer.start();
    rest.answer(empty);
    await server.close();
    server = await WireServer.start({ http: rest.http });
    const unused = { model: "m", idleClose: String(50 / 60_000) };
    try {
      await load(flow(...compatible(rest.socketUrl, unused), ...nodes));
      const told = next("out", topicIs("local.session.unused"));
      give("c", { action: "connect", realtime: { callId: "rtc_1" } });
      await told;
      await rest.received(1);
      assert.equal(rest.requests[0]?.path, "/v1/realtime/calls/rtc_1/hangup");
    } finally {
      await rest.close();
    }
  });

  it("leaves a call unanswered whose key has spent its budget", async () => {
    const rest = await RestServer.start();
    rest.answer(empty);
    await server.close();
    server = await WireServer.start({ http: rest.http });
    try {
      const budget = { model: "m", budget: "2", budgetAction: "close" };
      const call = { id: "p", type: "openai-realtime-call", session: "s", action: "accept" };
      await load(
        flow(...compatible(rest.socketUrl, budget), ...nodes, {
          ...call,
          callId: "payload.data.call_id",
          callIdType: "msg",
        }),
      );
      const shown = status("c", "status.budget-reached");
      await spend("r1", 2);
      await shown;
      const phone = { payload: incomingCall, realtime: { session: "default" } };
      assert.equal((await refused("p", phone)).code, "budget_reached");
      assert.deepEqual(rest.requests, []);
    } finally {
      await rest.close();
    }
  });

  it("keeps a deployed session from spending the day's budget again", async () => {
    const spent = flow(...compatible(server.url, { budget: "2", budgetAction: "close" }), ...nodes);
    await load(spent);
    const shown = status("c", "status.budget-reached");
    await spend("r1", 2);
    await shown;
    const [endpoint, session] = compatible(server.url, { name: "renamed" }) as [FlowNode, FlowNode];
    await deploy(
      flow(endpoint, { ...session, budget: "2", budgetAction: "close" }, ...nodes),
      "full",
    );
    const caught = next("caught");
    give("n", createResponse);
    assert.equal((await caught)["error"].code, "budget_reached");
  });

  for (const [what, endpoint, session, text, code, words] of [
    ["a budget", {}, { budget: "-1" }, "status.invalid-budget", "invalid_budget", /above 0/],
    ["prices", { prices: '{"m": 4}' }, {}, "status.invalid-prices", "invalid_prices", /m is 4/],
  ] as const) {
    it(`connects nothing with ${what} that cannot be`, async () => {
      const [e, s] = compatible(server.url) as [FlowNode, FlowNode];
      await load(flow({ ...e, ...endpoint }, { ...s, ...session }, ...nodes));
      assert.equal(lastStatus("c"), text);
      const caught = next("caught");
      give("c", { action: "connect" });
      const { error } = await caught;
      assert.equal(error.code, code);
      assert.match(error.message, words);
    });
  }

  describe("in the user folder", () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "realtime-money-"));
      helper.settings({ userDir: folder });
    });
    afterEach(() => {
      helper.settings({});
      rmSync(folder, { recursive: true, force: true });
    });

    it("is stored when the nodes are closed", async () => {
      await load(flow(...compatible(server.url), ...nodes));
      await spend("r1", 1);
      await helper.unload();
      const { days } = JSON.parse(readFileSync(join(folder, FILE), "utf8")) as {
        days: Record<string, Record<string, { usd: number }>>;
      };
      assert.deepEqual(
        Object.values(days).map((day) => Object.entries(day)),
        [[["s/default", { usd: 1, estimated: false }]]],
      );
    });

    it("is an error at the session's node when it cannot be read, and nothing worse", async () => {
      writeFileSync(join(folder, FILE), "broken");
      await load(flow(...compatible(server.url), ...nodes));
      const caught = next("caught");
      const { realtime } = await spend("r1", 1);
      assert.equal(realtime.usage.today, 1);
      const { error } = await caught;
      assert.equal(error.code, "spending_unreadable");
      assert.equal(error.source.id, "s");
      await helper.unload();
      assert.match(readFileSync(join(folder, FILE), "utf8"), /"usd": 1/);
    });

    it("is an error at the session's node when it cannot be written", async () => {
      helper.settings({ userDir: join(folder, "missing") });
      await load(flow(...compatible(server.url), ...nodes));
      await spend("r1", 1);
      const session: EventEmitter = nodeById("s");
      const errors: unknown[] = [];
      session.on("call:error", (call: { args: [{ code: string }] }) => {
        errors.push(call.args[0].code);
      });
      await deploy(flow(...compatible(server.url, { name: "renamed" }), ...nodes));
      assert.deepEqual(errors, ["spending_unwritable"]);
      assert.ok(!existsSync(join(folder, "missing")));
    });
  });
});

describe("money over a restart", () => {
  useNoon();

  it("is summed on by the next Node-RED in the same user folder, on the same day", async () => {
    const server = await WireServer.start();
    const folder = mkdtempSync(join(tmpdir(), "realtime-money-"));
    writeFileSync(join(folder, "flows.json"), JSON.stringify(restartFlow(server.url)));

    /** Starts a Node-RED that asks for one response; returns what its flow tells of it. */
    const spend = async (usd: number, tellings: number) => {
      const nodeRed = await startNodeRed(process.env["NODE_RED"] ?? "node-red", { folder });
      try {
        await server.next("response.create");
        server.send(...answer(`r${usd}`, usd));
        const told: string[] = [];
        while (told.length < tellings) {
          const { item } = await server.next("conversation.item.create");
          told.push(item.content[0].text);
        }
        await nodeRed.stop();
        return { told, log: nodeRed.output() };
      } catch (error) {
        await nodeRed.stop();
        throw error;
      }
    };
    try {
      const warning = 'The budget of 2 USD for today is spent by the session "default"';
      const first = await spend(1.5, 1);
      assert.deepEqual(first.told, ["response.done 1.5"]);
      assert.ok(!first.log.includes(warning));
      const second = await spend(1, 2);
      assert.deepEqual(second.told, ["response.done 2.5", "local.budget.reached 2.5"]);
      assert.ok(second.log.includes(warning));
      const third = await spend(0.25, 1);
      assert.deepEqual(third.told, ["response.done 2.75"]);
      assert.ok(!third.log.includes(warning));
    } finally {
      rmSync(folder, { recursive: true, force: true });
      await server.close();
    }
  });
});

/** Asks for a response at its start, and tells the server what it sees of money. */
function restartFlow(url: string): object[] {
  const onTab = (id: string, type: string, members: object): object => ({
    id,
    type,
    z: "tab",
    x: 1,
    y: 1,
    wires: [],
    ...members,
  });
  return [
    { id: "tab", type: "tab", label: "money" },
    ...compatible(url, { budget: "2", budgetAction: "warn" }),
    onTab("start", "inject", {
      once: true,
      onceDelay: 0.1,
      props: [{ p: "payload" }],
      payload: '{"type":"response.create"}',
      payloadType: "json",
      wires: [["n"]],
    }),
    onTab("c", "openai-realtime-connect", {
      session: "s",
      emit: "chosen",
      events: ["response.done", "local.budget.reached"],
      wires: [["tell"]],
    }),
    onTab("tell", "change", {
      rules: [
        {
          t: "set",
          p: "payload",
          pt: "msg",
          to: `{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{
            "type":"input_text",
            "text": topic & " " & $string(topic = "response.done" ? realtime.usage.today : payload.spent)
          }]}}`,
          tot: "jsonata",
        },
      ],
      wires: [["n"]],
    }),
    onTab("n", "openai-realtime-send", { session: "s", mode: "message" }),
  ];
}
