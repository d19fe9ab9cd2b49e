import type { Clock } from "../../lib/session/clock";

/**
 * A clock that runs so many times as fast as the machine's: for deadlines on real sockets. Clocks
 * that begin at the same `start` (ms since the Unix epoch) agree, in several processes too.
 */
export function fastClock(factor: number, start: number = Date.now()): Clock {
  const now = (): number => start + (Date.now() - start) * factor;
  return {
    now,
    date: now,
    start: (callback, delay) => {
      const timeout = setTimeout(callback, delay / factor);
      return { stop: () => clearTimeout(timeout) };
    },
  };
}
