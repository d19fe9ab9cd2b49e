import { approvalRequestIn } from "./approval";
import { canonicalType, eventTypes, type RealtimeEvent, type UnknownEvent } from "./event-types";
import { memberAt } from "./members";

/** A named group of events that people ask for, whatever they are called. */
export interface EventGroup {
  readonly name: string;
  readonly description: string;
  readonly holds: (event: RealtimeEvent | UnknownEvent) => boolean;
}

/**
 * Groups by meaning. Each thing that happens is in its group once, whichever of several events tell
 * of it: `conversation.item.added` speaks for an item, since every server sends that or `created`,
 * and not every one sends `done`; a spoken user item has no words until its transcript is complete.
 */
export const eventGroups: readonly EventGroup[] = [
  {
    name: "errors",
    description: "Errors of every channel: events, responses, transcriptions, MCP",
    holds: (event) => {
      switch (event.type) {
        case "error":
        case "conversation.item.input_audio_transcription.failed":
        case "mcp_list_tools.failed":
        case "response.mcp_call.failed":
          return true;
        case "response.done":
          return memberAt(event, ["response", "status"]) === "failed";
        default:
          return false;
      }
    },
  },
  {
    name: "user-words",
    description: "What the user said or typed, once per turn",
    holds: (event) => {
      switch (event.type) {
        case "conversation.item.input_audio_transcription.completed":
          // xAI sends what it has so far under the same type.
          return memberAt(event, ["status"]) !== "in_progress";
        case "conversation.item.added":
        case "conversation.item.created":
          return (
            memberAt(event, ["item", "role"]) === "user" &&
            hasText(memberAt(event, ["item", "content"]))
          );
        default:
          return false;
      }
    },
  },
  {
    name: "assistant-words",
    description: "What the model said or wrote, once per part of an answer",
    holds: (event) => {
      const type = canonicalType(event.type);
      return (
        type === "response.output_audio_transcript.done" || type === "response.output_text.done"
      );
    },
  },
  {
    name: "audio",
    description: "The sound of answers, piece by piece",
    holds: (event) => canonicalType(event.type) === "response.output_audio.delta",
  },
  {
    name: "tool-calls",
    description: "Completed calls of tools, once per call",
    holds: (event) =>
      event.type === "response.output_item.done" &&
      memberAt(event, ["item", "type"]) === "function_call" &&
      !["incomplete", "in_progress"].includes(String(memberAt(event, ["item", "status"]))),
  },
  {
    name: "approvals",
    description: "Calls of MCP tools that wait to be approved or denied, once per call",
    holds: (event) => approvalRequestIn(event) !== undefined,
  },
];

/**
 * A test for events: by type in either dialect, by a prefix such as `response.*`, or by the name of
 * a group. An unknown name tests for events of that very type.
 */
export function eventMatcher(name: string): (event: RealtimeEvent | UnknownEvent) => boolean {
  const group = eventGroups.find((candidate) => candidate.name === name);
  if (group !== undefined) return group.holds;
  if (name.endsWith("*")) {
    const prefix = name.slice(0, -1);
    // A prefix of the beta, such as `response.audio.*`, also means the events as they are named now.
    const known = new Set(
      [...eventTypes.keys()].filter((type) => type.startsWith(prefix)).map(canonicalType),
    );
    return ({ type }) => type.startsWith(prefix) || known.has(canonicalType(type));
  }
  const wanted = canonicalType(name);
  return ({ type }) => canonicalType(type) === wanted;
}

function hasText(content: unknown): boolean {
  return (
    Array.isArray(content) &&
    content.some((part: unknown) => {
      const type = memberAt(part, ["type"]);
      return type === "input_text" || type === "text";
    })
  );
}
