import assert from "node:assert/strict";
import { WebSocket } from "ws";
import { once } from "node:events";
import { type LocalServer, startLocalServer } from "../../../lib/local-server/server";
import { audio, lightTool, TestClient, userMessage } from "./client";
import { ScriptedVoice } from "./scripted-voice";

describe("local server in the beta dialect", () => {
  let server: LocalServer;
  let voice: ScriptedVoice;
  let client: TestClient;

  beforeEach(async () => {
    voice = new ScriptedVoice();
    server = await startLocalServer({ voice, dialect: "beta" });
    client = await TestClient.open(server);
  });

  afterEach(async () => {
    client.close();
    await server.close();
  });

  it("shows its session flat, and takes flat updates without a type", async () => {
    const created = client.events[0]?.["session"];
    assert.deepEqual(created.modalities, ["text", "audio"]);
    assert.equal(created.input_audio_format, "pcm16");
    assert.equal(created.turn_detection.type, "server_vad");
    assert.equal(created.audio, undefined);
    client.send({
      type: "session.update",
      session: { instructions: "Be kind.", output_audio_format: "g711_ulaw", turn_detection: null },
    });
    const { session } = await client.next("session.updated");
    assert.equal(session.instructions, "Be kind.");
    assert.equal(session.output_audio_format, "g711_ulaw");
    assert.equal(session.turn_detection, null);
  });

  it("names its events as beta did", async () => {
    client.send(userMessage("hello"), { type: "response.create" });
    await client.next("response.done");
    const types = new Set(client.types());
    for (const type of [
      "conversation.item.created",
      "response.audio.delta",
      "response.audio.done",
      "response.audio_transcript.delta",
      "response.audio_transcript.done",
    ]) {
      assert.ok(types.has(type), type);
    }
    for (const type of types) {
      assert.ok(
        !/^response\.output_(audio|text)|^conversation\.item\.(added|done)$/.test(type),
        type,
      );
    }
  });

  it("calls tools and hears", async () => {
    voice.heard.push({ kind: "understood", transcript: "turn on the kitchen light" });
    client.send({
      type: "session.update",
      session: { tools: [lightTool], turn_detection: null, modalities: ["text"] },
    });
    await client.next("session.updated");
    client.send(
      audio(300, 0.3),
      { type: "input_audio_buffer.commit" },
      { type: "response.create" },
    );
    const { response } = await client.next("response.done");
    assert.equal(response.output[0].name, "set_light");
  });
});

describe("local server in the GA dialect", () => {
  it("turns the beta header down as OpenAI does", async () => {
    const server = await startLocalServer({ voice: new ScriptedVoice(), token: null });
    const socket = new WebSocket(server.url, { headers: { "OpenAI-Beta": "realtime=v1" } });
    const closed = once(socket, "close");
    const [data] = (await once(socket, "message")) as [Buffer];
    const event = JSON.parse(data.toString()) as { type: string; error: { code: string } };
    assert.deepEqual([event.type, event.error.code], ["error", "beta_api_shape_disabled"]);
    const [code, reason] = (await closed) as [number, Buffer];
    assert.equal(code, 4000);
    assert.equal(reason.toString(), "invalid_request_error.beta_api_shape_disabled");
    await server.close();
  });
});
