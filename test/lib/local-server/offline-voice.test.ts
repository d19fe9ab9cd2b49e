import assert from "node:assert/strict";
import { float32ToInt16, int16ToBytes, int16ToFloat32 } from "../../../lib/audio/pcm";
import { Resampler } from "../../../lib/audio/resampler";
import { type LocalServer, startLocalServer } from "../../../lib/local-server/server";
import { type OfflineVoice, startOfflineVoice } from "../../../lib/offline-voice/voice";
import { lumiere } from "../offline-voice/french-tools";
import { frenchIsMissing, speakFrench } from "../offline-voice/spoken-french";
import { fanTool, lightTool, TestClient, update, userMessage } from "./client";

/** Spoken text as appends of 20 ms, with silence around it. */
async function spoken(voice: OfflineVoice, text: string) {
  const speech = await voice.speak(text, "alloy");
  const resampler = new Resampler(speech.sampleRate, 24_000);
  return appends(float32ToInt16(resampler.process(int16ToFloat32(speech.samples))));
}

/** Samples at 24 kHz as appends of 20 ms, with silence around them. */
function appends(samples: Int16Array) {
  const stream = new Int16Array(samples.length + 48_000);
  stream.set(samples, 12_000);
  return Array.from({ length: Math.floor(stream.length / 480) }, (_, index) => ({
    type: "input_audio_buffer.append",
    audio: int16ToBytes(stream.subarray(index * 480, (index + 1) * 480)).toString("base64"),
  }));
}

