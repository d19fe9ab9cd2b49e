import { RealtimeError } from "../protocol/errors";
import type { Problem } from "../protocol/validate";
import type { OutgoingEvent } from "./outgoing";

/** A refusal of a client's event, of OpenAI's class `invalid_request_error`. */
export function refusal(code: string, message: string, param: string | null = null): RealtimeError {
  return new RealtimeError(code, message, { param, type: "invalid_request_error" });
}

/** The first problem of an event as the server names it. */
export function refusalOf(problems: readonly Problem[]): RealtimeError {
  const [problem] = problems;
  if (problem === undefined) return refusal("invalid_value", "The event is not valid.");
  return refusal(serverCode(problem.code), problem.message, problem.path || null);
}

function serverCode(code: Problem["code"]): string {
  switch (code) {
    case "unknown_event":
      return "invalid_value";
    case "too_large":
      return "string_above_max_length";
    case "unknown_parameter":
    case "missing_required_parameter":
    case "invalid_value":
    case "invalid_type":
      return code;
  }
}

/** The `error` event for anything thrown; `eventId` is the id of the client event at fault. */
export function errorEvent(error: unknown, eventId: string | null): OutgoingEvent {
  if (error instanceof RealtimeError) {
    const { code, message, param, type } = error;
    return {
      type: "error",
      error: { type: type ?? "server_error", code, message, param, event_id: eventId },
    };
  }
  // The message of a fault of ours could hold anything.
  const message = "The server had an error while processing your request.";
  return {
    type: "error",
    error: { type: "server_error", code: null, message, param: null, event_id: eventId },
  };
}
