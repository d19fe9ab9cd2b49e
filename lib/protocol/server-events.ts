import { type Static, Type } from "@sinclair/typebox";
import { BetaTranscriptionSessionSchema } from "./beta-session";
import { ItemSchema } from "./items";
import { ResponseSchema } from "./response";
import { defineEvents, described, type EventIn, nullable, oneOf } from "./schema";
import { SessionObjectSchema } from "./session-settings";
import { LogProbabilitySchema, TranscriptionUsageSchema } from "./transcription";

const event_id = Type.String({ description: "Id of the event, chosen by the server." });
const item_id = Type.String({ description: "Id of the item." });
const response_id = Type.String({ description: "Id of the response." });
const output_index = Type.Integer({
  minimum: 0,
  description: "Index of the item in the response's output, from 0.",
});
const content_index = Type.Integer({
  minimum: 0,
  description: "Index of the part in the item's content, from 0.",
});
const previous_item_id = Type.Optional(
  nullable(
    Type.String(),
    "The item before it; null at the front, or when the server does not say.",
  ),
);
const call_id = Type.String({ description: "Id of the call." });
const audio_start_ms = Type.Integer({
  minimum: 0,
  description: "Where it starts, in milliseconds of audio sent in this session.",
});
const audio_end_ms = Type.Integer({
  minimum: 0,
  description: "Where it ends, in milliseconds of audio sent in this session.",
});
const logprobs = Type.Optional(
  nullable(Type.Array(LogProbabilitySchema), "Log probabilities of the tokens, if asked for."),
);
const item = described(ItemSchema, "The item as the server has it.");
const response = described(ResponseSchema, "The response as it is now.");
const ofItem = { event_id, item_id };
const ofOutput = { event_id, response_id, item_id, output_index };
const ofPart = { ...ofOutput, content_index };
const withResponse = { event_id, response_id };

/** A part of an answer. Its types are text and audio in both dialects, unlike those of an item. */
export const ResponsePartSchema = Type.Object(
  {
    type: Type.Optional(oneOf(["text", "audio"], { description: "What the part holds." })),
    text: Type.Optional(Type.String({ description: "The text." })),
    transcript: Type.Optional(Type.String({ description: "What is spoken, as text." })),
    audio: Type.Optional(Type.String({ description: "Audio as base64; servers leave it out." })),
  },
  { description: "A part of the answer." },
);
export type ResponsePart = Static<typeof ResponsePartSchema>;

/** The body of an `error` event. */
export const ErrorDetailsSchema = Type.Object(
  {
    type: Type.String({ description: "Class of the error, such as invalid_request_error." }),
    message: Type.String({ description: "The error for people." }),
    code: Type.Optional(nullable(Type.String(), "Code of the error, if there is one.")),
    param: Type.Optional(nullable(Type.String(), "Path of the member at fault, if there is one.")),
    event_id: Type.Optional(nullable(Type.String(), "event_id of the client event at fault.")),
  },
  { description: "What went wrong." },
);
export type ErrorDetails = Static<typeof ErrorDetailsSchema>;

/** One limit of `rate_limits.updated`. */
export const RateLimitSchema = Type.Object(
  {
    name: Type.Optional(oneOf(["requests", "tokens"], { description: "What is limited." })),
    limit: Type.Optional(Type.Integer({ description: "Most allowed in the period." })),
    remaining: Type.Optional(Type.Integer({ description: "What is left of it." })),
    reset_seconds: Type.Optional(
      Type.Number({ minimum: 0, description: "Until it is full again, in seconds." }),
    ),
  },
  { description: "One limit." },
);
export type RateLimit = Static<typeof RateLimitSchema>;

const gaOnly = ["ga"] as const;
const betaOnly = ["beta"] as const;

const responseText = { ...ofPart, delta: Type.String({ description: "Text that is added." }) };
const responseTextDone = { ...ofPart, text: Type.String({ description: "The whole text." }) };
const responseAudio = {
  ...ofPart,
  delta: Type.String({
    description: "Audio that is added, base64 in the session's output format.",
  }),
};
const responseTranscriptDone = {
  ...ofPart,
  transcript: Type.String({ description: "The whole transcript." }),
};

const summaries = {
  audioDelta: "More audio of the answer.",
  audioDone: "The audio of a part is complete.",
  transcriptDelta: "More of the transcript of the spoken answer.",
  transcriptDone: "The transcript of a spoken part is complete.",
  textDelta: "More text of the answer.",
  textDone: "The text of a part is complete.",
};

const betaSession = { event_id, session: BetaTranscriptionSessionSchema };