describe("local server with the offline voice", () => {
  let voice: OfflineVoice;
  let server: LocalServer;
  let client: TestClient;

  before(async function () {
    voice = startOfflineVoice();
    if (!voice.available.ears || !voice.available.mouth) {
      console.log(`    skipped: ${voice.available.reason}`);
      this.skip();
    }
    server = await startLocalServer({ voice });
    client = await TestClient.open(server);
  });

  after(async () => {
    client?.close();
    await server?.close();
    await voice.close();
  });

  it("hears a command at the beginning of a long recording that comes at once", async () => {
    const session = await TestClient.open(server);
    session.send(update({ tools: [lightTool] }));
    await session.next("session.updated");
    const silence = appends(new Int16Array(480)).slice(0, 50);
    session.send(...(await spoken(voice, "turn on the kitchen light")));
    for (let second = 0; second < 90; second++) session.send(...silence);
    const { response } = await session.next("response.done");
    assert.deepEqual(
      response.output.map((item: any) => [item.name, JSON.parse(item.arguments)]),
      [["set_light", { room: "kitchen", on: true }]],
    );
    session.close();
  });

  it("hears two commands in one sentence, calls both tools and speaks their results", async () => {
    client.send(
      update({
        tools: [lightTool, fanTool],
        audio: { input: { transcription: { model: "built-in" } } },
      }),
    );
    await client.next("session.updated");
    const command = "turn on the kitchen light and the fan in the bedroom";
    client.send(...(await spoken(voice, command)));
    await client.next("input_audio_buffer.speech_started");
    await client.next("input_audio_buffer.speech_stopped");
    const completed = await client.next("conversation.item.input_audio_transcription.completed");
    // Unstressed, "the" and "a" sound alike.
    assert.equal(completed["transcript"].replaceAll(/\ba\b/g, "the"), command);
    const { response } = await client.next("response.done");
    assert.deepEqual(
      response.output.map((item: any) => [item.name, JSON.parse(item.arguments)]),
      [
        ["set_light", { room: "kitchen", on: true }],
        ["set_fan", { room: "bedroom", on: true }],
      ],
    );
    for (const { call_id: callId } of response.output) {
      client.send({
        type: "conversation.item.create",
        item: { type: "function_call_output", call_id: callId, output: "ok" },
      });
    }
    client.send({ type: "response.create" });
    const answer = (await client.next("response.done"))["response"];
    assert.equal(answer.status, "completed");
    assert.equal(answer.output[0].content[0].transcript, "Okay: kitchen light on, bedroom fan on.");
    const bytes = client.events
      .filter((event) => event.type === "response.output_audio.delta")
      .reduce((sum, event) => sum + Buffer.from(event["delta"], "base64").length, 0);
    assert.ok(bytes / 48_000 > 1, `${bytes} bytes of speech`);
    assert.deepEqual(client.problems(), []);
  });

  it("asks for what was not said, and hears the reply", async () => {
    client.send(...(await spoken(voice, "turn off the fan")));
    const asked = (await client.next("response.done"))["response"];
    const [{ transcript }] = asked.output[0].content;
    assert.equal(transcript, "Which room: kitchen or bedroom?");
    client.send(...(await spoken(voice, "in the kitchen")));
    const { response } = await client.next("response.done");
    assert.deepEqual(
      response.output.map((item: any) => [item.name, JSON.parse(item.arguments)]),
      [["set_fan", { on: false, room: "kitchen" }]],
    );
    client.send({
      type: "conversation.item.create",
      item: {
        type: "function_call_output",
        call_id: response.output[0].call_id,
        output: "ok",
      },
    });
  });

  it("rejects what is no command", async () => {
    client.send(...(await spoken(voice, "my uncle went to the theatre last wednesday")));
    await client.next("conversation.item.input_audio_transcription.failed");
    const { response } = await client.next("response.done");
    assert.match(response.output[0].content[0].transcript, /^Sorry, I did not understand that/);
  });

  it("hears and reads French in a session whose transcription is French", async function () {
    const missing = frenchIsMissing();
    if (missing !== null) {
      console.log(`    skipped: ${missing}`);
      this.skip();
    }
    const french = await TestClient.open(server);
    after(() => french.close());
    const transcription = { model: "built-in", language: "fr" };
    french.send(update({ tools: [lumiere], audio: { input: { transcription } } }));
    await french.next("session.updated");
    const said = speakFrench("allume la lumière de la chambre d'amis s'il te plaît", 160);
    const resampler = new Resampler(16_000, 24_000);
    french.send(...appends(float32ToInt16(resampler.process(said))));
    const completed = await french.next("conversation.item.input_audio_transcription.completed");
    assert.match(completed["transcript"], /lumière .*chambre d'amis s'il te plaît$/);
    const { response } = await french.next("response.done");
    const call = { piece: "chambre_d_amis", allumee: true };
    assert.deepEqual(JSON.parse(response.output[0].arguments), call);

    french.send(userMessage("éteins la cuisine des voisins"), {
      type: "response.create",
      response: { output_modalities: ["text"] },
    });
    const answer = (await french.next("response.done"))["response"];
    assert.equal(
      answer.output[0].content[0].text,
      "Sorry, I did not understand that. No command of the tools has the words " +
        '"des", "voisins" here. You can say, for example: "allume la lumière de l\'entrée". ' +
        "My commands are: regler lumiere.",
    );
    assert.deepEqual(french.problems(), []);
  });

  describe("in a session that only transcribes", () => {
    let dictation: TestClient;

    beforeEach(async () => {
      dictation = await TestClient.open(server, { query: "?intent=transcription" });
    });
    afterEach(() => dictation.close());

    const listenFor = async (transcription: object): Promise<void> => {
      const session = { type: "transcription", audio: { input: { transcription } } };
      dictation.send({ type: "session.update", session });
      await dictation.next("session.updated");
    };

    it("writes down rows of the phrases that prompt and keywords name, in any order", async () => {
      await listenFor({
        prompt: "Buy, call, and, two loaves of bread, on Friday.",
        keywords: ["the plumber", "milk"],
      });
      for (const words of [
        "call the plumber on friday",
        "buy milk and two loaves of bread on friday",
      ]) {
        dictation.send(...(await spoken(voice, words)));
        await dictation.next("input_audio_buffer.committed");
        const type = "conversation.item.input_audio_transcription.completed";
        assert.equal((await dictation.next(type))["transcript"], words);
      }
      assert.ok(!dictation.types().some((type) => type.startsWith("response.")));
      assert.deepEqual(dictation.problems(), []);
    });

    it("says that it did not understand other sentences, and why", async () => {
      await listenFor({ prompt: "buy, milk, the plumber" });
      dictation.send(...(await spoken(voice, "my brother lives in another country")));
      const type = "conversation.item.input_audio_transcription.failed";
      const { error } = await dictation.next(type);
      assert.equal(error.code, "audio_unintelligible");
      assert.match(error.message, /phrases/);
    });

    it("says that it hears nothing where no phrases are named", async () => {
      await listenFor({ model: "whisper-1" });
      dictation.send(...(await spoken(voice, "buy milk")));
      const type = "conversation.item.input_audio_transcription.failed";
      const { error } = await dictation.next(type);
      assert.equal(error.code, "transcription_unavailable");
      assert.match(error.message, /prompt and keywords/);
    });
  });
});
