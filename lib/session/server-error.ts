import { RealtimeError } from "../protocol/errors";
import type { RealtimeEvent, UnknownEvent } from "../protocol/event-types";
import { memberAt } from "../protocol/members";

/** The `error` member of an error event as an error; what is missing is filled in. */
export function errorOf(event: RealtimeEvent | UnknownEvent): RealtimeError {
  const member = (name: string): string | null => {
    const value = memberAt(event, ["error", name]);
    return typeof value === "string" ? value : null;
  };
  return new RealtimeError(
    member("code") ?? member("type") ?? "server_error",
    member("message") ?? "The server reported an error without a message",
    { param: member("param"), eventId: member("event_id"), type: member("type") },
  );
}
