import type { Static } from "@sinclair/typebox";
import { Type } from "./schema-builder";
import { AudioFormatSchema, VoiceSchema } from "./audio-format";
import {
  NoiseReductionSchema,
  TranscriptionSettingsSchema,
  TurnDetectionSchema,
} from "./audio-input";
import {
  MaxOutputTokensSchema,
  OutputModalitiesSchema,
  PromptSchema,
  ReasoningSchema,
} from "./response";
import { described, nullable, settings } from "./schema";
import { ToolChoiceSchema, ToolSchema } from "./tools";

/** A trace of the session in OpenAI's dashboard. Cannot change once it is on. */
export const TracingSchema = Type.Union(
  [
    Type.Literal("auto"),
    settings(
      {
        workflow_name: Type.Optional(Type.String({ description: "Name of the workflow." })),
        group_id: Type.Optional(
          Type.String({ description: "Groups the traces of several sessions." }),
        ),
        metadata: Type.Optional(
          Type.Unknown({ description: "An object of our own for filtering." }),
        ),
      },
      { description: "A trace with a name of our own." },
    ),
  ],
  { $id: "Tracing", description: "auto, or names for the trace." },
);
export type Tracing = Static<typeof TracingSchema>;

/** What happens when the conversation outgrows the model's context. */
export const TruncationSchema = Type.Union(
  [
    Type.Literal("auto"),
    Type.Literal("disabled"),
    settings(
      {
        type: Type.Literal("retention_ratio", { description: "Cut to a share." }),
        retention_ratio: Type.Number({
          minimum: 0,
          maximum: 1,
          description: "Share of the tokens that is kept when it is cut, 0 to 1.",
        }),
        token_limits: Type.Optional(
          settings(
            {
              post_instructions: Type.Optional(
                Type.Integer({
                  minimum: 0,
                  description: "Most tokens of the conversation after the instructions, in tokens.",
                }),
              ),
            },
            { description: "Limits that bring the cut forward." },
          ),
        ),
      },
      { description: "Cut to a share of the context." },
    ),
  ],
  {
    $id: "Truncation",
    description:
      "When the context is full: auto drops the oldest items, disabled fails, or cut to a share. Default auto.",
  },
);
export type Truncation = Static<typeof TruncationSchema>;

const audioInput = settings(
  {
    format: Type.Optional(described(AudioFormatSchema, "Format of the audio we send.")),
    transcription: Type.Optional(
      nullable(TranscriptionSettingsSchema, "Transcription of the user's audio; null for off."),
    ),
    noise_reduction: Type.Optional(
      nullable(NoiseReductionSchema, "Noise reduction on the user's audio; null for off."),
    ),
    turn_detection: Type.Optional(
      nullable(
        TurnDetectionSchema,
        "How the user's turns are found; null for off: the client commits and asks for responses.",
      ),
    ),
  },
  { $id: "AudioInput", description: "Audio from the user." },
);

const audioOutput = settings(
  {
    format: Type.Optional(described(AudioFormatSchema, "Format of the audio we receive.")),
    voice: Type.Optional(VoiceSchema),
    speed: Type.Optional(
      Type.Number({
        minimum: 0.25,
        maximum: 1.5,
        description: "Speed of speech, 0.25 to 1.5; 1 is normal. Changes only between turns.",
      }),
    ),
  },
  { $id: "AudioOutput", description: "Audio from the model." },
);

const includeValue = Type.Literal("item.input_audio_transcription.logprobs", {
  description: "Log probabilities of the transcription's tokens.",
});
const include = Type.Array(includeValue, {
  description: "What servers shall send in addition: item.input_audio_transcription.logprobs.",
});

const realtimeType = Type.Literal("realtime", { description: "A talk with a model." });
const realtimeMembers = {
  model: Type.Optional(
    Type.String({
      description: "Model of the session. Chosen by the URL; cannot change after connecting.",
      examples: [
        "gpt-realtime-2.1",
        "gpt-realtime-2.1-mini",
        "gpt-realtime-2",
        "gpt-realtime-1.5",
        "gpt-realtime",
        "gpt-realtime-mini",
      ],
    }),
  ),
  output_modalities: Type.Optional(OutputModalitiesSchema),
  instructions: Type.Optional(
    Type.String({ description: 'What the model is and how it shall talk; "" for none.' }),
  ),
  audio: Type.Optional(
    settings(
      { input: Type.Optional(audioInput), output: Type.Optional(audioOutput) },
      { $id: "Audio", description: "Audio in both directions." },
    ),
  ),
  max_output_tokens: Type.Optional(MaxOutputTokensSchema),
  tools: Type.Optional(
    Type.Array(ToolSchema, { description: "What the model may call; [] for none." }),
  ),
  tool_choice: Type.Optional(ToolChoiceSchema),
  parallel_tool_calls: Type.Optional(
    Type.Boolean({
      description: "Whether several tools may be called in one response. Reasoning models only.",
    }),
  ),
  reasoning: Type.Optional(ReasoningSchema),
  prompt: Type.Optional(
    nullable(PromptSchema, "A stored prompt; null for none. Announced to end on 2026-11-30."),
  ),
  tracing: Type.Optional(
    nullable(TracingSchema, "A trace in OpenAI's dashboard; null for none. Cannot change once on."),
  ),
  truncation: Type.Optional(TruncationSchema),
};

