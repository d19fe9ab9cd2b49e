import { AmplifiedDetector } from "./amplified-detector";
import type { Ears, FollowedSpeech } from "./ears";
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
import { SampleHistory, type Span } from "./sample-history";
import { TurnDetector } from "./turn-detector";

const MARGIN = millisecondsToSamples(MARGIN_MS);

/** So much audio waits for speech to be noticed, s. */
const KEPT_SECONDS = 3;

/**
 * Speech is followed from this length on, s: it takes so much to know its loudness and its microphone.
 * Shorter commands are recognised fast enough as a whole.
 */
const FOLLOWED_AFTER_SECONDS = 1.5;

/**
 * Longer turns, as of a television, are recognised at their end alone, and once: each pause in them would
 * cost more than it saves, s.
 */
const LONGEST_GUESS_SECONDS = 8;

/** Somebody who has begun a command has so much silence to go on in, ms. */
const HESITATION_MS = 1_500;

/** How often it is waited for somebody in one turn, as each time all of it is recognised again. */
const MOST_HESITATIONS = 3;

/** What a stream needs of the ears. */
type Recogniser = Pick<
  Ears,
  | "language"
  | "longestSpeech"
  | "room"
  | "hear"
  | "hearLowered"
  | "prepare"
  | "follow"
  | "isFollowing"
  | "speechDetector"
  | "pauseDetector"
>;

interface Guess {
  readonly end: number;
  readonly recognition: Recognition;
  /** Whether it was heard lowered too, where it was not understood. */
  readonly isFinal: boolean;
}

/** What is expected of the turn that is being spoken, and what it seems to be. */
interface Expected {
  readonly grammar: Grammar;
  /** The speech is being recognised while it is spoken: not its beginning, and not what seems complete. */
  followed: FollowedSpeech | null;
  /** Up to which sample of the stream. */
  followedEnd: number;
  /**
   * False of what does not begin like a command, as of a television: it is recognised at its end alone. A
   * command that is taken for that comes some 0.2 s later, as it is not recognised in the silence before.
   */
  soundsLikeCommand: boolean;
  /** What was heard up to a sample of the stream. */
  guess: Guess | null;
  /** What was said before each hesitation. */
  readonly begun: Span[];
  /** Where the speech begins that goes on, or is over: that of the turn, or after a hesitation. */
  start: number;
  /** Where that speech ended, while the turn would be over if it were not the beginning of a command. */
  hesitatingSince: number | null;
}

/**
 * One microphone in the worker: finds its turns, and has those recognised that are expected.
 *
 * The recogniser must know how loud a turn is and how its microphone sounds to tell its sounds: of 155
 * sentences of a person, 30 dB more quietly than those before, it understood 2 when it knew it from those,
 * and 138 when it knew it from each itself. So the beginning of a turn is heard first, and the rest is
 * followed while it is spoken. The first moment of silence ends that, long before the silence is long
 * enough to end the turn; if the speaker goes on, it is followed from its beginning again. Silence after
 * what cannot be all of a command ("turn off the kitchen light and") ends nothing.
 *
 * People hesitate in the middle of a command. A silence that is as long as the options say ends a turn
 * unless it is the beginning of a command; then it is waited for somewhat longer.
 */
export class HeardStream {
  readonly #ears: Recogniser;
  readonly #turns: TurnDetector;
  readonly #pauses: Frames;
  readonly #history = new SampleHistory();
  /** Where the speech began that a turn is made of; null while nobody speaks. */
  #speechStart: number | null = null;
  #expected: Expected | null = null;
  /** Whether the last of the audio is speech, as far as it can be told at once. */
  #isSpeaking = false;

