import { RealtimeError } from "../protocol/errors";
import type { Acknowledgement } from "./acknowledgement";
import { Settlement } from "./acknowledgement";
import type { Clock, Timer } from "./clock";

interface WaitingSend {
  readonly dispatch: () => Promise<Acknowledgement>;
  readonly settlement: Settlement;
  readonly timer: Timer;
}

/** Events that wait for a connection at most. */
const LIMIT = 256;

/** How long an event waits for a connection, in ms: "open the garage" must not come true later. */
const EXPIRY = 30_000;

/** What is sent while the session opens, in order, bounded in number and in time. */
export class WaitingSends {
  readonly #clock: Clock;
  #waiting: WaitingSend[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Calls `dispatch` at the flush, and settles as it does. */
  add(dispatch: () => Promise<Acknowledgement>): Promise<Acknowledgement> {
    const settlement = new Settlement();
    if (this.#waiting.length >= LIMIT) {
      settlement.reject(
        new RealtimeError("queue_full", `${LIMIT} events wait for the connection already`),
      );
      return settlement.promise;
    }
    const send: WaitingSend = {
      dispatch,
      settlement,
      timer: this.#clock.start(() => {
        this.#waiting = this.#waiting.filter((other) => other !== send);
        settlement.reject(
          new RealtimeError(
            "not_connected",
            `There was no connection within ${EXPIRY / 1000} s: the event was not sent`,
          ),
        );
      }, EXPIRY),
    };
    this.#waiting.push(send);
    return settlement.promise;
  }

  flush(): void {
    for (const { dispatch, settlement, timer } of this.#waiting.splice(0)) {
      timer.stop();
      dispatch().then(
        (acknowledgement) => settlement.resolve(acknowledgement),
        (error: Error) => settlement.reject(error),
      );
    }
  }

  refuseAll(error: RealtimeError): void {
    for (const { settlement, timer } of this.#waiting.splice(0)) {
      timer.stop();
      settlement.reject(error);
    }
  }
}
