import { uptime } from "node:os";

/** The machine's clocks, each in ms. */
export interface MachineClocks {
  /** Since the Unix epoch; it may be set. */
  date(): number;
  /** Of a beginning of its own; nobody sets it, but it may stand still while the machine sleeps. */
  running(): number;
  /** Since the machine started, its sleep included, some ms more or less; it may throw. */
  up(): number;
}

const MACHINE: MachineClocks = {
  date: () => Date.now(),
  running: () => performance.now(),
  up: () => uptime() * 1000,
};

/** How far the date and the steady clock may drift apart before it is asked why, in ms. */
const TOLERANCE = 1000;

/**
 * A clock that nobody sets and that goes on while the machine sleeps, as Linux has it in
 * CLOCK_BOOTTIME. Node.js has none that could be asked at each event: its steady clock stands still
 * in sleep, and the machine's uptime is read from a file. So that is read only when the date and the
 * steady clock have drifted apart: then the machine has slept, or its date was set.
 */
export class BootTime {
  readonly #clocks: MachineClocks;
  /** The steady clock and the uptime began so far apart, without sleep; undefined where there is no uptime. */
  readonly #upAhead: number | undefined;
  /** How far the date is ahead of the steady clock, as it was last looked at. */
  #dateAhead: number;
  /** The value is that of the steady clock and this. */
  #ahead: number;
  #asleep = 0;

  constructor(clocks: MachineClocks = MACHINE) {
    this.#clocks = clocks;
    this.#dateAhead = clocks.date() - clocks.running();
    this.#ahead = this.#dateAhead;
    this.#upAhead = this.#currentUpAhead();
  }

  /** Whole ms since the Unix epoch by the date that was set when this was made. */
  now(): number {
    const running = this.#clocks.running();
    const drift = this.#clocks.date() - running - this.#dateAhead;
    if (drift > TOLERANCE || drift < -TOLERANCE) this.#explain(drift);
    return Math.floor(running + this.#ahead);
  }

  #explain(drift: number): void {
    this.#dateAhead += drift;
    const upAhead = this.#currentUpAhead();
    const slept =
      upAhead === undefined || this.#upAhead === undefined
        ? // Nobody can tell. What waits too long after a sleep is worse than what is given up too soon.
          Math.max(0, drift)
        : upAhead - this.#upAhead - this.#asleep;
    // The uptime is not exact enough for less.
    if (slept < TOLERANCE) return;
    this.#asleep += slept;
    this.#ahead += slept;
  }

  #currentUpAhead(): number | undefined {
    try {
      return this.#clocks.up() - this.#clocks.running();
    } catch {
      return undefined;
    }
  }
}
