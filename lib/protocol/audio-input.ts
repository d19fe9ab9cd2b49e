import type { Static } from "@sinclair/typebox";
import { Type } from "./schema-builder";
import { nullable, oneOf, settings } from "./schema";

/** Settings of speech-to-text for the user's audio. It runs beside the model and may differ from what the model heard. */
export const TranscriptionSettingsSchema = settings(
  {
    model: Type.Optional(
      Type.String({
        description: "Transcription model; on Azure the name of a deployment.",
        examples: [
          "whisper-1",
          "gpt-transcribe",
          "gpt-live-transcribe",
          "gpt-4o-transcribe",
          "gpt-4o-mini-transcribe",
          "gpt-4o-mini-transcribe-2025-12-15",
          "gpt-4o-transcribe-diarize",
          "gpt-realtime-whisper",
        ],
      }),
    ),
    language: Type.Optional(
      Type.String({ description: "Language of the audio as an ISO 639-1 code, such as en." }),
    ),
    languages: Type.Optional(
      Type.Array(Type.String({ description: "An ISO 639-1 code." }), {
        description:
          "Languages that may occur, as ISO 639-1 codes. gpt-transcribe and gpt-live-transcribe only.",
      }),
    ),
    keywords: Type.Optional(
      Type.Array(Type.String({ description: "A word or name." }), {
        description: "Words and names to expect. gpt-transcribe and gpt-live-transcribe only.",
      }),
    ),
    prompt: Type.Optional(
      Type.String({
        description:
          "Text that guides the transcription. Not for gpt-realtime-whisper and diarising models.",
      }),
    ),
    delay: Type.Optional(
      oneOf(["minimal", "low", "medium", "high", "xhigh"], {
        description:
          "How long to wait for more audio before text is given out. gpt-realtime-whisper only.",
      }),
    ),
  },
  { $id: "TranscriptionSettings", description: "Transcription of the user's audio." },
);
export type TranscriptionSettings = Static<typeof TranscriptionSettingsSchema>;

/** Filter in front of voice activity detection and the model. */
export const NoiseReductionSchema = settings(
  {
    type: Type.Optional(
      oneOf(["near_field", "far_field"], {
        description: "near_field for a headset, far_field for a microphone in the room.",
      }),
    ),
    strength: Type.Optional(
      Type.Number({
        description: "Strength of the filter; 1 when first switched on, kept when left out later.",
      }),
    ),
  },
  { $id: "NoiseReduction", description: "Noise reduction on the user's audio." },
);
export type NoiseReduction = Static<typeof NoiseReductionSchema>;

const turnMembers = {
  create_response: Type.Optional(
    Type.Boolean({ description: "Answer by itself when the user's turn ends. Default true." }),
  ),
  interrupt_response: Type.Optional(
    Type.Boolean({
      description: "Cancel a running response when the user starts to speak. Default true.",
    }),
  ),
};

export const ServerVadSchema = settings(
  {
    type: Type.Literal("server_vad", { description: "A turn ends with silence." }),
    ...turnMembers,
    threshold: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description: "Loudness that counts as speech, 0 to 1. Default 0.5.",
      }),
    ),
    prefix_padding_ms: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: "Audio kept from before speech was detected, in milliseconds. Default 300.",
      }),
    ),
    silence_duration_ms: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: "Silence that ends a turn, in milliseconds. Default 500.",
      }),
    ),
    idle_timeout_ms: Type.Optional(
      nullable(
        Type.Integer({ minimum: 5000, maximum: 30000 }),
        "Silence after a response until the model speaks again by itself, 5000 to 30000 milliseconds; null for never.",
      ),
    ),
  },
  { description: "Voice activity detection by loudness and silence." },
);

export const SemanticVadSchema = settings(
  {
    type: Type.Literal("semantic_vad", {
      description: "A turn ends when the words sound finished.",
    }),
    ...turnMembers,
    eagerness: Type.Optional(
      oneOf(["low", "medium", "high", "auto"], {
        description:
          "How soon a turn counts as finished: low waits up to 8 s, medium 4 s, high 2 s; auto is medium.",
      }),
    ),
  },
  { description: "Voice activity detection that listens for the end of a sentence." },
);

/** How the server finds the turns in the user's audio. Off is null in the member that holds it. */
export const TurnDetectionSchema = Type.Union([ServerVadSchema, SemanticVadSchema], {
  $id: "TurnDetection",
  description: "How the server finds the user's turns: server_vad or semantic_vad.",
});
export type TurnDetection = Static<typeof TurnDetectionSchema>;
