import { BoundedMap } from "./bounded-map";
import type { Clock } from "./clock";
import { route, type Route } from "./routes";

/** Spoken items of which no transcript may ever come are forgotten beyond this number. */
const LIMIT = 32;

/** How long a transcript is waited for, in ms: a lost one must not keep a session open. */
const PATIENCE = 60_000;

/** Spoken items whose transcript is still to come. */
export class OutstandingTranscriptions {
  readonly #clock: Clock;
  readonly #isWanted: () => boolean;
  /** When each was committed, in ms since the Unix epoch. */
  readonly #items = new BoundedMap<string, number>(LIMIT);

  /** `isWanted`: whether the server transcribes at all. */
  constructor(clock: Clock, isWanted: () => boolean) {
    this.#clock = clock;
    this.#isWanted = isWanted;
  }

  static readonly routes: readonly Route<OutstandingTranscriptions>[] = [
    route("input_audio_buffer.committed", (part, { item_id }) => {
      if (part.#isWanted()) part.#items.set(item_id, part.#clock.now());
    }),
    route("conversation.item.input_audio_transcription.completed", (part, { item_id }) => {
      part.#items.delete(item_id);
    }),
    route("conversation.item.input_audio_transcription.failed", (part, { item_id }) => {
      part.#items.delete(item_id);
    }),
    route("conversation.item.deleted", (part, { item_id }) => {
      part.#items.delete(item_id);
    }),
  ];

  get isAwaited(): boolean {
    const since = this.#clock.now() - PATIENCE;
    return [...this.#items.entries()].some(([, committedAt]) => committedAt > since);
  }

  clear(): void {
    this.#items.clear();
  }
}
