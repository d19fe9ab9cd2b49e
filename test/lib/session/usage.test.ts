import assert from "node:assert/strict";
import { mock } from "node:test";
import type { SessionOptions } from "../../../lib/session/session-options";
import { RealtimeSession } from "../../../lib/session/realtime-session";
import { parsePrices } from "../../../lib/session/prices";
import { settled } from "../../support/fake-clock";
import { eventId, MemoryServer, response, type WireEvent } from "../../support/memory-server";
import { needsRecordings, recordings, type RecordedFrame } from "../../support/recordings";
import { makeReadySession, makeSession, target } from "./ready-session";

/** Plays the server's half of a recorded session into a session of ours. */
async function replay(name: string, frames: readonly RecordedFrame[]) {
  const made = makeSession({
    target: () => ({
      ...target,
      dialect: name.startsWith("azure_voice_live") ? "beta" : "ga",
      strictness: "compatible",
      settingsAck: "none",
    }),
  });
  const connected = made.session.connect();
  const peer = await made.server.peer();
  peer.open();
  for (const { dir, data } of frames) if (dir === "received") peer.send(data);
  await connected;
  await settled();
  return made;
}

/** Sums of floating point numbers differ in their last digits. */
function assertUsd(actual: number | undefined, expected: number): void {
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) < 1e-12,
    `${actual} USD, but ${expected} expected`,
  );
}

/** USD per token. */
const perMillion = (usd: number): number => usd / 1_000_000;

/**
 * What each recorded session cost, by hand: the tokens of its usage objects, in the order they
 * were sent, by the prices of its model.
 */
const COSTS: Record<string, { cost: number; estimated: boolean }> = {
  // gpt-realtime: text 4, cached 0.40, out 16; audio 32, out 64
  "azure.text_in_audio_out": {
    cost: 16 * perMillion(4) + 16 * perMillion(16) + 82 * perMillion(64),
    estimated: false,
  },
  // a model of no known price counts as the dearest: text 4, out 24; audio out 64
  "azure_voice_live.text_in_audio_out": {
    cost: 16 * perMillion(4) + 14 * perMillion(24) + 31 * perMillion(64),
    estimated: true,
  },
  // and 3 s of gpt-realtime-whisper at 0.017 a minute
  "openai.audio_in_server_vad": {
    cost:
      (3 / 60) * 0.017 +
      14 * perMillion(4) +
      27 * perMillion(32) +
      28 * perMillion(16) +
      136 * perMillion(64),
    estimated: false,
  },
  "openai.message_history_seeding": {
    cost: 149 * perMillion(4) + 14 * perMillion(16),
    estimated: false,
  },
  "openai.text_in_audio_out": {
    cost: 16 * perMillion(4) + 9 * perMillion(16) + 15 * perMillion(64),
    estimated: false,
  },
  // of the 103 tokens of the second response, 64 were cached
  "openai.tool_call_round": {
    cost:
      63 * perMillion(4) +
      22 * perMillion(16) +
      (103 - 64) * perMillion(4) +
      64 * perMillion(0.4) +
      13 * perMillion(16),
    estimated: false,
  },
  // the usage stands beside the response; no known price
  "xai.text_in_audio_out": {
    cost: 5 * perMillion(4) + 3 * perMillion(24) + 39 * perMillion(64),
    estimated: true,
  },
};

describe("usage of recorded sessions", function () {
  needsRecordings();

  for (const { name, frames } of recordings()) {
    it(`${name}: costs what its usages cost by hand`, async () => {
      const { session, events } = await replay(name, frames);
      const expected = COSTS[name];
      assert.ok(expected, `no cost was worked out for ${name}`);
      const { usage } = session;
      assertUsd(usage.session.cost, expected.cost);
      assert.equal(usage.session.estimated, expected.estimated);
      assertUsd(usage.today, expected.cost);
      // Each cost goes along with its own event.
      const reports = events.flatMap(({ info }) => (info.usage === undefined ? [] : [info.usage]));
      assert.equal(reports.length, usage.session.responses + usage.session.transcriptions);
      assertUsd(
        reports.reduce((total, { cost }) => total + cost, 0),
        expected.cost,
      );
      assertUsd(reports.at(-1)?.session, expected.cost);
    });
  }

  it("openai.tool_call_round: sums tokens by kind, the call and its follow-up as one turn", async () => {
    const round = recordings().find(({ name }) => name === "openai.tool_call_round");
    assert.ok(round);
    const { session } = await replay(round.name, round.frames);
    const { session: all, turn } = session.usage;
    assert.deepEqual(all.input, { text: 63 + 39, audio: 0, image: 0 });
    assert.deepEqual(all.cached, { text: 64, audio: 0, image: 0 });
    assert.deepEqual(all.output, { text: 22 + 13, audio: 0, image: 0 });
    assert.equal(all.responses, 2);
    assert.deepEqual(turn, all);
  });
});

