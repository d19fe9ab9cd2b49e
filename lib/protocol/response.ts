import type { Static } from "@sinclair/typebox";
import { Type } from "./schema-builder";
import { AudioFormatSchema, VoiceSchema } from "./audio-format";
import { ItemReferenceSchema, ItemSchema } from "./items";
import { MAX_OUTPUT_TOKENS } from "./limits";
import { described, nullable, oneOf, settings } from "./schema";
import { ToolChoiceSchema, ToolSchema } from "./tools";

/** What is spoken or written: one of the two, never both. */
export const OutputModalitiesSchema = Type.Array(
  oneOf(["audio", "text"], { description: "audio brings a transcript along." }),
  { maxItems: 1, description: 'Form of the answers: ["audio"] (with transcript) or ["text"].' },
);

export const MaxOutputTokensSchema = Type.Union(
  [
    Type.Integer({ minimum: 1, maximum: MAX_OUTPUT_TOKENS }),
    Type.Literal("inf", { description: "No limit." }),
  ],
  { description: 'Most tokens of one answer, calls included: 1 to 4096, or "inf". Default "inf".' },
);

export const ReasoningSchema = settings(
  {
    effort: Type.Optional(
      oneOf(["minimal", "low", "medium", "high", "xhigh"], {
        description: "How much to think before answering. Default low.",
      }),
    ),
  },
  { $id: "Reasoning", description: "Reasoning; gpt-realtime-2 and later." },
);

const fileId = Type.Optional(nullable(Type.String(), "Id of an uploaded file."));

const promptInputs = [
  Type.Object(
    {
      type: Type.Literal("input_text", { description: "Text." }),
      text: Type.String({ description: "The text." }),
    },
    { description: "Text." },
  ),
  Type.Object(
    {
      type: Type.Literal("input_image", { description: "A picture." }),
      detail: oneOf(["low", "high", "auto", "original"], {
        description: "How closely the model looks at the picture.",
      }),
      file_id: fileId,
      image_url: Type.Optional(nullable(Type.String(), "The picture as a URL or data: URI.")),
    },
    { description: "A picture." },
  ),
  Type.Object(
    {
      type: Type.Literal("input_file", { description: "A file." }),
      file_id: fileId,
      file_url: Type.Optional(Type.String({ description: "The file as a URL." })),
      file_data: Type.Optional(Type.String({ description: "The file as base64." })),
      filename: Type.Optional(Type.String({ description: "Name of the file." })),
    },
    { description: "A file." },
  ),
];

export const PromptSchema = settings(
  {
    id: Type.String({ description: "Id of the prompt." }),
    version: Type.Optional(
      nullable(Type.String(), "Version of the prompt; the newest when left out."),
    ),
    variables: Type.Optional(
      nullable(
        Type.Record(Type.String(), Type.Union([Type.String(), ...promptInputs])),
        "Values for the variables of the prompt.",
      ),
    ),
  },
  { $id: "Prompt", description: "A prompt stored at OpenAI. Announced to end on 2026-11-30." },
);

export const MetadataSchema = Type.Record(Type.String(), Type.String({ maxLength: 512 }), {
  maxProperties: 16,
  propertyNames: { maxLength: 64 },
  description: "Up to 16 pairs of our own, keys up to 64 and values up to 512 characters.",
});

const tokens = (description: string) => Type.Optional(Type.Integer({ minimum: 0, description }));

/** Tokens of one response. Servers leave out what they do not count. */
export const UsageSchema = Type.Object(
  {
    total_tokens: tokens("Input and output together, in tokens."),
    input_tokens: tokens("Input, in tokens; cached ones included."),
    output_tokens: tokens("Output, in tokens."),
    input_token_details: Type.Optional(
      Type.Object(
        {
          text_tokens: tokens("Text, in tokens."),
          audio_tokens: tokens("Audio, in tokens."),
          image_tokens: tokens("Pictures, in tokens."),
          cached_tokens: tokens("Of these from the cache, in tokens."),
          cached_tokens_details: Type.Optional(
            Type.Object(
              {
                text_tokens: tokens("Cached text, in tokens."),
                audio_tokens: tokens("Cached audio, in tokens."),
                image_tokens: tokens("Cached pictures, in tokens."),
              },
              { description: "The cached tokens by kind." },
            ),
          ),
        },
        { description: "The input tokens by kind." },
      ),
    ),
    output_token_details: Type.Optional(
      Type.Object(
        {
          text_tokens: tokens("Text, in tokens."),
          audio_tokens: tokens("Audio, in tokens."),
        },
        { description: "The output tokens by kind." },
      ),
    ),
  },
  { $id: "Usage", description: "Tokens used by a response." },
);
export type Usage = Static<typeof UsageSchema>;

