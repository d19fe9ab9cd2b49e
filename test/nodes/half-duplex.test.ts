import assert from "node:assert/strict";
import {
  collect,
  compatible,
  completed,
  deploy,
  flow,
  give,
  lastStatus,
  load,
  next,
  status,
  useNodeRed,
  type FlowNode,
} from "../support/canvas";
import { eventId, type WireEvent } from "../support/memory-server";
import { WireServer } from "../support/wire-server";

/** PCM of 20 ms, different for each `seed`. */
const frame = (seed: number): Buffer => Buffer.alloc(960, seed);

/** A minute of speech: longer than any test. */
const MINUTE = Buffer.alloc(60 * 48_000, 1).toString("base64");

const answer = (id: string): WireEvent[] => [
  {
    type: "response.created",
    event_id: eventId(),
    response: { object: "realtime.response", id, status: "in_progress", output: [] },
  },
  {
    type: "response.output_audio.delta",
    event_id: eventId(),
    response_id: id,
    item_id: `item_${id}`,
    output_index: 0,
    content_index: 0,
    delta: MINUTE,
  },
];

const speech = (type: "speech_started" | "speech_stopped"): WireEvent => ({
  type: `input_audio_buffer.${type}`,
  event_id: eventId(),
  item_id: "user",
  ...(type === "speech_started" ? { audio_start_ms: 0 } : { audio_end_ms: 1 }),
});

