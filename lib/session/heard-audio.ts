import { BoundedMap } from "./bounded-map";
import { route, type Route } from "./routes";

/** Items whose length is remembered, at most. */
const LIMIT = 100;

/**
 * How long the user spoke, for servers that do not say what they used: by the server's own times
 * where it detects turns, by what was sent where the flow commits them.
 */
export class HeardAudio {
  readonly #bytesPerSecond: () => number;
  /** In ms of the input buffer. */
  readonly #starts = new BoundedMap<string, number>(LIMIT);
  readonly #seconds = new BoundedMap<string, number>(LIMIT);
  #appendedBytes = 0;
  #total = 0;

  constructor(bytesPerSecond: () => number) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  readonly routes: readonly Route[] = [
    route("session.created", () => {
      this.#total = 0;
      this.#appendedBytes = 0;
    }),
    route("input_audio_buffer.cleared", () => {
      this.#appendedBytes = 0;
    }),
    route("input_audio_buffer.speech_started", (event) => {
      this.#starts.set(event.item_id, event.audio_start_ms);
    }),
    route("input_audio_buffer.speech_stopped", (event) => {
      const start = this.#starts.get(event.item_id);
      if (start === undefined) return;
      this.#starts.delete(event.item_id);
      this.#add(event.item_id, (event.audio_end_ms - start) / 1000);
    }),
    route("input_audio_buffer.committed", (event) => {
      const seconds = this.#appendedBytes / this.#bytesPerSecond();
      this.#appendedBytes = 0;
      if (this.#seconds.get(event.item_id) === undefined) this.#add(event.item_id, seconds);
    }),
  ];

  /** All audio of the user in the talk, in seconds: a server hears it anew for each response. */
  get total(): number {
    return this.#total;
  }

  /** Counts audio that was sent, by the length of its base64. */
  append(base64Length: number): void {
    this.#appendedBytes += (base64Length / 4) * 3;
  }

  /** The length of one item's audio, in seconds; 0 when it is not known. */
  of(itemId: string): number {
    return this.#seconds.get(itemId) ?? 0;
  }

  #add(itemId: string, seconds: number): void {
    if (!(seconds > 0)) return;
    this.#seconds.set(itemId, seconds);
    this.#total += seconds;
  }
}
