import type { Static } from "@sinclair/typebox";
import { Type } from "./schema-builder";
import {
  NoiseReductionSchema,
  TranscriptionSettingsSchema,
  TurnDetectionSchema,
} from "./audio-input";
import { described, nullable, oneOf } from "./schema";

/** Names of audio formats in the beta dialect, as format objects of the GA dialect. */
export const betaAudioFormats = {
  pcm16: { type: "audio/pcm", rate: 24000 },
  g711_ulaw: { type: "audio/pcmu" },
  g711_alaw: { type: "audio/pcma" },
} as const;

/** The flat transcription session of the beta dialect. Everything may be missing or null. */
export const BetaTranscriptionSessionSchema = Type.Object(
  {
    input_audio_format: Type.Optional(
      nullable(
        Type.String({ examples: Object.keys(betaAudioFormats) }),
        "Format of the audio we send: pcm16 (24000 Hz), g711_ulaw or g711_alaw (8000 Hz).",
      ),
    ),
    input_audio_transcription: Type.Optional(
      nullable(TranscriptionSettingsSchema, "Transcription of the user's audio."),
    ),
    input_audio_noise_reduction: Type.Optional(
      nullable(NoiseReductionSchema, "Noise reduction on the user's audio; null for off."),
    ),
    turn_detection: Type.Optional(
      nullable(
        described(TurnDetectionSchema, "How the user's turns are found."),
        "How the user's turns are found; null for off.",
      ),
    ),
    include: Type.Optional(
      nullable(
        Type.Array(Type.Literal("item.input_audio_transcription.logprobs")),
        "What servers shall send in addition.",
      ),
    ),
    modalities: Type.Optional(
      Type.Array(oneOf(["text", "audio"], { description: "text or audio." }), {
        description: "Kinds of output the session allows.",
      }),
    ),
    client_secret: Type.Optional(
      nullable(
        Type.Object({}, { description: "The key, or when it expires." }),
        "Short-lived key. A secret; the GA dialect has it on the REST answer instead.",
      ),
    ),
  },
  {
    $id: "BetaTranscriptionSession",
    description: "A session that only transcribes, in the flat shape of the beta dialect.",
  },
);
export type BetaTranscriptionSession = Static<typeof BetaTranscriptionSessionSchema>;
