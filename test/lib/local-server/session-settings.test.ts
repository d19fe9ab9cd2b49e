import assert from "node:assert/strict";
import { type LocalServer, startLocalServer } from "../../../lib/local-server/server";
import { lightTool, TestClient, update, userMessage } from "./client";
import { ScriptedVoice } from "./scripted-voice";

describe("local server: settings of a session", () => {
  let server: LocalServer;
  let client: TestClient;

  beforeEach(async () => {
    server = await startLocalServer({ voice: new ScriptedVoice() });
    client = await TestClient.open(server);
  });

  afterEach(async () => {
    client.close();
    await server.close();
  });

  const updated = async (session: Record<string, unknown>) => {
    client.send(update(session));
    return (await client.next("session.updated"))["session"];
  };

  it("begin as OpenAI's do", () => {
    const { id, expires_at: expiresAt, ...session } = client.events[0]?.["session"] ?? {};
    assert.match(String(id), /^sess_\w{21}$/);
    const life = expiresAt - Date.now() / 1000;
    assert.ok(life > 3_500 && life <= 3_600, String(life));
    assert.deepEqual(session, {
      object: "realtime.session",
      type: "realtime",
      model: "test",
      output_modalities: ["audio"],
      instructions: "",
      tools: [],
      tool_choice: "auto",
      max_output_tokens: "inf",
      tracing: null,
      truncation: "auto",
      prompt: null,
      audio: {
        input: {
          format: { type: "audio/pcm", rate: 24000 },
          transcription: null,
          noise_reduction: null,
          turn_detection: {
            type: "server_vad",
            threshold: 0.5,
            prefix_padding_ms: 300,
            silence_duration_ms: 350,
            idle_timeout_ms: null,
            create_response: true,
            interrupt_response: true,
          },
        },
        output: { format: { type: "audio/pcm", rate: 24000 }, voice: "alloy", speed: 1 },
      },
      include: null,
    });
    assert.deepEqual(client.problems(), []);
  });

  it("change only where a member is present", async () => {
    await updated({ instructions: "Be kind.", tools: [lightTool] });
    const session = await updated({
      audio: { input: { turn_detection: { type: "server_vad", threshold: 0.7 } } },
    });
    assert.equal(session.instructions, "Be kind.");
    assert.deepEqual(session.tools, [lightTool]);
    assert.equal(session.audio.input.turn_detection.threshold, 0.7);
    assert.equal(session.audio.input.turn_detection.silence_duration_ms, 350);
    assert.equal(session.audio.output.voice, "alloy");
  });

  it("are cleared by null, by empty text and by an empty list", async () => {
    await updated({
      instructions: "Be kind.",
      tools: [lightTool],
      audio: {
        input: {
          transcription: { model: "whisper-1", language: "en" },
          noise_reduction: { type: "near_field" },
        },
      },
    });
    const session = await updated({
      instructions: "",
      tools: [],
      audio: { input: { transcription: null, noise_reduction: null, turn_detection: null } },
    });
    assert.equal(session.instructions, "");
    assert.deepEqual(session.tools, []);
    const { transcription, noise_reduction: noise, turn_detection: turns } = session.audio.input;
    assert.deepEqual([transcription, noise, turns], [null, null, null]);
  });

  it("take the defaults of the other turn detection when its kind changes", async () => {
    const semantic = await updated({
      audio: { input: { turn_detection: { type: "semantic_vad" } } },
    });
    assert.deepEqual(semantic.audio.input.turn_detection, {
      type: "semantic_vad",
      eagerness: "auto",
      create_response: true,
      interrupt_response: true,
    });
  });

  it("stay as they were when any member is unknown or wrong, which is named", async () => {
    const before = await updated({ instructions: "before" });
    for (const [session, code, param] of [
      [{ instructions: "after", voice: "ash" }, "unknown_parameter", "session.voice"],
      [
        { instructions: "after", output_modalities: ["video"] },
        "invalid_value",
        "session.output_modalities[0]",
      ],
      [{ instructions: 7 }, "invalid_type", "session.instructions"],
      [
        { audio: { input: { turn_detection: { type: "server_vad", threshold: 2 } } } },
        "invalid_value",
        "session.audio.input.turn_detection.threshold",
      ],
      [{ tools: [{ ...lightTool, strict: true }] }, "unknown_parameter", "session.tools[0].strict"],
      [{ instructions: "after", model: "other" }, "invalid_value", "session.model"],
      [{ type: "transcription" }, "invalid_value", "session.type"],
    ] as const) {
      const error = await client.refused({ ...update(session), event_id: "mine" });
      const { code: gotCode, param: gotParam, event_id: eventId } = error;
      assert.deepEqual([gotCode, gotParam, eventId], [code, param, "mine"], error["message"]);
    }
    assert.deepEqual(await updated({}), before);
  });

  it("take English and French, in any region, and name them where a language is another", async () => {
    const heardIn = (language: string) => ({
      audio: { input: { transcription: { model: "built-in", language } } },
    });
    for (const language of ["en", "fr", "fr-CA", "EN_gb"]) {
      const { audio } = await updated(heardIn(language));
      assert.equal(audio.input.transcription.language, language);
    }
    const error = await client.refused(update(heardIn("de")));
    assert.equal(error["code"], "invalid_value");
    assert.equal(error["param"], "session.audio.input.transcription.language");
    assert.match(error["message"], /"en" and "fr"/);
  });

  it("need their type on every update", async () => {
    const error = await client.refused({ type: "session.update", session: { instructions: "x" } });
    assert.equal(error["code"], "missing_required_parameter");
    assert.equal(error["param"], "session.type");
  });

  it("accept the session's own model", async () => {
    assert.equal((await updated({ model: "test" })).model, "test");
  });

  it("say that MCP tools and stored prompts are not there", async () => {
    const tools = [{ type: "mcp", server_label: "x", server_url: "https://example.org" }];
    assert.equal((await client.refused(update({ tools })))["param"], "session.tools[0].type");
    assert.equal(
      (await client.refused(update({ prompt: { id: "p" } })))["param"],
      "session.prompt",
    );
  });

  it("say where the sentences of a tool have a mistake, and take the others", async () => {
    const tool = (sentence: string) => ({
      type: "function",
      name: "go",
      parameters: { type: "object", "x-sentences": ["# how to go", sentence] },
    });
    const error = await client.refused(update({ tools: [tool("go"), tool("go {where}")] }));
    assert.equal(error["param"], "session.tools[1].parameters.x-sentences");
    assert.match(error["message"], /^Line 2, column 4: there is no parameter \{where\}/);
    assert.equal((await updated({ tools: [tool("go [now]")] })).tools.length, 1);
  });

  it("say so of sentences in the language of the session", async () => {
    const tools = [
      {
        type: "function",
        name: "porte",
        parameters: {
          type: "object",
          properties: { ouverte: { type: "boolean" } },
          "x-sentences": ["ouvre la porte {ouverte=ouvert}"],
        },
      },
    ];
    const audio = { input: { transcription: { model: "built-in", language: "fr" } } };
    assert.equal((await updated({ tools, audio })).tools.length, 1);
    const error = await client.refused(
      update({ tools, audio: { input: { transcription: null } } }),
    );
    assert.match(error["message"], /\{ouverte\} cannot be "ouvert"/);
  });

  it("lock the voice once audio was sent, and only then", async () => {
    const voice = (name: string) => ({ audio: { output: { voice: name } } });
    await updated(voice("ash"));
    client.send(userMessage("hello"), { type: "response.create" });
    await client.next("response.done");
    const error = await client.refused(update({ ...voice("echo"), instructions: "after" }));
    assert.equal(error["code"], "cannot_update_voice");
    const session = await updated(voice("ash"));
    assert.equal(session.audio.output.voice, "ash");
    assert.equal(session.instructions, "");
  });

  it("leave the voice free while answers are text", async () => {
    await updated({ output_modalities: ["text"] });
    client.send(userMessage("hello"), { type: "response.create" });
    await client.next("response.done");
    await updated({ audio: { output: { voice: "echo" } } });
  });

  it("are those of a transcription where that was asked for, which makes no responses", async () => {
    const other = await TestClient.open(server, { query: "?intent=transcription" });
    const session = other.events[0]?.["session"];
    assert.equal(session.type, "transcription");
    assert.equal(session.object, "realtime.transcription_session");
    assert.deepEqual(Object.keys(session.audio), ["input"]);
    other.send({
      type: "session.update",
      session: {
        type: "transcription",
        audio: { input: { transcription: { model: "whisper-1" } } },
      },
    });
    await other.next("session.updated");
    assert.equal((await other.refused({ type: "response.create" }))["code"], "invalid_value");
    assert.deepEqual(other.problems(), []);
    other.close();
  });

  it("refuse events that no client sends, and those of another transport", async () => {
    for (const type of ["response.done", "no.such.event", "transcription_session.update"]) {
      const error = await client.refused({ type, event_id: "e", session: {} });
      assert.equal(error["code"], "invalid_value", type);
      assert.equal(error["event_id"], "e");
    }
    const error = await client.refused({ type: "output_audio_buffer.clear" });
    assert.match(error["message"], /WebRTC/);
  });
});
