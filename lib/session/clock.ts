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
  /** Calls `callback` once, not before `delay` milliseconds, or 24 days, have passed. */
  start(callback: () => void, delay: number): Timer;
}

/** A timer of Node.js that is to wait for longer does not wait at all, in ms. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** What waits for longer waits for no single answer from the network, in ms. */
const LONGEST_DEADLINE = 30_000;

/** Holds no function of its own: a session has several timers at any time. */
class SystemTimer implements Timer {
  readonly #timeout: NodeJS.Timeout;

  constructor(callback: () => void, delay: number) {
    this.#timeout = setTimeout(callback, Math.min(delay, LONGEST_DELAY));
  }

  stop(): void {
    clearTimeout(this.#timeout);
  }
}

/**
 * After the process stood still, timers have their turn before the network has: an answer that came in
 * time, and was only not read yet, would be given up. So what has come is let in first.
 */
class Deadline implements Timer {
  readonly #timeout: NodeJS.Timeout;
  #turn: NodeJS.Immediate | undefined;

  constructor(callback: () => void, delay: number) {
    this.#timeout = setTimeout(Deadline.#due, delay, this, callback);
  }

  stop(): void {
    clearTimeout(this.#timeout);
    clearImmediate(this.#turn);
  }

  static #due(this: void, deadline: Deadline, callback: () => void): void {
    deadline.#turn = setImmediate(callback);
  }
}

const bootTime = new BootTime();

/** The machine's own clock and timers. */
export const systemClock: Clock = {
  now: () => bootTime.now(),
  date: () => Date.now(),
  start: (callback, delay) =>
    delay > LONGEST_DEADLINE ? new SystemTimer(callback, delay) : new Deadline(callback, delay),
};

/** The same, but its `now` counts from the start of the process, and may stand still in sleep. */
export const steadyClock: Clock = { ...systemClock, now: () => performance.now() };
