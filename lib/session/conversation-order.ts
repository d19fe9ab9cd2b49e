interface Link<Value> {
  id: string;
  value: Value;
  previous: Link<Value> | undefined;
  next: Link<Value> | undefined;
}

/**
 * Values by id in an order that others decide: to insert, to move and to remove take the same time
 * however long the conversation is.
 */
export class ConversationOrder<Value> {
  /** Until there is one it takes no room: a session may wait for months with nothing said. */
  #links: Map<string, Link<Value>> | undefined;
  #first: Link<Value> | undefined;
  #last: Link<Value> | undefined;

  get size(): number {
    return this.#links?.size ?? 0;
  }

  get(id: string): Value | undefined {
    return this.#links?.get(id)?.value;
  }

  *[Symbol.iterator](): Generator<Value> {
    for (let link = this.#first; link !== undefined; link = link.next) yield link.value;
  }

  /**
   * Adds a value, or moves it: after `previousId` where that is known, else to the end. `isPassed`:
   * which of those that follow are passed, too.
   */
  place(
    id: string,
    value: Value,
    previousId: string | null | undefined,
    isPassed: (value: Value) => boolean = () => false,
  ): void {
    this.remove(id);
    let previous =
      previousId === null || previousId === undefined
        ? this.#last
        : (this.#links?.get(previousId) ?? this.#last);
    while (previous?.next !== undefined && isPassed(previous.next.value)) previous = previous.next;
    this.#link(id, value, previous, previous?.next);
  }

  /** Adds a value, or moves it, before all others. */
  placeFirst(id: string, value: Value): void {
    this.remove(id);
    this.#link(id, value, undefined, this.#first);
  }

  /** Gives a value another id, in its place. */
  rename(id: string, newId: string): void {
    const link = this.#links?.get(id);
    if (link === undefined) return;
    this.#links?.delete(id);
    link.id = newId;
    this.#links?.set(newId, link);
  }

  remove(id: string): Value | undefined {
    const link = this.#links?.get(id);
    if (link === undefined) return undefined;
    this.#links?.delete(id);
    if (link.previous === undefined) this.#first = link.next;
    else link.previous.next = link.next;
    if (link.next === undefined) this.#last = link.previous;
    else link.next.previous = link.previous;
    return link.value;
  }

  clear(): void {
    this.#links = undefined;
    this.#first = undefined;
    this.#last = undefined;
  }

  #link(
    id: string,
    value: Value,
    previous: Link<Value> | undefined,
    next: Link<Value> | undefined,
  ): void {
    const link: Link<Value> = { id, value, previous, next };
    this.#links ??= new Map();
    this.#links.set(id, link);
    if (previous === undefined) this.#first = link;
    else previous.next = link;
    if (next === undefined) this.#last = link;
    else next.previous = link;
  }
}
