import { BoundedMap } from "./bounded-map";
import type { Clock } from "./clock";

/**
 * How long the user waited, in ms by our own clock: from the arrival of one event to that of
 * another. All three count from the same moment.
 */
export interface Latency {
  /**
   * What they count from: `input_audio_buffer.speech_stopped`, or `response.created` where no
   * speech led to the response.
   */
  readonly from: "speech_stopped" | "response.created";
  /** To `response.created`. */
  readonly created: number;
  /** To the first delta of text, or of the transcript of speech; null without one. */
  readonly firstText: number | null;
  /** To the first delta of audio; null without one. */
  readonly firstAudio: number | null;
}

interface Timing {
  readonly from: Latency["from"];
  readonly start: number;
  readonly created: number;
  firstText: number | null;
  firstAudio: number | null;
}

/** Responses that are timed at the same time, at most. */
const LIMIT = 64;

/** How long speech may wait for its answer, in ms: what begins later answers something else. */
const LONGEST_WAIT = 60_000;

/** Times each response from the end of the speech that it answers. */
export class LatencyClock {
  readonly #clock: Clock;
  readonly #running = new BoundedMap<string, Timing>(LIMIT);
  /** When speech ended that no response has answered yet. */
  #speechStopped: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  speechStarted(): void {
    this.#speechStopped = undefined;
  }

  speechStopped(): void {
    this.#speechStopped = this.#clock.now();
  }

  /** @param isBeside true beside the conversation: an announcement, say, answers nobody. */
  created(responseId: string, isBeside: boolean): void {
    const created = this.#clock.now();
    const speech = isBeside ? undefined : this.#takeSpeech(created);
    this.#running.set(responseId, {
      from: speech === undefined ? "response.created" : "speech_stopped",
      start: speech ?? created,
      created,
      firstText: null,
      firstAudio: null,
    });
  }

  /** The end of the speech that a response answers which begins now. */
  #takeSpeech(now: number): number | undefined {
    const speech = this.#speechStopped;
    this.#speechStopped = undefined;
    return speech !== undefined && now - speech <= LONGEST_WAIT ? speech : undefined;
  }

  /** A delta of text, or of the transcript of speech, has come. */
  text(responseId: string): void {
    const timing = this.#running.get(responseId);
    if (timing?.firstText === null) timing.firstText = this.#clock.now();
  }

  /** A delta of audio has come. */
  audio(responseId: string): void {
    const timing = this.#running.get(responseId);
    if (timing?.firstAudio === null) timing.firstAudio = this.#clock.now();
  }

  /** Ends the timing of a response; undefined when its beginning was not seen. */
  end(responseId: string): Latency | undefined {
    const timing = this.#running.get(responseId);
    if (timing === undefined) return undefined;
    this.#running.delete(responseId);
    const { from, start, created, firstText, firstAudio } = timing;
    // A steady clock counts in fractions.
    const since = (moment: number | null): number | null =>
      moment === null ? null : Math.round(moment - start);
    return {
      from,
      created: Math.round(created - start),
      firstText: since(firstText),
      firstAudio: since(firstAudio),
    };
  }
}