const usageOf = (input: object, output: object, cached?: object) => ({
  input_tokens: 0,
  output_tokens: 0,
  input_token_details: {
    ...input,
    ...(cached === undefined ? {} : { cached_tokens_details: cached }),
  },
  output_token_details: output,
});

const created = (id: string, members: object = {}): WireEvent => ({
  type: "response.created",
  event_id: eventId(),
  response: response(id, { status: "in_progress", conversation_id: "conv_1", ...members }),
});

const done = (id: string, usage: unknown, members: object = {}): WireEvent => ({
  type: "response.done",
  event_id: eventId(),
  response: response(id, { status: "completed", usage, ...members }),
});

const userItem = (id: string): WireEvent => ({
  type: "conversation.item.added",
  event_id: eventId(),
  previous_item_id: null,
  item: { id, type: "message", role: "user", status: "completed", content: [] },
});

const transcribed = (item_id: string, usage?: unknown): WireEvent => ({
  type: "conversation.item.input_audio_transcription.completed",
  event_id: eventId(),
  item_id,
  content_index: 0,
  transcript: "hello",
  usage,
});

const speech = (item_id: string, audio_start_ms: number, audio_end_ms: number): WireEvent[] => [
  { type: "input_audio_buffer.speech_started", event_id: eventId(), item_id, audio_start_ms },
  { type: "input_audio_buffer.speech_stopped", event_id: eventId(), item_id, audio_end_ms },
  { type: "input_audio_buffer.committed", event_id: eventId(), item_id, previous_item_id: null },
];

const delta = (id: string, type: string, text: string): WireEvent => ({
  type,
  event_id: eventId(),
  response_id: id,
  item_id: `item_${id}`,
  output_index: 0,
  content_index: 0,
  delta: text,
});

const withPrices = (prices: object): Partial<SessionOptions> => ({
  target: () => ({ ...target, prices: parsePrices(JSON.stringify(prices)) }),
});

