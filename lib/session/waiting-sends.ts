import { RealtimeError } from "../protocol/errors";
import type { ClientEvent } from "../protocol/event-types";
import type { Acknowledgement } from "./acknowledgement";
import { Settlement } from "./acknowledgement";
import type { Clock, Timer } from "./clock";
import { noConnectionWithin } from "./no-connection";

interface WaitingSend {
  /** Undefined for the output of a tool. */
  readonly event: ClientEvent | undefined;
  readonly dispatch: () => Promise<Acknowledgement>;
  readonly settlement: Settlement;
  readonly timer: Timer;
  /** When it is refused, in ms since the Unix epoch. */
  readonly expiresAt: number;
  readonly bytes: number;
}

/** Events that wait for a connection at most. */
export const WAITING_LIMIT = 256;

/** Their bytes at most, as JSON. */
const BYTES_LIMIT = 16 * 1024 * 1024;

/** What is sent while the session opens, in order, bounded in number and in time. */
export class WaitingSends {
  readonly #clock: Clock;
  readonly #expiryMs: number;
  #waiting: WaitingSend[] = [];
  #bytes = 0;

  /** `expiryMs`: how long an event waits: "open the garage" must not come true much later. */
  constructor(clock: Clock, expiryMs: number) {
    this.#clock = clock;
    this.#expiryMs = expiryMs;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** True while nothing should be added. */
  get isFull(): boolean {
    return this.#waiting.length >= WAITING_LIMIT;
  }

  /** What is said of an event that finds no place. */
  get fullness(): RealtimeError {
    const { length } = this.#waiting;
    const text = `${length} events wait for the connection already`;
    return new RealtimeError("queue_full", text, { isUnsent: true });
  }

  /**
   * Calls `dispatch` at the flush, and settles as it does.
   *
   * @throws RealtimeError `queue_full`, `not_connected` when it has waited too long; as a rejection.
   */
  add(
    event: ClientEvent | undefined,
    dispatch: () => Promise<Acknowledgement>,
  ): Promise<Acknowledgement> {
    const settlement = new Settlement();
    const bytes = event === undefined ? 0 : JSON.stringify(event).length;
    if (this.isFull || this.#bytes + bytes > BYTES_LIMIT) {
      settlement.reject(this.fullness);
      return settlement.promise;
    }
    const send: WaitingSend = {
      event,
      dispatch,
      settlement,
      bytes,
      expiresAt: this.#clock.now() + this.#expiryMs,
      timer: this.#clock.start(() => {
        this.#waiting = this.#waiting.filter((other) => other !== send);
        this.#bytes -= bytes;
        settlement.reject(this.#expired());
      }, this.#expiryMs),
    };
    this.#keep(send);
    return settlement.promise;
  }

  flush(): void {
    const now = this.#clock.now();
    for (const { dispatch, settlement, timer, expiresAt } of this.#takeAll()) {
      timer.stop();
      // While a machine sleeps, its timers stand still.
      if (now >= expiresAt) settlement.reject(this.#expired());
      else
        dispatch().then(
          (acknowledgement) => settlement.resolve(acknowledgement),
          (error: Error) => settlement.reject(error),
        );
    }
  }

  /** Refuses the events that are meant. */
  refuse(isMeant: (event: ClientEvent) => boolean, error: RealtimeError): void {
    for (const send of this.#takeAll()) {
      if (send.event !== undefined && isMeant(send.event)) {
        send.timer.stop();
        send.settlement.reject(error);
      } else this.#keep(send);
    }
  }

  refuseAll(error: RealtimeError): void {
    for (const { settlement, timer } of this.#takeAll()) {
      timer.stop();
      settlement.reject(error);
    }
  }

  #expired(): RealtimeError {
    return noConnectionWithin(this.#expiryMs, "the event was not sent", { isUnsent: true });
  }

  #keep(send: WaitingSend): void {
    this.#waiting.push(send);
    this.#bytes += send.bytes;
  }

  #takeAll(): readonly WaitingSend[] {
    this.#bytes = 0;
    return this.#waiting.splice(0);
  }
}
