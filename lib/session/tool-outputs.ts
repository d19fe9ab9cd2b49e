import { RealtimeError } from "../protocol/errors";
import type { Item } from "../protocol/items";
import type { Acknowledgement } from "./acknowledgement";
import type { Clock, Timer } from "./clock";
import type { CallGroup, Reaction, ToolReactions } from "./tool-reactions";

/** What sends outputs. */
export interface OutputSender {
  /** Sends a call's output at once; settles when the server has taken it. */
  sendOutput(callId: string, output: string): Promise<Acknowledgement>;
  /** Why no output can be sent now; undefined when one can. */
  readonly outputRefusal: RealtimeError | undefined;
}

export interface ToolOutputsOptions {
  readonly clock: Clock;
  readonly sender: () => OutputSender;
  /** Told of an output that no flow waits for, and that came to nothing. */
  readonly onWarning: (error: RealtimeError) => void;
}

/** Outputs of our own that wait for their next try at most. */
export const UNSENT_LIMIT = 128;

/** How soon an output of our own that could not be sent is tried again, in ms. */
const TRY_AGAIN = 1000;

/** The outputs of tool calls on their way to the server. */
export class ToolOutputs {
  readonly #options: ToolOutputsOptions;
  readonly #reactions: ToolReactions;
  /** By call id, what to call when the server has its output; made with the first output. */
  #unacknowledged: Map<string, () => void> | undefined;
  /** Outputs of our own that could not be sent yet, by call id; made with the first of them. */
  #unsent: Map<string, Timer> | undefined;
  /** Counts the talks: what fails after the end of its own belongs to none. */
  #talk = 0;

  constructor(options: ToolOutputsOptions, reactions: ToolReactions) {
    this.#options = options;
    this.#reactions = reactions;
  }

  /** How many of our own wait for their next try. */
  get unsent(): number {
    return this.#unsent?.size ?? 0;
  }

  /** Whether an output of our own waits for its next try. */
  isUnsent(callId: string): boolean {
    return this.#unsent?.has(callId) === true;
  }

  /**
   * Sends an output; `onRefused` is told when the server does not have it, before the promise is
   * rejected, unless the talk is over by then.
   *
   * @throws RealtimeError as a rejection: `queue_full`, `not_connected`, `not_acknowledged`, or the
   *   server's code when it refuses the output.
   */
  send(
    group: CallGroup,
    callId: string,
    output: string,
    reaction: Reaction,
    onRefused: () => void,
  ): Promise<Acknowledgement> {
    const talk = this.#talk;
    this.#unacknowledged ??= new Map();
    this.#unacknowledged.set(callId, this.#reactions.outputSent(group, reaction));
    const sent = this.#options
      .sender()
      .sendOutput(callId, output)
      .then(
        (acknowledgement) => {
          this.#acknowledged(callId);
          return acknowledgement;
        },
        (error: unknown) => {
          this.#acknowledged(callId);
          if (this.#talk === talk && !isInDoubt(error)) onRefused();
          throw error;
        },
      );
    this.#reactions.react(group);
    return sent;
  }

  /** Sends an output that no flow waits for: one that cannot go now is tried again until it can. */
  sendOwn(group: CallGroup, callId: string, output: string, reaction: Reaction): void {
    const refusal = this.#options.sender().outputRefusal;
    if (refusal !== undefined) {
      this.#tryAgain(refusal, group, callId, output, reaction);
      return;
    }
    let isRefused = false;
    this.send(group, callId, output, reaction, () => {
      isRefused = true;
    }).catch((error: unknown) => {
      if (!(error instanceof RealtimeError)) return;
      if (isRefused && error.isUnsent) this.#tryAgain(error, group, callId, output, reaction);
      else this.#options.onWarning(error);
    });
  }

  /** Takes an item that the server has: an output is acknowledged by its first event. */
  taken(item: Item): void {
    // At once: whoever waits for the promise comes after a response that begins in the same moment.
    if (item.type === "function_call_output") this.#acknowledged(item.call_id);
  }

  /** The talk is over. */
  clear(): void {
    for (const timer of this.#unsent?.values() ?? []) timer.stop();
    this.#unsent = undefined;
    this.#unacknowledged = undefined;
    this.#talk += 1;
  }

  #tryAgain(
    error: RealtimeError,
    group: CallGroup,
    callId: string,
    output: string,
    reaction: Reaction,
  ): void {
    if (this.unsent >= UNSENT_LIMIT) {
      this.#options.onWarning(error);
      return;
    }
    // The model is not asked to react before it has the output.
    this.#reactions.expectOutput(group, callId);
    const timer = this.#options.clock.start(() => {
      this.#unsent?.delete(callId);
      group.open.delete(callId);
      this.sendOwn(group, callId, output, reaction);
    }, TRY_AGAIN);
    (this.#unsent ??= new Map()).set(callId, timer);
  }

  #acknowledged(callId: string): void {
    const acknowledged = this.#unacknowledged?.get(callId);
    this.#unacknowledged?.delete(callId);
    acknowledged?.();
  }
}

/** Whether the server may have what it did not acknowledge. */
function isInDoubt(error: unknown): boolean {
  return error instanceof RealtimeError && error.code === "not_acknowledged" && !error.isUnsent;
}
