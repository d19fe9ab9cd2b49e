import { Frames } from "./frames";
import { HEARING_SAMPLE_RATE, type SpeechCallbacks, type TurnDetectionOptions } from "./hearing";

/** Tells speech from silence, frame by frame. */
export interface SpeechDetector {
  /** Samples at HEARING_SAMPLE_RATE in a frame. */
  readonly frameSize: number;
  /**
   * Takes the next frame. `changedAtMs`: when the speech or the silence that this frame belongs to began,
   * in ms since the detector's first frame; it may lie before this frame, because a detector must hear
   * some of it to be sure.
   */
  process(frame: Float32Array): { readonly speech: boolean; readonly changedAtMs: number };
}

type State =
  | { readonly kind: "quiet" }
  | { readonly kind: "speaking" }
  /** A pause, which ends the turn when it lasts. */
  | { readonly kind: "pausing"; readonly sinceMs: number };

/** What a turn detector tells, and asks. */
export interface TurnCallbacks extends Pick<SpeechCallbacks, "speechStarted"> {
  /** The turn is over; `audioEndMs` as in `SpeechCallbacks`. */
  speechStopped(audioEndMs: number): void;
  /**
   * Whether a turn ends now whose pause has lasted for `silenceMs`, as long as the options demand or
   * longer. It is asked with each frame until it says so, or until the speaker goes on. Without it, yes.
   */
  isOver?(silenceMs: number): boolean;
}

/** Makes turns of speech and silence: a turn starts with speech and ends with silence that lasts. */
export class TurnDetector {
  readonly #options: TurnDetectionOptions;
  readonly #callbacks: TurnCallbacks;
  readonly #detector: SpeechDetector;
  readonly #frames: Frames;
  #samples = 0;
  #lastEndMs = 0;
  #state: State = { kind: "quiet" };

  constructor(detector: SpeechDetector, options: TurnDetectionOptions, callbacks: TurnCallbacks) {
    this.#detector = detector;
    this.#options = options;
    this.#callbacks = callbacks;
    this.#frames = new Frames(detector.frameSize, (frame) => this.#process(frame));
  }

  /** Any number of samples; they are cut into the detector's frames. */
  append(samples: Float32Array): void {
    this.#frames.append(samples);
  }

  #process(frame: Float32Array): void {
    this.#samples += frame.length;
    const { speech, changedAtMs } = this.#detector.process(frame);
    const nowMs = (this.#samples * 1000) / HEARING_SAMPLE_RATE;
    switch (this.#state.kind) {
      case "quiet": {
        if (!speech) return;
        this.#state = { kind: "speaking" };
        const startMs = Math.max(this.#lastEndMs, changedAtMs - this.#options.prefixPaddingMs, 0);
        this.#callbacks.speechStarted(Math.round(startMs));
        return;
      }
      case "speaking":
        if (speech) return;
        this.#state = { kind: "pausing", sinceMs: changedAtMs };
        this.#endAfterPause(nowMs, changedAtMs);
        return;
      case "pausing":
        if (speech) this.#state = { kind: "speaking" };
        else this.#endAfterPause(nowMs, this.#state.sinceMs);
    }
  }

  #endAfterPause(nowMs: number, sinceMs: number): void {
    const silenceMs = nowMs - sinceMs;
    if (silenceMs < this.#options.silenceDurationMs) return;
    if (this.#callbacks.isOver?.(silenceMs) === false) return;
    this.#state = { kind: "quiet" };
    this.#lastEndMs = nowMs;
    this.#callbacks.speechStopped(Math.round(nowMs));
  }
}
