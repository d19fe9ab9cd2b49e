import { types } from "node:util";
import { RealtimeError } from "../protocol/errors";
import { membersIn } from "../protocol/members";
import type { Clock, Timer } from "./clock";
import type { EndpointTarget } from "./endpoint-target";

/** How long an endpoint may take to say where it is, in ms. */
const LOOKUP_TIMEOUT = 30_000;

/**
 * Asks an endpoint where it is. That may take a moment, as when a server starts for it or its key
 * comes from elsewhere, and may never be answered.
 */
export class TargetLookup {
  readonly #target: () => EndpointTarget | Promise<EndpointTarget>;
  readonly #clock: Clock;
  /** Made with the first answer that takes its time. */
  #deadlines: Set<Timer> | undefined;

  constructor(target: () => EndpointTarget | Promise<EndpointTarget>, clock: Clock) {
    this.#target = target;
    this.#clock = clock;
  }

  /**
   * @throws RealtimeError `target_timeout`, `no_target` for an answer that is none, or what the
   *   endpoint throws; as a rejection.
   */
  async find(): Promise<EndpointTarget> {
    const target = this.#target();
    // Not by `instanceof`: a function node's promises are of the class of its own context.
    return checked(types.isPromise(target) ? await this.#inTime(target) : target);
  }

  /** Nobody waits for an answer any more: those that are awaited may never come. */
  forget(): void {
    for (const deadline of this.#deadlines ?? []) deadline.stop();
    this.#deadlines = undefined;
  }

  #inTime(target: Promise<EndpointTarget>): Promise<EndpointTarget> {
    return new Promise((resolve, reject) => {
      const deadline = this.#clock.start(() => {
        this.#deadlines?.delete(deadline);
        reject(
          new RealtimeError(
            "target_timeout",
            `The endpoint did not say within ${LOOKUP_TIMEOUT / 1000} s where to connect to`,
          ),
        );
      }, LOOKUP_TIMEOUT);
      (this.#deadlines ??= new Set()).add(deadline);
      const end = (): void => {
        deadline.stop();
        this.#deadlines?.delete(deadline);
      };
      void target.then(resolve, reject).finally(end);
    });
  }
}

/** A program without types may answer anything: without these, a connection could not even fail. */
function checked(target: EndpointTarget): EndpointTarget {
  const { url, firstEventTimeoutMs } = membersIn(target);
  if (typeof url === "string" && typeof firstEventTimeoutMs === "number") return target;
  throw new RealtimeError(
    "no_target",
    "The endpoint's target is not complete: endpointTarget() makes one",
  );
}