  constructor(ears: Recogniser, options: TurnDetectionOptions, callbacks: SpeechCallbacks) {
    const { threshold, silenceDurationMs } = options;
    const detector = new AmplifiedDetector(ears.speechDetector(threshold, silenceDurationMs));
    this.#ears = ears;
    let changedAtMs = 0;
    let isSpeech = false;
    const noted = {
      frameSize: detector.frameSize,
      process: (frame: Float32Array) => {
        const state = detector.process(frame);
        ({ changedAtMs } = state);
        if (state.speech && !isSpeech) this.#resume(changedAtMs);
        isSpeech = state.speech;
        return state;
      },
    };
    const pauses = new AmplifiedDetector(ears.pauseDetector(threshold));
    this.#pauses = new Frames(pauses.frameSize, (frame) => {
      const wasSpeaking = this.#isSpeaking;
      this.#isSpeaking = pauses.process(frame).speech;
      if (wasSpeaking && !this.#isSpeaking) this.#guess();
    });
    this.#turns = new TurnDetector(noted, options, {
      speechStarted: (audioStartMs) => {
        this.#speechStart = speechStart(changedAtMs);
        callbacks.speechStarted(audioStartMs);
      },
      isOver: (silenceMs) => this.#isOver(silenceMs, millisecondsToSamples(changedAtMs)),
      speechStopped: (audioEndMs) => {
        const recognition = this.#heard(millisecondsToSamples(changedAtMs));
        this.#expectNothing();
        this.#speechStart = null;
        callbacks.speechStopped(audioEndMs, recognition);
      },
    });
  }

  append(samples: Float32Array): void {
    this.#history.append(samples);
    this.#turns.append(samples);
    this.#follow(samples);
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
    const start = this.#speechStart;
    if (start === null) return;
    this.#expectNothing();
    this.#expected = {
      grammar,
      followed: null,
      followedEnd: start,
      soundsLikeCommand: true,
      guess: null,
      begun: [],
      start,
      hesitatingSince: null,
    };
    this.#ears.prepare(grammar);
  }

  /** The stream ends. */
  close(): void {
    this.#expectNothing();
  }

  #expectNothing(): void {
    this.#unfollow();
    this.#expected = null;
  }

  /** The speech can still be recognised as a whole. */
  #unfollow(): void {
    if (this.#expected === null) return;
    this.#expected.followed?.drop();
    this.#expected.followed = null;
  }

  /** Has the speech that is expected recognised while it is spoken. */
  #follow(samples: Float32Array): void {
    const expected = this.#expected;
    if (expected === null || expected.hesitatingSince !== null) return;
    if (this.#isLong()) {
      this.#unfollow();
      return;
    }
    if (expected.followed !== null) {
      expected.followed.append(samples);
      expected.followedEnd = this.#history.end;
      return;
    }
    if (!this.#isSpeaking || !expected.soundsLikeCommand || this.#ears.isFollowing) return;
    const spans = [...expected.begun, { start: expected.start, end: this.#history.end }];
    const length = spans.reduce((sum, { start, end }) => sum + end - start, 0);
    if (length < FOLLOWED_AFTER_SECONDS * HEARING_SAMPLE_RATE) return;
    const speech = this.#history.slice(spans, this.#ears.room);
    expected.followed = this.#ears.follow(speech, expected.grammar);
    expected.followedEnd = this.#history.end;
    expected.soundsLikeCommand = expected.followed !== null;
  }

  /** Takes the turn for ended, as it may well be. */
  #guess(): void {
    const expected = this.#expected;
    if (expected === null || !expected.soundsLikeCommand || this.#isLong()) return;
    if (expected.followed?.mayBeOver() === false) return;
    const { recognition } = this.#hear(expected, this.#history.end);
    expected.soundsLikeCommand =
      recognition.kind === "understood" || recognition.unfinished === true;
  }

  /** Whether a silence that is long enough ends the turn. */
  #isOver(silenceMs: number, speechEnd: number): boolean {
    const expected = this.#expected;
    if (expected === null || silenceMs >= HESITATION_MS || this.#isLong()) return true;
    const heard = this.#heard(speechEnd);
    if (heard?.kind !== "rejected" || !heard.unfinished) return true;
    if (expected.begun.length >= MOST_HESITATIONS) return true;
    expected.hesitatingSince = speechEnd;
    return false;
  }

  /** Speech began, of a turn or within one. */
  #resume(changedAtMs: number): void {
    const expected = this.#expected;
    if (expected === null || expected.hesitatingSince === null) return;
    this.#unfollow();
    expected.soundsLikeCommand = true;
    expected.begun.push({ start: expected.start, end: expected.hesitatingSince + MARGIN });
    expected.start = speechStart(changedAtMs);
    expected.hesitatingSince = null;
  }

  #isLong(): boolean {
    if (this.#speechStart === null) return false;
    const samples = this.#history.end - this.#speechStart;
    return samples > LONGEST_GUESS_SECONDS * HEARING_SAMPLE_RATE;
  }

  /** What was heard of the turn whose speech ended there; undefined when none was expected. */
  #heard(speechEnd: number): Recognition | undefined {
    const expected = this.#expected;
    if (expected === null) return undefined;
    const { guess, followed, followedEnd } = expected;
    const isFollowed = followed !== null && followedEnd >= speechEnd;
    const isHeard = guess !== null && guess.end >= speechEnd;
    const { end, recognition, isFinal } = isHeard
      ? guess
      : this.#hear(expected, isFollowed ? followedEnd : speechEnd + MARGIN);
    if (isFinal || recognition.kind === "understood" || this.#isLong()) return recognition;
    // Not before: what is no command, as of a television, would be heard twice in each of its pauses.
    const lowered = this.#heardBy(expected, end, (speech) =>
      this.#ears.hearLowered(speech, expected.grammar),
    );
    const better = lowered.kind === "understood" ? lowered : recognition;
    expected.guess = { end, recognition: better, isFinal: true };
    return better;
  }

  #hear(expected: Expected, end: number): Guess {
    const { grammar, followed, followedEnd } = expected;
    expected.followed = null;
    const recognition =
      (followedEnd === end ? followed?.finish(this.#spoken(expected, end)) : null) ??
      this.#heardBy(expected, end, (speech) => this.#ears.hear(speech, grammar));
    expected.guess = { end, recognition, isFinal: false };
    return expected.guess;
  }

  /** What was heard of all that was said, or else of what was said after a hesitation. */
  #heardBy(
    expected: Expected,
    end: number,
    hear: (speech: Float32Array) => Recognition,
  ): Recognition {
    const all = hear(this.#spoken(expected, end));
    if (all.kind === "understood" || expected.begun.length === 0) return all;
    // The whole command may have been said once more.
    const again = hear(this.#history.slice([{ start: expected.start, end }], this.#ears.room));
    return again.kind === "understood" ? again : all;
  }

  /** All that was said up to a sample; anew each time, as it is changed to be heard. */
  #spoken({ begun, start }: Expected, end: number): Float32Array {
    return this.#history.slice([...begun, { start, end }], this.#ears.room);
  }
}

/** The sample at which speech begins that was found to begin at a time. */
function speechStart(foundAtMs: number): number {
  return Math.max(0, millisecondsToSamples(foundAtMs) - MARGIN);
}
