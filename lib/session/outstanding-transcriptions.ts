import { route, type Route } from "./routes";

/** Spoken items of which no transcript may ever come are forgotten from this number on. */
const LIMIT = 32;

/** Spoken items whose transcript is still to come. */
export class OutstandingTranscriptions {
  readonly #isWanted: () => boolean;
  readonly #items = new Set<string>();

  /** `isWanted`: whether the server transcribes at all. */
  constructor(isWanted: () => boolean) {
    this.#isWanted = isWanted;
  }

  readonly routes: readonly Route[] = [
    route("input_audio_buffer.committed", ({ item_id }) => {
      if (!this.#isWanted()) return;
      this.#items.add(item_id);
      const [oldest] = this.#items;
      if (this.#items.size > LIMIT && oldest !== undefined) this.#items.delete(oldest);
    }),
    route("conversation.item.input_audio_transcription.completed", ({ item_id }) => {
      this.#items.delete(item_id);
    }),
    route("conversation.item.input_audio_transcription.failed", ({ item_id }) => {
      this.#items.delete(item_id);
    }),
    route("conversation.item.deleted", ({ item_id }) => {
      this.#items.delete(item_id);
    }),
  ];

  get size(): number {
    return this.#items.size;
  }

  clear(): void {
    this.#items.clear();
  }
}
