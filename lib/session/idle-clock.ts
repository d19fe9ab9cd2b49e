import type { Clock, Timer } from "./clock";
import { route, type Route } from "./routes";

/** When a session that nobody uses is closed. In ms; 0 for never. */
export interface IdleTimes {
  /** Without a turn, and with nothing going on. */
  readonly idleMs: number;
  /** Without a turn, whatever goes on: a television speaks for hours. */
  readonly openMs: number;
}

export const DEFAULT_IDLE_TIMES: IdleTimes = { idleMs: 0, openMs: 60 * 60 * 1000 };

/** How soon to look again when something was going on, in ms. */
const LOOK_AGAIN = 1000;

/**
 * Measures the time since the last completed turn: words of a person that were understood, or a
 * response that somebody asked for. Sound alone is no turn, and neither is an answer to silence.
 */
export class IdleClock {
  readonly #clock: Clock;
  readonly #times: IdleTimes;
  readonly #isBusySince: (time: number) => boolean;
  readonly #onIdle: () => void;
  #timer: Timer | undefined;
  #lastTurn = 0;
  #isAnswerToSilence = false;

  /** `isBusySince`: whether something goes on, or did since this time (ms since the Unix epoch). */
  constructor(
    clock: Clock,
    times: IdleTimes,
    isBusySince: (time: number) => boolean,
    onIdle: () => void,
  ) {
    this.#clock = clock;
    this.#times = times;
    this.#isBusySince = isBusySince;
    this.#onIdle = onIdle;
  }

  static readonly routes: readonly Route<IdleClock>[] = [
    route("conversation.item.input_audio_transcription.completed", (part, { transcript }) => {
      if (transcript.trim() !== "") part.noteTurn();
    }),
    route("input_audio_buffer.timeout_triggered", (part) => {
      part.#isAnswerToSilence = true;
    }),
    route("response.created", (part) => {
      if (!part.#isAnswerToSilence) part.noteTurn();
      part.#isAnswerToSilence = false;
    }),
  ];

  /** The session opens. */
  start(): void {
    this.noteTurn();
    this.#wait(0);
  }

  stop(): void {
    this.#timer?.stop();
    this.#timer = undefined;
  }

  /** Somebody uses the session. */
  noteTurn(): void {
    this.#lastTurn = this.#clock.now();
  }

  #look(): void {
    const now = this.#clock.now();
    const unused = now - this.#lastTurn;
    const { idleMs, openMs } = this.#times;
    const isIdle = idleMs > 0 && unused >= idleMs && !this.#isBusySince(now - idleMs);
    if (!isIdle && (openMs === 0 || unused < openMs)) {
      this.#wait(unused);
      return;
    }
    this.#timer = undefined;
    this.#onIdle();
  }

  #wait(unused: number): void {
    this.#timer?.stop();
    const { idleMs, openMs } = this.#times;
    const waits = [idleMs, openMs].filter((limit) => limit > 0);
    if (waits.length === 0) return;
    const next = Math.min(...waits.map((limit) => (limit > unused ? limit - unused : LOOK_AGAIN)));
    this.#timer = this.#clock.start(() => this.#look(), next);
  }
}
