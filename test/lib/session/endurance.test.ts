import assert from "node:assert/strict";
import { startLocalServer, type LocalServer } from "../../../lib/local-server/server";
import { RealtimeSession } from "../../../lib/session/realtime-session";
import type { SessionOptions } from "../../../lib/session/session-options";
import { lightTool } from "../../support/light-tool";
import { Rehearsal } from "../../support/rehearsal";
import { WireServer } from "../../support/wire-server";
import { ScriptedVoice } from "../local-server/scripted-voice";

describe("a session that lasts", () => {
  let server: LocalServer;
  let voice: ScriptedVoice;
  const rehearsals: Rehearsal[] = [];

  const rehearse = (speed: number, options: Partial<SessionOptions> = {}): Rehearsal => {
    const rehearsal = new Rehearsal(server, options, speed);
    rehearsals.push(rehearsal);
    return rehearsal;
  };

  beforeEach(() => {
    voice = new ScriptedVoice();
  });

  afterEach(async () => {
    for (const { session } of rehearsals.splice(0)) await session.close();
    await server.close();
  });

  it("has settings, tools and the whole talk in order after 50 drops, each item once", async () => {
    server = await startLocalServer({ voice });
    const instructions = "Be brief.";
    const talk = rehearse(20, {
      // As many milliseconds as a talk of two sentences lasts here.
      backoff: { stableMs: 1 },
      settings: { type: "realtime", output_modalities: ["text"], instructions },
      tools: [lightTool],
    });
    await talk.session.connect();
    const told: unknown[] = [];
    talk.session.on("event", (event) => {
      if (event.type === "session.updated") told.push(event.session);
    });
    for (let drop = 1; drop <= 50; drop += 1) {
      await talk.ask(`Sentence ${drop}`);
      await talk.answers(drop);
      const { length } = talk.items.list;
      assert.equal(length, 2 * drop);
      // A good spell: the waits begin anew.
      const { state } = talk.session;
      assert.equal(state.status, "ready");
      server.setFaults([{ type: "drop", afterEvents: 0 }]);
      await talk.session.send({ type: "input_audio_buffer.clear" }).catch(() => undefined);
      await talk.until(() => talk.session.state.status !== "ready");
      server.setFaults([]);
      await talk.ready(drop + 1);
    }
    assert.equal(told.length, 50);
    for (const session of told)
      assert.partialDeepStrictEqual(session, { instructions, tools: [{ name: "set_light" }] });
    const asked = talk.items.words.filter((word) => word.startsWith("Sentence"));
    assert.deepEqual(
      asked,
      Array.from({ length: 50 }, (_, index) => `Sentence ${index + 1}`),
    );
    const ids = talk.items.list.map(({ id }) => id);
    assert.equal(ids.length, 100);
    assert.equal(new Set(ids).size, 100);
    assert.deepEqual(
      talk.session.conversation.items.map(({ id }) => id),
      ids,
    );
    // The server's own word for each of them.
    for (const item_id of ids)
      assert.equal(
        (await talk.session.send({ type: "conversation.item.retrieve", item_id })).accepted,
        "acknowledged",
      );
  });

  it("tells a new connection both outputs of calls that were open at the drop, and is answered once", async () => {
    server = await startLocalServer({ voice });
    const talk = rehearse(10, { tools: [lightTool] });
    await talk.session.connect();
    const answers = talk.count("response.done");
    await talk.ask("turn on the kitchen light and the bedroom light");
    await talk.answers(answers + 1);
    const [first, second] = talk.calls;
    assert.ok(first !== undefined && second !== undefined && talk.calls.length === 2);

    server.setFaults([{ type: "drop", afterEvents: 0 }]);
    talk.session.send({ type: "input_audio_buffer.clear" }).catch(() => undefined);
    await talk.until(() => talk.session.state.status === "recovering");
    server.setFaults([]);
    const during = talk.session.answer(first.id, "kitchen is on");
    await talk.ready(2);
    const after = talk.session.answer(second.id, "bedroom is on");
    await Promise.all([during, after]);
    await talk.answered();
    await talk.until(() => talk.session.activity === "quiet");

    assert.equal(talk.calls.length, 2);
    const told = talk.items.words;
    for (const { id } of [first, second])
      assert.equal(told.filter((word) => word.startsWith(`call ${id}`)).length, 1);
    assert.deepEqual(
      told.filter((word) => word.startsWith("output")).toSorted(),
      [`output ${first.id}: kitchen is on`, `output ${second.id}: bedroom is on`].toSorted(),
    );
    assert.equal(talk.items.list.filter(({ role }) => role === "assistant").length, 1);
    assert.equal(talk.session.openCalls.length, 0);
  });

  it("tells the same story with rollovers as without, the microphone streaming throughout", async () => {
    const commands = 6;
    const tell = async (sessionCapMs: number) => {
      voice = new ScriptedVoice();
      server = await startLocalServer({ voice, sessionCapMs });
      const talk = rehearse(1, {
        settings: {
          type: "realtime",
          audio: { input: { transcription: { model: "built-in" } } },
        },
        tools: [lightTool],
        // A machine that stands still for a moment must not reach the cap.
        rollover: { marginMs: sessionCapMs - 300, hardMarginMs: 700 },
      });
      const story: string[] = [];
      talk.session.on("event", (event, { source, cause }) => {
        if (source !== "server" || cause === "restore") return;
        // How a sentence is cut into deltas is the voice's business; who gets what is not.
        if (event.type !== "response.output_audio.delta") story.push(event.type);
        if (event.type === "conversation.item.input_audio_transcription.completed")
          story.push(`heard: ${event.transcript}`);
        if (event.type === "response.output_audio_transcript.done")
          story.push(`said: ${event.transcript}`);
      });
      talk.session.on("toolCall", (call) => {
        story.push(`call: ${JSON.stringify(call.arguments)}`);
        void talk.session.answer(call.id, { done: true });
      });
      await talk.session.connect();
      const loud = Buffer.from(
        Int16Array.from({ length: 480 }, (_, n) => (n % 2 ? 9000 : -9000)).buffer,
      );
      const quiet = Buffer.alloc(960);
      // 20 ms every 2 ms: the microphone never stops.
      let level = quiet;
      const microphone = setInterval(() => {
        const audio = level.toString("base64");
        void talk.session.send({ type: "input_audio_buffer.append", audio });
      }, 2);
      try {
        for (let command = 1; command <= commands; command += 1) {
          const room = command % 2 ? "kitchen" : "bedroom";
          voice.heard.push({ kind: "understood", transcript: `turn on the ${room} light` });
          level = loud;
          await talk.until(() => talk.count("input_audio_buffer.speech_started") >= command);
          level = quiet;
          await talk.answers(2 * command);
          // Each command is said on a connection that has lasted for a while.
          await talk.until(
            () => sessionCapMs > 10_000 || talk.states.filter(isReady).length > command,
          );
        }
      } finally {
        clearInterval(microphone);
      }
      const { state } = talk.session;
      const connections = state.status === "ready" ? state.epoch : 0;
      const kinds = talk.items.list.map(({ type, role }) => `${type} ${role}`);
      await talk.session.close();
      await server.close();
      return { story, connections, kinds, errors: talk.errors.map(({ code }) => code) };
    };
    const isReady = ({ status }: { status: string }): boolean => status === "ready";
    const plain = await tell(60 * 60_000);
    const rolled = await tell(3000);
    assert.equal(plain.connections, 1);
    assert.ok(rolled.connections > commands, `${rolled.connections} connections`);
    assert.deepEqual(rolled.errors, []);
    assert.deepEqual(rolled.story, plain.story);
    assert.deepEqual(rolled.kinds, plain.kinds);
  });

  it("keeps its memory while the line stalls for an hour, and cancels first when it moves", async () => {
    server = await startLocalServer({ voice });
    const wire = await WireServer.start();
    const session = new RealtimeSession({
      target: () => ({
        url: wire.url,
        headers: {},
        dialect: "ga",
        strictness: "openai",
        settingsAck: "none",
        firstEventTimeoutMs: 10_000,
      }),
    });
    await session.connect();
    const dropped: unknown[] = [];
    session.on("unknown", (event) => {
      if (event.type === "local.audio.dropped") dropped.push(event);
    });
    wire.peer.pause();
    const chunk = Buffer.alloc(960);
    const chunks = 180_000;
    let most = 0;
    for (let index = 0; index < chunks; index += 1) {
      chunk.writeUInt32LE(index);
      const audio = chunk.toString("base64");
      void session.send({ type: "input_audio_buffer.append", audio });
      most = Math.max(most, session.sizes().unsentBytes);
      // The socket gets its turns, as between the chunks of a real microphone.
      if (index % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(most < 5 * 1024 * 1024, `${most} bytes waited`);
    assert.ok(dropped.length > 1);
    await assert.rejects(session.send({ type: "input_audio_buffer.commit" }), {
      code: "audio_damaged",
    });
    void session.send({ type: "response.cancel" });
    wire.peer.resume();
    const last = chunks - 1;
    const numbers: (number | "cancel")[] = [];
    for (;;) {
      const event = await wire.nextOf("input_audio_buffer.append", "response.cancel");
      if (event.type === "response.cancel") numbers.push("cancel");
      else numbers.push(Buffer.from(String(event["audio"]), "base64").readUInt32LE());
      if (numbers.at(-1) === last) break;
    }
    const cancel = numbers.indexOf("cancel");
    const before = numbers.slice(0, cancel);
    const after = numbers.slice(cancel + 1);
    // What the network had taken already, then the cancel, then the newest of the audio.
    assert.deepEqual(
      before,
      before.map((_, index) => index),
    );
    assert.deepEqual(
      after,
      after.map((_, index) => chunks - after.length + index),
    );
    assert.ok(before.length + after.length < chunks);
    await session.close();
    await wire.close();
  });
});