describe("usage of a session", () => {
  it("charges text, audio and pictures by their own prices, what is cached by its own", async () => {
    const { session, peer } = await makeReadySession(
      withPrices({
        "gpt-realtime": {
          text: { input: 1, cached: 2, output: 4 },
          audio: { input: 8, cached: 16, output: 32 },
          image: { input: 64, cached: 128 },
        },
      }),
    );
    peer.send(
      created("r"),
      done(
        "r",
        usageOf(
          { text_tokens: 11, audio_tokens: 12, image_tokens: 13, cached_tokens: 6 },
          { text_tokens: 5, audio_tokens: 7 },
          { text_tokens: 1, audio_tokens: 2, image_tokens: 3 },
        ),
      ),
    );
    const { session: sum } = session.usage;
    assert.deepEqual(sum.input, { text: 10, audio: 10, image: 10 });
    assert.deepEqual(sum.cached, { text: 1, audio: 2, image: 3 });
    assertUsd(
      sum.cost,
      (10 * 1 + 10 * 8 + 10 * 64 + 1 * 2 + 2 * 16 + 3 * 128 + 5 * 4 + 7 * 32) / 1e6,
    );
    assert.equal(sum.estimated, false);
  });

  it("counts tokens that belong to no kind, such as those of reasoning, as text", async () => {
    const { session, peer } = await makeReadySession();
    const usage = {
      input_tokens: 10,
      output_tokens: 100,
      input_token_details: { text_tokens: 10 },
      output_token_details: { text_tokens: 20, audio_tokens: 30 },
    };
    peer.send(created("r"), done("r", usage));
    assert.deepEqual(session.usage.session.output, { text: 70, audio: 30, image: 0 });
    assert.equal(session.usage.session.estimated, false);
  });

  it("counts the usage of a cancelled response", async () => {
    const { session, peer } = await makeReadySession();
    const usage = usageOf({ text_tokens: 100 }, { audio_tokens: 10 });
    peer.send(created("r"), done("r", usage, { status: "cancelled" }));
    assertUsd(session.usage.session.cost, (100 * 4 + 10 * 64) / 1e6);
  });

  it("estimates sums without parts, and says so", async () => {
    const { session, peer } = await makeReadySession();
    peer.send(created("r"), done("r", { input_tokens: 10, output_tokens: 5 }));
    // Input without parts may be all speech.
    assertUsd(session.usage.session.cost, (10 * 32 + 5 * 16) / 1e6);
    assert.equal(session.usage.session.estimated, true);
  });

  it("takes of an answer for speech what was heard of it, where the server gives no parts", async () => {
    const { session, peer } = await makeReadySession();
    const input = { input_tokens: 10, input_token_details: { text_tokens: 10 } };
    peer.send(created("r1"), done("r1", { ...input, output_tokens: 5 }));
    assert.deepEqual(session.usage.session.output, { text: 5, audio: 0, image: 0 });
    assert.equal(session.usage.session.estimated, false);
    // One second of PCM at 24 kHz, in base64.
    const spoken = delta("r2", "response.output_audio.delta", "A".repeat(64_000));
    peer.send(created("r2"), spoken, done("r2", { ...input, output_tokens: 25 }));
    assert.deepEqual(session.usage.session.output, { text: 10, audio: 20, image: 0 });
    assert.equal(session.usage.session.estimated, true);
  });

  for (const usage of [
    undefined,
    null,
    {},
    "many",
    { input_tokens: -1 },
    { input_tokens: 1e308 },
    { total_tokens: "1" },
  ]) {
    it(`estimates by the audio what a usage of ${JSON.stringify(usage)} does not say`, async () => {
      const { session, peer, events } = await makeReadySession();
      peer.send(
        ...speech("u", 1000, 3500),
        created("r"),
        // One second of PCM at 24 kHz, in base64.
        delta("r", "response.output_audio.delta", "A".repeat(64_000)),
        delta("r", "response.output_audio_transcript.delta", "twenty characters it"),
        done("r", usage),
      );
      const { session: sum } = session.usage;
      // 2.5 s heard at 10 tokens, 1 s spoken at 20, 20 characters at 4 a token
      assert.deepEqual(sum.input, { text: 0, audio: 25, image: 0 });
      assert.deepEqual(sum.output, { text: 5, audio: 20, image: 0 });
      assertUsd(sum.cost, (25 * 32 + 20 * 64 + 5 * 16) / 1e6);
      assert.equal(sum.estimated, true);
      assert.equal(events.at(-1)?.info.usage?.estimated, true);
    });
  }

  it("measures audio that the flow commits itself by what was sent", async () => {
    const { session, peer } = await makeReadySession();
    // Two seconds, in two pieces; one that was cleared before does not count.
    const second = "A".repeat(64_000);
    for (const audio of [second, second])
      await session.send({ type: "input_audio_buffer.append", audio });
    peer.send({ type: "input_audio_buffer.cleared", event_id: eventId() });
    for (const audio of [second, second])
      await session.send({ type: "input_audio_buffer.append", audio });
    peer.send(
      { type: "input_audio_buffer.committed", event_id: eventId(), item_id: "u" },
      created("r"),
      done("r", undefined),
    );
    assert.deepEqual(session.usage.session.input, { text: 0, audio: 20, image: 0 });
  });

  it("counts what was said before the session was ready", async () => {
    const { session, server } = makeSession();
    const second = "A".repeat(64_000);
    await session.send({ type: "input_audio_buffer.append", audio: second });
    void session.connect();
    await session.send({ type: "input_audio_buffer.append", audio: second });
    const peer = await server.greet();
    peer.send(
      { type: "input_audio_buffer.committed", event_id: eventId(), item_id: "u" },
      created("r"),
      done("r", undefined),
    );
    assert.deepEqual(session.usage.session.input, { text: 0, audio: 20, image: 0 });
  });

  it("counts for a new connection, which has the talk as text, only what it heard itself", async () => {
    const { session, server, peer, clock } = await makeReadySession({ random: () => 0.5 });
    peer.send(...speech("before", 0, 60_000), created("r1"), done("r1", undefined));
    const before = session.usage.session.input.audio;
    peer.end({ kind: "closed", code: 1006, reason: "" });
    await clock.advance(500);
    const next = await server.greet();
    next.send(...speech("after", 0, 1000), created("r2"), done("r2", undefined));
    assert.equal(session.usage.session.input.audio - before, 10);
  });

  it("never takes an unknown usage for nothing", async () => {
    const { session, peer } = await makeReadySession();
    peer.send(created("r"), done("r", undefined));
    assert.ok(session.usage.session.cost > 0);
    peer.send(userItem("u"), transcribed("u"));
    assert.equal(session.usage.session.transcriptions, 1);
    assert.ok((session.usage.turn?.cost ?? 0) > 0);
  });

  it("charges a model with a price per minute by the seconds that its server bills", async () => {
    const { session, peer } = await makeReadySession(withPrices({ "*": { minute: 6 } }));
    peer.send(created("r"), done("r", {}));
    const first = session.usage.session.cost;
    peer.send({ ...done("r2", {}), usage: { output_tokens: 42, billable_audio_seconds: 2 } });
    assertUsd(session.usage.session.cost - first, 0.2);
  });

  it("charges transcriptions by their own model, by length or tokens", async () => {
    const { session, peer } = await makeReadySession();
    const transcription = (model: string): WireEvent => ({
      type: "session.updated",
      event_id: eventId(),
      session: { type: "realtime", audio: { input: { transcription: { model } } } },
    });
    peer.send(
      transcription("gpt-transcribe"),
      transcribed("u1", { type: "duration", seconds: 60 }),
      transcription("gpt-4o-mini-transcribe"),
      transcribed("u2", {
        type: "tokens",
        input_tokens: 30,
        output_tokens: 6,
        total_tokens: 36,
        input_token_details: { audio_tokens: 20, text_tokens: 10 },
      }),
    );
    const { session: sum } = session.usage;
    assertUsd(sum.cost, 0.0045 + (20 * 3 + 10 * 1.25 + 6 * 5) / 1e6);
    assert.equal(sum.seconds, 60);
    assert.equal(sum.estimated, false);
  });

  it("charges the transcription of an item once, when it is complete", async () => {
    const { session, peer } = await makeReadySession();
    const usage = { type: "duration", seconds: 30 };
    peer.send(
      { ...transcribed("u", usage), status: "in_progress" },
      transcribed("u", usage),
      transcribed("u", usage),
    );
    assert.equal(session.usage.session.transcriptions, 1);
    assert.equal(session.usage.session.seconds, 30);
  });

  it("begins a turn with what the user says after an answer", async () => {
    const { session, peer, events } = await makeReadySession();
    const usage = usageOf({ text_tokens: 1_000_000 }, {});
    peer.send(userItem("u1"), userItem("u2"), created("r1"), done("r1", usage));
    assertUsd(session.usage.turn?.cost, 4);
    peer.send(created("r2"), done("r2", usage));
    assertUsd(session.usage.turn?.cost, 8);
    peer.send(userItem("u3"), created("r3"));
    // The transcript of an earlier turn, and a response that runs beside the talk.
    peer.send(transcribed("u1", { type: "duration", seconds: 0 }));
    peer.send(created("r4", { conversation_id: null }), done("r4", usage), done("r3", usage));
    assertUsd(session.usage.turn?.cost, 4);
    assertUsd(session.usage.session.cost, 16);
    const turns = events.flatMap(({ info }) => info.usage?.turn ?? []);
    turns.forEach((turn, at) => assertUsd(turn, [4, 8, 8, 4, 4][at] ?? 0));
  });

  it("tells the cost of no other event", async () => {
    const { peer, events } = await makeReadySession();
    peer.send(userItem("u"), created("r"), done("r", usageOf({ text_tokens: 1 }, {})));
    peer.send(created("r2"));
    assert.deepEqual(
      events.filter(({ info }) => info.usage !== undefined).map(({ event }) => event.type),
      ["response.done"],
    );
  });
});

