import type { Clock } from "./clock";

/** How long the answer to speech is awaited, in ms: not every speech is answered, as a cough. */
const ANSWER_TIMEOUT = 30_000;

/** What the server has found in the sound: somebody speaks, or has spoken and is to be answered. */
export class SpokenTurn {
  readonly #clock: Clock;
  #isSpeech = false;
  #isAnswerDue = false;
  #endedAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True while somebody speaks. */
  get isSpeech(): boolean {
    return this.#isSpeech;
  }

  /** True while the server's own answer to what was just said is awaited. */
  get isAnswerDue(): boolean {
    return this.#isAnswerDue && this.#clock.now() - this.#endedAt < ANSWER_TIMEOUT;
  }

  begin(): void {
    this.#isSpeech = true;
  }

  /** `isAnswered`: the server answers by itself. */
  end(isAnswered: boolean): void {
    this.#isSpeech = false;
    this.#isAnswerDue = isAnswered;
    this.#endedAt = this.#clock.now();
  }

  /** What was said was cleared or committed, which ends it on some servers; false when nothing was. */
  cutOff(): boolean {
    const wasSpeech = this.#isSpeech;
    this.#isSpeech = false;
    return wasSpeech;
  }

  /** The server answers. */
  answer(): void {
    this.#isAnswerDue = false;
  }

  /** The connection has ended. */
  forget(): void {
    this.#isSpeech = false;
    this.#isAnswerDue = false;
  }
}
