import { canonicalType, type RealtimeEvent, type UnknownEvent } from "./event-types";
import { memberAt } from "./members";

/** What a flow usually wants of an event. */
export type EventContent =
  | { readonly kind: "text"; readonly value: string }
  /** Bytes in the session's output format. */
  | { readonly kind: "audio"; readonly value: Buffer }
  /** A call's arguments; the text itself where it is no JSON. */
  | { readonly kind: "arguments"; readonly value: unknown }
  | { readonly kind: "error"; readonly value: unknown }
  /** The object that the event is about: an item, a response, a session. */
  | { readonly kind: "object"; readonly value: unknown }
  /** Nothing stands out: the event itself. */
  | { readonly kind: "event"; readonly value: RealtimeEvent | UnknownEvent };

/** The useful part of an event: its words, its sound, its arguments, its error, its object. */
export function contentOf(event: RealtimeEvent | UnknownEvent): EventContent {
  const type = canonicalType(event.type);
  switch (type) {
    case "response.output_audio.delta":
      return { kind: "audio", value: Buffer.from(textAt(event, "delta"), "base64") };
    case "input_audio_buffer.append":
      return { kind: "audio", value: Buffer.from(textAt(event, "audio"), "base64") };
    case "response.output_text.delta":
    case "response.output_audio_transcript.delta":
    case "conversation.item.input_audio_transcription.delta":
    case "response.function_call_arguments.delta":
      return { kind: "text", value: textAt(event, "delta") };
    case "response.output_text.done":
    case "conversation.item.input_audio_transcription.segment":
      return { kind: "text", value: textAt(event, "text") };
    case "response.output_audio_transcript.done":
    case "conversation.item.input_audio_transcription.completed":
      return { kind: "text", value: textAt(event, "transcript") };
    case "response.function_call_arguments.done":
    case "response.mcp_call_arguments.done":
      return { kind: "arguments", value: parsed(textAt(event, "arguments")) };
    case "error":
    case "conversation.item.input_audio_transcription.failed":
      return { kind: "error", value: memberAt(event, ["error"]) ?? event };
    case "response.done":
      return responseContent(event);
    default:
      return objectContent(event);
  }
}

function responseContent(event: RealtimeEvent | UnknownEvent): EventContent {
  const response = memberAt(event, ["response"]);
  if (memberAt(response, ["status"]) !== "failed") return objectContent(event);
  const details = memberAt(response, ["status_details"]);
  // Some servers say that a response failed and not why.
  return { kind: "error", value: memberAt(details, ["error"]) ?? details ?? response };
}

function objectContent(event: RealtimeEvent | UnknownEvent): EventContent {
  const item = memberAt(event, ["item"]);
  if (item !== undefined) return itemContent(item);
  for (const name of ["response", "session", "part", "rate_limits", "conversation"]) {
    const value = memberAt(event, [name]);
    if (value !== undefined) return { kind: "object", value };
  }
  return { kind: "event", value: event };
}

function itemContent(item: unknown): EventContent {
  switch (memberAt(item, ["type"])) {
    case "function_call":
    case "mcp_call":
    case "mcp_approval_request":
      return { kind: "arguments", value: parsed(textAt(item, "arguments")) };
    case "function_call_output":
      return { kind: "text", value: textAt(item, "output") };
    case "message": {
      const words = wordsOf(memberAt(item, ["content"]));
      return words === "" ? { kind: "object", value: item } : { kind: "text", value: words };
    }
    default:
      return { kind: "object", value: item };
  }
}

function wordsOf(content: unknown): string {
  if (!Array.isArray(content)) return "";
  return content.map((part) => textAt(part, "text") || textAt(part, "transcript")).join("");
}

function textAt(value: unknown, name: string): string {
  const text = memberAt(value, [name]);
  return typeof text === "string" ? text : "";
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