describe("latency", () => {
  const audio = (id: string) => delta(id, "response.output_audio.delta", "AAAA");
  const transcript = (id: string) => delta(id, "response.output_audio_transcript.delta", "Hello");

  it("counts from the end of the user's speech", async () => {
    const { session, peer, clock, events } = await makeReadySession();
    peer.send(...speech("u", 0, 900));
    await clock.advance(150);
    peer.send(created("r"));
    await clock.advance(200);
    peer.send(transcript("r"));
    await clock.advance(40);
    peer.send(transcript("r"), audio("r"));
    await clock.advance(500);
    peer.send(audio("r"), transcript("r"), done("r", usageOf({ text_tokens: 1 }, {})));
    const latency = { from: "speech_stopped", created: 150, firstText: 350, firstAudio: 390 };
    assert.deepEqual(session.usage.latency, latency);
    const report = events.find(({ event }) => event.type === "response.done")?.info.usage;
    assert.deepEqual(report?.latency, latency);
  });

  it("counts from the beginning of a response that answers no speech", async () => {
    const { session, peer, clock } = await makeReadySession();
    peer.send(...speech("u", 0, 900), created("r1"), done("r1", undefined));
    await clock.advance(1000);
    // The follow-up of a tool, say.
    peer.send(created("r2"));
    await clock.advance(70);
    peer.send(delta("r2", "response.output_text.delta", "Hi"), done("r2", undefined));
    assert.deepEqual(session.usage.latency, {
      from: "response.created",
      created: 0,
      firstText: 70,
      firstAudio: null,
    });
  });

  it("leaves the speech to its answer when something runs beside the talk", async () => {
    const { session, peer, clock } = await makeReadySession();
    peer.send(...speech("u", 0, 900), created("aside", { conversation_id: null }));
    await clock.advance(10);
    peer.send(audio("aside"), done("aside", undefined));
    assert.equal(session.usage.latency?.from, "response.created");
    await clock.advance(10);
    peer.send(created("r"), done("r", undefined));
    assert.deepEqual(session.usage.latency, {
      from: "speech_stopped",
      created: 20,
      firstText: null,
      firstAudio: null,
    });
  });

  it("forgets speech that was not answered by the time when something else is", async () => {
    const { session, peer, clock } = await makeReadySession();
    peer.send(...speech("cough", 0, 100));
    await clock.advance(10 * 60_000);
    peer.send(created("r"), done("r", undefined));
    assert.deepEqual(session.usage.latency, {
      from: "response.created",
      created: 0,
      firstText: null,
      firstAudio: null,
    });
  });

  it("does not count what the machine's clock is set by meanwhile", async () => {
    const server = new MemoryServer();
    const session = new RealtimeSession({
      target: () => ({ ...target, settingsAck: "none" }),
      openSocket: server.openSocket,
    });
    const connected = session.connect();
    const peer = await server.greet();
    await connected;
    peer.send(...speech("u", 0, 900));
    const set = mock.method(Date, "now", () => new Date().getTime() + 30_000);
    try {
      peer.send(created("r"), audio("r"), done("r", undefined));
    } finally {
      set.mock.restore();
    }
    const { from, created: begun = Infinity, firstAudio } = session.usage.latency ?? {};
    await session.close();
    assert.equal(from, "speech_stopped");
    assert.ok(begun < 30_000 && Number.isInteger(begun), `${begun}`);
    assert.ok(firstAudio !== undefined && firstAudio !== null && firstAudio < 30_000);
  });

  it("forgets the end of speech when the user goes on speaking", async () => {
    const { session, peer, clock } = await makeReadySession();
    peer.send(...speech("u1", 0, 900));
    await clock.advance(300);
    peer.send(...speech("u2", 1200, 1900));
    await clock.advance(30);
    peer.send(created("r"), done("r", undefined));
    assert.equal(session.usage.latency?.created, 30);
  });
});
