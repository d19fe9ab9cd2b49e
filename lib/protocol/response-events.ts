import { Type } from "./schema-builder";
import { ResponseSchema } from "./response";
import { defineEvents, described, nullable, oneOf } from "./schema";
import {
  betaOnly,
  call_id,
  event_id,
  gaOnly,
  item,
  ofItem,
  ofOutput,
  ofPart,
  output_index,
  response_id,
} from "./server-members";

const response = described(ResponseSchema, "The response as it is now.");

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

/** What servers send about responses, in either dialect. */
export const responseEvents = defineEvents({
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
});
