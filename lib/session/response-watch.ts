import type { Clock, Timer } from "./clock";
import type { OutOfBandResponses } from "./out-of-band-responses";

interface RunningResponse {
  readonly id: string;
  /** When it was last heard of, in ms since the Unix epoch. */
  heardAt: number;
}

export interface ResponseWatchOptions {
  readonly clock: Clock;
  /** Those that run beside the conversation. */
  readonly beside: Pick<OutOfBandResponses, "heardAt" | "takeSilent" | "touch">;
  /** Told of those that were not heard of for too long; they are forgotten. */
  readonly onSilent: (ids: readonly string[]) => void;
}

/** How long a running response may be silent, in ms. */
export const SILENCE_TIMEOUT = 30_000;

/** Watches over the responses that run: one whose end is lost must not hold the place for ever. */
export class ResponseWatch {
  readonly #options: ResponseWatchOptions;
  #running: RunningResponse | undefined;
  /** Looks after all of them now and then; it is not begun anew with each. */
  #timer: Timer | undefined;

  constructor(options: ResponseWatchOptions) {
    this.#options = options;
  }

  /** The response of the conversation that runs; undefined while none does. */
  get running(): string | undefined {
    return this.#running?.id;
  }

  /** A response of the conversation begins. */
  begin(id: string): void {
    this.#running = { id, heardAt: this.#options.clock.now() };
    this.look();
  }

  /** It is over. */
  end(): void {
    this.#running = undefined;
  }

  /** Any event of a response shows that it goes on. */
  touch(id: string): void {
    const now = this.#options.clock.now();
    if (this.#running?.id === id) this.#running.heardAt = now;
    else this.#options.beside.touch(id, now);
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
    const heardAt = Math.min(this.#running?.heardAt ?? Infinity, beside.heardAt);
    if (heardAt === Infinity) return;
    const left = heardAt + SILENCE_TIMEOUT - clock.now();
    this.#timer ??= clock.start(() => this.#check(), left);
  }

  #check(): void {
    const { clock, beside, onSilent } = this.#options;
    const since = clock.now() - SILENCE_TIMEOUT;
    const silent = [...beside.takeSilent(since)];
    if (this.#running !== undefined && this.#running.heardAt <= since) {
      silent.push(this.#running.id);
      this.#running = undefined;
    }
    this.#timer = undefined;
    this.look();
    if (silent.length > 0) onSilent(silent);
  }
}
