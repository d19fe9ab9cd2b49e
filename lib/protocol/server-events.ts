import { Type } from "./schema-builder";
import { BetaTranscriptionSessionSchema } from "./beta-session";
import { responseEvents } from "./response-events";
import { defineEvents, type EventIn, nullable, oneOf } from "./schema";
import {
  audio_end_ms,
  audio_start_ms,
  betaOnly,
  content_index,
  event_id,
  gaOnly,
  item,
  logprobs,
  ofItem,
  previous_item_id,
  withResponse,
} from "./server-members";
import { SessionObjectSchema } from "./session-settings";
import { TranscriptionUsageSchema } from "./transcription";

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

const betaSession = { event_id, session: BetaTranscriptionSessionSchema };

const otherEvents = defineEvents({
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

/** Every event a server may send, in either dialect. */
export const serverEvents = { ...otherEvents, ...responseEvents };

/** Type of an event a server may send. */
export type ServerEventType = keyof typeof serverEvents;
/** Any event a server may send. Narrows by `type`. */
export type ServerEvent = {
  [T in ServerEventType]: EventIn<typeof serverEvents, T>;
}[ServerEventType];
