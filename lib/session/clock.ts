/** A started timer. */
export interface Timer {
  /** Prevents the call; after it no effect. */
  stop(): void;
}

/** Time as the session sees it. Tests hand in one that only moves when told to. */
export interface Clock {
  /** Milliseconds since the Unix epoch, but of a steady clock. */
  now(): number;
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

/** The machine's own clock and timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  start: (callback, delay) => new SystemTimer(callback, delay),
};

/**
 * Goes on where the machine's time is set, for what has no date: its `now` counts from the start of the
 * process.
 */
export const steadyClock: Clock = { ...systemClock, now: () => performance.now() };
