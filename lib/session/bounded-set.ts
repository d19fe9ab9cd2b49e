/**
 * A set that forgets its oldest value when it grows beyond a limit. Until it has one it takes no
 * room: most of those of an idle session stay empty.
 */
export class BoundedSet<Value> {
  readonly #limit: number;
  #values: Set<Value> | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#values?.size ?? 0;
  }

  has(value: Value): boolean {
    return this.#values?.has(value) === true;
  }

  /** Adds a value; one that is there keeps its age. */
  add(value: Value): void {
    const values = (this.#values ??= new Set());
    values.add(value);
    if (values.size <= this.#limit) return;
    const oldest = values.values().next();
    if (oldest.done !== true) values.delete(oldest.value);
  }

  /** True when the value was there. */
  delete(value: Value): boolean {
    return this.#values?.delete(value) === true;
  }

  /** The oldest first. */
  values(): IterableIterator<Value> {
    return (this.#values ?? new Set<Value>()).values();
  }

  clear(): void {
    this.#values = undefined;
  }
}
