import assert from "node:assert/strict";
import { type LocalServer, startLocalServer } from "../../../lib/local-server/server";
import { audio, fanTool, lightTool, TestClient, update, userMessage } from "./client";
import { ScriptedVoice } from "./scripted-voice";

const understood = (transcript: string) => ({ kind: "understood", transcript }) as const;
const loud = 0.3;

describe("local server: audio of the user", () => {
  let server: LocalServer;
  let voice: ScriptedVoice;
  let client: TestClient;

  beforeEach(async () => {
    voice = new ScriptedVoice();
    server = await startLocalServer({ voice });
    client = await TestClient.open(server);
    await configure({ tools: [lightTool, fanTool] });
  });

  afterEach(async () => {
    client.close();
    await server.close();
    assert.deepEqual(client.problems(), []);
  });

  const configure = async (session: Record<string, unknown>) => {
    client.send(update(session));
    await client.next("session.updated");
  };
  const input = (value: Record<string, unknown>) => configure({ audio: { input: value } });
  const done = async () => (await client.next("response.done"))["response"];
  /** Speech of 600 ms with silence around it, in chunks of 20 ms. */
  const speech = (milliseconds = 600) => [
    ...Array.from({ length: 20 }, () => audio(20)),
    ...Array.from({ length: milliseconds / 20 }, () => audio(20, loud)),
    ...Array.from({ length: 30 }, () => audio(20)),
  ];
  const commit = { type: "input_audio_buffer.commit" };

  describe("with server VAD", () => {
    it("becomes a turn that calls a tool", async () => {
      voice.heard.push(understood("turn on the kitchen light"));
      client.send(...speech());
      const started = await client.next("input_audio_buffer.speech_started");
      const stopped = await client.next("input_audio_buffer.speech_stopped");
      const committed = await client.next("input_audio_buffer.committed");
      const added = await client.next("conversation.item.added");
      // Resampling shifts a chunk by a sample or two.
      assert.ok(Math.abs(started["audio_start_ms"] - 100) <= 2);
      assert.ok(stopped["audio_end_ms"] >= 1_330 && stopped["audio_end_ms"] <= 1_390);
      const ids = [started["item_id"], stopped["item_id"], committed["item_id"], added["item"].id];
      assert.equal(new Set(ids).size, 1);
      const response = await done();
      assert.equal(response.output[0].name, "set_light");
      // What was recognised is what lies between the two.
      const [samples = 0] = voice.recognised;
      assert.equal(Math.round(samples / 16), stopped["audio_end_ms"] - started["audio_start_ms"]);
      assert.equal(voice.recognised.length, 1);
      assert.ok(!client.types().some((type) => type.includes("transcription")));
    });

    it("is not recognised again when it was heard while it was spoken", async () => {
      voice.heardMeanwhile.push(understood("turn on the kitchen light"));
      client.send(...speech());
      assert.equal((await done()).output[0].name, "set_light");
      assert.deepEqual(voice.recognised, []);
      assert.deepEqual(
        voice.expected.map(({ words }) => words.includes("kitchen")),
        [true],
      );
    });

    it("is recognised anew when the tools have changed while it was spoken", async () => {
      voice.heardMeanwhile.push(understood("turn on the kitchen light"));
      voice.heard.push(understood("turn on the kitchen fan"));
      client.send(...speech().slice(0, 40));
      await client.next("input_audio_buffer.speech_started");
      await configure({ tools: [fanTool] });
      client.send(...speech().slice(40));
      assert.equal((await done()).output[0].name, "set_fan");
      assert.equal(voice.recognised.length, 1);
    });

    it("counts positions over the whole session", async () => {
      voice.heard.push(
        understood("turn on the kitchen light"),
        understood("turn on the kitchen fan"),
      );
      client.send(...speech());
      await done();
      client.send(...speech());
      const { audio_start_ms: start } = await client.next("input_audio_buffer.speech_started");
      assert.ok(Math.abs(start - (20 * 20 + 600 + 30 * 20 + 100)) <= 2);
      await done();
    });

    it("is transcribed if asked for, and keeps its transcript", async () => {
      await input({ transcription: { model: "whisper-1" } });
      voice.heard.push(understood("turn on the kitchen light"));
      client.send(...speech());
      const delta = await client.next("conversation.item.input_audio_transcription.delta");
      const completed = await client.next("conversation.item.input_audio_transcription.completed");
      assert.equal(delta["delta"], "turn on the kitchen light");
      assert.equal(completed["transcript"], "turn on the kitchen light");
      assert.deepEqual(completed["usage"], { type: "duration", seconds: 2 });
      await done();
      client.send({ type: "conversation.item.retrieve", item_id: completed["item_id"] });
      const { item } = await client.next("conversation.item.retrieved");
      assert.equal(item.content[0].transcript, "turn on the kitchen light");
      // Transcription and answer share one recognition.
      assert.equal(voice.recognised.length, 1);
    });

    it("fails to be transcribed when it is no command, and is told so", async () => {
      await input({ transcription: { model: "whisper-1" } });
      client.send(...speech());
      const failed = await client.next("conversation.item.input_audio_transcription.failed");
      assert.equal(failed["error"].code, "audio_unintelligible");
      assert.match((await done()).output[0].content[0].transcript, /^Sorry, I did not understand/);
    });

    it("gets no answer by itself with create_response off", async () => {
      await input({ turn_detection: { type: "server_vad", create_response: false } });
      client.send(...speech());
      await client.next("conversation.item.done");
      await client.settled();
      assert.ok(!client.types().includes("response.created"));
      // Nobody waits for what is heard meanwhile.
      assert.deepEqual(voice.expected, []);
      voice.heard.push(understood("turn on the kitchen light"));
      client.send({ type: "response.create" });
      assert.equal((await done()).output[0].name, "set_light");
    });

    it("interrupts the running response", async () => {
      voice.wordMs = 5_000;
      client.send(userMessage("hello"), { type: "response.create" });
      await client.next("response.output_audio.delta");
      client.send(audio(100), audio(100, loud));
      await client.next("input_audio_buffer.speech_started");
      const response = await done();
      assert.equal(response.status, "cancelled");
      assert.equal(response.status_details.reason, "turn_detected");
      assert.equal(response.output[0].status, "incomplete");
    });

    it("interrupts a response that still thinks", async () => {
      let open = () => {};
      voice.gate = new Promise((resolve) => {
        open = resolve;
      });
      voice.heard.push(
        understood("turn on the kitchen light"),
        understood("turn on the kitchen fan"),
      );
      client.send(...speech());
      await client.next("response.created");
      client.send(...speech());
      const first = await done();
      assert.deepEqual([first.status, first.output], ["cancelled", []]);
      open();
      // Both turns stand in the conversation; the last one is answered.
      assert.equal((await done()).output[0].name, "set_fan");
    });

    it("leaves the response alone with interrupt_response off, and is answered after it", async () => {
      await input({ turn_detection: { type: "server_vad", interrupt_response: false } });
      voice.wordMs = 5_000;
      voice.heard.push(understood("turn on the kitchen light"));
      client.send({ type: "response.create", response: { instructions: 'Say "one two three"' } });
      await client.next("response.output_audio.delta");
      client.send(...speech());
      await client.next("input_audio_buffer.speech_stopped");
      assert.equal((await done()).status, "completed");
      assert.equal((await done()).output[0].name, "set_light");
    });

    it("is not answered after a response while the user speaks on", async () => {
      voice.wordMs = 5_000;
      client.send(audio(100), audio(100, loud));
      await client.next("input_audio_buffer.speech_started");
      client.send({ type: "response.create", response: { instructions: 'Say "one two three"' } });
      await client.next("response.output_audio.delta");
      client.send(audio(20), audio(400));
      await client.next("input_audio_buffer.speech_stopped");
      client.send(audio(100, loud));
      assert.equal((await done()).status, "cancelled");
      await client.settled();
      assert.equal(client.types().filter((type) => type === "response.created").length, 1);
    });

    it("does not interrupt a response out of band", async () => {
      voice.wordMs = 5_000;
      client.send({
        type: "response.create",
        response: { conversation: "none", input: [], instructions: 'Say "one two three"' },
      });
      await client.next("response.output_audio.delta");
      client.send(audio(100), audio(100, loud));
      assert.equal((await done()).status, "completed");
    });

    it("starts anew when the buffer is cleared", async () => {
      client.send(audio(100), audio(200, loud));
      await client.next("input_audio_buffer.speech_started");
      client.send({ type: "input_audio_buffer.clear" }, audio(700));
      await client.next("input_audio_buffer.cleared");
      await client.settled();
      assert.ok(!client.types().includes("input_audio_buffer.speech_stopped"));
    });

    it("becomes a turn of the announced id when the client commits first", async () => {
      client.send(audio(100), audio(200, loud));
      const { item_id: itemId } = await client.next("input_audio_buffer.speech_started");
      client.send(commit);
      assert.equal((await client.next("input_audio_buffer.committed"))["item_id"], itemId);
    });

    it("is listened to in the language that the settings change to", async () => {
      await input({ transcription: { model: "whisper-1", language: "fr" } });
      assert.deepEqual([...new Set(voice.languages)], ["en", "fr"]);
    });

    it("pushes its beginning out of the buffer rather than being refused", async () => {
      const minutes = Buffer.alloc(10 * 1024 * 1024, 0x20).toString("base64");
      const append = { type: "input_audio_buffer.append", audio: minutes };
      client.send(append, append, commit);
      await client.next("input_audio_buffer.committed");
      assert.ok(!client.types().includes("error"));
    });

    it("is whole, however long it is", async () => {
      client.send(...speech(8_000));
      const { audio_start_ms: start } = await client.next("input_audio_buffer.speech_started");
      const { audio_end_ms: end } = await client.next("input_audio_buffer.speech_stopped");
      await done();
      const [samples = 0] = voice.recognised;
      assert.equal(Math.round(samples / 16), end - start);
    });

    it("is followed by a message of its own when the client commits later", async () => {
      client.send(...speech());
      const { item_id: itemId } = await client.next("input_audio_buffer.committed");
      await done();
      client.send(audio(200), commit);
      assert.notEqual((await client.next("input_audio_buffer.committed"))["item_id"], itemId);
    });

    it("waits for silence as long as the settings say", async () => {
      await input({ turn_detection: { type: "server_vad", silence_duration_ms: 1_000 } });
      client.send(audio(100), audio(200, loud), audio(100), audio(800));
      await client.settled();
      assert.ok(!client.types().includes("input_audio_buffer.speech_stopped"));
      client.send(audio(400));
      await client.next("input_audio_buffer.speech_stopped");
    });

    it("finds turns with semantic VAD too", async () => {
      await input({ turn_detection: { type: "semantic_vad", eagerness: "high" } });
      voice.heard.push(understood("turn on the kitchen light"));
      client.send(...speech());
      assert.equal((await done()).output[0].name, "set_light");
    });

    it("keeps little of a long silence", async () => {
      for (let second = 0; second < 30; second++) client.send(audio(1_000));
      client.send(commit);
      const { item_id: itemId } = await client.next("input_audio_buffer.committed");
      client.send({ type: "conversation.item.retrieve", item_id: itemId });
      const { item } = await client.next("conversation.item.retrieved");
      const seconds = Buffer.from(item.content[0].audio, "base64").length / 48_000;
      assert.ok(seconds >= 5 && seconds <= 7, String(seconds));
      client.send(audio(400), audio(100, loud));
      const { audio_start_ms: start } = await client.next("input_audio_buffer.speech_started");
      assert.ok(Math.abs(start - 30_100) <= 2, String(start));
    });
  });

  describe("without turn detection", () => {
    beforeEach(() => input({ turn_detection: null }));

    it("becomes a message by a commit, answered only on request", async () => {
      client.send(audio(300, loud), audio(600), commit);
      const committed = await client.next("input_audio_buffer.committed");
      assert.equal(committed["previous_item_id"], null);
      await client.next("conversation.item.done");
      await client.settled();
      assert.deepEqual(voice.recognised, []);
      voice.heard.push(understood("turn off the bedroom fan"));
      client.send({ type: "response.create" });
      const response = await done();
      assert.deepEqual(JSON.parse(response.output[0].arguments), { room: "bedroom", on: false });
      // 900 ms of audio.
      assert.equal(response.usage.input_token_details.audio_tokens, 9);
    });

    it("needs 100 ms for a commit", async () => {
      const error = await client.refused(audio(99, loud), { ...commit, event_id: "e" });
      assert.equal(error["code"], "input_audio_buffer_commit_empty");
      assert.equal(error["event_id"], "e");
      client.send(audio(1), commit);
      await client.next("input_audio_buffer.committed");
      assert.equal((await client.refused(commit))["code"], "input_audio_buffer_commit_empty");
    });

    it("is gone after a clear", async () => {
      client.send(audio(300), { type: "input_audio_buffer.clear" }, commit);
      await client.next("input_audio_buffer.cleared");
      assert.equal((await client.next("error"))["error"].code, "input_audio_buffer_commit_empty");
    });

    it("may be cut in the middle of a sample", async () => {
      const bytes = Buffer.from(audio(200, loud).audio, "base64");
      for (const [from, to] of [
        [0, 3],
        [3, 4],
        [4, 1_001],
        [1_001, bytes.length],
      ]) {
        client.send({
          type: "input_audio_buffer.append",
          audio: bytes.subarray(from, to).toString("base64"),
        });
      }
      client.send(commit);
      const { item_id: itemId } = await client.next("input_audio_buffer.committed");
      client.send({ type: "conversation.item.retrieve", item_id: itemId });
      const { item } = await client.next("conversation.item.retrieved");
      assert.equal(item.content[0].audio, bytes.toString("base64"));
    });

    const wholeSampleAfter = async (restart: () => Promise<unknown>) => {
      client.send({
        type: "input_audio_buffer.append",
        audio: Buffer.alloc(3, 1).toString("base64"),
      });
      await restart();
      const spoken = audio(200, loud);
      client.send(spoken, commit);
      const { item_id: itemId } = await client.next("input_audio_buffer.committed");
      client.send({ type: "conversation.item.retrieve", item_id: itemId });
      const { item } = await client.next("conversation.item.retrieved");
      assert.equal(Buffer.from(item.content[0].audio, "base64").length, 200 * 48);
      assert.equal(item.content[0].audio, spoken.audio);
    };

    it("begins with a whole sample after the format was another one", () =>
      wholeSampleAfter(async () => {
        await input({ format: { type: "audio/pcmu" }, turn_detection: null });
        await input({ format: { type: "audio/pcm", rate: 24_000 } });
      }));

    it("begins with a whole sample after a clear", () =>
      wholeSampleAfter(() => {
        client.send({ type: "input_audio_buffer.clear" });
        return client.next("input_audio_buffer.cleared");
      }));

    it("is refused when it is not base64, or more than the buffer holds", async () => {
      const append = (value: string) => ({ type: "input_audio_buffer.append", audio: value });
      assert.equal((await client.refused(append("no base64 !")))["param"], "audio");
      const tenMebibytes = Buffer.alloc(10 * 1024 * 1024).toString("base64");
      client.send(append(tenMebibytes));
      assert.equal((await client.refused(append(tenMebibytes)))["code"], "input_audio_buffer_full");
      const sixteenMebibytes = Buffer.alloc(16 * 1024 * 1024).toString("base64");
      assert.equal(
        (await client.refused(append(sixteenMebibytes)))["code"],
        "string_above_max_length",
      );
    });

    for (const type of ["audio/pcmu", "audio/pcma"]) {
      it(`is taken as ${type}`, async () => {
        await input({ format: { type } });
        voice.heard.push(understood("turn on the kitchen light"));
        client.send(
          {
            type: "input_audio_buffer.append",
            audio: Buffer.alloc(8_000, 0x20).toString("base64"),
          },
          commit,
          { type: "response.create" },
        );
        assert.equal((await done()).output[0].name, "set_light");
        assert.deepEqual(voice.recognised, [16_000]);
      });
    }

    it("is recognised anew for a response with other tools", async () => {
      voice.heard.push({ kind: "rejected", reason: "no" }, understood("turn on the kitchen fan"));
      await input({ transcription: { model: "whisper-1" } });
      client.send(audio(300, loud), commit);
      await client.next("conversation.item.input_audio_transcription.failed");
      client.send({ type: "response.create", response: { tools: [fanTool] } });
      assert.equal((await done()).output[0].name, "set_fan");
    });

    it("that cannot be recognised leads to a failed transcription, and the session lives", async () => {
      await input({ transcription: { model: "whisper-1" } });
      voice.heard.push(new Error("secret detail"));
      client.send(audio(300, loud), commit);
      const failed = await client.next("conversation.item.input_audio_transcription.failed");
      assert.equal(failed["error"].code, "transcription_unavailable");
      assert.ok(!JSON.stringify(client.events).includes("secret detail"));
      client.send(userMessage("turn on the kitchen light"), { type: "response.create" });
      assert.equal((await done()).output[0].name, "set_light");
    });
  });

  describe("where there are no ears", () => {
    beforeEach(() => {
      voice.available = { ears: false, mouth: true, reason: "No recogniser is installed." };
    });

    it("ends in a failed transcription with the reason, and in no response", async () => {
      client.send(...speech());
      const failed = await client.next("conversation.item.input_audio_transcription.failed");
      assert.equal(failed["error"].message, "No recogniser is installed.");
      await client.settled();
      assert.ok(!client.types().includes("response.created"));
    });

    it("gets an honest answer on request", async () => {
      client.send(...speech());
      await client.next("conversation.item.input_audio_transcription.failed");
      client.send({ type: "response.create" });
      const { transcript } = (await done()).output[0].content[0];
      assert.equal(transcript, "Sorry, I could not hear you. No recogniser is installed.");
    });
  });
});
