import type { Grammar } from "./grammar";

/** What the installed packages allow; both engines are optional dependencies. */
export type Availability =
  | { readonly ears: true; readonly mouth: true }
  | { readonly ears: false; readonly mouth: boolean; readonly reason: string }
  | { readonly ears: true; readonly mouth: false; readonly reason: string };

/** When a turn begins and ends; the members mean what they mean in `turn_detection` of type `server_vad`. */
export interface TurnDetectionOptions {
  /** Silence that ends a turn, ms. */
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
  /** The turn is over; `audioEndMs` is the end of its audio, the silence that ended it included. */
  speechStopped(audioEndMs: number): void;
}

/** One microphone's stream. */
export interface Listener {
  /** Any number of samples, mono at 16 kHz, -1 to 1. */
  append(samples: Float32Array): void;
  /** No callback comes after this. */
  close(): void;
}

export type Recognition =
  | { readonly kind: "understood"; readonly transcript: string }
  | { readonly kind: "rejected"; readonly reason: string };

export interface Speech {
  readonly samples: Int16Array;
  /** Hz. */
  readonly sampleRate: number;
}

/** Ears and mouth that work without a network: a closed command set, not a conversation. */
export interface OfflineVoice {
  readonly available: Availability;
  /** Finds turns in a stream. With `turnDetection` null the listener calls nothing back. */
  listen(
    options: { readonly turnDetection: TurnDetectionOptions | null },
    callbacks: SpeechCallbacks,
  ): Listener;
  /** Recognises one turn (mono, 16 kHz, -1 to 1), cutting it to the spoken segment itself. */
  recognise(samples: Float32Array, grammar: Grammar): Promise<Recognition>;
  /** Speaks English text. An unknown voice name speaks with the default voice. */
  speak(text: string, voice: string): Promise<Speech>;
  /** Ends the worker; what is pending rejects. */
  close(): Promise<void>;
}
