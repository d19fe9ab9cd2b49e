import { EnergyDetector } from "./energy-detector";
import type { Grammar } from "./grammar";
import {
  HEARING_SAMPLE_RATE,
  type Recognition,
  type SpeechCallbacks,
  type TurnDetectionOptions,
} from "./hearing";
import type { LanguageCode } from "./language";
import { TurnDetector } from "./turn-detector";
import type { VoiceThread } from "./voice-thread";

/** One microphone's stream. */
export interface Listener {
  /** Any number of samples, mono at 16 kHz, -1 to 1. Callbacks never come from within this call. */
  append(samples: Float32Array): void;
  /**
   * Has the turn that is being spoken recognised as these commands, in the silence that ends it. Where
   * that is not possible, its end comes without: nobody speaks, or in another language.
   */
  expect(grammar: Grammar): void;
  /** No callback comes after this. */
  close(): void;
}

/** After the worker ended, a listener waits for so much of its audio before it has a new one started. */
const RESTART_AFTER_SAMPLES = HEARING_SAMPLE_RATE;

function toMilliseconds(samples: number): number {
  return (samples * 1000) / HEARING_SAMPLE_RATE;
}

/** Callbacks that end with `close` and whose errors cannot end the process. */
class GuardedCallbacks implements SpeechCallbacks {
  readonly #callbacks: SpeechCallbacks;
  #closed = false;

  constructor(callbacks: SpeechCallbacks) {
    this.#callbacks = callbacks;
  }

  close(): void {
    this.#closed = true;
  }

  speechStarted(audioStartMs: number): void {
    this.#guard(() => this.#callbacks.speechStarted(audioStartMs));
  }

  speechStopped(audioEndMs: number, recognition?: Recognition): void {
    this.#guard(() => this.#callbacks.speechStopped(audioEndMs, recognition));
  }

  #guard(call: () => void): void {
    if (this.#closed) return;
    try {
      call();
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

/** For a session without turn detection. */
export const deafListener: Listener = {
  append: () => undefined,
  expect: () => undefined,
  close: () => undefined,
};

/** Finds turns by loudness in the calling thread: some 50 µs per second of audio. */
export class EnergyListener implements Listener {
  readonly #turns: TurnDetector;
  readonly #callbacks: GuardedCallbacks;

  constructor(options: TurnDetectionOptions, callbacks: SpeechCallbacks) {
    const guarded = new GuardedCallbacks(callbacks);
    this.#callbacks = guarded;
    this.#turns = new TurnDetector(new EnergyDetector(options.threshold), options, {
      speechStarted: (ms) => queueMicrotask(() => guarded.speechStarted(ms)),
      speechStopped: (ms) => queueMicrotask(() => guarded.speechStopped(ms)),
    });
  }

  append(samples: Float32Array): void {
    this.#turns.append(samples);
  }

  expect(): void {
    // There is no recogniser.
  }

  close(): void {
    this.#callbacks.close();
  }
}

/** Finds turns with the recogniser's detector in the worker, and outlives the worker. */
export class ThreadListener implements Listener {
  readonly #thread: () => VoiceThread | undefined;
  readonly #options: TurnDetectionOptions;
  readonly #language: LanguageCode;
  readonly #callbacks: GuardedCallbacks;
  /** Of all audio, and of that when the present stream began. */
  #samples = 0;
  #restartAt = 0;
  #speaking = false;
  #closed = false;
  #stream: { readonly thread: VoiceThread; readonly id: number } | undefined;

  /** `thread` gives the running thread or a new one; undefined when the voice is closed. */
  constructor(
    thread: () => VoiceThread | undefined,
    options: TurnDetectionOptions,
    language: LanguageCode,
    callbacks: SpeechCallbacks,
  ) {
    this.#thread = thread;
    this.#options = options;
    this.#language = language;
    this.#callbacks = new GuardedCallbacks(callbacks);
  }

  append(samples: Float32Array): void {
    if (this.#closed || samples.length === 0) return;
    const { thread, id } = this.#open() ?? {};
    this.#samples += samples.length;
    // A copy, because what is handed over is gone here, and may be a part of something larger.
    if (thread !== undefined && id !== undefined) thread.append(id, Float32Array.from(samples));
  }

  expect(grammar: Grammar): void {
    if (this.#speaking) this.#stream?.thread.expect(this.#stream.id, grammar);
  }

  close(): void {
    this.#closed = true;
    this.#callbacks.close();
    this.#stream?.thread.unlisten(this.#stream.id);
    this.#stream = undefined;
  }

  #open(): { readonly thread: VoiceThread; readonly id: number } | undefined {
    if (this.#stream !== undefined || this.#samples < this.#restartAt) return this.#stream;
    const thread = this.#thread();
    if (thread === undefined) return undefined;
    const offsetMs = toMilliseconds(this.#samples);
    const id = thread.listen(this.#options, this.#language, {
      speechStarted: (ms) => {
        this.#speaking = true;
        this.#callbacks.speechStarted(Math.round(offsetMs + ms));
      },
      speechStopped: (ms, recognition) => {
        this.#speaking = false;
        this.#callbacks.speechStopped(Math.round(offsetMs + ms), recognition);
      },
      ended: () => this.#streamEnded(),
    });
    this.#stream = { thread, id };
    return this.#stream;
  }

  /** The worker is gone: a turn that it would have ended ends here. */
  #streamEnded(): void {
    this.#stream = undefined;
    this.#restartAt = this.#samples + RESTART_AFTER_SAMPLES;
    if (!this.#speaking) return;
    this.#speaking = false;
    this.#callbacks.speechStopped(Math.round(toMilliseconds(this.#samples)));
  }
}