export const ResponseStatusDetailsSchema = Type.Object(
  {
    type: Type.Optional(
      oneOf(["completed", "cancelled", "incomplete", "failed"], {
        description: "The status that is explained.",
      }),
    ),
    reason: Type.Optional(
      oneOf(["turn_detected", "client_cancelled", "max_output_tokens", "content_filter"], {
        description: "Why it was cancelled or is incomplete.",
      }),
    ),
    error: Type.Optional(
      Type.Object(
        {
          type: Type.Optional(Type.String({ description: "Class of the error." })),
          code: Type.Optional(Type.String({ description: "Code of the error." })),
          message: Type.Optional(Type.String({ description: "The error for people." })),
        },
        { description: "Why it failed." },
      ),
    ),
  },
  { $id: "ResponseStatusDetails", description: "Why a response ended as it did." },
);
export type ResponseStatusDetails = Static<typeof ResponseStatusDetailsSchema>;

export const ResponseAudioSchema = settings(
  {
    output: Type.Optional(
      settings(
        {
          format: Type.Optional(AudioFormatSchema),
          voice: Type.Optional(VoiceSchema),
        },
        { description: "The audio that is spoken." },
      ),
    ),
  },
  { $id: "ResponseAudio", description: "Audio of the response." },
);

/** A response as the server reports it. */
export const ResponseSchema = Type.Object(
  {
    id: Type.Optional(Type.String({ description: "Id of the response." })),
    object: Type.Optional(
      Type.Literal("realtime.response", {
        description: 'Kind of the object: always "realtime.response".',
      }),
    ),
    status: Type.Optional(
      oneOf(["in_progress", "completed", "cancelled", "failed", "incomplete"], {
        description: "How far it is, or how it ended.",
      }),
    ),
    status_details: Type.Optional(
      nullable(ResponseStatusDetailsSchema, "Why it ended as it did; null while it runs."),
    ),
    output: Type.Optional(
      Type.Array(ItemSchema, { description: "The items it made, without audio bytes." }),
    ),
    conversation_id: Type.Optional(
      nullable(Type.String(), "The conversation it belongs to; null when out of band."),
    ),
    output_modalities: Type.Optional(OutputModalitiesSchema),
    audio: Type.Optional(ResponseAudioSchema),
    max_output_tokens: Type.Optional(MaxOutputTokensSchema),
    metadata: Type.Optional(nullable(MetadataSchema, "The metadata of the request.")),
    usage: Type.Optional(nullable(UsageSchema, "Tokens used; null while it runs.")),
  },
  { $id: "Response", description: "A response of the model." },
);
/** A response as the server tells of it. */
export type Response = Static<typeof ResponseSchema>;

/** What one `response.create` asks for; what is left out is taken from the session. */
export const ResponseCreateParamsSchema = settings(
  {
    conversation: Type.Optional(
      Type.String({
        examples: ["auto", "none"],
        description:
          "auto adds the answer to the conversation (default); none keeps it out of band.",
      }),
    ),
    input: Type.Optional(
      Type.Array(Type.Union([...ItemSchema.anyOf, ItemReferenceSchema], { $id: "InputItem" }), {
        description:
          "What the model sees instead of the conversation: items and references; [] for nothing.",
      }),
    ),
    instructions: Type.Optional(
      Type.String({ description: "Instructions for this response instead of the session's." }),
    ),
    output_modalities: Type.Optional(OutputModalitiesSchema),
    audio: Type.Optional(ResponseAudioSchema),
    max_output_tokens: Type.Optional(MaxOutputTokensSchema),
    tools: Type.Optional(
      Type.Array(ToolSchema, { description: "Tools for this response instead of the session's." }),
    ),
    tool_choice: Type.Optional(described(ToolChoiceSchema, "Whether and which tool to call.")),
    parallel_tool_calls: Type.Optional(
      Type.Boolean({ description: "Whether several tools may be called in one response." }),
    ),
    metadata: Type.Optional(nullable(MetadataSchema, MetadataSchema.description ?? "Metadata.")),
    reasoning: Type.Optional(ReasoningSchema),
    prompt: Type.Optional(
      nullable(PromptSchema, "A stored prompt. Announced to end on 2026-11-30."),
    ),
  },
  { $id: "ResponseCreateParams", description: "What the response shall be like." },
);
/** How a response is asked for; what is left out is as the session has it. */
export type ResponseCreateParams = Static<typeof ResponseCreateParamsSchema>;
