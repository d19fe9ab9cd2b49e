/** An event as the bench looks at it. */
export interface BenchEvent {
  readonly type: string;
  readonly event_id?: unknown;
  readonly delta?: unknown;
}

/** What was seen of a stream; equal for two sides that saw the same events in the same order. */
export interface TallyResult {
  readonly count: number;
  /** Characters of all types and deltas. */
  readonly characters: number;
  /** Hash of the ids of the events in their order. */
  readonly hash: number;
}

/**
 * Counts events and hashes their ids in order. Both sides of a comparison do the same work on each
 * event: they touch its `type` and the length of its `delta`.
 */
export class Tally {
  #count = 0;
  #characters = 0;
  #hash = 0x811c9dc5;

  get count(): number {
    return this.#count;
  }

  take(event: BenchEvent): void {
    this.#count += 1;
    this.#characters += event.type.length;
    if (typeof event.delta === "string") this.#characters += event.delta.length;
    if (typeof event.event_id === "string") this.#hash = hashOf(event.event_id, this.#hash);
  }

  /** What was seen since the last call. */
  reset(): TallyResult {
    const result = { count: this.#count, characters: this.#characters, hash: this.#hash };
    this.#count = 0;
    this.#characters = 0;
    this.#hash = 0x811c9dc5;
    return result;
  }
}

/** FNV-1a over the text, going on from the hash of what was before it. */
function hashOf(text: string, hash: number): number {
  let result = hash;
  for (let index = 0; index < text.length; index += 1)
    result = Math.imul(result ^ text.charCodeAt(index), 0x01000193);
  return result;
}
