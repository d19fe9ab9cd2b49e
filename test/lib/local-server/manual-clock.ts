import type { Clock } from "../../../lib/local-server/clock";

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
  #now = 1_000_000;
  readonly #timers = new Map<object, { at: number; callback: () => void }>();

  now(): number {
    return this.#now;
  }

  start(callback: () => void, delay: number) {
    const timer = { stop: () => void this.#timers.delete(timer) };
    this.#timers.set(timer, { at: this.#now + delay, callback });
    return timer;
  }

  /** Timers that are still to call. */
  get waiting(): number {
    return this.#timers.size;
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
    for (const [timer, { at, callback }] of this.#timers) {
      if (at > this.#now) continue;
      this.#timers.delete(timer);
      callback();
    }
  }
}
