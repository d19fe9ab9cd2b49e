import type { RealtimeError } from "../protocol/errors";
import { backoffDelay, type BackoffTimes } from "./backoff";
import { BoundedSet } from "./bounded-set";
import type { EndpointTarget } from "./endpoint-target";
import type { Failure } from "./failure";
import { withDefaults } from "./with-defaults";

/** A server that sends too large a frame so many times in a row will do it again. */
const TOO_LARGE_LIMIT = 3;

/** Kinds of failures that are remembered at most. */
const TOLD_LIMIT = 16;

/** What has failed in a row, and how long to wait before the next attempt. */
export class Retries {
  readonly #times: BackoffTimes;
  readonly #random: () => number;
  /** Waits since the last connection that lasted. */
  #waits = 0;
  #tooLarge = 0;
  /** Codes of the failures that were told since; made with the first. */
  #told: BoundedSet<string> | undefined;

  /** `random` returns a number from 0 (inclusive) to 1 (exclusive). */
  constructor(times: BackoffTimes, random: () => number) {
    this.#times = times;
    this.#random = random;
  }

  /** How many waits there were since the last connection that lasted. */
  get waits(): number {
    return this.#waits;
  }

  /** Somebody begins anew, or gives it up. */
  reset(): void {
    this.#waits = 0;
    this.#tooLarge = 0;
    this.#told = undefined;
  }

  /** A connection has ended that was ready for so many ms. */
  noteReady(milliseconds: number, target: EndpointTarget): void {
    if (milliseconds >= this.#timesFor(target).stableMs) this.reset();
  }

  /** Takes a failure; false when another attempt must fail again. */
  isWorthwhile({ error, fatal }: Failure): boolean {
    this.#tooLarge = error.code === "frame_too_large" ? this.#tooLarge + 1 : 0;
    return !fatal && this.#tooLarge < TOO_LARGE_LIMIT;
  }

  /**
   * True for a failure that nobody was told of since the last connection that lasted: a server that
   * takes each connection and drops it would say the same some thousand times a day.
   */
  isNews({ code }: RealtimeError): boolean {
    this.#told ??= new BoundedSet(TOLD_LIMIT);
    if (this.#told.has(code)) return false;
    this.#told.add(code);
    return true;
  }

  /** How long to wait before the next attempt, in ms. `target` undefined where there is none yet. */
  nextWait(
    { isSlow = false, retryAfterMs = 0 }: Failure,
    target: EndpointTarget | undefined,
  ): number {
    const { initialMs, maximumMs, slowMaximumMs } = this.#timesFor(target);
    const wait = backoffDelay(this.#waits, this.#random(), {
      initialMs,
      maximumMs: isSlow ? slowMaximumMs : maximumMs,
    });
    this.#waits += 1;
    // A server may name any date, and a machine may think of any: beyond the longest wait it is asked.
    return Math.max(wait, Math.min(retryAfterMs, slowMaximumMs));
  }

  #timesFor(target: EndpointTarget | undefined): BackoffTimes {
    return withDefaults(this.#times, target?.backoff);
  }
}
