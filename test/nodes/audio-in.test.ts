import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mock } from "node:test";
import { float32ToInt16, int16ToBytes, int16ToFloat32 } from "../../lib/audio/pcm";
import { Resampler } from "../../lib/audio/resampler";
import { encodeWav } from "../../lib/audio/wav";
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
  useNodeRed,
  watched,
  type FlowNode,
} from "../support/canvas";
import { sessionCreated } from "../support/memory-server";
import { WireServer } from "../support/wire-server";

/** Audio-in node "n" with 24 kHz, and a connect node "c" with the probe "out". */
const microphone = (config: Partial<FlowNode> = {}): FlowNode[] => [
  {
    id: "n",
    type: "openai-realtime-audio-in",
    session: "s",
    rate: "24000",
    frame: "20",
    ...config,
  },
  ...watched("out"),
];

const FRAME = 960;
const sound = (frames: number, seed = 1): Buffer =>
  Buffer.from(Array.from({ length: frames * FRAME }, (_, index) => (index * 7 + seed * 31) & 0x7f));

describe("audio-in node", () => {
  useNodeRed();
  let server: WireServer;

  beforeEach(async () => {
    server = await WireServer.start();
  });
  afterEach(() => server.close());

  async function connect(key?: string): Promise<void> {
    const done = next("completed");
    give("c", { action: "connect", ...(key === undefined ? {} : { realtime: { session: key } }) });
    await done;
  }

  async function nextAudio(): Promise<Buffer> {
    const { audio } = await server.next("input_audio_buffer.append");
    assert.ok(typeof audio === "string");
    return Buffer.from(audio, "base64");
  }

  async function audioOf(bytes: number): Promise<Buffer> {
    const frames: Buffer[] = [];
    for (let got = 0; got < bytes; got += frames.at(-1)?.length ?? 0)
      frames.push(await nextAudio());
    return Buffer.concat(frames);
  }

  describe("with turns found by the server", () => {
    it("sends what it hears in frames, and the messages are complete", async () => {
      await load(flow(...compatible(server.url), ...microphone()));
      await connect();
      const bytes = sound(3);
      const message = await completed("n", { payload: bytes, other: 1 });
      assert.equal(message["other"], 1);
      for (let frame = 0; frame < 3; frame += 1)
        assert.ok((await nextAudio()).equals(bytes.subarray(frame * FRAME, (frame + 1) * FRAME)));
    });

    it("opens no session, and sends what was said just before one was opened", async () => {
      await load(flow(...compatible(server.url), ...microphone()));
      await completed("n", { payload: sound(2) });
      assert.equal(server.handshakes.length, 0);
      await connect();
      assert.ok((await audioOf(2 * FRAME)).equals(sound(2)));
    });

    for (const [made, message] of [
      ["a typed array", "new Int16Array(480).fill(7)"],
      ["the memory of one beside an action", "new Int16Array(480).fill(7).buffer"],
    ] as const)
      it(`hears ${made} that a function node made`, async () => {
        const func = `msg.payload = ${message}; return msg;`;
        const maker = { id: "maker", type: "function", func, outputs: 1, wires: [["n"]] };
        const nodes = flow(...compatible(server.url), ...microphone(), maker);
        await load(nodes, {}, ["function/10-function"]);
        await connect();
        give("maker", message.endsWith("buffer") ? { action: "unmute" } : {});
        assert.ok((await nextAudio()).equals(int16ToBytes(new Int16Array(480).fill(7))));
      });

    it("keeps the rooms apart", async () => {
      await load(flow(...compatible(server.url), ...microphone()));
      const [kitchen, hall] = [sound(1, 1), sound(1, 2)];
      for (let index = 0; index < FRAME; index += 5) {
        const piece = (of: Buffer): Buffer => of.subarray(index, index + 5);
        give("n", { payload: piece(kitchen), realtime: { session: "kitchen" } });
        give("n", { payload: piece(hall), realtime: { session: "hall" } });
      }
      await connect("hall");
      assert.ok((await nextAudio()).equals(hall));
      await connect("kitchen");
      assert.ok((await nextAudio()).equals(kitchen));
    });

    it("gives the session G.711 where that is its input format, and what is such unchanged", async () => {
      const session = { inputFormat: "audio/pcmu" };
      const phone = microphone({ encoding: "mulaw", rate: "8000", input: "base64" });
      await load(flow(...compatible(server.url, session), ...phone));
      await connect();
      const bytes = Buffer.from(Array.from({ length: 160 }, (_, index) => index));
      await completed("n", { payload: bytes.toString("base64") });
      assert.ok((await nextAudio()).equals(bytes));
    });

    it("can neither start nor stop", async () => {
      await load(flow(...compatible(server.url), ...microphone()));
      assert.equal((await refused("n", { action: "start" })).code, "no_push_to_talk");
    });
  });

  describe("push to talk", () => {
    const push = (config: Partial<FlowNode> = {}): FlowNode[] => [
      ...compatible(server.url),
      ...microphone({ talk: "push", ...config }),
    ];

    /** The server acknowledges the end of a turn. */
    function acknowledge(type: "committed" | "cleared"): void {
      server.send({
        type: `input_audio_buffer.${type}`,
        event_id: type,
        item_id: "item_1",
        previous_item_id: null,
      });
    }

    it("sends from start to stop, ends the turn and asks for an answer", async () => {
      await load(flow(...push()));
      give("n", { payload: sound(3, 9) });
      const started = next("completed", ({ action }) => action === "start");
      give("n", { action: "start", payload: 1_700_000_000 });
      const said = sound(5).subarray(0, -480);
      give("n", { payload: said.subarray(0, 333) });
      await started;
      give("n", { payload: said.subarray(333) });
      give("n", { action: "stop", payload: "" });
      give("n", { payload: sound(3, 8) });
      assert.ok((await audioOf(said.length)).equals(said));
    });

    it("commits and then asks, and is complete when the server has both", async () => {
      await load(flow(...push()));
      await completed("n", { action: "start" });
      const said = sound(6);
      await completed("n", { payload: said });
      const stopped = next("completed", ({ action }) => action === "stop");
      give("n", { action: "stop" });
      await audioOf(said.length);
      await server.next("input_audio_buffer.commit");
      acknowledge("committed");
      await server.next("response.create");
      server.send({
        type: "response.created",
        event_id: "r",
        response: { id: "resp_1", object: "realtime.response", status: "in_progress", output: [] },
      });
      await stopped;
    });

    it("holds no turn whose session cannot be opened: the next press begins one", async () => {
      const [endpoint, session, ...others] = push();
      assert.ok(endpoint && session);
      const key = { keyFrom: "global", keyName: "key" };
      await load(flow({ ...endpoint, ...key }, session, ...others));
      const { global } = nodeById("n").context();
      global.set("key", "no\nkey");
      const failed = refused("n", { action: "toggle" });
      give("n", { payload: sound(6, 1) });
      assert.equal((await failed).code, "invalid_header");
      assert.equal(lastStatus("n"), "status.waiting");
      await completed("n", { payload: sound(6, 2) });
      global.set("key", "sk-key");
      await completed("n", { action: "toggle" });
      await completed("n", { payload: sound(6, 3) });
      assert.ok((await audioOf(6 * FRAME)).equals(sound(6, 3)));
    });

    it("does not ask where it is told not to", async () => {
      await load(flow(...push({ respond: false })));
      await completed("n", { action: "toggle" });
      await completed("n", { payload: sound(6) });
      const stopped = next("completed", ({ action }) => action === "toggle");
      give("n", { action: "toggle" });
      await audioOf(6 * FRAME);
      await server.next("input_audio_buffer.commit");
      acknowledge("committed");
      await stopped;
      assert.equal(server.received.filter(({ type }) => type === "response.create").length, 0);
    });

    it("does not ask a session that only transcribes", async () => {
      const dictation = builtIn.map((node) =>
        node.id === "s" ? { ...node, kind: "transcription", turnDetection: "off" } : node,
      );
      await load(flow(...dictation, ...microphone({ talk: "push" })));
      const caught = collect("caught");
      await completed("n", { action: "start" });
      await completed("n", { payload: sound(6) });
      await completed("n", { action: "stop" });
      assert.deepEqual(caught, []);
    });

    it("throws a turn away that is cancelled, or no longer than a slip of the finger", async () => {
      await load(flow(...push()));
      await completed("n", { action: "hold", payload: true });
      await completed("n", { payload: sound(4) });
      give("n", { action: "hold", payload: false });
      await audioOf(4 * FRAME);
      await server.next("input_audio_buffer.clear");
      acknowledge("cleared");
      await completed("n", { action: "start" });
      await completed("n", { payload: sound(9) });
      give("n", { action: "cancel" });
      await audioOf(9 * FRAME);
      await server.next("input_audio_buffer.clear");
      acknowledge("cleared");
      await completed("n", { action: "start" });
      await completed("n", { action: "stop" });
      assert.deepEqual(
        server.received.filter(({ type }) => type === "input_audio_buffer.commit"),
        [],
      );
    });

    it("throws a turn away whose node is deployed anew before its end", async () => {
      const nodes = flow(...push());
      await load(nodes);
      await completed("n", { action: "start" });
      await completed("n", { payload: sound(9, 1) });
      await audioOf(9 * FRAME);
      await deploy(nodes.map((node) => (node.id === "n" ? { ...node, frame: "40" } : node)));
      give("n", { action: "start" });
      await server.next("input_audio_buffer.clear");
      give("n", { payload: sound(6, 2) });
      assert.ok((await audioOf(6 * FRAME)).equals(sound(6, 2)));
    });

    it("forgets a turn that is cancelled while the session opens", async () => {
      const slow = await WireServer.start({ greet: false });
      try {
        await load(flow(...compatible(slow.url), ...microphone({ talk: "push", respond: false })));
        give("n", { action: "start" });
        await slow.connection();
        await completed("n", { payload: sound(9, 1) });
        give("n", { action: "cancel" });
        give("n", { action: "start" });
        await completed("n", { payload: sound(6, 2) });
        give("n", { action: "stop" });
        slow.send(sessionCreated());
        const frames: Buffer[] = [];
        for (;;) {
          const { type, audio } = await slow.nextOf(
            "input_audio_buffer.append",
            "input_audio_buffer.clear",
            "input_audio_buffer.commit",
          );
          if (type === "input_audio_buffer.clear") frames.splice(0);
          if (type === "input_audio_buffer.commit") break;
          if (audio !== undefined) frames.push(Buffer.from(String(audio), "base64"));
        }
        assert.ok(Buffer.concat(frames).equals(sound(6, 2)));
      } finally {
        await slow.close();
      }
    });

    it("asks for no answer to a turn of which a part is lost while the session opens", async () => {
      const slow = await WireServer.start({ greet: false });
      try {
        await load(flow(...compatible(slow.url), ...microphone({ talk: "push" })));
        give("n", { action: "start" });
        await slow.connection();
        // More than a minute: so much is not kept.
        await completed("n", { payload: Buffer.alloc(70 * 48_000, 1) });
        const damaged = next("caught");
        give("n", { action: "stop" });
        give("n", { action: "start" });
        await completed("n", { payload: sound(6, 2) });
        give("n", { action: "stop" });
        slow.send(sessionCreated());
        assert.equal((await damaged)["error"].code, "audio_damaged");
        await slow.connection();
        const types: string[] = [];
        while (types.at(-1) !== "input_audio_buffer.commit") {
          const { type } = await slow.nextOf(
            "input_audio_buffer.append",
            "input_audio_buffer.commit",
          );
          types.push(type);
        }
        assert.equal(types.length, 6 + 1);
      } finally {
        await slow.close();
      }
    });

    it("says that a recording is too long to be kept while the session opens", async () => {
      await load(flow(...compatible(server.url), ...microphone({ talk: "message" })));
      const recording = encodeWav(new Int16Array(24_000 * 60).fill(1), 24_000);
      assert.equal((await refused("n", { payload: recording })).code, "audio_damaged");
      give("n", { payload: recording });
      assert.equal((await audioOf(60 * 48_000)).length, 60 * 48_000);
      await server.next("input_audio_buffer.commit");
    });

    it("does not open the session for a recording without sound", async () => {
      await load(flow(...compatible(server.url), ...microphone({ talk: "message" })));
      await completed("n", { payload: encodeWav(new Int16Array(24), 24_000) });
      await refused("n", { payload: { no: "recording" } });
      assert.deepEqual(server.handshakes, []);
    });

    it("asks for no answer to a turn whose connection was lost", async () => {
      await load(flow(...push()));
      await completed("n", { action: "start" });
      await completed("n", { payload: sound(6, 1) });
      await audioOf(6 * FRAME);
      const recovering = status("c", "status.reconnecting");
      server.peer.terminate();
      await recovering;
      assert.equal((await refused("n", { action: "stop" })).code, "not_connected");
      await completed("n", { action: "start" });
      await completed("n", { payload: sound(6, 2) });
      assert.ok((await audioOf(6 * FRAME)).equals(sound(6, 2)));
      assert.deepEqual(
        server.received.filter(({ type }) => type === "response.create"),
        [],
      );
    });

    it("asks for no answer to a turn whose session was closed meanwhile, and opens none", async () => {
      await load(flow(...push()));
      await completed("n", { action: "start" });
      await completed("n", { payload: sound(6, 1) });
      await audioOf(6 * FRAME);
      await completed("c", { action: "disconnect" });
      await completed("n", { payload: sound(6, 2) });
      assert.equal((await refused("n", { action: "stop" })).code, "audio_damaged");
      assert.equal(server.handshakes.length, 1);
      await completed("n", { action: "start" });
      await completed("n", { payload: sound(6, 3) });
      assert.ok((await audioOf(6 * FRAME)).equals(sound(6, 3)));
      assert.deepEqual(
        server.received.filter(({ type }) => type !== "input_audio_buffer.append"),
        [],
      );
    });

    it("keeps its place in a stream that goes on after the turn", async () => {
      await load(flow(...push({ respond: false })));
      await completed("n", { action: "start" });
      const said = sound(20, 1);
      await completed("n", { payload: said.subarray(0, 5 * FRAME + 1) });
      give("n", { action: "stop" });
      assert.ok((await audioOf(5 * FRAME)).equals(said.subarray(0, 5 * FRAME)));
      await server.next("input_audio_buffer.commit");
      acknowledge("committed");
      await completed("n", { payload: said.subarray(5 * FRAME + 1, 10 * FRAME + 1) });
      await completed("n", { action: "start" });
      await completed("n", { payload: said.subarray(10 * FRAME + 1) });
      assert.ok((await audioOf(9 * FRAME)).equals(said.subarray(10 * FRAME, 19 * FRAME)));
    });

    it("hears a recorder's WAV file on after the turn", async () => {
      await load(flow(...push({ respond: false, rate: "8000" })));
      const said = sound(20, 1);
      const file = encodeWav(new Int16Array(Uint8Array.from(said).buffer), 24_000);
      await completed("n", { action: "start" });
      await completed("n", { payload: file.subarray(0, 44 + 6 * FRAME) });
      give("n", { action: "stop" });
      assert.ok((await audioOf(6 * FRAME)).equals(said.subarray(0, 6 * FRAME)));
      await server.next("input_audio_buffer.commit");
      acknowledge("committed");
      await completed("n", { payload: file.subarray(44 + 6 * FRAME, 44 + 10 * FRAME) });
      await completed("n", { action: "start" });
      await completed("n", { payload: file.subarray(44 + 10 * FRAME) });
      assert.ok((await audioOf(9 * FRAME)).equals(said.subarray(10 * FRAME, 19 * FRAME)));
    });

    it("takes nothing of a recording that came while it was muted for the next one", async () => {
      const talk = microphone({ talk: "message", tail: "0", respond: false });
      await load(flow(...compatible(server.url), ...talk));
      await connect();
      await completed("n", { action: "mute" });
      await completed("n", { payload: sound(6, 1).subarray(1) });
      await completed("n", { action: "unmute" });
      give("n", { payload: sound(6, 2) });
      assert.ok((await audioOf(6 * FRAME)).equals(sound(6, 2)));
    });

    it("takes a recording per message as a whole turn", async () => {
      await load(flow(...compatible(server.url), ...microphone({ talk: "message" })));
      await connect();
      const samples = new Int16Array(Uint8Array.from(sound(6)).buffer);
      give("n", { payload: encodeWav(samples, 24_000) });
      assert.ok((await audioOf(6 * FRAME)).equals(sound(6)));
      await server.next("input_audio_buffer.commit");
    });

    it("throws a recording away that is no longer than a slip, after a turn too", async () => {
      await load(flow(...compatible(server.url), ...microphone({ talk: "message" })));
      await connect();
      for (const frames of [6, 4]) {
        give("n", { payload: sound(frames) });
        await audioOf(frames * FRAME);
        const { type } = await server.nextOf(
          "input_audio_buffer.commit",
          "input_audio_buffer.clear",
        );
        assert.equal(type, `input_audio_buffer.${frames === 6 ? "commit" : "clear"}`);
      }
    });
  });

  describe("beside a loudspeaker", () => {
    const room = (config: Partial<FlowNode> = {}): FlowNode[] =>
      flow(...compatible(server.url), ...microphone({ tail: "0", ...config }));

    for (const [off, on] of [
      [{ action: "mute" }, { action: "unmute" }],
      [
        { action: "player", payload: "playing" },
        { action: "player", payload: "idle" },
      ],
      [
        { action: "player", payload: { state: "buffering" } },
        { action: "player", payload: { state: "paused" } },
      ],
      [
        { action: "player", payload: { state: "play", volume: 40 } },
        { action: "player", payload: { state: "stop", volume: 40 } },
      ],
      [
        { action: "player", payload: "TRANSITIONING" },
        { action: "player", payload: "PAUSED_PLAYBACK" },
      ],
      [
        { action: "player", payload: { playerState: "PLAYING" } },
        { action: "player", payload: { playerState: "IDLE" } },
      ],
    ]) {
      it(`hears nothing from ${JSON.stringify(off)} to ${JSON.stringify(on)}`, async () => {
        await load(room());
        await connect();
        await completed("n", { payload: sound(1, 1) });
        await completed("n", { ...off });
        assert.equal(lastStatus("n"), "status.muted");
        // An odd number of bytes: its place in the stream is kept.
        await completed("n", { payload: sound(2, 2).subarray(1) });
        await completed("n", { payload: sound(1, 2).subarray(0, 1) });
        await completed("n", { ...on });
        await completed("n", { payload: sound(1, 3) });
        assert.ok((await nextAudio()).equals(sound(1, 1)));
        assert.ok((await nextAudio()).equals(sound(1, 3)));
      });
    }

    it("mutes one room and not the others", async () => {
      await load(room());
      await connect("hall");
      await completed("n", { action: "mute", realtime: { session: "kitchen" } });
      await completed("n", { payload: sound(1), realtime: { session: "hall" } });
      assert.ok((await nextAudio()).equals(sound(1)));
    });

    it("hears through the player where the echo is cancelled, but not through mute", async () => {
      await load(room({ gate: "open" }));
      await connect();
      await completed("n", { action: "player", payload: "playing" });
      await completed("n", { payload: sound(1, 1) });
      await completed("n", { action: "mute" });
      await completed("n", { payload: sound(1, 2) });
      await completed("n", { action: "unmute" });
      await completed("n", { payload: sound(1, 3) });
      assert.ok((await nextAudio()).equals(sound(1, 1)));
      assert.ok((await nextAudio()).equals(sound(1, 3)));
    });

    it("hears who holds the button to talk, whatever a player says meanwhile", async () => {
      await load(room({ talk: "push", tail: "10000", respond: false }));
      await connect();
      await completed("n", { action: "player", payload: "playing" });
      await completed("n", { action: "start" });
      assert.equal(lastStatus("n"), "status.talking");
      await completed("n", { payload: sound(3, 1) });
      // A player tells its state again when its volume changes.
      await completed("n", { action: "player", payload: "playing" });
      await completed("n", { payload: sound(2, 2) });
      await completed("n", { action: "player", payload: "idle" });
      await completed("n", { payload: sound(2, 3) });
      await completed("n", { action: "mute" });
      await completed("n", { payload: sound(1, 4) });
      give("n", { action: "stop" });
      const said = Buffer.concat([sound(3, 1), sound(2, 2), sound(2, 3)]);
      assert.ok((await audioOf(said.length)).equals(said));
      await server.next("input_audio_buffer.commit");
    });

    for (const [ms, isMuted] of [
      [0, true],
      [9_000, true],
      [11_000, false],
    ] as const)
      it(`${isMuted ? "is still muted" : "hears again"} ${ms} ms into a tail of 10 s`, async () => {
        await load(room({ tail: "10000" }));
        await connect();
        await completed("n", { action: "mute" });
        await completed("n", { action: "unmute" });
        const later = performance.now() + ms;
        const clock = mock.method(performance, "now", () => later);
        try {
          await completed("n", { payload: sound(1, 2) });
        } finally {
          clock.mock.restore();
        }
        assert.equal(lastStatus("n"), isMuted ? "status.muted" : "status.talking");
        if (isMuted) assert.deepEqual(server.received, []);
      });
  });

  describe("with wrong input", () => {
    it("says so once for each kind of problem, and goes on", async () => {
      await load(flow(...compatible(server.url), ...microphone()));
      await connect();
      const caught = collect("caught");
      for (let count = 0; count < 5; count += 1) give("n", { payload: { no: "audio" } });
      for (let count = 0; count < 5; count += 1) give("n", { payload: [2, "x"] });
      const second = next("caught", ({ error }) => error.code === "wrong_value");
      await completed("n", { payload: sound(1) });
      assert.ok((await nextAudio()).equals(sound(1)));
      await second;
      assert.deepEqual(
        caught.map(({ error }) => error.code),
        ["wrong_type", "wrong_value"],
      );
      assert.match(caught[0]?.["error"].message, /msg\.payload.*not an object/);
    });

    it("says so of each recording that is a whole turn", async () => {
      await load(flow(...compatible(server.url), ...microphone({ talk: "message" })));
      for (let count = 0; count < 2; count += 1)
        assert.equal((await refused("n", { payload: { no: "audio" } })).code, "wrong_type");
      for (let count = 0; count < 2; count += 1)
        assert.equal(
          (await refused("n", { payload: sound(1), realtime: { session: 1 } })).code,
          "bad_session_key",
        );
    });

    it("says once of each recording why it cannot be sent", async () => {
      await load(
        flow(...compatible(server.url, { endpoint: "none" }), ...microphone({ talk: "message" })),
      );
      const caught = collect("caught");
      for (let count = 0; count < 2; count += 1) await refused("n", { payload: sound(6) });
      assert.deepEqual(
        caught.map(({ error }) => error.code),
        ["no_endpoint", "no_endpoint"],
      );
    });

    it("says so for each room", async () => {
      await load(flow(...compatible(server.url), ...microphone()));
      const wrong = (session: string): object => ({ payload: 7, realtime: { session } });
      const roomOf = async (session: string): Promise<unknown> => {
        const caught = next("caught");
        give("n", wrong(session));
        return (await caught)["realtime"].session;
      };
      assert.equal(await roomOf("kitchen"), "kitchen");
      assert.equal(await roomOf("hall"), "hall");
      await completed("n", { action: "unmute", realtime: { session: "hall" } });
      const caught = collect("caught");
      // Nobody did anything in the kitchen.
      await completed("n", wrong("kitchen"));
      const again = next("caught");
      give("n", wrong("hall"));
      await again;
      assert.deepEqual(
        caught.map(({ realtime }) => realtime.session),
        ["hall"],
      );
    });

    it("says once that a key is wrong, and again after somebody did something in any room", async () => {
      await load(flow(...compatible(server.url), ...microphone()));
      const wrong = (): object => ({ payload: sound(1), realtime: { session: 1 } });
      assert.equal((await refused("n", wrong())).code, "bad_session_key");
      await completed("n", wrong());
      await completed("n", { action: "unmute", realtime: { session: "hall" } });
      assert.equal((await refused("n", wrong())).code, "bad_session_key");
    });

    it("remembers what it has told of 256 rooms", async () => {
      await load(flow(...compatible(server.url), ...microphone()));
      const wrong = (room: number): object => ({ payload: 7, realtime: { session: `${room}` } });
      for (let room = 0; room <= 256; room += 1) await refused("n", wrong(room));
      await completed("n", wrong(256));
      await completed("n", wrong(1));
      assert.equal((await refused("n", wrong(0))).code, "wrong_type");
    });

    it("answers every action that cannot be done", async () => {
      await load(flow(...compatible(server.url), ...microphone()));
      for (let count = 0; count < 2; count += 1)
        assert.equal((await refused("n", { action: "start" })).code, "no_push_to_talk");
    });

    it("hears chunks that carry an action of somebody else, and says so once", async () => {
      await load(flow(...compatible(server.url), ...microphone()));
      await connect();
      const caught = collect("caught");
      const first = next("caught");
      for (let count = 0; count < 3; count += 1)
        give("n", { payload: sound(1, count), action: "connect" });
      for (let count = 0; count < 3; count += 1)
        assert.ok((await nextAudio()).equals(sound(1, count)));
      await first;
      assert.deepEqual(
        caught.map(({ error }) => error.code),
        ["unknown_action"],
      );
    });

    it("says it again after somebody did something", async () => {
      await load(flow(...compatible(server.url), ...microphone()));
      assert.equal((await refused("n", { payload: 7 })).code, "wrong_type");
      await completed("n", { action: "unmute" });
      assert.equal((await refused("n", { payload: 7 })).code, "wrong_type");
    });

    for (const [what, message, code, text] of [
      ["an unknown action", { action: "begin" }, "unknown_action", /msg\.action.*start, stop/],
      ["a button's state", { action: "hold", payload: "x" }, "invalid_value", /msg\.payload.*true/],
      [
        "a player's state",
        { action: "player", payload: 1 },
        "invalid_value",
        /msg\.payload.*playing/,
      ],
      [
        "a key",
        { payload: sound(1), realtime: { session: 1 } },
        "bad_session_key",
        /msg\.realtime/,
      ],
    ] as const) {
      it(`names what is wrong with ${what}`, async () => {
        await load(flow(...compatible(server.url), ...microphone({ talk: "push" })));
        const error = await refused("n", { ...message });
        assert.equal(error.code, code);
        assert.match(error.message, text);
      });
    }

    it("names a setting that is wrong", async () => {
      await load(flow(...compatible(server.url), ...microphone({ rate: "44.1" })));
      const error = await refused("n", { payload: sound(1) });
      assert.equal(error.code, "invalid_settings");
      assert.match(error.message, /rate.*4000 to 192000/);
    });

    it("takes no part of a millisecond for a setting", async () => {
      await load(flow(...compatible(server.url), ...microphone({ frame: "20.5" })));
      assert.equal((await refused("n", { payload: sound(1) })).code, "invalid_settings");
    });

    it("looks at no setting that WAV files say themselves", async () => {
      const settings = { input: "wav", rate: "fast", channels: "0" };
      await load(flow(...compatible(server.url), ...microphone(settings)));
      await completed("n", { payload: encodeWav(new Int16Array(24), 24_000) });
    });

    it("says why nothing can be sent, once", async () => {
      await load(flow(...compatible("ws://127.0.0.1:1/?"), ...microphone({ session: "none" })));
      assert.equal((await refused("n", { payload: sound(1) })).code, "no_session");
    });
  });

  it("shows level and state", async () => {
    await load(flow(...compatible(server.url), ...microphone({ talk: "push" })));
    await completed("n", { payload: sound(1) });
    assert.equal(lastStatus("n"), "status.waiting");
    const talking = status("n", "status.talking");
    await completed("n", { action: "start" });
    assert.equal((await talking).fill, "blue");
  });

  it("does not show each piece of many rooms", async () => {
    await load(flow(...compatible(server.url), ...microphone()));
    const spy: unknown = Reflect.get(nodeById("n"), "status");
    const { callCount: before } = spy as { callCount: number };
    const rooms = Array.from({ length: 20 }, (_, room) => `room ${room}`);
    for (let piece = 0; piece < 50; piece += 1)
      for (const session of rooms)
        await completed("n", { payload: sound(1), realtime: { session } });
    // Each room once, and then one of them each second.
    const shown = (spy as { callCount: number }).callCount - before;
    assert.ok(shown >= rooms.length && shown < 200, `${shown} times`);
  });

  it("remembers 256 rooms, and forgets the one that was heard longest ago", async () => {
    await load(flow(...compatible(server.url), ...microphone()));
    const mute = (room: number): Promise<unknown> =>
      completed("n", { action: "mute", realtime: { session: `${room}` } });
    for (let room = 0; room < 256; room += 1) await mute(room);
    await completed("n", { payload: sound(1), realtime: { session: "0" } });
    await mute(256);
    await connect("0");
    await connect("1");
    give("n", { payload: sound(1, 0), realtime: { session: "0" } });
    give("n", { payload: sound(1, 1), realtime: { session: "1" } });
    // The first room is muted still.
    assert.ok((await nextAudio()).equals(sound(1, 1)));
  });

  it("lets the built-in server hear: its turn detector finds speech", async () => {
    await load(flow(...builtIn, ...microphone({ rate: "16000", frame: "100" })));
    await connect();
    const started = next("out", topicIs("input_audio_buffer.speech_started"));
    const loud = Int16Array.from({ length: 16_000 }, (_, index) =>
      Math.round(12_000 * Math.sin(index / 3) * Math.sin(index / 700)),
    );
    give("n", { payload: int16ToBytes(new Int16Array(4000)) });
    give("n", { payload: int16ToBytes(loud) });
    await started;
  });

  describe("behind a real exec node", () => {
    const folder = mkdtempSync(join(tmpdir(), "realtime-microphone-"));
    after(() => rmSync(folder, { recursive: true }));

    /**
     * Silence, a tone, and sounds whose bytes are valid UTF-8: of one and of two bytes, and some that
     * are in the alphabet of base64.
     */
    function recording(rate: number): Int16Array {
      return Int16Array.from({ length: rate * 5 }, (_, index) => {
        switch (Math.floor(index / rate)) {
          case 0:
            return 0;
          case 1:
            return ((0x20 + (index % 0x5f)) << 8) | (0x20 + ((index * 7) % 0x5f));
          case 2:
            return (((0x80 + (index % 0x40)) << 8) | 0xc3) - 0x10000;
          case 3:
            return ((0x41 + (index % 26)) << 8) | (0x61 + ((index * 7) % 26));
          default:
            return Math.round(20_000 * Math.sin(index / 9));
        }
      });
    }

    /** Writes a file to stdout as a sound card does: little by little, here in odd pieces. */
    const recorder = `
      const sound = require("node:fs").readFileSync(process.argv[2]);
      const sizes = [1023, 1, 1024, 7, 9];
      const write = (at, turn) => {
        if (at >= sound.length) return;
        const end = at + sizes[turn % sizes.length];
        process.stdout.write(sound.subarray(at, end), () => setTimeout(write, 1, end, turn + 1));
      };
      write(0, 0);
    `;

    /** What the server got of a recording that an exec node played. */
    async function heard(rate: number, input: string): Promise<Buffer> {
      const file = join(folder, `${rate}.raw`);
      writeFileSync(file, int16ToBytes(recording(rate)));
      const program = join(folder, "recorder.cjs");
      writeFileSync(program, recorder);
      const exec: FlowNode = {
        id: "exec",
        type: "exec",
        command: `"${process.execPath}" "${program}" "${file}"`,
        addpay: "",
        append: "",
        useSpawn: "true",
        timer: "",
        winHide: false,
        oldrc: false,
        wires: [["n", "chunks"], [], ["ended"]],
      };
      const probes = ["chunks", "ended"].map((id) => ({ id, type: "helper" }));
      const nodes = [...microphone({ rate: String(rate), input }), exec, ...probes];
      await load(flow(...compatible(server.url), ...nodes), {}, ["function/90-exec"]);
      const chunks = collect("chunks");
      await connect();
      const ended = next("ended");
      give("exec", {});
      await ended;
      assert.ok(nodeById("n"));
      const texts = chunks.filter(({ payload }) => typeof payload === "string").length;
      assert.ok(texts > 0 && texts < chunks.length, `${texts} of ${chunks.length} are texts`);
      return await audioOf(24_000 * 2 * 5 - FRAME);
    }

    for (const input of ["auto", "raw"]) {
      it(`hears every bit of a stream at the session's rate, set to ${input}`, async () => {
        const output = await heard(24_000, input);
        const wanted = int16ToBytes(recording(24_000));
        assert.ok(output.equals(wanted.subarray(0, output.length)));
      });

      it(`hears every bit of 16 kHz before resampling, set to ${input}`, async () => {
        const output = await heard(16_000, input);
        const resampler = new Resampler(16_000, 24_000);
        const wanted = int16ToBytes(
          float32ToInt16(resampler.process(int16ToFloat32(recording(16_000)))),
        );
        assert.ok(output.equals(wanted.subarray(0, output.length)));
      });
    }
  });
});