const transcriptionType = Type.Literal("transcription", { description: "Speech to text only." });
const transcriptionMembers = {
  audio: Type.Optional(
    settings(
      { input: Type.Optional(audioInput) },
      { $id: "TranscriptionAudio", description: "Audio from the user." },
    ),
  ),
};

/** Settings of a talk. Each member may be left out (stay as it is), and some take null (off). */
export const RealtimeSessionSettingsSchema = settings(
  { type: realtimeType, ...realtimeMembers, include: Type.Optional(include) },
  { $id: "RealtimeSessionSettings", description: "Settings of a talk with a model." },
);
/** What a session with a model can be set to; what is left out stays as the server has it. */
export type RealtimeSessionSettings = Static<typeof RealtimeSessionSettingsSchema>;

export const TranscriptionSessionSettingsSchema = settings(
  { type: transcriptionType, ...transcriptionMembers, include: Type.Optional(include) },
  {
    $id: "TranscriptionSessionSettings",
    description: "Settings of a session that only transcribes.",
  },
);
/** The same of a session that only transcribes. */
export type TranscriptionSessionSettings = Static<typeof TranscriptionSessionSettingsSchema>;

/** The body of `session.update`. What is left out stays as it is. */
export const SessionSettingsSchema = Type.Union(
  [RealtimeSessionSettingsSchema, TranscriptionSessionSettingsSchema],
  { $id: "SessionSettings", description: "Settings of the session." },
);
/** What a session can be set to, by its `type`. */
export type SessionSettings = Static<typeof SessionSettingsSchema>;

const sessionId = Type.String({ description: 'Id of the session, "sess_..." at OpenAI.' });
const expiresAt = Type.Optional(
  Type.Integer({
    description:
      "When the server will end the session, Unix seconds; 0 in answers with a client secret.",
  }),
);
const reportedInclude = Type.Optional(nullable(include, include.description ?? "Additions."));
const realtimeObject = Type.Literal("realtime.session", {
  description: 'Kind of the object: always "realtime.session".',
});
// OpenAI documents realtime.session for transcription too: `type` tells the two apart.
const transcriptionObject = Type.String({
  description: 'Kind of the object: "realtime.transcription_session".',
  examples: ["realtime.transcription_session"],
});

/** A session as a server reports it. Compatible servers leave out `id` and `object`. */
export const RealtimeSessionObjectSchema = Type.Object(
  {
    type: realtimeType,
    id: Type.Optional(sessionId),
    object: Type.Optional(realtimeObject),
    expires_at: expiresAt,
    ...realtimeMembers,
    include: reportedInclude,
  },
  { $id: "RealtimeSessionObject", description: "A talk with a model, with all its settings." },
);
export type RealtimeSessionObject = Static<typeof RealtimeSessionObjectSchema>;

export const TranscriptionSessionObjectSchema = Type.Object(
  {
    type: transcriptionType,
    id: Type.Optional(sessionId),
    object: Type.Optional(transcriptionObject),
    expires_at: expiresAt,
    ...transcriptionMembers,
    include: reportedInclude,
  },
  {
    $id: "TranscriptionSessionObject",
    description: "A session that only transcribes, with all its settings.",
  },
);
export type TranscriptionSessionObject = Static<typeof TranscriptionSessionObjectSchema>;

/** The `session` of `session.created` and `session.updated`. */
export const SessionObjectSchema = Type.Union(
  [RealtimeSessionObjectSchema, TranscriptionSessionObjectSchema],
  { $id: "SessionObject", description: "The session with all its settings." },
);
export type SessionObject = Static<typeof SessionObjectSchema>;

/** A session as OpenAI's REST endpoints return it: `id`, `object` and `type` are always there. */
export const CreatedSessionSchema = Type.Union(
  [
    Type.Object(
      { ...RealtimeSessionObjectSchema.properties, id: sessionId, object: realtimeObject },
      { description: "A talk with a model." },
    ),
    Type.Object(
      {
        ...TranscriptionSessionObjectSchema.properties,
        id: sessionId,
        object: transcriptionObject,
      },
      { description: "A session that only transcribes." },
    ),
  ],
  { $id: "CreatedSession", description: "The session that a client secret opens." },
);
/** A session as the server tells of it with a client secret. */
export type CreatedSession = Static<typeof CreatedSessionSchema>;
