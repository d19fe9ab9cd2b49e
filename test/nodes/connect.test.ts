import assert from "node:assert/strict";
import helper from "node-red-node-test-helper";
import { startLocalServer } from "../../lib/index";
import type { SessionNode } from "../../nodes/session";
import {
  builtIn,
  collect,
  compatible,
  completed,
  flow,
  give,
  lastStatus,
  load,
  next,
  nodeById,
  onInput,
  openSession,
  refused,
  status,
  topicIs,
  useNodeRed,
  userWords,
  type FlowNode,
  type Message,
} from "../support/canvas";
import { serverError } from "../support/memory-server";
import { RestServer } from "../support/rest-server";
import { WireServer } from "../support/wire-server";

/** Connect node "c" with the probe "out". */
const connect = (config: Partial<FlowNode> = {}): FlowNode[] => [
  {
    id: "c",
    type: "openai-realtime-connect",
    session: "s",
    emit: "all",
    wires: [["out"]],
    ...config,
  },
  { id: "out", type: "helper" },
];

const types = (messages: Message[]): unknown[] => messages.map(({ topic }) => topic);

/** A control message, and the end of its work. */
describe("connect node", () => {
  useNodeRed();

  describe("on the built-in server", () => {
    it("is done with connect when the session is ready, and shows its states", async () => {
      await load(flow(...builtIn, ...connect()));
      assert.equal(lastStatus("c"), "status.idle");
      const shown = [status("c", "status.connecting"), status("c", "status.ready")];
      const out = collect("out");
      await completed("c", { action: "connect" });
      assert.deepEqual(types(out), ["session.created", "session.updated"]);
      assert.deepEqual(
        (await Promise.all(shown)).map(({ fill, shape }) => `${fill} ${shape}`),
        ["yellow ring", "green dot"],
      );
    });

    it("starts a message of its own for each event", async () => {
      await load(flow(...builtIn, ...connect()));
      const created = next("out");
      const before = Date.now();
      give("c", { action: "connect", _msgid: "mine", extra: 1, realtime: { session: "kitchen" } });
      const { _msgid, topic, payload, realtime, ...rest } = await created;
      assert.deepEqual(rest, {});
      assert.notEqual(_msgid, "mine");
      assert.equal(topic, "session.created");
      assert.equal(payload.session.object, "realtime.session");
      assert.equal(realtime.session, "kitchen");
      assert.equal(realtime.source, "server");
      assert.ok(realtime.at >= before && realtime.at <= Date.now());
    });

    it("disconnects, and opens anew", async () => {
      await load(flow(...builtIn, ...connect()));
      const out = collect("out");
      await completed("c", { action: "connect" });
      const grey = status("c", "status.idle");
      await completed("c", { action: "disconnect" });
      await grey;
      await completed("c", { action: "disconnect" });
      await completed("c", { action: "connect" });
      await completed("c", { action: "reconnect" });
      assert.deepEqual(types(out), [
        "session.created",
        "session.updated",
        "close",
        "session.created",
        "session.updated",
        "close",
        "session.created",
        "session.updated",
      ]);
      assert.deepEqual(
        out.filter(topicIs("close")).map(({ payload }) => payload.error),
        [false, false],
      );
    });

    it("is done with update when the server has it, or fails with its reason", async () => {
      await load(flow(...builtIn, ...connect()));
      await completed("c", { action: "connect" });
      const updated = next("out", topicIs("session.updated"));
      await completed("c", { action: "update", payload: { instructions: "Be brief." } });
      assert.equal((await updated)["payload"].session.instructions, "Be brief.");
      const caught = next("caught");
      give("c", { action: "update", payload: { audio: { output: { speed: 9 } } } });
      const { error } = await caught;
      assert.equal(error.code, "invalid_event");
      assert.match(error.message, /session\.audio\.output\.speed is 9/);
    });

    it("answers status on its output", async () => {
      await load(flow(...builtIn, ...connect()));
      const idle = next("out");
      await completed("c", { action: "status" });
      assert.deepEqual((await idle)["payload"], {
        type: "realtime.status",
        state: "idle",
        activity: "quiet",
        items: 0,
        openCalls: 0,
        sessions: [],
        live: 0,
      });
      await completed("c", { action: "connect", realtime: { session: "hall" } });
      const ready = next("out", topicIs("realtime.status"));
      give("c", { action: "status", realtime: { session: "hall" } });
      const { payload, realtime } = await ready;
      assert.equal(payload.state, "ready");
      assert.deepEqual(payload.sessions, ["hall"]);
      assert.equal(realtime.session, "hall");
    });

    it("gives the answer to status a type that a filter behind it can lead away", async () => {
      await load(
        flow(
          ...builtIn,
          { ...(connect()[0] as FlowNode), wires: [["f"]] },
          {
            id: "f",
            type: "openai-realtime-filter",
            rules: [{ match: "type", type: "realtime.status" }],
            wires: [["status"]],
          },
          { id: "status", type: "helper" },
        ),
      );
      const caught = collect("caught");
      const answer = next("status");
      await completed("c", { action: "status" });
      assert.equal((await answer)["payload"].state, "idle");
      assert.deepEqual(caught, []);
    });

    it("keeps a flow that rounds the costs from changing the sums", async () => {
      await load(flow(...builtIn, ...connect()));
      await completed("c", { action: "connect" });
      onInput("out", ({ payload: { usage } }) => {
        if (usage === undefined) return;
        usage.session.cost = usage.session.cost.toFixed(2);
        usage.session.input.text = "none";
      });
      for (const session of ["default", "default", "another"]) {
        await completed("c", { action: "connect", realtime: { session } });
        const answer = next("out", topicIs("realtime.status"));
        give("c", { action: "status", realtime: { session } });
        await answer;
        const usage = (nodeById("s") as SessionNode).sessions.peek(session)?.usage;
        assert.equal(usage?.session.cost, 0);
        assert.equal(usage.session.input.text, 0);
      }
    });

    it("opens a session per key, and keeps to its own key where it has one", async () => {
      await load(
        flow(
          ...builtIn,
          ...connect(),
          {
            id: "k",
            type: "openai-realtime-connect",
            session: "s",
            key: "b",
            wires: [["kitchen"]],
          },
          { id: "kitchen", type: "helper" },
        ),
      );
      const all = collect("out");
      const kitchen = collect("kitchen");
      await completed("c", { action: "connect", realtime: { session: "a" } });
      assert.equal(lastStatus("k"), "status.idle");
      const done = next("completed");
      give("k", { action: "connect" });
      await done;
      const [a, b] = all.filter(topicIs("session.created"));
      assert.equal(a?.["realtime"].session, "a");
      assert.equal(b?.["realtime"].session, "b");
      assert.notEqual(a?.["payload"].session.id, b?.["payload"].session.id);
      assert.deepEqual(types(kitchen), ["session.created", "session.updated"]);
      assert.equal(lastStatus("k"), "status.ready");
    });

    it("connects at deploy where it is told to, with the tools of the same deploy", async () => {
      const tool = (id: string): FlowNode => ({
        id,
        type: "openai-realtime-tool",
        session: "s",
        tool: id,
        parametersMode: "list",
        parameters: [],
      });
      // The tools come after it in the flow.
      const nodes = flow(...builtIn, ...connect({ start: "deploy" }), tool("one"), tool("two"));
      await load(nodes);
      const out = collect("out");
      await next("out", topicIs("session.updated"));
      const [updated, ...others] = out.filter(topicIs("session.updated"));
      assert.deepEqual(
        updated?.["payload"].session.tools.map(({ name }: { name: string }) => name),
        ["one", "two"],
      );
      assert.deepEqual(others, []);
    });
  });

  it("takes a key of 64 characters", async () => {
    await load(flow(...builtIn, ...connect()));
    await completed("c", { action: "connect", realtime: { session: "x".repeat(64) } });
  });

  it("refuses what is no control message, and says what is allowed", async () => {
    await load(flow(...builtIn, ...connect()));
    for (const [message, code, text] of [
      [{}, "unknown_action", /connect, disconnect, reconnect, update, status, misbehave/],
      [{ action: "dance" }, "unknown_action", /msg\.action/],
      [{ action: "update", payload: "fast" }, "invalid_event", /msg\.payload/],
      [{ action: "connect", realtime: { session: 7 } }, "bad_session_key", /text/],
      [{ action: "connect", realtime: { session: "" } }, "bad_session_key", /1 to 64/],
      [{ action: "connect", realtime: { session: "x".repeat(65) } }, "bad_session_key", /1 to 64/],
    ] as const) {
      const caught = next("caught");
      give("c", message);
      const { error } = await caught;
      assert.equal(error.code, code);
      assert.match(error.message, text);
      assert.equal(error.source.id, "c");
    }
  });

  const [endpointNode, sessionNode] = builtIn as [FlowNode, FlowNode];

  for (const [what, nodes] of [
    ["missing", []],
    ["disabled", [endpointNode, { ...sessionNode, d: true }]],
  ] satisfies [string, FlowNode[]][]) {
    it(`says so and does nothing where its session is ${what}`, async () => {
      await load(flow(...nodes, ...connect({ start: "deploy" })));
      assert.equal(lastStatus("c"), "status.no-session");
      const caught = next("caught");
      give("c", { action: "connect" });
      assert.equal((await caught)["error"].code, "no_session");
    });
  }

  for (const [what, endpoint, text, code] of [
    ["missing", [], "status.no-endpoint", "no_endpoint"],
    ["disabled", [{ ...endpointNode, d: true }], "status.no-endpoint", "no_endpoint"],
    ["without a key", [{ ...endpointNode, kind: "openai" }], "status.no-key", "no_key"],
    [
      "half filled in",
      [{ ...endpointNode, kind: "compatible", url: "" }],
      "status.invalid-address",
      "invalid_url",
    ],
  ] satisfies [string, FlowNode[], string, string][]) {
    it(`says so where the endpoint is ${what}`, async () => {
      await load(flow(...endpoint, sessionNode, ...connect()));
      assert.equal(lastStatus("c"), text);
      const caught = next("caught");
      give("c", { action: "connect" });
      assert.equal((await caught)["error"].code, code);
      assert.equal(lastStatus("c"), text);
    });
  }

  it("tells of each failure once where it connects by itself", async () => {
    const server = await RestServer.start();
    server.answer(
      (response) => void response.socket?.destroy(),
      (response) => void response.writeHead(401).end(),
    );
    try {
      const { socketUrl } = server;
      await load(flow(...compatible(socketUrl), ...connect({ start: "deploy" })));
      const caught = collect("caught");
      await status("c", "status.unauthorized");
      await completed("c", { action: "status" });
      assert.deepEqual(
        caught.map(({ error }) => error.code),
        ["connection_failed", "unauthorized"],
      );
    } finally {
      await server.close();
    }
  });

  it("reports a wrong key with the server's code, and shows it", async () => {
    const server = await startLocalServer({ token: "right" });
    try {
      await load(flow(...compatible(server.url), ...connect({ start: "deploy" })), {
        e: { apiKey: "wrong" },
      });
      const { error, realtime } = await next("caught");
      assert.equal(error.code, "invalid_api_key");
      assert.match(error.message, /401/);
      assert.doesNotMatch(error.message, /wrong/);
      assert.equal(realtime.session, "default");
      assert.equal(lastStatus("c"), "status.invalid-api-key");
    } finally {
      await server.close();
    }
  });

  describe("on a server that is played by hand", () => {
    let server: WireServer;
    beforeEach(async () => {
      server = await WireServer.start();
    });
    afterEach(() => server.close());

    async function loadConnected(...nodes: FlowNode[]): Promise<void> {
      await load(flow(...compatible(server.url), ...nodes));
      await completed("c", { action: "connect" });
    }

    const besideCall = (callId: string) => ({ action: "connect", realtime: { callId } });

    it("opens a session beside the next call under the key of one that is over", async () => {
      await load(flow(...compatible(server.url), ...connect()));
      await completed("c", besideCall("rtc_1"));
      assert.equal((await refused("c", besideCall("rtc_2"))).code, "session_in_use");
      const over = status("c", "status.call-ended");
      server.peer.close(1000);
      await over;
      await completed("c", besideCall("rtc_2"));
      assert.match(server.handshakes[1]?.url ?? "", /[?&]call_id=rtc_2$/);
      assert.equal(lastStatus("c"), "status.ready");
    });

    it("reconnects a session beside a call to the same call", async () => {
      await load(flow(...compatible(server.url), ...connect()));
      await completed("c", besideCall("rtc_1"));
      await completed("c", { action: "reconnect" });
      assert.match(server.handshakes[1]?.url ?? "", /[?&]call_id=rtc_1$/);
    });

    it("passes events of unknown types on, untouched", async () => {
      await loadConnected(...connect());
      const out = next("out");
      const event = { type: "vendor.news", event_id: "e", more: { deep: [1, null] } };
      server.send(event);
      const { topic, payload } = await out;
      assert.equal(topic, "vendor.news");
      assert.deepEqual(payload, event);
    });

    for (const [what, frame, code] of [
      ["is not JSON", "{secret", "frame_not_json"],
      ["is null", "null", "frame_not_object"],
      ["is an array", "[1]", "frame_not_object"],
      ["has no type", '{"event_id":"e"}', "frame_no_type"],
      ["has a type that is no text", '{"type":1}', "frame_no_type"],
    ] as const) {
      it(`gives a frame that ${what} to Catch, and goes on`, async () => {
        await loadConnected(...connect());
        const caught = next("caught");
        server.peer.send(frame);
        const { error } = await caught;
        assert.equal(error.code, code);
        assert.equal(error.source.id, "c");
        assert.doesNotMatch(error.message, /secret/);
        const out = next("out");
        server.send({ type: "still.there" });
        await out;
        assert.equal(lastStatus("c"), "status.ready");
      });
    }

    it("takes a frame of 20 MB", async () => {
      await loadConnected(...connect());
      const out = next("out");
      server.send({ type: "response.output_audio.delta", delta: "A".repeat(20_000_000) });
      assert.equal((await out)["payload"].delta.length, 20_000_000);
    });

    it("ends the connection over a frame above the limit, and can connect again", async () => {
      await loadConnected(...connect());
      const caught = next("caught");
      server.send({ type: "response.output_audio.delta", delta: "A".repeat(34_000_000) });
      assert.equal((await caught)["error"].code, "frame_too_large");
      assert.equal(lastStatus("c"), "status.reconnecting");
      await completed("c", { action: "connect" });
      assert.equal(lastStatus("c"), "status.ready");
    });

    it("survives a frame that is nested too deep to be copied", async () => {
      const second = { id: "c2", type: "openai-realtime-connect", session: "s", wires: [["out"]] };
      await loadConnected(...connect(), second);
      const caught = next("caught");
      const whole = next("out", topicIs("deep"));
      server.peer.send(`{"type":"deep","a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`);
      assert.equal((await caught)["error"].code, "listener_failed");
      await whole;
      const out = next("out", topicIs("still.there"));
      server.send({ type: "still.there" });
      await out;
    });

    it("reports a lost connection once, and shows it", async () => {
      await loadConnected(...connect());
      const caught = collect("caught");
      const broken = status("c", "status.reconnecting");
      const closed = next("out", topicIs("close"));
      server.peer.terminate();
      assert.equal((await broken).fill, "yellow");
      assert.equal((await closed)["payload"].error, true);
      await completed("c", { action: "connect" });
      assert.deepEqual(
        caught.map(({ error }) => error.code),
        ["connection_lost"],
      );
    });

    it("gives every event to every connect node, each its own", async () => {
      await loadConnected(
        ...connect(),
        { id: "c2", type: "openai-realtime-connect", session: "s", wires: [["out2"]] },
        { id: "out2", type: "helper" },
      );
      // Whoever comes first spoils what it got.
      for (const id of ["out", "out2"])
        onInput(id, (message) => {
          message["payload"].spoilt = (message["payload"].spoilt ?? 0) + 1;
        });
      const messages = Promise.all([next("out"), next("out2")]);
      server.send({ type: "vendor.news" });
      const [one, two] = await messages;
      assert.equal(one["payload"].spoilt, 1);
      assert.equal(two["payload"].spoilt, 1);
      assert.notEqual(one._msgid, two._msgid);
    });

    it("keeps a flow from changing the session's own books", async () => {
      await loadConnected(...connect());
      const emptied = new Promise<void>((resolve) => {
        onInput("out", (message) => {
          for (const name of Object.keys(message["payload"].item ?? {}))
            delete message["payload"].item[name];
          if (message.topic === "conversation.item.done") resolve();
        });
      });
      const item = {
        id: "item_1",
        type: "message",
        role: "user",
        status: "completed",
        content: [{ type: "input_text", text: "hello" }],
      };
      for (const type of ["conversation.item.added", "conversation.item.done"])
        server.send({ type, event_id: type, previous_item_id: null, item });
      await emptied;
      const { sessions } = nodeById("s") as SessionNode;
      assert.deepEqual(sessions.peek("default")?.conversation.get("item_1"), item);
    });

    describe("emits", () => {
      const audio = { type: "response.output_audio.delta", item_id: "i", delta: "AAAA" };
      const done = {
        type: "response.done",
        response: { id: "r", output: [], status: "completed" },
      };

      /** The types that a connect node of this configuration emits, up to the mark. */
      async function emitted(config: Partial<FlowNode>, ...others: FlowNode[]): Promise<unknown[]> {
        await loadConnected(...connect(config), ...others, {
          id: "mark",
          type: "openai-realtime-connect",
          session: "s",
          emit: "chosen",
          events: ["mark"],
          wires: [["marked"]],
        });
        const out = collect("out");
        const marked = next("marked");
        server.send(
          audio,
          done,
          {
            type: "conversation.item.added",
            item: { id: "i", type: "message", role: "user", content: [] },
          },
          { type: "mark" },
        );
        await marked;
        return types(out);
      }
      const probe: FlowNode = { id: "marked", type: "helper" };

      it("everything but what is made on demand", async () => {
        assert.deepEqual(await emitted({ emit: "all" }, probe), [
          audio.type,
          done.type,
          "conversation.item.added",
          "conversation.item.appended",
          "mark",
        ]);
      });

      /** A node that asks for what is made on demand. */
      const curious: FlowNode[] = [
        {
          id: "curious",
          type: "openai-realtime-connect",
          session: "s",
          emit: "chosen",
          events: ["realtime.event", "conversation.updated"],
          echo: true,
          wires: [["updates"]],
        },
        { id: "updates", type: "helper" },
      ];

      for (const config of [
        { emit: "all" },
        { emit: "no-audio" },
        { emit: "chosen", events: ["realtime.*", "conversation.*"] },
      ]) {
        it(`nothing that another node has asked for, with ${config.emit}`, async () => {
          const all = await emitted(config, probe, ...curious);
          assert.ok(!all.includes("realtime.event"));
          assert.ok(!all.includes("conversation.updated"));
        });
      }

      it("everything but audio", async () => {
        assert.deepEqual(await emitted({ emit: "no-audio" }, probe), [
          done.type,
          "conversation.item.added",
          "conversation.item.appended",
          "mark",
        ]);
      });

      it("chosen types, in the names of either dialect", async () => {
        const events = ["response.audio.delta", " conversation.item.added "];
        assert.deepEqual(await emitted({ emit: "chosen", events }, probe), [
          audio.type,
          "conversation.item.added",
        ]);
      });

      it("chosen prefixes and groups", async () => {
        assert.deepEqual(await emitted({ emit: "chosen", events: ["response.*"] }, probe), [
          audio.type,
          done.type,
        ]);
      });

      it("what is made on demand where it is chosen by its name", async () => {
        const config = { emit: "chosen", events: ["realtime.event", " conversation.updated"] };
        const all = await emitted(config, probe);
        assert.ok(all.includes("conversation.updated"));
        assert.ok(all.includes("realtime.event"));
      });
    });

    it("emits what is sent where it is told to echo", async () => {
      await loadConnected(
        ...connect(),
        {
          id: "echo",
          type: "openai-realtime-connect",
          session: "s",
          echo: true,
          wires: [["sent"]],
        },
        { id: "sent", type: "helper" },
        { id: "send", type: "openai-realtime-send", session: "s", mode: "message" },
      );
      const out = collect("out");
      const sent = next("sent");
      give("send", { payload: { type: "input_audio_buffer.append", audio: "AAAA" } });
      const { topic, payload, realtime } = await sent;
      assert.equal(topic, "input_audio_buffer.append");
      assert.equal(payload.audio, "AAAA");
      assert.equal(realtime.source, "client");
      await server.next("input_audio_buffer.append");
      assert.deepEqual(out, []);
    });
  });

  it("names the setting that the server refused, where its words do not", async () => {
    const server = await WireServer.start({
      settingsAnswer: serverError({
        code: "invalid_value",
        message: "Unsupported value: 'x'.",
        param: "session.audio.output.voice",
      }),
    });
    try {
      const form = { instructionsMode: "value", instructions: "Be brief." };
      await load(flow(...compatible(server.url, form), ...connect()));
      const { code, message } = await refused("c", { action: "connect" });
      assert.equal(code, "settings_refused");
      assert.equal(
        message,
        "The server refused the settings: Unsupported value: 'x'. (session.audio.output.voice)",
      );
    } finally {
      await server.close();
    }
  });

  describe("of a connection that is told the talk so far", () => {
    const RESTORING = [
      "session.created",
      "session.updated",
      "conversation.item.added",
      "conversation.item.done",
    ];

    for (const [restoring, causes] of [
      [undefined, []],
      [true, RESTORING.map((topic) => [topic, "server", "restore"])],
    ] as const)
      it(`emits ${restoring === true ? "each event, with its cause, where it is told to" : "nothing else"}`, async () => {
        await load(flow(...builtIn, ...connect({ restoring }), userWords("say")));
        const answered = next("out", topicIs("response.done"));
        give("say", { payload: "hello" });
        await answered;
        const out = collect("out");
        const restored = next("out", topicIs("local.session.restored"));
        give("c", { action: "misbehave", payload: { type: "drop" } });
        await restored;
        const told = out.filter(
          ({ topic = "", realtime }) => realtime.cause !== undefined || RESTORING.includes(topic),
        );
        assert.deepEqual(
          [
            ...new Set(
              told.map(({ topic, realtime: { source, cause } }) => `${topic} ${source} ${cause}`),
            ),
          ],
          causes.map((parts) => parts.join(" ")),
        );
      });
  });

  it("logs what goes wrong where no Catch node is", async () => {
    const server = await WireServer.start();
    try {
      const [, , , , , ...nodes] = flow(...compatible(server.url), ...connect());
      await load([{ id: "tab", type: "tab", label: "test" }, ...nodes]);
      await openSession();
      const broken = status("c", "status.reconnecting");
      server.peer.terminate();
      await broken;
      const logged = helper
        .log()
        .args.map(([entry]) => (entry as { msg?: { code?: unknown } }).msg?.code)
        .filter((code: unknown) => code !== undefined);
      assert.deepEqual(logged, ["connection_lost"]);
    } finally {
      await server.close();
    }
  });
});
