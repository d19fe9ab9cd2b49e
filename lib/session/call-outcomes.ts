import { RealtimeError } from "../protocol/errors";
import { BoundedMap } from "./bounded-map";

/** How a tool call ended. */
export type CallOutcome = "answered" | "denied" | "refused" | "expired" | "void";

/** Ended calls remembered at most, to know what comes twice or too late. */
const MEMORY = 1000;

/** How the calls that are no longer open ended, so that what comes for them gets a fitting error. */
export class CallOutcomes {
  readonly #outcomes = new BoundedMap<string, CallOutcome>(MEMORY);

  has(callId: string): boolean {
    return this.#outcomes.get(callId) !== undefined;
  }

  set(callId: string, outcome: CallOutcome): void {
    this.#outcomes.set(callId, outcome);
  }

  /** The call is open again. */
  delete(callId: string): void {
    this.#outcomes.delete(callId);
  }

  /** What to say of a result, an approval or a denial for a call that is not open. */
  errorFor(callId: string): RealtimeError {
    switch (this.#outcomes.get(callId)) {
      case "answered":
        return new RealtimeError(
          "call_already_answered",
          "This tool call has been answered before",
        );
      case "denied":
        return new RealtimeError("call_denied", "This tool call has been denied before");
      case "refused":
        return new RealtimeError(
          "call_refused",
          "This tool call did not reach the flow: its parameters did not fit, or there were too many calls",
        );
      case "expired":
        return new RealtimeError("call_expired", "This comes after the deadline of the tool call");
      case "void":
        return new RealtimeError(
          "call_void",
          "The conversation that this tool call belongs to has ended",
        );
      case undefined:
        return new RealtimeError("no_such_call", "There is no tool call with this id");
    }
  }
}
