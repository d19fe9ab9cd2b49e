import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { float32ToInt16, int16ToBytes, int16ToFloat32 } from "../../lib/audio/pcm";
import { resampled } from "../../lib/audio/resampler";
import { startLocalServer, type LocalServer, type UsageSum } from "../../lib/index";
import { startOfflineVoice } from "../../lib/offline-voice/voice";
import type { SessionNode } from "../../nodes/session";
import {
  collect,
  compatible,
  flow,
  give,
  load,
  next,
  nodeById,
  onInput,
  topicIs,
  unload,
  useNodeRed,
  userWords,
  type FlowNode,
  type Message,
} from "../support/canvas";

/** 100 ms of PCM at 24 kHz. */
const CHUNK = 4800;

const commands = {
  kitchen: "turn on the kitchen light",
  bedroom: "turn off the bedroom fan",
} as const;
type Room = keyof typeof commands;
const ROOMS: readonly Room[] = ["kitchen", "bedroom"];

const choices = (name: string, list: string): object => ({
  name,
  type: "string",
  choices: list,
  required: true,
  description: "",
});

/** Ears, mouth and a tool that is answered, all on one session node, and no wire between rooms. */
function house(
  url: string,
  session: Partial<FlowNode> = {},
  mouth: Partial<FlowNode> = {},
): FlowNode[] {
  const speaking = {
    output: "audio",
    turnDetection: "server_vad",
    transcription: "on",
    transcriptionModel: "whisper-1",
    ...session,
  };
  return flow(
    // What it costs is known by the name of the model.
    ...compatible(url, { model: "gpt-realtime-2.1", ...speaking }),
    {
      id: "ear",
      type: "openai-realtime-audio-in",
      session: "s",
      input: "raw",
      rate: "24000",
      frame: "100",
      gate: "open",
    },
    {
      id: "mouth",
      type: "openai-realtime-audio-out",
      session: "s",
      key: "",
      deliver: "stream",
      encoding: "audio/pcm",
      rate: "24000",
      channels: "1",
      address: "",
      wires: [["audio"]],
      ...mouth,
    },
    {
      id: "c",
      type: "openai-realtime-connect",
      session: "s",
      emit: "all",
      wires: [["events"]],
    },
    {
      id: "announce",
      type: "openai-realtime-send",
      session: "s",
      mode: "announcement",
      text: "payload",
      textType: "msg",
    },
    userWords("ask"),
    { id: "event", type: "openai-realtime-send", session: "s", mode: "message" },
    {
      id: "tool",
      type: "openai-realtime-tool",
      session: "s",
      tool: "set_device",
      description: "Turns a light or a fan on or off",
      parametersMode: "list",
      parameters: [
        choices("device", "light, fan"),
        choices("room", "kitchen, bedroom"),
        choices("state", "on, off"),
      ],
      deadline: "20",
      wires: [["result", "calls"]],
    },
    {
      id: "result",
      type: "openai-realtime-tool-result",
      session: "s",
      tool: "set_device",
      respond: "model",
      mode: "result",
    },
    ...["events", "audio", "calls"].map((id) => ({ id, type: "helper" })),
  );
}

const sessionOf = (room: string) => {
  const session = (nodeById("s") as SessionNode).sessions.peek(room);
  assert.ok(session, `${room} has no session`);
  return session;
};

async function connect(session: string): Promise<void> {
  const done = next("completed");
  give("c", { action: "connect", realtime: { session } });
  await done;
}

function hear(session: string, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; at += CHUNK)
    give("ear", { payload: bytes.subarray(at, at + CHUNK), realtime: { session } });
}

const of = (room: string) => (message: Message) => message["realtime"].session === room;

