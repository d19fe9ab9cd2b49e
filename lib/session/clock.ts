import { BootTime } from "./boot-time";

/** A started timer. */
export interface Timer {
  /** Prevents the call; after it no effect. */
  stop(): void;
}

/** Time as the session sees it. Tests hand in one that only moves when told to. */
export interface Clock {
  /**
   * Milliseconds since the Unix epoch, but of a steady clock, for all that takes its time: it goes on
   * where somebody sets the machine's date, and while the machine sleeps.
   */
  now(): number;
  /** Milliseconds since the Unix epoch as the machine's date is set, which may jump either way. */
  date(): number;
  /** Calls `callback` once, not before `delay` milliseconds have passed. */
  start(callback: () => void, delay: number): Timer;
}

/** Holds no function of its own: a session has several timers at any time. */
class SystemTimer implements Timer {
  readonly #timeout: NodeJS.Timeout;

  constructor(callback: () => void, delay: number) {
    this.#timeout = setTimeout(callback, delay);
  }

  stop(): void {
    clearTimeout(this.#timeout);
  }
}

const bootTime = new BootTime();

/** The machine's own clock and timers. */
export const systemClock: Clock = {
  now: () => bootTime.now(),
  date: () => Date.now(),
  start: (callback, delay) => new SystemTimer(callback, delay),
};

/** The same, but its `now` counts from the start of the process, and may stand still in sleep. */
export const steadyClock: Clock = { ...systemClock, now: () => performance.now() };
