import type { Clock, Timer } from "./clock";
import type { OutOfBandResponses } from "./out-of-band-responses";

interface RunningResponse {
  readonly id: string;
  /** When it was last heard of, by the date. */
  heardAt: number;
}

export interface ResponseWatchOptions {
  readonly clock: Clock;
  /** Those that run beside the conversation. */
  readonly beside: Pick<OutOfBandResponses, "heardAt" | "takeSilent" | "touch" | "touchAll">;
  /** Told of those that were not heard of for too long; they are forgotten. */
  readonly onSilent: (ids: readonly string[]) => void;
}

/** How long a running response may be silent, in ms. */
export const SILENCE_TIMEOUT = 30_000;

/** A date that has moved this much against the steady clock was set, in ms. */
const TOLERANCE = 1000;

/**
 * Watches over the responses that run: one whose end is lost must not hold the place for ever.
 *
 * When they were heard of is noted by the date: it is read with each event anyway, and to read the steady
 * clock takes most of a microsecond where nothing else has just done so. Where the date was set meanwhile,
 * nobody can tell for how long they have been silent, and all are given their time anew.
 */
export class ResponseWatch {
  readonly #options: ResponseWatchOptions;
  #running: RunningResponse | undefined;
  /** Looks after all of them now and then; it is not begun anew with each. */
  #timer: Timer | undefined;
  /** How far the date was ahead of the steady clock when the timer was started, in ms. */
  #dateAhead = 0;

  constructor(options: ResponseWatchOptions) {
    this.#options = options;
  }

  /** The response of the conversation that runs; undefined while none does. */
  get running(): string | undefined {
    return this.#running?.id;
  }

  /** A response of the conversation begins. */
  begin(id: string): void {
    this.#running = { id, heardAt: this.#options.clock.date() };
    this.look();
  }

  /** It is over. */
  end(): void {
    this.#running = undefined;
  }

  /** Any event of a response shows that it goes on. */
  touch(id: string): void {
    const date = this.#options.clock.date();
    if (this.#running?.id === id) this.#running.heardAt = date;
    else this.#options.beside.touch(id, date);
  }

  /** The connection has ended, and all of them with it. */
  stop(): void {
    this.#running = undefined;
    this.#timer?.stop();
    this.#timer = undefined;
  }

  /** Looks again when the first of those that run may have been silent for too long. */
  look(): void {
    const { clock, beside } = this.#options;
    if (this.#timer !== undefined) return;
    const heardAt = Math.min(this.#running?.heardAt ?? Infinity, beside.heardAt);
    if (heardAt === Infinity) return;
    const date = clock.date();
    this.#dateAhead = date - clock.now();
    this.#timer = clock.start(() => this.#check(), heardAt + SILENCE_TIMEOUT - date);
  }

  #check(): void {
    const { clock, beside, onSilent } = this.#options;
    const date = clock.date();
    if (Math.abs(date - clock.now() - this.#dateAhead) > TOLERANCE) this.#touchAll(date);
    const since = date - SILENCE_TIMEOUT;
    const silent = [...beside.takeSilent(since)];
    if (this.#running !== undefined && this.#running.heardAt <= since) {
      silent.push(this.#running.id);
      this.#running = undefined;
    }
    this.#timer = undefined;
    this.look();
    if (silent.length > 0) onSilent(silent);
  }

  #touchAll(date: number): void {
    if (this.#running !== undefined) this.#running.heardAt = date;
    this.#options.beside.touchAll(date);
  }
}
