import type { Clock } from "../../lib/session/clock";

/** A clock that runs so many times as fast as the machine's: for deadlines on real sockets. */
export function fastClock(factor: number): Clock {
  const start = Date.now();
  return {
    now: () => start + (Date.now() - start) * factor,
    start: (callback, delay) => {
      const timeout = setTimeout(callback, delay / factor);
      return { stop: () => clearTimeout(timeout) };
    },
  };
}