describe("half-duplex", () => {
  useNodeRed();
  let server: WireServer;
  beforeEach(async () => {
    server = await WireServer.start();
  });
  afterEach(() => server.close());

  /** Audio-in "ear", audio-out "mouth", connect "c" with probe "events". */
  function room(
    ear: Partial<FlowNode> = {},
    mouth: Partial<FlowNode> = {},
    others: FlowNode[] = [],
  ): FlowNode[] {
    const rate = { rate: "24000" };
    return flow(
      ...compatible(server.url, { turnDetection: "server_vad", interruptResponse: "false" }),
      {
        id: "ear",
        type: "openai-realtime-audio-in",
        session: "s",
        frame: "20",
        tail: "0",
        ...rate,
        ...ear,
      },
      {
        id: "mouth",
        type: "openai-realtime-audio-out",
        session: "s",
        deliver: "stream",
        encoding: "audio/pcm",
        channels: "1",
        wires: [["audio"]],
        ...rate,
        ...mouth,
      },
      {
        id: "c",
        type: "openai-realtime-connect",
        session: "s",
        emit: "all",
        wires: [["events"]],
      },
      { id: "audio", type: "helper" },
      { id: "events", type: "helper" },
      ...others,
    );
  }

  const connect = (session = "default"): Promise<unknown> =>
    completed("c", { action: "connect", realtime: { session } });
  const hear = (seed: number, session = "default"): Promise<unknown> =>
    completed("ear", { payload: frame(seed), realtime: { session } });

  async function speak(id = "r"): Promise<void> {
    const given = next("audio");
    server.send(...answer(id));
    await given;
  }

  async function event(...events: WireEvent[]): Promise<void> {
    const seen = next("events", ({ topic }) => topic === events.at(-1)?.type);
    server.send(...events);
    await seen;
  }

  /** What the server has heard, as the seed of each frame. Waits for a frame with the last one. */
  async function heard(last: number): Promise<number[]> {
    const seeds: number[] = [];
    while (seeds.at(-1) !== last) {
      const { type, audio } = await server.nextOf(
        "input_audio_buffer.append",
        "input_audio_buffer.commit",
        "response.cancel",
        "conversation.item.truncate",
      );
      if (type === "input_audio_buffer.append")
        seeds.push(Buffer.from(String(audio), "base64")[0] ?? -1);
    }
    return seeds;
  }

  it("hears nothing while the room's audio out sounds, without a wire", async () => {
    await load(room());
    await connect();
    await hear(1);
    const muted = status("ear", "status.muted");
    await speak();
    await muted;
    await hear(2);
    await completed("mouth", { action: "finished" });
    assert.equal(lastStatus("ear"), "status.talking");
    await hear(3);
    assert.deepEqual(await heard(3), [1, 3]);
  });

  it("is muted from its first piece where the loudspeaker sounds already", async () => {
    await load(room());
    await connect();
    await speak();
    await hear(2);
    await completed("mouth", { action: "stop" });
    await hear(3);
    assert.deepEqual(await heard(3), [3]);
  });

  it("waits for the tail of the room", async () => {
    await load(room({ tail: "10000" }));
    await connect();
    await speak();
    await hear(1);
    await completed("mouth", { action: "finished" });
    await hear(2);
    assert.equal(lastStatus("ear"), "status.muted");
    assert.deepEqual(server.received, []);
  });

  it("hears through it where the hardware cancels the echo", async () => {
    await load(room({ gate: "open" }));
    await connect();
    await speak();
    await hear(1);
    await hear(2);
    assert.deepEqual(await heard(2), [1, 2]);
  });

  it("hears the other rooms", async () => {
    await load(room());
    await connect("hall");
    await connect("kitchen");
    await speak();
    await hear(1, "kitchen");
    await hear(2, "hall");
    assert.deepEqual(await heard(2), [2]);
  });

  it("waits for the last of several loudspeakers, and for one that is removed", async () => {
    const second: FlowNode = {
      id: "second",
      type: "openai-realtime-audio-out",
      session: "s",
      deliver: "paced",
      encoding: "audio/pcm",
      rate: "24000",
      channels: "1",
      wires: [[]],
    };
    const nodes = room({}, {}, [second]);
    await load(nodes);
    await connect();
    await speak();
    await completed("mouth", { action: "finished" });
    await hear(1);
    await deploy(nodes.filter(({ id }) => id !== "second"));
    await hear(2);
    assert.deepEqual(await heard(2), [2]);
  });

  it("waits for what a loudspeaker has when its node is deployed anew, or for its word", async () => {
    const nodes = room();
    await load(nodes);
    await connect();
    await speak();
    await deploy(nodes.map((node) => (node.id === "mouth" ? { ...node, name: "changed" } : node)));
    await hear(1);
    assert.equal(lastStatus("ear"), "status.muted");
    await completed("mouth", { action: "finished" });
    await hear(2);
    assert.deepEqual(await heard(2), [2]);
  });

  it("is not muted by a file before it is complete, and by an address before it is fetched", async () => {
    const address = "http://127.0.0.1";
    const second: FlowNode = {
      id: "wav",
      type: "openai-realtime-audio-out",
      session: "s",
      deliver: "wav",
      encoding: "audio/pcm",
      rate: "24000",
      channels: "1",
      wires: [[]],
    };
    await load(room({}, { deliver: "url", address }, [second]));
    await connect();
    await event(...answer("r"));
    await hear(1);
    const offered = next("audio");
    const muted = status("ear", "status.muted");
    server.send({
      type: "response.done",
      event_id: eventId(),
      response: { object: "realtime.response", id: "r", status: "completed", output: [] },
    });
    await offered;
    // The file was handed over; its player is believed to have begun.
    await muted;
    await completed("wav", { action: "finished" });
    await hear(2);
    await completed("mouth", { action: "played", payload: 0 });
    await hear(3);
    await completed("mouth", { action: "finished" });
    await hear(4);
    assert.deepEqual(await heard(4), [1, 2, 4]);
  });

  describe("when the gate closes while somebody speaks", () => {
    it("sends silence until the server has found the end of the turn", async () => {
      await load(room());
      await connect();
      await hear(1);
      await event(speech("speech_started"));
      await completed("ear", { action: "mute" });
      await hear(2);
      await hear(3);
      await event(speech("speech_stopped"));
      await hear(4);
      await completed("ear", { action: "unmute" });
      await hear(5);
      assert.deepEqual(await heard(5), [1, 0, 0, 5]);
    });

    it("sends it in the format of the session, where nothing was heard before", async () => {
      const nodes = room().map((node) =>
        node.id === "s" ? { ...node, inputFormat: "audio/pcmu" } : node,
      );
      await load(nodes);
      await connect();
      await event(speech("speech_started"));
      await completed("ear", { action: "mute" });
      await hear(1);
      await hear(1);
      const { audio } = await server.next("input_audio_buffer.append");
      assert.deepEqual(Buffer.from(String(audio), "base64"), Buffer.alloc(160, 0xff));
    });

    it("sends no more of it than any turn detection waits for", async () => {
      await load(room());
      await connect();
      await event(speech("speech_started"));
      await completed("ear", { action: "mute" });
      const second = Buffer.alloc(48_000, 9);
      for (let seconds = 0; seconds < 15; seconds += 1) await completed("ear", { payload: second });
      await completed("ear", { action: "unmute" });
      await hear(5);
      const frames = await heard(5);
      assert.equal(frames.length, 10_000 / 20 + 1);
      assert.ok(frames.slice(0, -1).every((seed) => seed === 0));
    });

    it("sends it anew after somebody was heard between", async () => {
      await load(room());
      await connect();
      await event(speech("speech_started"));
      for (const seed of [5, 6]) {
        await completed("ear", { action: "mute" });
        await completed("ear", { payload: Buffer.alloc(11 * 48_000, 9) });
        await completed("ear", { action: "unmute" });
        await hear(seed);
        const frames = await heard(seed);
        assert.ok(frames.length > 1 && frames.slice(0, -1).every((value) => value === 0));
      }
    });
  });

  describe("push to talk", () => {
    it("interrupts the answer and is heard at once", async () => {
      await load(room({ talk: "push", tail: "10000" }));
      await connect();
      await speak();
      const reset = next("audio", (message) => message["reset"] === true);
      give("ear", { action: "start" });
      await reset;
      for (const seed of [1, 2, 3, 4, 5]) give("ear", { payload: frame(seed) });
      await hear(6);
      const types = new Set<string>();
      while (!types.has("input_audio_buffer.append")) {
        const { type, audio } = await server.nextOf(
          "response.cancel",
          "conversation.item.truncate",
          "input_audio_buffer.append",
        );
        types.add(type);
        if (audio !== undefined) assert.equal(Buffer.from(String(audio), "base64")[0], 1);
      }
      assert.deepEqual(
        [...types],
        ["response.cancel", "conversation.item.truncate", "input_audio_buffer.append"],
      );
    });

    it("tells the server once what several loudspeakers of the room were playing", async () => {
      const files: FlowNode = {
        id: "files",
        type: "openai-realtime-audio-out",
        session: "s",
        deliver: "wav",
        rate: "24000",
      };
      await load(room({ talk: "push" }, {}, [files]));
      await connect();
      await speak();
      await completed("ear", { action: "start" });
      await hear(1);
      for (const type of [
        "response.cancel",
        "conversation.item.truncate",
        "input_audio_buffer.append",
      ])
        await server.next(type);
    });

    it("keeps what waits to be played when the session closes meanwhile", async () => {
      await load(room({ talk: "push" }));
      await connect();
      const given = collect("audio");
      await completed("ear", { action: "start" });
      await event(...answer("r"));
      await completed("c", { action: "disconnect" });
      assert.deepEqual(given, []);
      const played = next("audio");
      await completed("ear", { action: "cancel" });
      await played;
    });

    it("lets an announcement follow that waits behind an answer of a closed session", async () => {
      await load(room({ talk: "push" }));
      await connect();
      await speak();
      const [created, ...deltas] = answer("n");
      assert.ok(created !== undefined);
      const outside = { ...(created["response"] as object), conversation_id: null };
      const seen = next("events", ({ payload }) => payload["response_id"] === "n");
      server.send({ ...created, response: outside }, ...deltas);
      await seen;
      await completed("c", { action: "disconnect" });
      const played = next("audio", ({ realtime }) => realtime["responseId"] === "n");
      await completed("mouth", { action: "stop" });
      await played;
    });

    it("keeps announcements waiting until it is released, or its node is gone", async () => {
      const nodes = room({ talk: "push" });
      await load(nodes);
      await connect();
      const given = collect("audio");
      await completed("ear", { action: "start" });
      await event(...answer("r"));
      assert.deepEqual(given, []);
      const played = next("audio");
      await deploy(nodes.filter(({ id }) => id !== "ear"));
      await played;
    });
  });
});
