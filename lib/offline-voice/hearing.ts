/** Rate of everything that is heard, Hz. */
export const HEARING_SAMPLE_RATE = 16_000;

/** Audio before and after the speech that is recognised with it, ms: detectors cut soft sounds short. */
export const MARGIN_MS = 200;

export function millisecondsToSamples(milliseconds: number): number {
  return Math.round((milliseconds * HEARING_SAMPLE_RATE) / 1000);
}

/** When a turn begins and ends; the members mean what they mean in `turn_detection` of type `server_vad`. */
export interface TurnDetectionOptions {
  /**
   * Silence that ends a turn, ms; after the beginning of a command that is expected it may last longer.
   * Below some 200 ms the detector itself is slower.
   */
  readonly silenceDurationMs: number;
  /** How sure the detector must be that it hears speech, 0 to 1. */
  readonly threshold: number;
  /** Audio before the detected speech that belongs to the turn, ms. */
  readonly prefixPaddingMs: number;
}

/** Called in the order of the audio; ms count from the first sample appended to the listener. */
export interface SpeechCallbacks {
  /** Speech began; `audioStartMs` is its onset less the prefix padding, never negative. */
  speechStarted(audioStartMs: number): void;
  /**
   * The turn is over; `audioEndMs` is the end of its audio, the silence that ended it included.
   * `recognition`: what was heard, where the turn was expected to hold commands (`Listener.expect`).
   */
  speechStopped(audioEndMs: number, recognition?: Recognition): void;
}

/**
 * What was heard in one turn; a reason is a sentence for the user. `unfinished`: it sounds like the
 * beginning of a command.
 */
export type Recognition =
  | { readonly kind: "understood"; readonly transcript: string }
  | { readonly kind: "rejected"; readonly reason: string; readonly unfinished?: boolean };
