import type { Ears } from "./ears";
import { Frames } from "./frames";
import type { Grammar } from "./grammar";
import {
  HEARING_SAMPLE_RATE,
  MARGIN_MS,
  type Recognition,
  type SpeechCallbacks,
  type TurnDetectionOptions,
  millisecondsToSamples,
} from "./hearing";
import { SampleHistory } from "./sample-history";
import { TurnDetector } from "./turn-detector";

/** So much audio waits for speech to be noticed, s. */
const KEPT_SECONDS = 3;

/** Longer turns are recognised at their end alone: each pause in them would cost more than it saves, s. */
const LONGEST_GUESS_SECONDS = 8;

/** What is expected of the turn that is being spoken, and what it seems to be. */
interface Expected {
  readonly grammar: Grammar;
  /** What was heard up to a sample of the stream. */
  guess: { readonly end: number; readonly recognition: Recognition } | null;
}

/**
 * One microphone in the worker: finds its turns, and has those recognised that are expected.
 *
 * A turn is recognised as a whole, as the recogniser must know its loudness and its microphone to tell
 * its sounds: of 155 sentences of a person, 30 dB more quietly than those before, it understood 2 while
 * they were spoken and 138 as a whole. The time for it is won by not waiting until the silence was long
 * enough: the first moment of silence already has the turn recognised, and if the speaker goes on, that
 * was for nothing.
 */
export class HeardStream {
  readonly #ears: Ears;
  readonly #turns: TurnDetector;
  readonly #pauses: Frames;
  readonly #history = new SampleHistory();
  /** Where the speech began that a turn is made of; null while nobody speaks. */
  #speechStart: number | null = null;
  #expected: Expected | null = null;

  constructor(ears: Ears, options: TurnDetectionOptions, callbacks: SpeechCallbacks) {
    const { threshold, silenceDurationMs } = options;
    const detector = ears.speechDetector(threshold, silenceDurationMs);
    this.#ears = ears;
    let changedAtMs = 0;
    const noted = {
      frameSize: detector.frameSize,
      process: (frame: Float32Array) => {
        const state = detector.process(frame);
        ({ changedAtMs } = state);
        return state;
      },
    };
    const pauses = ears.pauseDetector(threshold);
    let wasSpeech = false;
    this.#pauses = new Frames(pauses.frameSize, (frame) => {
      const { speech } = pauses.process(frame);
      if (wasSpeech && !speech) this.#guess();
      wasSpeech = speech;
    });
    this.#turns = new TurnDetector(noted, options, {
      speechStarted: (audioStartMs) => {
        this.#speechStart = Math.max(0, millisecondsToSamples(changedAtMs - MARGIN_MS));
        callbacks.speechStarted(audioStartMs);
      },
      speechStopped: (audioEndMs) => {
        const recognition = this.#heard(millisecondsToSamples(changedAtMs));
        this.#expected = null;
        this.#speechStart = null;
        callbacks.speechStopped(audioEndMs, recognition);
      },
    });
  }

  append(samples: Float32Array): void {
    this.#history.append(samples);
    this.#turns.append(samples);
    this.#pauses.append(samples);
    // After speech was looked for: it may begin long before the end of a piece of seconds.
    const { end } = this.#history;
    const needed = this.#speechStart ?? end - KEPT_SECONDS * HEARING_SAMPLE_RATE;
    // Nobody expects more of a turn than the recogniser takes.
    this.#history.forget(Math.max(needed, end - this.#ears.longestSpeech - HEARING_SAMPLE_RATE));
  }

  /** Has the turn recognised that is being spoken, where it is expected in the stream's language. */
  expect(grammar: Grammar): void {
    if (grammar.language !== this.#ears.language) return;
    if (this.#speechStart !== null) this.#expected = { grammar, guess: null };
  }

  /** Takes the turn for ended, as it may well be. */
  #guess(): void {
    const expected = this.#expected;
    if (expected === null || this.#speechStart === null) return;
    const { end } = this.#history;
    if (end - this.#speechStart > LONGEST_GUESS_SECONDS * HEARING_SAMPLE_RATE) return;
    expected.guess = { end, recognition: this.#hear(this.#speechStart, end, expected.grammar) };
  }

  /** What was heard of the turn whose speech ended there; undefined when none was expected. */
  #heard(speechEnd: number): Recognition | undefined {
    if (this.#expected === null || this.#speechStart === null) return undefined;
    const { guess, grammar } = this.#expected;
    if (guess !== null && guess.end >= speechEnd) return guess.recognition;
    return this.#hear(this.#speechStart, speechEnd + millisecondsToSamples(MARGIN_MS), grammar);
  }

  #hear(start: number, end: number, grammar: Grammar): Recognition {
    return this.#ears.hear(this.#history.slice(start, end, this.#ears.room), grammar);
  }
}
