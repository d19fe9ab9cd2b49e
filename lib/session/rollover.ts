import type { Clock, Timer } from "./clock";
import type { Failure } from "./failure";

/** When a connection is renewed, before its server ends it. In ms. */
export interface RolloverTimes {
  /** From this long before the end on, the first quiet moment is used. */
  readonly marginMs: number;
  /** This long before the end it is done, quiet or not. */
  readonly hardMarginMs: number;
}

export const DEFAULT_ROLLOVER: RolloverTimes = { marginMs: 300_000, hardMarginMs: 30_000 };

export interface RolloverOptions {
  readonly clock: Clock;
  readonly times: RolloverTimes;
  /** True when nothing goes on that a change of connections could disturb. */
  readonly isQuiet: () => boolean;
  /** Makes the next connection, while this one goes on. */
  readonly renew: () => void;
  /** Changes connections at once. */
  readonly force: () => void;
}

/**
 * A session's cap where the server announces none, in ms: that of OpenAI's server. None is known that
 * is longer.
 */
const USUAL_CAP = 60 * 60 * 1000;

/** How much of the input a connection is given that takes the place of another one, in ms. */
export const OVERLAP = 500;

/** How often a quiet moment is looked for, in ms. */
const LOOK_EVERY = 250;

/** How long to leave a server alone that could not be changed to, in ms. */
const RETRY_AFTER = 10_000;

/** Watches for the moment at which a connection is best renewed. */
export class Rollover {
  readonly #options: RolloverOptions;
  #timer: Timer | undefined;
  #hardAt = 0;
  #isDue = false;

  constructor(options: RolloverOptions) {
    this.#options = options;
  }

  /**
   * True while the connection may be renewed soon. It begins before the first look for a quiet moment,
   * so that all of the overlap is there at the change, and it is known whether something came just now.
   */
  get isDue(): boolean {
    return this.#isDue;
  }

  /** Begins for a new connection. `expiresAt` as the server says it, in ms since the Unix epoch. */
  start(expiresAt: number | undefined): void {
    this.stop();
    const { clock, times } = this.#options;
    const now = clock.now();
    const announced = (expiresAt ?? 0) - clock.date();
    // Both clocks may be wrong: a machine without a battery for its own begins in the past, and one
    // that takes the local time for that of the world is hours ahead. What would be over at once comes
    // from such a clock, as does what is longer than any cap.
    const isCredible = announced >= 2 * times.hardMarginMs && announced <= USUAL_CAP;
    const left = isCredible ? announced : USUAL_CAP;
    // A cap shorter than the margins leaves half of its time for the talk.
    const hardMargin = Math.min(times.hardMarginMs, left / 10);
    const margin = Math.max(hardMargin, Math.min(times.marginMs, left / 2));
    this.#hardAt = now + left - hardMargin;
    this.#timer = clock.start(
      () => {
        this.#isDue = true;
        this.#wait(OVERLAP);
      },
      Math.max(0, left - margin - OVERLAP),
    );
  }

  /** The next connection came to nothing, where for a failure, with that. */
  postpone({ fatal = false, retryAfterMs = 0 }: Partial<Failure> = {}): void {
    // What must fail again is not tried before it has to be.
    const wait = fatal ? Infinity : Math.max(RETRY_AFTER, retryAfterMs);
    if (this.#isDue) this.#wait(wait);
  }

  stop(): void {
    this.#timer?.stop();
    this.#timer = undefined;
    this.#isDue = false;
  }

  #look(): void {
    this.#timer = undefined;
    if (this.#options.clock.now() >= this.#hardAt) this.#options.force();
    else if (this.#options.isQuiet()) {
      // The end of the attempt is reported by `start` or `postpone`; time goes on meanwhile.
      this.#wait(this.#hardAt - this.#options.clock.now());
      this.#options.renew();
    } else this.#wait(LOOK_EVERY);
  }

  #wait(milliseconds: number): void {
    this.#timer?.stop();
    const untilHard = Math.max(0, this.#hardAt - this.#options.clock.now());
    this.#timer = this.#options.clock.start(() => this.#look(), Math.min(milliseconds, untilHard));
  }
}
