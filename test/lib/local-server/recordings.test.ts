import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type LocalServer, startLocalServer } from "../../../lib/local-server/server";
import { audio, TestClient, update, userMessage } from "./client";
import { ScriptedVoice } from "./scripted-voice";

const folder = join(__dirname, "../../../../shared/recordings");

/** Types of the recorded server events; runs of the same delta count once. */
function recordedTypes(name: string): string[] {
  const frames = readFileSync(join(folder, `${name}.jsonl`), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { dir: string; data?: { type: string } });
  return comparable(
    frames.flatMap(({ dir, data }) =>
      dir === "received" && data !== undefined ? [data.type] : [],
    ),
  );
}

/** Deltas of the answer and of the transcription interleave freely, so each kind counts once. */
function comparable(types: readonly string[]): string[] {
  const seen = new Set<string>();
  return types.filter((type) => {
    if (type === "response.created") seen.clear();
    // No recording holds it.
    if (type === "rate_limits.updated") return false;
    // They come at any time beside the answer.
    if (type.startsWith("conversation.item.input_audio_transcription.")) return false;
    if (!type.endsWith(".delta")) return true;
    if (seen.has(type)) return false;
    seen.add(type);
    return true;
  });
}

describe("order of the built-in server's events", () => {
  let server: LocalServer;
  let voice: ScriptedVoice;
  let client: TestClient;

  before(function () {
    if (existsSync(folder)) return;
    console.log(`    skipped: there are no recordings at ${folder}`);
    this.skip();
  });

  beforeEach(async () => {
    voice = new ScriptedVoice();
    server = await startLocalServer({ voice });
    client = await TestClient.open(server);
  });

  afterEach(async () => {
    client?.close();
    await server?.close();
  });

  it("is the recorded one for text in and audio out", async () => {
    client.send(update({ instructions: "Be short." }));
    await client.next("session.updated");
    client.send(userMessage("Say a short greeting."), { type: "response.create" });
    await client.next("response.done");
    assert.deepEqual(comparable(client.types()), recordedTypes("openai.text_in_audio_out"));
    assert.deepEqual(client.problems(), []);
  });

  it("is the recorded one for a conversation that is seeded", async () => {
    client.send(update({ output_modalities: ["text"] }));
    await client.next("session.updated");
    client.send(
      userMessage("My name is Alice."),
      {
        type: "conversation.item.create",
        item: {
          type: "message",
          role: "assistant",
          content: [{ type: "output_text", text: "Nice to meet you." }],
        },
      },
      userMessage("What is my name?"),
      { type: "response.create" },
    );
    await client.next("response.done");
    assert.deepEqual(comparable(client.types()), recordedTypes("openai.message_history_seeding"));
    assert.deepEqual(client.problems(), []);
  });

  it("is the recorded one for a tool call answered before its response is done", async () => {
    const tool = {
      type: "function",
      name: "get_weather",
      description: "The weather in a city",
      parameters: {
        type: "object",
        properties: { city: { type: "string", enum: ["London", "Paris"] } },
        required: ["city"],
      },
    };
    client.send(update({ output_modalities: ["text"], tools: [tool] }));
    await client.next("session.updated");
    client.send(userMessage("What is the weather in London?"), { type: "response.create" });
    const call = await client.next("response.output_item.added");
    client.send({
      type: "conversation.item.create",
      item: {
        type: "function_call_output",
        call_id: call["item"].call_id,
        output: "It is foggy in London.",
      },
    });
    const done = await client.next("response.done");
    assert.equal(done["response"].output[0].arguments, '{"city":"London"}');
    client.send({ type: "response.create" });
    const answered = await client.next("response.done");
    assert.equal(answered["response"].output[0].content[0].text, "It is foggy in London.");
    assert.deepEqual(comparable(client.types()), recordedTypes("openai.tool_call_round"));
    assert.deepEqual(client.problems(), []);
  });

  it("is the recorded one for speech with server VAD", async () => {
    voice.heard.push({ kind: "understood", transcript: "hello" });
    client.send(update({ audio: { input: { transcription: { model: "gpt-realtime-whisper" } } } }));
    await client.next("session.updated");
    client.send(audio(400), audio(800, 0.3), audio(100), audio(600));
    await client.next("response.done");
    assert.deepEqual(comparable(client.types()), recordedTypes("openai.audio_in_server_vad"));
    const transcription = client
      .types()
      .filter((type) => type.startsWith("conversation.item.input_audio_transcription."));
    assert.deepEqual(transcription, [
      "conversation.item.input_audio_transcription.delta",
      "conversation.item.input_audio_transcription.completed",
    ]);
    assert.deepEqual(client.problems(), []);
  });
});