/** Every event a server may send, in either dialect. */
export const serverEvents = defineEvents({
  error: {
    description: "The server refused something, or failed. The session mostly stays usable.",
    members: { event_id, error: ErrorDetailsSchema },
  },
  "session.created": {
    description: "The session is open; always the first event.",
    members: { event_id, session: SessionObjectSchema },
  },
  "session.updated": {
    description: "The settings were changed; shows all of them.",
    members: { event_id, session: SessionObjectSchema },
  },
  "transcription_session.created": {
    description: "A transcription session is open, in the beta dialect.",
    dialects: betaOnly,
    members: betaSession,
  },
  "transcription_session.updated": {
    description: "The settings of a transcription session were changed, in the beta dialect.",
    dialects: betaOnly,
    members: betaSession,
  },
  "conversation.created": {
    description: "The conversation of the session exists.",
    members: {
      event_id,
      conversation: Type.Object(
        {
          id: Type.Optional(Type.String({ description: "Id of the conversation." })),
          object: Type.Optional(
            Type.Literal("realtime.conversation", {
              description: 'Kind of the object: always "realtime.conversation".',
            }),
          ),
        },
        { description: "The conversation." },
      ),
    },
  },
  "conversation.item.created": {
    description: "An item is in the conversation: beta's name for conversation.item.added.",
    members: { event_id, previous_item_id, item },
  },
  "conversation.item.added": {
    description: "An item is in the conversation; it may still be in progress.",
    dialects: gaOnly,
    members: { event_id, previous_item_id, item },
  },
  "conversation.item.done": {
    description: "An item of the conversation is final, completed or not.",
    dialects: gaOnly,
    members: { event_id, previous_item_id, item },
  },
  "conversation.item.retrieved": {
    description: "The item that was asked for, its audio included.",
    members: { event_id, item },
  },
  "conversation.item.deleted": {
    description: "An item was removed.",
    members: ofItem,
  },
  "conversation.item.truncated": {
    description: "The audio of an assistant message was cut.",
    members: {
      ...ofItem,
      content_index,
      audio_end_ms: Type.Integer({
        minimum: 0,
        description: "Audio that was kept, in milliseconds from the start of the part.",
      }),
    },
  },
  "conversation.item.input_audio_transcription.delta": {
    description: "More of the transcript of the user's audio.",
    members: {
      ...ofItem,
      content_index: Type.Optional(content_index),
      delta: Type.Optional(Type.String({ description: "Text that is added." })),
      logprobs,
    },
  },
  "conversation.item.input_audio_transcription.completed": {
    description: "The transcript of the user's audio is complete.",
    members: {
      ...ofItem,
      content_index,
      transcript: Type.String({ description: "What the user said." }),
      usage: TranscriptionUsageSchema,
      languages: Type.Optional(
        Type.Array(
          Type.Object(
            { code: Type.String({ description: "An ISO 639-1 code." }) },
            { description: "A language." },
          ),
          { description: "Languages that were heard." },
        ),
      ),
      logprobs,
    },
  },
  "conversation.item.input_audio_transcription.segment": {
    description: "A stretch of the user's audio with its speaker (diarising models).",
    dialects: gaOnly,
    members: {
      ...ofItem,
      content_index,
      id: Type.String({ description: "Id of the segment." }),
      text: Type.String({ description: "What was said." }),
      speaker: Type.String({ description: "Who said it." }),
      start: Type.Number({ minimum: 0, description: "Where it starts, in seconds." }),
      end: Type.Number({ minimum: 0, description: "Where it ends, in seconds." }),
    },
  },
  "conversation.item.input_audio_transcription.failed": {
    description: "The user's audio could not be transcribed.",
    members: {
      ...ofItem,
      content_index,
      error: Type.Object(
        {
          type: Type.Optional(Type.String({ description: "Class of the error." })),
          code: Type.Optional(Type.String({ description: "Code of the error." })),
          message: Type.Optional(Type.String({ description: "The error for people." })),
          param: Type.Optional(Type.String({ description: "Path of the member at fault." })),
        },
        { description: "Why it failed." },
      ),
    },
  },
  "input_audio_buffer.committed": {
    description: "The input buffer became a user message.",
    members: { ...ofItem, previous_item_id },
  },
  "input_audio_buffer.cleared": {
    description: "The input buffer is empty.",
    members: { event_id },
  },
  "input_audio_buffer.speech_started": {
    description: "The user began to speak; names the message that will be made of it.",
    members: { ...ofItem, audio_start_ms },
  },
  "input_audio_buffer.speech_stopped": {
    description: "The user stopped speaking.",
    members: { ...ofItem, audio_end_ms },
  },
  "input_audio_buffer.timeout_triggered": {
    description: "The user was silent for longer than idle_timeout_ms; the model will speak.",
    dialects: gaOnly,
    members: { ...ofItem, audio_start_ms, audio_end_ms },
  },
  "input_audio_buffer.dtmf_event_received": {
    description: "A key was pressed on the telephone (SIP only). Has no event_id.",
    dialects: gaOnly,
    members: {
      event: Type.String({ description: "The key: 0 to 9, *, #, A to D." }),
      received_at: Type.Integer({ description: "When, in Unix seconds." }),
    },
  },
  "output_audio_buffer.started": {
    description: "The server plays out audio (WebRTC and SIP only).",
    members: withResponse,
  },
  "output_audio_buffer.stopped": {
    description: "All audio was played out (WebRTC and SIP only).",
    members: withResponse,
  },
  "output_audio_buffer.cleared": {
    description: "Audio that was not yet played out is gone (WebRTC and SIP only).",
    members: withResponse,
  },
  "response.created": {
    description: "A response has begun.",
    members: { event_id, response },
  },
  "response.done": {
    description: "A response has ended, well or not; holds its items and usage.",
    members: { event_id, response },
  },
  "response.output_item.added": {
    description: "A response has begun an item.",
    members: { event_id, response_id, output_index, item },
  },
  "response.output_item.done": {
    description: "An item of a response is final, completed or not.",
    members: { event_id, response_id, output_index, item },
  },
  "response.content_part.added": {
    description: "A message of a response has begun a part.",
    members: { ...ofPart, part: ResponsePartSchema },
  },
  "response.content_part.done": {
    description: "A part of a message is final.",
    members: { ...ofPart, part: ResponsePartSchema },
  },
  "response.output_text.delta": {
    description: summaries.textDelta,
    dialects: gaOnly,
    members: responseText,
  },
  "response.output_text.done": {
    description: summaries.textDone,
    dialects: gaOnly,
    members: responseTextDone,
  },
  "response.output_audio.delta": {
    description: summaries.audioDelta,
    dialects: gaOnly,
    members: responseAudio,
  },
  "response.output_audio.done": {
    description: summaries.audioDone,
    dialects: gaOnly,
    members: ofPart,
  },
  "response.output_audio_transcript.delta": {
    description: summaries.transcriptDelta,
    dialects: gaOnly,
    members: responseText,
  },
  "response.output_audio_transcript.done": {
    description: summaries.transcriptDone,
    dialects: gaOnly,
    members: responseTranscriptDone,
  },
  "response.text.delta": {
    description: summaries.textDelta,
    dialects: betaOnly,
    members: responseText,
  },
  "response.text.done": {
    description: summaries.textDone,
    dialects: betaOnly,
    members: responseTextDone,
  },
  "response.audio.delta": {
    description: summaries.audioDelta,
    dialects: betaOnly,
    members: responseAudio,
  },
  "response.audio.done": {
    description: summaries.audioDone,
    dialects: betaOnly,
    members: ofPart,
  },
  "response.audio_transcript.delta": {
    description: summaries.transcriptDelta,
    dialects: betaOnly,
    members: responseText,
  },
  "response.audio_transcript.done": {
    description: summaries.transcriptDone,
    dialects: betaOnly,
    members: responseTranscriptDone,
  },
  "response.function_call_arguments.delta": {
    description: "More of the arguments of a function call.",
    members: {
      ...ofOutput,
      call_id,
      delta: Type.String({ description: "JSON text that is added." }),
    },
  },
  "response.function_call_arguments.done": {
    description: "The arguments of a function call are complete; the call itself is in its item.",
    members: {
      ...ofOutput,
      call_id,
      name: Type.String({ description: "Name of the function; beta servers leave it out." }),
      arguments: Type.String({ description: "The arguments as JSON text." }),
    },
  },
  "response.mcp_call_arguments.delta": {
    description: "More of the arguments of an MCP call.",
    dialects: gaOnly,
    members: {
      ...ofOutput,
      delta: Type.String({ description: "JSON text that is added." }),
      obfuscation: Type.Optional(nullable(Type.String(), "Padding that hides the length.")),
    },
  },
  "response.mcp_call_arguments.done": {
    description: "The arguments of an MCP call are complete.",
    dialects: gaOnly,
    members: {
      ...ofOutput,
      arguments: Type.String({ description: "The arguments as JSON text." }),
    },
  },
  "response.mcp_call.in_progress": {
    description: "The server calls an MCP tool.",
    dialects: gaOnly,
    members: { ...ofItem, output_index },
  },
  "response.mcp_call.completed": {
    description: "An MCP call returned.",
    dialects: gaOnly,
    members: { ...ofItem, output_index },
  },
  "response.mcp_call.failed": {
    description: "An MCP call failed; its item says why.",
    dialects: gaOnly,
    members: { ...ofItem, output_index },
  },
  "mcp_list_tools.in_progress": {
    description: "The server asks an MCP server for its tools.",
    dialects: gaOnly,
    members: ofItem,
  },
  "mcp_list_tools.completed": {
    description: "The tools of an MCP server are known; its item lists them.",
    dialects: gaOnly,
    members: ofItem,
  },
  "mcp_list_tools.failed": {
    description: "The tools of an MCP server could not be listed.",
    dialects: gaOnly,
    members: ofItem,
  },
  "rate_limits.updated": {
    description: "What is left of the rate limits.",
    members: {
      event_id,
      rate_limits: Type.Array(RateLimitSchema, { description: "The limits." }),
    },
  },
});

/** Type of an event a server may send. */
export type ServerEventType = keyof typeof serverEvents;
/** Any event a server may send. Narrows by `type`. */
export type ServerEvent = {
  [T in ServerEventType]: EventIn<typeof serverEvents, T>;
}[ServerEventType];
