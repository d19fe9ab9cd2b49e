import assert from "node:assert/strict";
import type { SessionNode } from "../../nodes/session";
import {
  builtIn,
  collect,
  compatible,
  completed,
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
  unload,
  useNodeRed,
  type FlowNode,
} from "../support/canvas";
import { serverError } from "../support/memory-server";
import { WireServer } from "../support/wire-server";

const connect = (config: Partial<FlowNode> = {}): FlowNode[] => [
  { id: "c", type: "openai-realtime-connect", session: "s", wires: [["out"]], ...config },
  { id: "out", type: "helper" },
];

const send = (config: Partial<FlowNode> = {}): FlowNode => ({
  id: "n",
  type: "openai-realtime-send",
  session: "s",
  mode: "text",
  text: "hello",
  textType: "str",
  ...config,
});

const sessions = () => (nodeById("s") as SessionNode).sessions;

const changed = (nodes: FlowNode[], id: string, change: object): FlowNode[] =>
  nodes.map((node) => (node.id === id ? { ...node, ...change } : node));

describe("session node", () => {
  useNodeRed();

  describe("deploys", () => {
    let server: WireServer;
    beforeEach(async () => {
      server = await WireServer.start();
    });
    afterEach(() => server.close());

    const nodes = (config: Partial<FlowNode> = {}): FlowNode[] =>
      flow(...compatible(server.url, { output: "text" }), ...connect(config), send(), {
        id: "x",
        type: "helper",
        name: "unrelated",
      });

    /** How the connection ends that is open now. */
    const end = (): { code: Promise<number> } => {
      const { peer } = server;
      return {
        code: new Promise((resolve) => {
          peer.once("close", resolve);
        }),
      };
    };

    it("leave the session alone when an unrelated node changes", async () => {
      const before = nodes();
      await load(before);
      await completed("c", { action: "connect" });
      const session = sessions().peek("default");
      await deploy(changed(before, "x", { name: "changed" }));
      assert.equal(sessions().peek("default"), session);
      assert.equal(session?.state.status, "ready");
      assert.equal(server.handshakes.length, 1);
    });

    it("leave the session alone when a node that uses it changes, and show its state there", async () => {
      const before = nodes();
      await load(before);
      await completed("c", { action: "connect" });
      await deploy(changed(changed(before, "n", { text: "other" }), "c", { emit: "chosen" }));
      assert.equal(server.handshakes.length, 1);
      assert.equal(lastStatus("n"), "status.ready");
      assert.equal(lastStatus("c"), "status.ready");
    });

    it("leave the session alone when its only user changes", async () => {
      const before = flow(...compatible(server.url), ...connect());
      await load(before);
      await completed("c", { action: "connect" });
      await deploy(changed(before, "c", { emit: "no-audio" }));
      assert.equal(sessions().peek("default")?.state.status, "ready");
    });

    it("show the state to a node that is added later, and give it the events from then on", async () => {
      const before = nodes();
      await load(before);
      await completed("c", { action: "connect" });
      await deploy([
        ...before,
        { ...(connect()[0] as FlowNode), id: "late", z: "tab", x: 1, y: 1, wires: [["x"]] },
      ]);
      assert.equal(lastStatus("late"), "status.ready");
      const event = next("x");
      server.send({ type: "vendor.news" });
      assert.equal((await event).topic, "vendor.news");
    });

    it("close the session without an error when its settings change, and come back", async () => {
      const before = nodes({ start: "deploy" });
      await load(before);
      await status("c", "status.ready");
      const ended = end();
      const caught = collect("caught");
      const old = sessions();
      await deploy(changed(before, "s", { instructionsMode: "value", instructions: "Be brief." }));
      assert.equal(await ended.code, 1000);
      await status("c", "status.ready");
      assert.equal(server.handshakes.length, 2);
      assert.deepEqual(caught, []);
      assert.deepEqual(sessions().peek("default")?.settings, {
        type: "realtime",
        instructions: "Be brief.",
        output_modalities: ["text"],
      });
      assert.throws(() => old.open("stray"), { code: "closed" });
    });

    it("show what is in the way of a session as it is now, not as it was", async () => {
      const [endpoint, session] = compatible(server.url) as [FlowNode, FlowNode];
      const key = { keyFrom: "global", keyName: "key" };
      const before = flow({ ...endpoint, ...key }, session, ...connect());
      await load(before);
      const { global } = nodeById("c").context();
      global.set("key", "no\nkey");
      await deploy(changed(before, "c", { emit: "no-audio" }));
      assert.equal(lastStatus("c"), "status.invalid-header");
      global.set("key", "sk-key");
      await completed("c", { action: "connect" });
      await completed("c", { action: "disconnect" });
      assert.equal(lastStatus("c"), "status.idle");
    });

    it("tell a Status node of nothing in the way while nodes of a subflow close", async () => {
      const inside = [...compatible(server.url), ...connect(), send()].map((node) => ({
        wires: [],
        x: 1,
        y: 1,
        ...node,
        z: "home",
      }));
      const before = [
        { id: "home", type: "subflow", env: [] },
        ...inside,
        ...flow(
          { id: "i", type: "subflow:home" },
          { id: "status", type: "status", scope: null, wires: [["shown"]] },
          { id: "shown", type: "helper" },
        ),
      ];
      await load(before, {}, ["common/25-status"]);
      const opened = next("shown", (message) => message["status"].text === "status.ready");
      give("i-c", { action: "connect" });
      await opened;
      const shown = collect("shown");
      await deploy(changed(before, "i", { name: "kitchen" }));
      const texts = shown.map((message) => message["status"].text as string);
      assert.deepEqual(
        texts.filter((text) => text === "status.no-endpoint"),
        [],
      );
    });

    it("close the session when its endpoint changes", async () => {
      const before = nodes();
      await load(before);
      await completed("c", { action: "connect" });
      const ended = end();
      await deploy(changed(before, "e", { d: true }));
      await ended.code;
      assert.equal(lastStatus("c"), "status.no-endpoint");
    });

    it("close the session when its last user is removed", async () => {
      const before = flow(...compatible(server.url), ...connect(), {
        id: "other",
        type: "helper",
      });
      await load(before);
      await completed("c", { action: "connect" });
      const ended = end();
      await deploy(before.filter(({ id }) => id !== "c"));
      await ended.code;
      assert.deepEqual(sessions().keys, []);
    });

    it("close the session when the subflow is removed that held its last user", async () => {
      const before = [
        { id: "home", type: "subflow", env: [] },
        { ...(connect()[0] as FlowNode), z: "home", x: 1, y: 1, wires: [] },
        ...flow(...compatible(server.url), { id: "i", type: "subflow:home" }),
      ];
      await load(before);
      const opened = status("i-c", "status.ready");
      give("i-c", { action: "connect" });
      await opened;
      const ended = end();
      await deploy(before.filter(({ id }) => id !== "i"));
      await ended.code;
      assert.deepEqual(sessions().keys, []);
    });

    it("keep the session when one of two users is removed and the other one changes", async () => {
      const before = nodes();
      await load(before);
      await completed("c", { action: "connect" });
      const session = sessions().peek("default");
      await deploy(changed(before, "n", { text: "other" }).filter(({ id }) => id !== "c"));
      assert.equal(sessions().peek("default"), session);
      assert.equal(session?.state.status, "ready");
      assert.equal(lastStatus("n"), "status.ready");
    });

    it("keep the session when another node takes the place of its only user", async () => {
      const before = flow(...compatible(server.url), ...connect());
      await load(before);
      await completed("c", { action: "connect" });
      await deploy(before.map((node) => (node.id === "c" ? { ...node, id: "d" } : node)));
      assert.equal(sessions().peek("default")?.state.status, "ready");
      assert.equal(lastStatus("d"), "status.ready");
    });

    it("keep the session when one of several users is removed", async () => {
      const before = nodes();
      await load(before);
      await completed("c", { action: "connect" });
      await deploy(before.filter(({ id }) => id !== "c"));
      assert.equal(sessions().peek("default")?.state.status, "ready");
      assert.deepEqual(Object.keys((nodeById("s") as SessionNode).users), ["n"]);
    });
  });

  describe("sessions", () => {
    it("are refused above the limit, and make room when they end", async () => {
      await load(flow(...changed(builtIn, "s", { maxSessions: "2" }), ...connect()));
      const open = (session: string) => ({ action: "connect", realtime: { session } });
      await completed("c", open("a"));
      await completed("c", open("b"));
      const caught = next("caught");
      give("c", open("c"));
      const { error } = await caught;
      assert.equal(error.code, "session_limit");
      assert.match(error.message, /2 sessions/);
      await completed("c", { action: "disconnect", realtime: { session: "a" } });
      await completed("c", open("c"));
      assert.deepEqual(sessions().keys, ["b", "c"]);
    });

    it("have the key that a variable holds, a number too, in each node", async () => {
      const users = ["connect", "send", "audio-in", "audio-out"].map((type) => ({
        id: type,
        type: `openai-realtime-${type}`,
        session: "s",
        key: "${ROOM}",
        mode: "text",
        textType: "str",
        text: "hello",
      }));
      const env = [{ name: "ROOM", type: "num", value: "7" }];
      await load(changed(flow(...builtIn, ...users), "tab", { env }));
      for (const { id } of users) assert.equal(lastStatus(id), "status.idle");
      await completed("send", {});
      assert.deepEqual(sessions().keys, ["7"]);
      for (const id of ["connect", "send", "audio-out"])
        assert.equal(lastStatus(id), "status.ready");
    });

    it("are refused with the reason where there is no such kind of them", async () => {
      await load(flow(...changed(builtIn, "s", { kind: "transcribe" }), ...connect()));
      assert.equal(lastStatus("c"), "status.invalid-settings");
      const { code, message } = await refused("c", { action: "connect" });
      assert.equal(code, "invalid_settings");
      assert.equal(message, "kind must be one of conversation, transcription");
    });

    it("that only transcribe need no right number of tool calls", async () => {
      const form = { kind: "transcription", callsPerTurn: "many" };
      await load(flow(...changed(builtIn, "s", form), ...connect()));
      assert.equal(lastStatus("c"), "status.idle");
      await completed("c", { action: "connect" });
      assert.equal(lastStatus("c"), "status.ready");
    });

    it("are refused with the reason where their number is none", async () => {
      for (const maxSessions of ["lots", "-1", "2.5"]) {
        await load(flow(...changed(builtIn, "s", { maxSessions }), ...connect()));
        assert.equal(lastStatus("c"), "status.invalid-settings");
        const { code, message } = await refused("c", { action: "connect" });
        assert.equal(code, "invalid_settings");
        assert.match(message, /maxSessions must be a whole number from 1 to 1000/);
        await unload();
      }
    });

    it("that are refused can be opened when there is room again", async () => {
      await load(flow(...changed(builtIn, "s", { maxSessions: "1" }), ...connect(), send()));
      await completed("n", { realtime: { session: "a" } });
      const caught = next("caught");
      give("n", { realtime: { session: "b" } });
      const { error } = await caught;
      assert.equal(error.code, "session_limit");
      assert.equal(error.source.id, "n");
      await completed("c", { action: "disconnect", realtime: { session: "a" } });
      await completed("n", { realtime: { session: "b" } });
      assert.deepEqual(sessions().keys, ["b"]);
    });

    it("that are not connected do not count, and are kept", async () => {
      await load(flow(...changed(builtIn, "s", { maxSessions: "2" }), ...connect()));
      const rooms = ["a", "b", "c", "d"];
      const idle = rooms.map((room) => sessions().open(room));
      await completed("c", { action: "connect", realtime: { session: "c" } });
      await completed("c", { action: "connect", realtime: { session: "b" } });
      assert.deepEqual(sessions().keys, rooms);
      assert.deepEqual(
        rooms.map((room) => sessions().peek(room)),
        idle,
      );
      assert.equal(sessions().liveCount, 2);
    });

    it("that are not connected are bounded too: the oldest goes first", async () => {
      await load(flow(...changed(builtIn, "s", { maxSessions: "2" }), ...connect()));
      await completed("c", { action: "connect", realtime: { session: "live" } });
      for (let index = 0; index < 300; index += 1) sessions().open(`room ${index}`);
      const { keys } = sessions();
      assert.equal(keys.length, 257);
      assert.deepEqual([keys[0], keys[1], keys.at(-1)], ["live", "room 44", "room 299"]);
    });

    it("that could not be opened do not stand in the way of others", async () => {
      const server = await WireServer.start();
      const { url } = server;
      await server.close();
      await load(flow(...compatible(url, { maxSessions: "2" }), ...connect()));
      for (const session of ["a", "b", "c", "d"]) {
        const caught = next("caught", ({ realtime }) => realtime.session === session);
        give("c", { action: "connect", realtime: { session } });
        assert.equal((await caught)["error"].code, "connection_failed");
      }
      assert.deepEqual(sessions().keys, ["a", "b", "c", "d"]);
    });

    it("are counted where a user sees it", async () => {
      const observer: FlowNode[] = [
        { id: "status", type: "status", scope: null, wires: [["shown"]] },
        { id: "shown", type: "helper" },
      ];
      await load(flow(...builtIn, ...connect(), ...observer));
      const shown = collect("shown");
      const connected = async (session: string, text: string): Promise<void> => {
        const seen = status("c", text);
        give("c", { action: "connect", realtime: { session } });
        await seen;
        // The first one with that text says that it is being connected.
        if (sessions().peek(session)?.state.status !== "ready") await status("c", text);
      };
      await connected("kitchen", "status.ready");
      await connected("hall", "status.live");
      const answer = next("out", topicIs("realtime.status"));
      give("c", { action: "status" });
      assert.equal((await answer)["payload"].live, 2);
      const last = shown.findLast(({ status: { source } }) => source.id === "s");
      assert.deepEqual(
        { ...last?.["status"], source: undefined },
        { fill: "green", shape: "dot", text: "status.live", source: undefined },
      );
      const alone = status("c", "status.ready");
      give("c", { action: "disconnect", realtime: { session: "hall" } });
      await alone;
    });

    it("are forgotten when they are disconnected: the next talk is a new one", async () => {
      await load(flow(...builtIn, ...connect(), send()));
      await completed("n", {});
      assert.equal(sessions().peek("default")?.conversation.size, 1);
      await completed("c", { action: "disconnect" });
      assert.deepEqual(sessions().keys, []);
      await completed("c", { action: "connect" });
      assert.equal(sessions().peek("default")?.conversation.size, 0);
    });

    it("do not connect to settings that no server can mean", async () => {
      process.env["REALTIME_TEST_SPEED"] = "fast";
      await load(flow(...changed(builtIn, "s", { speed: "${REALTIME_TEST_SPEED}" }), ...connect()));
      delete process.env["REALTIME_TEST_SPEED"];
      const caught = next("caught");
      give("c", { action: "connect" });
      const { error } = await caught;
      assert.equal(error.code, "invalid_settings");
      assert.match(error.message, /session\.audio\.output\.speed/);
      assert.equal(lastStatus("c"), "status.invalid-settings");
    });

    it("stop where the server refuses their settings, and say which", async () => {
      const server = await WireServer.start({
        settingsAnswer: serverError({ code: "invalid_value", message: "Invalid value: 'nobody'" }),
      });
      try {
        await load(flow(...compatible(server.url, { voice: "nobody" }), ...connect(), send()));
        const caught = next("caught");
        give("c", { action: "connect" });
        const { error } = await caught;
        assert.equal(error.code, "settings_refused");
        assert.match(error.message, /Invalid value: 'nobody'/);
        assert.equal(lastStatus("n"), "status.settings-refused");
      } finally {
        await server.close();
      }
    });
  });

  describe("errors", () => {
    let server: WireServer;
    beforeEach(async () => {
      server = await WireServer.start();
    });
    afterEach(() => server.close());

    for (const [what, nodes] of [
      ["has no connect node", []],
      ["has a connect node for another key only", connect({ key: "kitchen" })],
    ] satisfies [string, FlowNode[]][]) {
      it(`reach Catch where the session ${what}`, async () => {
        await load(flow(...compatible(server.url), ...nodes, send({ mode: "message" })));
        give("n", { payload: { type: "input_audio_buffer.clear" } });
        await server.next("input_audio_buffer.clear");
        const caught = next("caught");
        server.peer.send("{");
        const { error, realtime } = await caught;
        assert.equal(error.code, "frame_not_json");
        assert.equal(error.source.id, "s");
        assert.equal(realtime.session, "default");
      });
    }

    it("of a key are told by the connect nodes of that key, and by them alone", async () => {
      await load(flow(...compatible(server.url), ...connect({ key: "kitchen" })));
      await completed("c", { action: "connect" });
      const caught = collect("caught");
      const told = next("caught", ({ error }) => error.code === "frame_no_type");
      server.peer.send("{");
      server.peer.send("{}");
      await told;
      assert.deepEqual(
        caught.map(({ error }) => [error.code, error.source.id]),
        [
          ["frame_not_json", "c"],
          ["frame_no_type", "c"],
        ],
      );
    });
  });

  it("makes what is on demand only while a node asks for it", async () => {
    const before = flow(
      ...builtIn,
      ...connect({ emit: "chosen", events: ["realtime.event"] }),
      send(),
    );
    await load(before);
    const generic = next("out", topicIs("realtime.event"));
    await completed("n", {});
    assert.equal((await generic)["payload"].type, "realtime.event");
    const [session] = [sessions().peek("default")];
    const seen: string[] = [];
    session?.on("event", ({ type }) => seen.push(type));
    await deploy(changed(before, "c", { events: ["response.done"] }));
    await completed("n", {});
    assert.ok(seen.includes("conversation.item.added"));
    assert.ok(!seen.includes("realtime.event"));
  });
});
