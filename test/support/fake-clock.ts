import type { Clock, Timer } from "../../lib/session/clock";

/** A clock that stands still until `advance` moves it. For use with in-memory sockets only. */
export class FakeClock implements Clock {
  #now = Date.UTC(2026, 0, 1);
  /** How far the date was set. */
  #dateAhead = 0;
  #timers: { at: number; callback: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  date(): number {
    return this.#now + this.#dateAhead;
  }

  /** Sets the date forward, or back, as when a machine learns the time. */
  setDate(by: number): void {
    this.#dateAhead += by;
  }

  start(callback: () => void, delay: number): Timer {
    const timer = { at: this.#now + delay, callback };
    this.#timers.push(timer);
    return {
      stop: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
  }

  /** Lets time pass without any timer being called, as when the process is suspended. */
  stall(duration: number): void {
    this.#now += duration;
  }

  /** Lets time pass that no timer counts, as while a machine sleeps. */
  sleep(duration: number): void {
    this.#now += duration;
    this.#timers = this.#timers.map((timer) => Object.assign(timer, { at: timer.at + duration }));
  }

  /** How many timers are running. */
  get timers(): number {
    return this.#timers.length;
  }

  /** Moves time on, in ms, calling each timer at its own moment and letting promises settle. */
  async advance(duration: number): Promise<void> {
    const end = this.#now + duration;
    await settled();
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
      await settled();
    }
    this.#now = end;
  }
}

/** Resolves when all promise callbacks that are due have run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
