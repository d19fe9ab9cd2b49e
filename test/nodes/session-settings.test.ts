import assert from "node:assert/strict";
import { validateSettings } from "../../lib/index";
import { settingsOf, type SessionForm } from "../../nodes/session-settings";

/** The settings of a form without the type, which is always there. */
function settings(
  form: Partial<SessionForm>,
  expected: "realtime" | "transcription" = "realtime",
): Record<string, unknown> {
  const { type, ...rest } = settingsOf(form);
  assert.equal(type, expected);
  assert.deepEqual(validateSettings({ type, ...rest }, "openai"), []);
  return rest;
}

describe("settings of the session's form", () => {
  it("are empty where the form leaves everything as the server has it", () => {
    assert.deepEqual(settings({}), {});
    assert.deepEqual(
      settings({
        instructionsMode: "leave",
        instructions: "not used",
        output: "leave",
        voice: "  ",
        speed: "",
        turnDetection: "leave",
        threshold: "0.5",
        eagerness: "",
        createResponse: "true",
        transcription: "leave",
        transcriptionModel: "whisper-1",
        noiseReduction: "leave",
        inputFormat: "",
        outputFormat: "",
        toolChoice: "",
        maxOutputTokens: "",
        truncation: "leave",
      }),
      {},
    );
  });

  it("turn off with null, which is not the same as leaving out", () => {
    assert.deepEqual(
      settings({ turnDetection: "off", transcription: "off", noiseReduction: "off" }),
      { audio: { input: { turn_detection: null, transcription: null, noise_reduction: null } } },
    );
  });

  it("keep empty instructions apart from none", () => {
    assert.deepEqual(settings({ instructionsMode: "value", instructions: "" }), {
      instructions: "",
    });
  });

  it("hold the server VAD's members, each where it is filled in", () => {
    assert.deepEqual(
      settings({
        turnDetection: "server_vad",
        threshold: "0.4",
        prefixPadding: "0",
        silenceDuration: "700",
        idleTimeout: "6000",
        createResponse: "false",
        interruptResponse: "true",
        eagerness: "high",
      }),
      {
        audio: {
          input: {
            turn_detection: {
              type: "server_vad",
              threshold: 0.4,
              prefix_padding_ms: 0,
              silence_duration_ms: 700,
              idle_timeout_ms: 6000,
              create_response: false,
              interrupt_response: true,
            },
          },
        },
      },
    );
    assert.deepEqual(settings({ turnDetection: "server_vad", threshold: "" }), {
      audio: { input: { turn_detection: { type: "server_vad" } } },
    });
  });

  it("hold the semantic VAD's members only", () => {
    assert.deepEqual(
      settings({ turnDetection: "semantic_vad", eagerness: "low", silenceDuration: "700" }),
      { audio: { input: { turn_detection: { type: "semantic_vad", eagerness: "low" } } } },
    );
  });

  it("hold transcription, formats, voice and speed", () => {
    assert.deepEqual(
      settings({
        transcription: "on",
        transcriptionModel: "whisper-1",
        transcriptionLanguage: "en",
        transcriptionPrompt: "",
        inputFormat: "audio/pcm",
        outputFormat: "audio/pcmu",
        voice: " marin ",
        speed: "1.2",
        noiseReduction: "far_field",
      }),
      {
        audio: {
          input: {
            format: { type: "audio/pcm", rate: 24_000 },
            transcription: { model: "whisper-1", language: "en" },
            noise_reduction: { type: "far_field" },
          },
          output: { format: { type: "audio/pcmu" }, voice: "marin", speed: 1.2 },
        },
      },
    );
  });

  it("take a custom voice for an id", () => {
    assert.deepEqual(settings({ voice: "voice_123" }), {
      audio: { output: { voice: { id: "voice_123" } } },
    });
  });

  it("hold what the model may do", () => {
    assert.deepEqual(
      settings({
        output: "text",
        toolChoice: "function",
        toolChoiceName: "set_light",
        maxOutputTokens: "inf",
        truncation: "retention_ratio",
        retentionRatio: "0.5",
      }),
      {
        output_modalities: ["text"],
        tool_choice: { type: "function", name: "set_light" },
        max_output_tokens: "inf",
        truncation: { type: "retention_ratio", retention_ratio: 0.5 },
      },
    );
    assert.deepEqual(
      settings({ toolChoice: "none", maxOutputTokens: "100", truncation: "disabled" }),
      { tool_choice: "none", max_output_tokens: 100, truncation: "disabled" },
    );
  });

  it("leave a wrong number to the protocol's check instead of dropping it", () => {
    const wrong = settingsOf({ maxOutputTokens: "many" });
    assert.equal(validateSettings(wrong, "openai")[0]?.path, "session.max_output_tokens");
  });

  it("of a session that only transcribes hold what such a session has, and nothing of a talk", () => {
    assert.deepEqual(
      settings(
        {
          kind: "transcription",
          model: "gpt-realtime-2.1",
          instructionsMode: "value",
          instructions: "Be kind.",
          output: "text",
          voice: "marin",
          speed: "1.2",
          turnDetection: "server_vad",
          silenceDuration: "700",
          idleTimeout: "6000",
          createResponse: "true",
          interruptResponse: "false",
          transcription: "leave",
          transcriptionModel: "gpt-transcribe",
          transcriptionLanguage: "en",
          transcriptionPrompt: "A list of things to buy.",
          transcriptionKeywords: "oat milk, , Brezel ",
          logprobs: "true",
          noiseReduction: "far_field",
          inputFormat: "audio/pcmu",
          outputFormat: "audio/pcmu",
          toolChoice: "required",
          maxOutputTokens: "100",
          truncation: "disabled",
          reasoning: "high",
          promptId: "pmpt_1",
          tracing: "auto",
        },
        "transcription",
      ),
      {
        include: ["item.input_audio_transcription.logprobs"],
        audio: {
          input: {
            format: { type: "audio/pcmu" },
            turn_detection: { type: "server_vad", silence_duration_ms: 700 },
            transcription: {
              model: "gpt-transcribe",
              language: "en",
              prompt: "A list of things to buy.",
              keywords: ["oat milk", "Brezel"],
            },
            noise_reduction: { type: "far_field" },
          },
        },
      },
    );
    assert.deepEqual(settings({ kind: "transcription", transcription: "off" }, "transcription"), {
      audio: { input: { transcription: {} } },
    });
  });

  it("of a conversation hold reasoning, tools at once, a stored prompt and a trace", () => {
    assert.deepEqual(
      settings({
        kind: "conversation",
        parallelToolCalls: "false",
        reasoning: "xhigh",
        promptId: " pmpt_1 ",
        promptVersion: "3",
        promptVariables: '{"city":"Bonn"}',
        tracing: "named",
        tracingWorkflow: "home",
        tracingMetadata: '{"room":"kitchen"}',
        logprobs: "false",
      }),
      {
        parallel_tool_calls: false,
        reasoning: { effort: "xhigh" },
        prompt: { id: "pmpt_1", version: "3", variables: { city: "Bonn" } },
        tracing: { workflow_name: "home", metadata: { room: "kitchen" } },
        include: [],
      },
    );
    assert.deepEqual(settings({ tracing: "named" }), { tracing: "auto" });
    assert.deepEqual(settings({ tracing: "off", promptVersion: "3" }), { tracing: null });
  });

  it("leave what is no JSON object to the validator, which names the member", () => {
    const wrong = settingsOf({ promptId: "pmpt_1", promptVariables: "city=Bonn" });
    const [problem] = validateSettings(wrong, "openai");
    assert.equal(problem?.path, "session.prompt.variables");
  });

  /** As a flow that was written by hand has it: the types of the form do not bind it. */
  const written = (members: object): Partial<SessionForm> => members;

  for (const [field, value, choices, others] of [
    ["kind", "transcribe", "conversation, transcription", {}],
    ["output", "both", "audio, text", {}],
    ["instructionsMode", "text", "value", {}],
    ["turnDetection", "none", "server_vad, semantic_vad, off", {}],
    ["createResponse", "no", "true, false", { turnDetection: "server_vad" }],
    ["transcription", true, "on, off", {}],
    ["noiseReduction", "none", "near_field, far_field, off", {}],
    ["inputFormat", "pcm16", "audio/pcm, audio/pcmu, audio/pcma", {}],
    ["toolChoice", "any", "auto, none, required, function", {}],
    ["truncation", "off", "auto, disabled, retention_ratio", {}],
    ["tracing", "on", "auto, named, off", {}],
    ["logprobs", "on", "true, false", {}],
  ] as const) {
    it(`are refused where ${field} is chosen that there is not`, () => {
      assert.throws(() => settingsOf(written({ ...others, [field]: value })), {
        code: "invalid_settings",
        message: `${field} must be one of ${choices}`,
      });
    });
  }

  it("do not depend on a choice that the form does not show", () => {
    assert.deepEqual(settings(written({ turnDetection: "leave", createResponse: "no" })), {});
  });

  it("take yes and no from a variable that is true or false", () => {
    const form = { turnDetection: "server_vad", createResponse: false, parallelToolCalls: true };
    assert.deepEqual(settings(written(form)), {
      parallel_tool_calls: true,
      audio: { input: { turn_detection: { type: "server_vad", create_response: false } } },
    });
  });
});
