import { RealtimeError } from "../lib/index";

/** Whatever was thrown, as an error that Catch nodes can tell apart; `code`: for one of another kind. */
export function asRealtimeError(error: unknown, code = "failed"): RealtimeError {
  if (error instanceof RealtimeError) return error;
  return new RealtimeError(code, error instanceof Error ? error.message : String(error));
}
