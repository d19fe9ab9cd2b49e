/** A started timer. */
export interface Timer {
  /** Prevents the call; after it no effect. */
  stop(): void;
}

/** Time as the server sees it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Calls `callback` once, not before `delay` milliseconds have passed. */
  start(callback: () => void, delay: number): Timer;
}

/** The machine's own clock and timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  start: (callback, delay) => {
    const timeout = setTimeout(callback, delay);
    return { stop: () => clearTimeout(timeout) };
  },
};
