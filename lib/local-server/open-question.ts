import type { Question } from "../offline-voice/question";
import type { Clock, Timer } from "./clock";

/** A reply is waited for so long, ms: a "kitchen" that is heard an hour later is none. */
const OPEN_MS = 60_000;

/** What the user was asked last and has not replied to. */
export class OpenQuestion {
  readonly #clock: Clock;
  #current: Question | null = null;
  #timer: Timer | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Null where nothing was asked, or too long ago. */
  get current(): Question | null {
    return this.#current;
  }

  /** The same once more does not stay open for longer: a television would keep it so. */
  ask(question: Question): void {
    if (question === this.#current) return;
    this.close();
    this.#current = question;
    this.#timer = this.#clock.start(() => this.close(), OPEN_MS);
  }

  /** The user has replied, or said something else. */
  close(): void {
    this.#timer?.stop();
    this.#timer = null;
    this.#current = null;
  }
}
