import type { RealtimeError } from "../protocol/errors";
import type { Clock, Timer } from "./clock";
import { ignorable } from "./ignorable";

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: RealtimeError) => void;
  readonly deadline: Timer;
  isOverdue: boolean;
}

/** How long somebody waits for a connection that fails again and again, in ms. */
const PATIENCE = 30_000;

/**
 * Those who wait for a session to become ready.
 *
 * Attempts go on without them: after half a minute they are told why the last one failed. A single
 * attempt may take longer (a local server loads its models first) and is waited for.
 */
export class Readiness {
  readonly #clock: Clock;
  /** Made with the first who waits. */
  #waiters: Set<Waiter> | undefined;
  #failure: RealtimeError | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  wait(): Promise<void> {
    return ignorable(
      new Promise<void>((resolve, reject) => {
        const waiter: Waiter = {
          resolve,
          reject,
          isOverdue: false,
          deadline: this.#clock.start(() => {
            waiter.isOverdue = true;
            if (this.#failure !== undefined) this.#dismiss(waiter, this.#failure);
          }, PATIENCE),
        };
        (this.#waiters ??= new Set()).add(waiter);
      }),
    );
  }

  /** An attempt begins. */
  attempt(): void {
    this.#failure = undefined;
  }

  /** An attempt failed; there will be another. */
  fail(error: RealtimeError): void {
    this.#failure = error;
    for (const waiter of this.#waiters ?? []) if (waiter.isOverdue) this.#dismiss(waiter, error);
  }

  resolve(): void {
    const waiters = this.#waiters ?? [];
    this.#waiters = undefined;
    for (const waiter of waiters) {
      waiter.deadline.stop();
      waiter.resolve();
    }
  }

  /** There will be no other attempt. */
  reject(error: RealtimeError): void {
    for (const waiter of this.#waiters ?? []) this.#dismiss(waiter, error);
  }

  #dismiss(waiter: Waiter, error: RealtimeError): void {
    this.#waiters?.delete(waiter);
    waiter.deadline.stop();
    waiter.reject(error);
  }
}
