import { RealtimeError } from "../protocol/errors";
import type { RealtimeEvent, UnknownEvent } from "../protocol/event-types";
import { membersIn } from "../protocol/members";

/** What is told of each member at most, in characters: it is logged, and a frame may have 32 MiB. */
const LONGEST_MESSAGE = 2000;
const LONGEST_NAME = 200;

/**
 * The `error` member of an error event as an error; what is missing is filled in, and what is longer
 * than any reason is cut. The message names the member at fault, where there is one.
 */
export function errorOf(event: RealtimeEvent | UnknownEvent): RealtimeError {
  const { error, code } = membersIn(event);
  // vLLM says the reason as a text, with its code beside it.
  const members = typeof error === "string" ? { message: error, code } : membersIn(error);
  const member = (name: string, longest: number = LONGEST_NAME): string | null => {
    const value = members[name];
    if (typeof value !== "string") return null;
    return value.length > longest ? `${value.slice(0, longest)}…` : value;
  };
  const type = member("type");
  const param = member("param");
  const message =
    member("message", LONGEST_MESSAGE) ?? "The server reported an error without a message";
  return new RealtimeError(
    member("code") ?? type ?? "server_error",
    namesIt(message, param) ? message : `${message} (${param})`,
    // A caller's own id may have any length, and must stay what it is.
    { param, eventId: member("event_id", Infinity), type },
  );
}

/** Whether a message says what it is about: a flow gets no more of an error than that and the code. */
function namesIt(message: string, param: string | null): boolean {
  return param === null || message.includes(param);
}
