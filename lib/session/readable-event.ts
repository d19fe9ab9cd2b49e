import { eventTypes, type RealtimeEvent, type RealtimeEventType } from "../protocol/event-types";
import type { Item } from "../protocol/items";
import { isObject, type Members } from "../protocol/members";

/** Members that the parts of a session read as texts. */
const TEXTS = ["item_id", "response_id", "delta", "text", "transcript", "arguments"] as const;

/** Members that they read as numbers. */
const NUMBERS = ["content_index", "audio_start_ms", "audio_end_ms"] as const;

/** Not every server says which response an event belongs to, and not everything depends on it. */
const DISPENSABLE: ReadonlySet<string> = new Set(["response_id"]);

type Check = (event: Members) => boolean;

/**
 * Tells whether the parts of a session can rely on what they read of events of a type. This is no
 * validation: what nobody reads may be missing, or be anything.
 */
export function readingOf(type: RealtimeEventType): (event: RealtimeEvent) => boolean {
  const checks = checksOf(type);
  return (event) => {
    for (const check of checks) if (!check(event)) return false;
    return true;
  };
}

function checksOf(type: RealtimeEventType): readonly Check[] {
  const info = eventTypes.get(type);
  if (info?.direction !== "server") return [];
  const { properties, required = [] } = info.schema;
  return [
    ...TEXTS.filter((name) => name in properties).map((name): Check => {
      const mayBeMissing = !required.includes(name) || DISPENSABLE.has(name);
      return (event) => isText(event[name], mayBeMissing);
    }),
    ...NUMBERS.filter((name) => name in properties).map(
      (name): Check =>
        (event) =>
          isNumberOrMissing(event[name]),
    ),
    ...("item" in properties ? [(event: Members) => isItem(event["item"])] : []),
    ...("response" in properties ? [(event: Members) => isResponse(event["response"])] : []),
  ];
}

/** Whether an item has what those who read a conversation rely on. Its type may be a new one. */
export function isItem(item: unknown): item is Item & { id: string } {
  if (!isObject(item)) return false;
  const { id, type, status } = item;
  if (typeof id !== "string" || typeof type !== "string" || !isText(status, true)) return false;
  switch (type) {
    case "message": {
      const { role, content } = item;
      return typeof role === "string" && isContent(content);
    }
    case "function_call":
      return isText(item["name"]) && isText(item["arguments"]) && isText(item["call_id"], true);
    case "function_call_output":
      return isText(item["call_id"]) && isText(item["output"]);
    default:
      return true;
  }
}

function isContent(content: unknown): boolean {
  if (content === undefined || content === null) return true;
  return (
    Array.isArray(content) &&
    content.every(
      (part: unknown) =>
        isObject(part) &&
        isText(part["type"], true) &&
        isText(part["text"], true) &&
        isText(part["transcript"], true),
    )
  );
}

function isResponse(response: unknown): boolean {
  if (!isObject(response)) return false;
  const { id, output } = response;
  return isText(id, true) && (output === undefined || output === null || Array.isArray(output));
}

function isText(value: unknown, mayBeMissing = false): boolean {
  return typeof value === "string" || (mayBeMissing && (value === undefined || value === null));
}

function isNumberOrMissing(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === "number" && value >= 0);
}
