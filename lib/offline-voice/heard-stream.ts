import type { Ears, LiveTurn } from "./ears";
import type { Grammar } from "./grammar";
import { HEARING_SAMPLE_RATE, type SpeechCallbacks, type TurnDetectionOptions } from "./hearing";
import { TurnDetector } from "./turn-detector";

/** Audio before and after the speech that is recognised with it: detectors cut soft sounds short. */
const MARGIN_MS = 200;

/** So much audio waits for a turn to be expected, s. */
const KEPT_SECONDS = 3;

function toSamples(milliseconds: number): number {
  return Math.round((milliseconds * HEARING_SAMPLE_RATE) / 1000);
}

/** One microphone in the worker: finds its turns, and has those recognised that are expected. */
export class HeardStream {
  readonly #ears: Ears;
  readonly #turns: TurnDetector;
  /**
   * How far behind the microphone the recogniser stays, in samples: what it has not heard when the
   * turn ends is the silence that ended it.
   */
  readonly #lag: number;
  #kept: { readonly start: number; readonly samples: Float32Array }[] = [];
  #position = 0;
  /** Where the recogniser begins or goes on; null while nobody speaks. */
  #next: number | null = null;
  #live: LiveTurn | null = null;

  constructor(ears: Ears, options: TurnDetectionOptions, callbacks: SpeechCallbacks) {
    const { threshold, silenceDurationMs } = options;
    const detector = ears.speechDetector(threshold, silenceDurationMs);
    this.#ears = ears;
    this.#lag = toSamples(Math.max(0, silenceDurationMs - MARGIN_MS));
    let changedAtMs = 0;
    const noted = {
      frameSize: detector.frameSize,
      process: (frame: Float32Array) => {
        const state = detector.process(frame);
        ({ changedAtMs } = state);
        return state;
      },
    };
    this.#turns = new TurnDetector(noted, options, {
      speechStarted: (audioStartMs) => {
        this.#next = Math.max(0, toSamples(changedAtMs - MARGIN_MS));
        callbacks.speechStarted(audioStartMs);
      },
      speechStopped: (audioEndMs) => {
        this.#feed();
        const recognition = this.#live?.end();
        this.#live = null;
        this.#next = null;
        callbacks.speechStopped(audioEndMs, recognition);
      },
    });
  }

  append(samples: Float32Array): void {
    this.#kept.push({ start: this.#position, samples });
    this.#position += samples.length;
    const oldest = this.#position - KEPT_SECONDS * HEARING_SAMPLE_RATE;
    while ((this.#kept[1]?.start ?? this.#position) <= oldest) this.#kept.shift();
    this.#turns.append(samples);
    this.#feed();
  }

  /** Has the turn recognised that is being spoken, where the recogniser is free. */
  expect(grammar: Grammar): void {
    const oldest = this.#kept[0]?.start ?? this.#position;
    if (this.#live !== null || this.#next === null || this.#next < oldest) return;
    this.#live = this.#ears.begin(grammar);
    this.#feed();
  }

  close(): void {
    this.#live?.abandon();
    this.#live = null;
  }

  #feed(): void {
    if (this.#live === null || this.#next === null) return;
    const end = this.#position - this.#lag;
    for (const { start, samples } of this.#kept) {
      const part = samples.subarray(Math.max(0, this.#next - start), Math.max(0, end - start));
      if (part.length === 0) continue;
      this.#live.append(part);
      this.#next = Math.min(end, start + samples.length);
    }
  }
}
