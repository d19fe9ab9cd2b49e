import { BoundedMap } from "./bounded-map";

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

  /** Forgets what was heard: a new talk begins, or the server has it as text alone. */
  reset(): void {
    this.#total = 0;
    this.#appendedBytes = 0;
  }

  cleared(): void {
    this.#appendedBytes = 0;
  }

  /** @param startMs where it began in the input buffer */
  speechStarted(itemId: string, startMs: number): void {
    this.#starts.set(itemId, startMs);
  }

  /** @param endMs where it ended in the input buffer */
  speechStopped(itemId: string, endMs: number): void {
    const start = this.#starts.get(itemId);
    if (start === undefined) return;
    this.#starts.delete(itemId);
    this.#add(itemId, (endMs - start) / 1000);
  }

  committed(itemId: string): void {
    const seconds = this.#appendedBytes / this.#bytesPerSecond();
    this.#appendedBytes = 0;
    if (this.#seconds.get(itemId) === undefined) this.#add(itemId, seconds);
  }

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
