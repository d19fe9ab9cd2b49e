import assert from "node:assert/strict";
import { startLocalServer, type Dialect, type LocalServer } from "../../lib/index";
import { ScriptedVoice } from "../lib/local-server/scripted-voice";
import {
  collect,
  compatible,
  flow,
  give,
  load,
  next,
  topicIs,
  unload,
  useNodeRed,
  userWords,
  watched,
  type FlowNode,
  type Message,
} from "../support/canvas";

const tool: FlowNode = {
  id: "tool",
  type: "openai-realtime-tool",
  session: "s",
  tool: "set_light",
  description: "Turn the light on or off",
  parametersMode: "list",
  parameters: [
    { name: "room", type: "string", choices: "kitchen, bedroom", required: true },
    { name: "state", type: "string", choices: "on, off", required: true },
  ],
  deadline: "20",
  onDeadline: "No answer.",
  wires: [["result"]],
};

const nodes: FlowNode[] = [
  ...watched(),
  userWords("words"),
  { id: "any", type: "openai-realtime-send", session: "s", mode: "message" },
  { id: "result", type: "openai-realtime-tool-result", session: "s", respond: "model" },
];

/** 24 kHz: half a second of a tone, then a second of silence. */
function speech(): object[] {
  const samples = Int16Array.from({ length: 36_000 }, (_, index) =>
    index < 12_000 ? Math.round(8_000 * Math.sin(index / 10)) : 0,
  );
  const bytes = Buffer.from(samples.buffer);
  return Array.from({ length: bytes.length / 960 }, (_, index) => ({
    type: "input_audio_buffer.append",
    audio: bytes.subarray(index * 960, (index + 1) * 960).toString("base64"),
  }));
}

/**
 * The messages without what differs between any two sessions: ids become the order in which they
 * first came, times and ids of events go.
 */
function comparable(messages: readonly Message[]): unknown[] {
  const names = new Map<string, string>();
  const named = (id: string, kind: string): string => {
    const known = names.get(id) ?? `${kind} ${names.size + 1}`;
    names.set(id, known);
    return known;
  };
  return messages.map(({ topic, payload, realtime }) => {
    const text = JSON.stringify({ topic, payload, source: realtime.source }, (name, value) =>
      name === "event_id" || name === "expires_at" ? undefined : (value as unknown),
    );
    return JSON.parse(
      text.replaceAll(/\b(item|resp|sess|conv|call)_[A-Za-z0-9]+/g, named),
    ) as unknown;
  });
}

/** Settings that the beta dialect has no place for: a beta server does not report them. */
const GA_ONLY: Readonly<Record<string, readonly string[]>> = {
  realtime: ["include", "prompt", "truncation"],
  transcription: [],
};
const GA_ONLY_TURNS = ["idle_timeout_ms"];

/** The same messages, without what only GA reports; each must be there in the first place. */
function asBetaReports(messages: readonly Message[]): Message[] {
  return messages.map((message) => {
    if (!/^session\.(?:created|updated)$/.test(message.topic ?? "")) return message;
    const copy = structuredClone(message);
    const { session } = copy.payload;
    const lose = (holder: object, name: string): void => {
      assert.ok(Object.hasOwn(holder, name), name);
      Reflect.deleteProperty(holder, name);
    };
    for (const name of GA_ONLY[session.type] ?? []) lose(session, name);
    for (const name of GA_ONLY_TURNS) lose(session.audio.input.turn_detection, name);
    return copy;
  });
}

describe("the beta dialect of a server", function () {
  useNodeRed();
  let server: LocalServer;

  afterEach(async () => {
    await server.close();
  });

  /** What a flow gets of a talk with our own server in a dialect. */
  async function messagesOf(
    dialect: Dialect,
    session: Partial<FlowNode>,
    talk: (voice: ScriptedVoice) => Promise<void>,
  ): Promise<Message[]> {
    const voice = new ScriptedVoice();
    server = await startLocalServer({ voice, dialect, token: null });
    const [endpoint, ...rest] = compatible(server.url, session);
    const isTalk = session["kind"] !== "transcription";
    await load(
      flow({ ...endpoint, dialect } as FlowNode, ...rest, ...nodes, ...(isTalk ? [tool] : [])),
    );
    const events = collect("events");
    const caught = collect("caught");
    await talk(voice);
    assert.deepEqual(caught, []);
    return events;
  }

  /** Compares message by message; returns their topics. */
  async function assertSame(
    session: Partial<FlowNode>,
    talk: (voice: ScriptedVoice) => Promise<void>,
  ): Promise<string[]> {
    const ga = await messagesOf("ga", session, talk);
    await unload();
    await server.close();
    const beta = await messagesOf("beta", session, talk);
    const topics = (messages: readonly Message[]) => messages.map(({ topic }) => topic ?? "");
    assert.deepEqual(topics(beta), topics(ga));
    assert.deepEqual(comparable(beta), comparable(asBetaReports(ga)));
    const ids = beta.map(({ payload }) => payload.event_id as unknown);
    assert.equal(new Set(ids).size, ids.length);
    return topics(beta);
  }

  it("gives a flow the same messages as GA, for a turn in text", async () => {
    const topics = await assertSame({ output: "text" }, async () => {
      const done = next("events", topicIs("response.done"));
      give("words", { payload: "hello" });
      await done;
    });
    assert.ok(topics.includes("conversation.item.done"));
    assert.ok(topics.includes("response.output_text.done"));
  });

  it("gives a flow the same messages as GA, for a spoken turn with a tool call", async () => {
    const topics = await assertSame({ transcription: "on" }, async (voice) => {
      const ready = next("events", topicIs("session.updated"));
      give("c", { action: "connect" });
      await ready;
      voice.heard.push({ kind: "understood", transcript: "turn on the kitchen light" });
      const answered = next("events", ({ topic, payload }) =>
        topic === "response.done" && payload.response.output[0]?.type === "message",
      ); // prettier-ignore
      for (const payload of speech()) give("any", { payload });
      await answered;
    });
    for (const topic of ["response.function_call_arguments.done", "response.output_audio.delta"])
      assert.ok(topics.includes(topic), topic);
  });

  it("gives a flow the same messages as GA, for a dictation", async () => {
    const session = { kind: "transcription", transcriptionPrompt: "buy, milk" };
    const topics = await assertSame(session, async (voice) => {
      const ready = next("events", topicIs("session.updated"));
      give("c", { action: "connect" });
      await ready;
      voice.heard.push({ kind: "understood", transcript: "buy milk" });
      const type = "conversation.item.input_audio_transcription.completed";
      const heard = next("events", topicIs(type));
      for (const payload of speech()) give("any", { payload });
      assert.equal((await heard).payload.transcript, "buy milk");
    });
    assert.ok(!topics.some((topic) => topic.startsWith("response.")));
  });
});
