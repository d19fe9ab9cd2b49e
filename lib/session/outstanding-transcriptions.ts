import { BoundedSet } from "./bounded-set";
import { route, type Route } from "./routes";

/** Spoken items of which no transcript may ever come are forgotten beyond this number. */
const LIMIT = 32;

/** Spoken items whose transcript is still to come. */
export class OutstandingTranscriptions {
  readonly #isWanted: () => boolean;
  readonly #items = new BoundedSet<string>(LIMIT);

  /** `isWanted`: whether the server transcribes at all. */
  constructor(isWanted: () => boolean) {
    this.#isWanted = isWanted;
  }

  static readonly routes: readonly Route<OutstandingTranscriptions>[] = [
    route("input_audio_buffer.committed", (part, { item_id }) => {
      if (part.#isWanted()) part.#items.add(item_id);
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

  get size(): number {
    return this.#items.size;
  }

  clear(): void {
    this.#items.clear();
  }
}
