import { RealtimeError } from "../protocol/errors";
import type { EventOf } from "../protocol/event-types";
import { MOOT, Settlement } from "./acknowledgement";
import { BoundedMap } from "./bounded-map";
import { BoundedSet } from "./bounded-set";
import type { Clock, Timer } from "./clock";

interface PendingCancel {
  /** Undefined where it is about whatever runs. */
  readonly responseId: string | undefined;
  readonly settlement: Settlement;
  readonly deadline: Timer;
}

/** Cancels that wait for the end of their response, at most. */
export const CANCEL_LIMIT = 64;

/** How long a cancelled response may take to end, in ms. */
const CANCEL_TIMEOUT = 10_000;

/** Cancels that were sent and wait for the end of their response. */
export class PendingCancels {
  readonly #clock: Clock;
  readonly #takeBack: (eventId: string) => boolean;
  /** By the id of their event. */
  readonly #cancels = new BoundedMap<string, PendingCancel>(CANCEL_LIMIT);
  /** Those whose response has ended, by itself or by another one: they may find nothing to cancel. */
  readonly #ended = new BoundedSet<string>(CANCEL_LIMIT);

  /** `takeBack` keeps a cancel from being sent that still waits for a slow line. */
  constructor(clock: Clock, takeBack: (eventId: string) => boolean) {
    this.#clock = clock;
    this.#takeBack = takeBack;
  }

  get size(): number {
    return this.#cancels.size;
  }

  get isFull(): boolean {
    return this.#cancels.size >= CANCEL_LIMIT;
  }

  /** Whether a response is about to be cancelled. */
  has(id: string): boolean {
    return [...this.#cancels.values()].some(
      ({ responseId }) => responseId === undefined || responseId === id,
    );
  }

  /** Settles with the end of the response; `not_acknowledged` when that does not come. */
  add(eventId: string, responseId: string | undefined): Settlement {
    const settlement = new Settlement();
    const deadline = this.#clock.start(() => {
      this.#cancels.delete(eventId);
      // It would cancel what runs by then.
      this.#takeBack(eventId);
      settlement.reject(
        new RealtimeError("not_acknowledged", "The server did not end the cancelled response", {
          eventId,
        }),
      );
    }, CANCEL_TIMEOUT);
    this.#cancels.set(eventId, { responseId, settlement, deadline });
    return settlement;
  }

  /** A response has ended. `isBeside`: one that a cancel is only about which names it. */
  ended(event: EventOf<"response.done">, isBeside: boolean): void {
    const { id } = event.response;
    for (const [eventId, { responseId, settlement }] of this.#cancels.entries()) {
      if (responseId === undefined ? isBeside : responseId !== id) continue;
      this.#remove(eventId);
      this.#ended.add(eventId);
      settlement.resolve({ accepted: "acknowledged", by: event });
    }
  }

  /**
   * Takes an error that is about a cancel; false when it is about something else. That nothing was
   * there to cancel is success, and belongs to the oldest one where it names none.
   */
  refuse(error: RealtimeError): boolean {
    const [oldest] = this.#cancels.keys();
    const eventId = error.eventId ?? (isNoActiveResponse(error) ? oldest : undefined);
    const cancel = eventId === undefined ? undefined : this.#cancels.get(eventId);
    if (eventId === undefined || cancel === undefined)
      return isNoActiveResponse(error) && this.#forgetEnded(error.eventId);
    this.#remove(eventId);
    if (isNoActiveResponse(error)) cancel.settlement.resolve(MOOT);
    else cancel.settlement.reject(error);
    return true;
  }

  /** The responses have ended with their connection, as was asked. */
  settleAll(): void {
    for (const [eventId, { settlement }] of this.#cancels.entries()) {
      this.#remove(eventId);
      settlement.resolve(MOOT);
    }
    this.#ended.clear();
  }

  /** Forgets the one that an error names, or else the oldest; false when there is none. */
  #forgetEnded(eventId: string | null): boolean {
    const [oldest] = this.#ended.values();
    const ended = eventId ?? oldest;
    return ended !== undefined && this.#ended.delete(ended);
  }

  #remove(eventId: string): void {
    this.#cancels.get(eventId)?.deadline.stop();
    this.#cancels.delete(eventId);
  }
}

/** A cancel that found nothing to cancel has reached its aim. Some servers give no code for it. */
function isNoActiveResponse(error: RealtimeError): boolean {
  return error.code === "response_cancel_not_active" || /no active response/i.test(error.message);
}
