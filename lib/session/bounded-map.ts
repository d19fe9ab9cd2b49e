/**
 * A map that forgets its oldest entry when it grows beyond a limit. Until it has one it takes no
 * room: most of those of an idle session stay empty.
 */
export class BoundedMap<Key, Value> {
  readonly #limit: number;
  #entries: Map<Key, Value> | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#entries?.size ?? 0;
  }

  keys(): IterableIterator<Key> {
    return (this.#entries ?? new Map<Key, Value>()).keys();
  }

  values(): IterableIterator<Value> {
    return (this.#entries ?? new Map<Key, Value>()).values();
  }

  entries(): IterableIterator<[Key, Value]> {
    return (this.#entries ?? new Map<Key, Value>()).entries();
  }

  get(key: Key): Value | undefined {
    return this.#entries?.get(key);
  }

  has(key: Key): boolean {
    return this.#entries?.has(key) === true;
  }

  /** Adds an entry, or replaces the value of one that keeps its age. */
  set(key: Key, value: Value): void {
    const entries = (this.#entries ??= new Map<Key, Value>());
    entries.set(key, value);
    if (entries.size <= this.#limit) return;
    const oldest = entries.keys().next();
    if (oldest.done !== true) entries.delete(oldest.value);
  }

  /** False when it was not there. */
  delete(key: Key): boolean {
    return this.#entries?.delete(key) === true;
  }

  clear(): void {
    this.#entries = undefined;
  }
}