describe("rooms", () => {
  useNodeRed();

  /** Each room's command as PCM of 24 kHz, without silence around it. */
  const spoken = new Map<Room, Buffer>();
  const voice = startOfflineVoice();
  let server: LocalServer;
  before(async () => {
    server = await startLocalServer({ token: null, voice });
    for (const room of ROOMS) {
      const { samples, sampleRate } = await voice.speak(commands[room], "slt");
      const sound = resampled(int16ToFloat32(samples), sampleRate, 24_000);
      spoken.set(room, int16ToBytes(float32ToInt16(sound)));
    }
  });
  after(async () => {
    await server.close();
    await voice.close();
  });
  const command = (room: Room): Buffer => {
    const bytes = spoken.get(room);
    assert.ok(bytes);
    return bytes;
  };
  const silence = (ms: number): Buffer => Buffer.alloc(ms * 48);

  describe("that talk at once, with an announcement into one of them", () => {
    /** All of a room that another room could have had a part in; no ids, no times. */
    interface Talk {
      readonly events: readonly string[];
      readonly calls: readonly unknown[];
      readonly words: readonly string[];
      readonly samples: readonly string[];
      readonly usage: readonly unknown[];
      readonly used: UsageSum;
    }

    const hashOf = (bytes: Buffer): string =>
      `${bytes.length} ${createHash("sha256").update(bytes).digest("hex")}`;

    /** The audio of each item, as an answer or as the player got it; in the order of their texts. */
    function samplesOf(pieces: readonly (readonly [string, Buffer])[]): string[] {
      const items = new Map<string, Buffer[]>();
      for (const [item, bytes] of pieces) items.set(item, [...(items.get(item) ?? []), bytes]);
      return [...items.values()].map((list) => hashOf(Buffer.concat(list))).toSorted();
    }

    /** Lets these rooms speak their commands together; resolves when all is answered and played. */
    async function talk(rooms: readonly Room[], isAnnounced: boolean): Promise<Map<Room, Talk>> {
      await load(house(server.url));
      const events = collect("events");
      const audio = collect("audio");
      const calls = collect("calls");
      const caught = collect("caught");
      for (const room of rooms) await connect(room);
      // A response for the call and one for its result, and the announcement.
      const due = rooms.length * 2 + (isAnnounced ? 1 : 0);
      const finished = next("events", () => events.filter(topicIs("response.done")).length === due);
      const heard = (room: Room): Buffer =>
        Buffer.concat([silence(500), command(room), silence(1500)]);
      const listening = rooms.map((room) =>
        next(
          "events",
          (message) => topicIs("input_audio_buffer.speech_started")(message) && of(room)(message),
        ),
      );
      const interleave = (from: number, to: number): void => {
        for (let at = from; at < to; at += CHUNK)
          for (const room of rooms)
            give("ear", {
              payload: heard(room).subarray(at, Math.min(at + CHUNK, to)),
              realtime: { session: room },
            });
      };
      const middle = CHUNK * 12;
      interleave(0, middle);
      await Promise.all(listening);
      if (isAnnounced)
        give("announce", { payload: "Dinner is ready", realtime: { session: "kitchen" } });
      interleave(middle, Math.max(...rooms.map((room) => heard(room).length)));
      await finished;
      const isPlayed = (): boolean =>
        events
          .filter(topicIs("response.output_audio.delta"))
          .reduce((sum, { payload }) => sum + Buffer.from(payload.delta, "base64").length, 0) ===
        audio.reduce((sum, { payload }) => sum + payload.length, 0);
      if (!isPlayed()) await next("audio", isPlayed);
      assert.deepEqual(caught, []);

      const talks = rooms.map((room): [Room, Talk] => {
        const own = events.filter(of(room));
        const deltas = own.filter(topicIs("response.output_audio.delta"));
        const answered = samplesOf(
          deltas.map(({ payload }) => [payload.item_id, Buffer.from(payload.delta, "base64")]),
        );
        const played = samplesOf(
          audio.filter(of(room)).map(({ payload, realtime }) => [realtime.itemId, payload]),
        );
        assert.deepEqual(played, answered);
        return [
          room,
          {
            events: own.map(({ topic }) => String(topic)).toSorted(),
            calls: calls.filter(of(room)).map(({ payload }) => payload),
            words: own
              .filter(
                ({ topic }) =>
                  topic === "response.output_audio_transcript.done" ||
                  topic === "conversation.item.input_audio_transcription.completed",
              )
              .map(({ payload }) => String(payload.transcript))
              .toSorted(),
            samples: answered,
            usage: own
              .filter(topicIs("response.done"))
              .map(({ payload }) => JSON.stringify(payload.response.usage))
              .toSorted(),
            used: sessionOf(room).usage.session,
          },
        ];
      });

      // No id of one room is ever seen in another.
      const ids = rooms.map((room) => idsIn([...events, ...audio, ...calls].filter(of(room))));
      for (const [index, one] of ids.entries()) {
        assert.ok(one.size > 5);
        for (const other of ids.slice(index + 1))
          assert.deepEqual(
            [...one].filter((id) => other.has(id)),
            [],
          );
      }
      assert.ok(events.every((message) => rooms.some((room) => of(room)(message))));
      await unload();
      return new Map(talks);
    }

    function idsIn(messages: readonly Message[]): Set<string> {
      const ids = new Set<string>();
      const look = (value: unknown): void => {
        if (typeof value !== "object" || value === null || Buffer.isBuffer(value)) return;
        for (const [name, member] of Object.entries(value)) {
          if (/(?:^|_)id$|^itemId$|^responseId$/.test(name) && typeof member === "string")
            ids.add(member);
          look(member);
        }
      };
      for (const { payload, realtime } of messages) look({ payload, realtime });
      return ids;
    }

    it("have the events, samples and costs that each has alone", async () => {
      const together = await talk(ROOMS, true);
      const kitchen = (await talk(["kitchen"], true)).get("kitchen");
      const bedroom = (await talk(["bedroom"], false)).get("bedroom");
      assert.deepEqual(together.get("kitchen"), kitchen);
      assert.deepEqual(together.get("bedroom"), bedroom);
      assert.ok((kitchen?.used.cost ?? 0) > (bedroom?.used.cost ?? 0));
      assert.ok((bedroom?.used.cost ?? 0) > 0.001);
      assert.deepEqual(kitchen?.calls, [{ device: "light", room: "kitchen", state: "on" }]);
      assert.deepEqual(bedroom?.calls, [{ device: "fan", room: "bedroom", state: "off" }]);
      assert.equal(kitchen?.words.filter((text) => /dinner/i.test(text)).length, 1);
      assert.equal(bedroom?.words.filter((text) => /dinner/i.test(text)).length, 0);
    });
  });

  describe("that are woken", () => {
    const noise = Buffer.alloc(48_000);
    before(() => {
      // The hum of a room, below speech; no two moments of it are alike.
      for (let at = 0; at < noise.length; at += 2)
        noise.writeInt16LE(Math.round(20 * Math.sin(at / 7) + 9 * Math.sin(at / 11)), at);
    });

    /** The first 200 ms in which there is sound: what a person would call the first syllable. */
    function firstSyllable(bytes: Buffer): Buffer {
      const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
      const onset = samples.findIndex((sample) => Math.abs(sample) > 300);
      return bytes.subarray(onset * 2, onset * 2 + 200 * 48);
    }

    afterEach(() => server.setFaults([]));

    for (const [how, wait] of [
      ["after", 0],
      ["while the session opens slowly, after", 700],
    ] as const) {
      it(`hear the command that is spoken at once ${how} the wake word`, async () => {
        server.setFaults(wait === 0 ? [] : [{ type: "delay", ms: wait }]);
        await load(house(server.url, { preRoll: "2000" }));
        const events = collect("events");
        hear("kitchen", noise);
        const committed = next("events", topicIs("input_audio_buffer.committed"));
        const called = next("calls");
        // The command follows the wake word without a pause: nobody waits for a connection.
        give("c", { action: "connect", realtime: { session: "kitchen" } });
        hear("kitchen", command("kitchen"));
        hear("kitchen", silence(1500));
        const { item_id } = (await committed)["payload"];
        const retrieved = next("events", topicIs("conversation.item.retrieved"));
        give("event", {
          payload: { type: "conversation.item.retrieve", item_id },
          realtime: { session: "kitchen" },
        });
        const { item } = (await retrieved)["payload"];
        const heard = Buffer.from(item.content[0].audio, "base64");
        const syllable = firstSyllable(command("kitchen"));
        const at = heard.indexOf(syllable);
        assert.ok(at >= 0, "the first syllable is not in the server's buffer");
        assert.ok(heard.subarray(at).indexOf(command("kitchen").subarray(-48_000)) >= 0);
        assert.deepEqual((await called)["payload"], {
          device: "light",
          room: "kitchen",
          state: "on",
        });
        const [created] = events;
        assert.equal(created?.topic, "session.created");
      });
    }

    it("close again where nobody speaks, and cost nothing", async () => {
      // 300 ms, and the room hums on.
      await load(house(server.url, { idleClose: "0.005" }));
      const events = collect("events");
      const closed = next("events", topicIs("close"));
      hear("kitchen", noise);
      await connect("kitchen");
      const session = sessionOf("kitchen");
      const humming = setInterval(() => hear("kitchen", noise.subarray(0, CHUNK)), 50);
      try {
        assert.equal((await closed)["payload"].error, false);
      } finally {
        clearInterval(humming);
      }
      const { responses, transcriptions, cost, input, output } = session.usage.session;
      assert.deepEqual(
        { responses, transcriptions, cost, tokens: [input.audio, input.text, output.audio] },
        { responses: 0, transcriptions: 0, cost: 0, tokens: [0, 0, 0] },
      );
      assert.deepEqual(
        events.map(({ topic }) => topic),
        ["session.created", "session.updated", "local.session.unused", "close"],
      );
      // Sound alone opens it no more.
      hear("kitchen", noise);
      assert.equal((nodeById("s") as SessionNode).sessions.liveCount, 0);
    });
  });

  describe("in which somebody interrupts", () => {
    const story = `Say: "${"There once was a house with many rooms. ".repeat(8)}"`;
    const realtime = { session: "kitchen" };

    /** Lets the kitchen tell a story of 20 s; `events`, `audio`, `caught`: all that comes. */
    async function tell(deliver: "stream" | "paced") {
      await load(house(server.url, {}, { deliver }));
      await connect("kitchen");
      const lists = {
        events: collect("events"),
        audio: collect("audio"),
        caught: collect("caught"),
      };
      give("ask", { payload: story, realtime });
      return lists;
    }

    /** Nobody refused anything. Answered in order: what was sent before is settled by then. */
    async function assertNoErrors({ events, caught }: Awaited<ReturnType<typeof tell>>) {
      const asked = next("completed", ({ payload }) => payload?.type === "session.update");
      give("event", {
        payload: { type: "session.update", session: { type: "realtime" } },
        realtime,
      });
      await asked;
      assert.deepEqual(caught, []);
      assert.deepEqual(events.filter(topicIs("error")), []);
    }

    it("by speaking, the stream stops at once, and the server knows what was heard", async () => {
      const talk = await tell("paced");
      const truncated = next("events", topicIs("conversation.item.truncated"));
      const reset = next("audio", (message) => message["reset"] === true);
      // When half a second of the story was given to the player.
      await next("audio", () => talk.audio.length === 25);
      hear("kitchen", Buffer.concat([command("kitchen"), silence(1500)]));
      const { realtime: played } = await reset;
      const item = talk.audio.filter(({ realtime: { itemId } }) => itemId === played.itemId);
      const given = item.reduce((sum, { payload }) => sum + (payload?.length ?? 0), 0) / 48;
      const { item_id, audio_end_ms: heard } = (await truncated)["payload"];
      assert.equal(item_id, played.itemId);
      assert.ok(heard >= 480 && heard <= given && given - heard <= 40, `${heard} of ${given} ms`);
      // What was said is understood and answered, and nothing of the story comes after the reset.
      await next("events", topicIs("response.output_audio.done"));
      const last = talk.audio.findLast((message) => message["realtime"].itemId === played.itemId);
      assert.equal(last?.["reset"], true);
      await assertNoErrors(talk);
    });

    for (const when of [
      "response.created",
      "response.output_audio.delta",
      "response.output_audio.done",
      "response.done",
    ]) {
      it(`by a button at the first ${when}, the server takes all that it is told`, async () => {
        const talk = await tell("stream");
        const moment = next("events", topicIs(when));
        const done = next("events", topicIs("response.done"));
        await moment;
        give("mouth", { action: "stop", realtime });
        give("mouth", { action: "stop", realtime });
        await done;
        await assertNoErrors(talk);
        const truncated = talk.events.filter(topicIs("conversation.item.truncated"));
        const received = talk.events
          .filter(topicIs("response.output_audio.delta"))
          .reduce((sum, { payload }) => sum + Buffer.from(payload.delta, "base64").length / 48, 0);
        assert.equal(truncated.length, received === 0 ? 0 : 1);
        for (const { payload } of truncated)
          assert.ok(payload.audio_end_ms >= 0 && payload.audio_end_ms <= received);
      });
    }

    it("at 0 ms, nothing was heard; and after the end, there is nothing to tell", async () => {
      const talk = await tell("stream");
      onInput("events", ({ topic }) => {
        // The player has not begun yet.
        if (topic === "response.output_audio.delta")
          give("mouth", { action: "played", payload: 0, realtime });
      });
      const truncated = next("events", topicIs("conversation.item.truncated"));
      const done = next("events", topicIs("response.done"));
      await next("events", topicIs("response.output_audio.delta"));
      give("mouth", { action: "played", payload: 0, realtime });
      give("mouth", { action: "stop", realtime });
      assert.ok((await truncated)["payload"].audio_end_ms < 1000);
      await done;

      const second = next("events", topicIs("response.done"));
      give("ask", { payload: "What can you do?", realtime });
      await second;
      give("mouth", { action: "finished", realtime });
      give("mouth", { action: "stop", realtime });
      await assertNoErrors(talk);
      assert.equal(talk.events.filter(topicIs("conversation.item.truncated")).length, 1);
      assert.equal(talk.audio.filter((message) => message["reset"] === true).length, 1);
    });
  });
});
