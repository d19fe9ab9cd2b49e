import type { ClientSecretResponse } from "../../lib/index";

/** When the secret of these answers expires, Unix seconds. */
export const EXPIRES_AT = 1_790_000_600;

/**
 * The answer of `POST /v1/realtime/client_secrets` with every member of a talk that is documented:
 * nulls as OpenAI's server writes them, and `expires_at` 0 in the session.
 */
export const fullAnswer: ClientSecretResponse = {
  value: "ek_68af296e8e408191a1120ab6383263c2",
  expires_at: EXPIRES_AT,
  session: {
    id: "sess_C9CiUVUzUzYIssh3ELY1d",
    object: "realtime.session",
    type: "realtime",
    model: "gpt-realtime-2.1",
    expires_at: 0,
    audio: {
      input: {
        format: { type: "audio/pcm", rate: 24_000 },
        transcription: null,
        noise_reduction: null,
        turn_detection: {
          type: "server_vad",
          threshold: 0.5,
          prefix_padding_ms: 300,
          silence_duration_ms: 200,
          idle_timeout_ms: null,
          create_response: true,
          interrupt_response: true,
        },
      },
      output: {
        format: { type: "audio/pcmu" },
        voice: { id: "voice_kitchen" },
        speed: 1,
      },
    },
    output_modalities: ["audio"],
    instructions: "Be brief.",
    tools: [
      { type: "function", name: "set_light", description: "A light", parameters: {} },
      {
        type: "mcp",
        server_label: "calendar",
        server_url: "https://mcp.example.com/",
        authorization: "mcp-secret-a",
        headers: { "X-Token": "mcp-secret-b" },
        allowed_tools: null,
        require_approval: "always",
      },
    ],
    tool_choice: { type: "mcp", server_label: "calendar", name: null },
    max_output_tokens: "inf",
    parallel_tool_calls: true,
    reasoning: { effort: "low" },
    tracing: null,
    prompt: null,
    truncation: { type: "retention_ratio", retention_ratio: 0.8, token_limits: {} },
    include: null,
  },
};

/** The same of a session that only transcribes: no model, no output. */
export const transcriptionAnswer: ClientSecretResponse = {
  value: "ek_transcription",
  expires_at: EXPIRES_AT,
  session: {
    id: "sess_transcription",
    object: "realtime.transcription_session",
    type: "transcription",
    expires_at: 0,
    audio: {
      input: {
        format: { type: "audio/pcm", rate: 24_000 },
        transcription: { model: "gpt-4o-transcribe", language: "en" },
        noise_reduction: null,
        turn_detection: null,
      },
    },
    include: ["item.input_audio_transcription.logprobs"],
  },
};
