import { RealtimeError } from "../protocol/errors";
import type { RealtimeEvent, UnknownEvent } from "../protocol/event-types";

/** The `error` member of an error event as an error; what is missing is filled in. */
export function errorOf(event: RealtimeEvent | UnknownEvent): RealtimeError {
  const body: unknown = "error" in event ? event.error : undefined;
  const member = (name: string): string | null => {
    if (typeof body !== "object" || body === null) return null;
    const value: unknown = Reflect.get(body, name);
    return typeof value === "string" ? value : null;
  };
  return new RealtimeError(
    member("code") ?? member("type") ?? "server_error",
    member("message") ?? "The server reported an error without a message",
    { param: member("param"), eventId: member("event_id"), type: member("type") },
  );
}
