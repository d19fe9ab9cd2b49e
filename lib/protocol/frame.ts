import { RealtimeError } from "./errors";
import type { RealtimeEvent, UnknownEvent } from "./event-types";
import { parseJson } from "./frame-json";

/** A frame that was read, or why it could not be. */
export type ParsedFrame =
  | { readonly ok: true; readonly event: RealtimeEvent | UnknownEvent }
  | { readonly ok: false; readonly error: RealtimeError };

/**
 * Reads one text frame: an object with a string `type`. Nothing else is checked and nothing is
 * copied; unknown types and members stay as they came.
 *
 * Error codes: `frame_not_json`, `frame_not_object`, `frame_no_type`. Never throws.
 */
export function parseFrame(text: string): ParsedFrame {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    // The SyntaxError quotes the frame, so it is not passed on as the cause.
    return refuse("frame_not_json", `A frame of ${text.length} characters is not JSON.`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refuse("frame_not_object", `A frame is ${kindOf(value)}, not an object.`);
  }
  if (!hasType(value)) {
    return refuse("frame_no_type", "A frame has no `type`, or one that is not a text.");
  }
  return { ok: true, event: value };
}

/** Writes an event as one text frame. Throws what `JSON.stringify` throws (a circle, a bigint). */
export function encodeFrame(event: RealtimeEvent | UnknownEvent): string {
  return JSON.stringify(event);
}

function hasType(value: object): value is UnknownEvent {
  return "type" in value && typeof value.type === "string" && value.type !== "";
}

function refuse(code: string, message: string): ParsedFrame {
  return { ok: false, error: new RealtimeError(code, message) };
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return `a ${typeof value}`;
}
