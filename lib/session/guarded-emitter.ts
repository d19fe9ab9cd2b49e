import { types } from "node:util";

type Listener<Arguments extends readonly unknown[]> = (...values: Arguments) => void;

/**
 * Named events with typed listeners. A listener that throws, or that returns a promise which rejects,
 * is handed to `onListenerError`: it can neither keep the other listeners from the event nor end the
 * process.
 */
export abstract class GuardedEmitter<Events extends Record<keyof Events, readonly unknown[]>> {
  readonly #listeners = new Map<keyof Events, readonly Listener<never>[]>();

  /**
   * Adds a listener; the same function added twice is called twice.
   *
   * @throws TypeError for one that is no function, as a program without types may hand over.
   */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): this {
    if (typeof listener !== "function") throw new TypeError("The listener must be a function");
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener]);
    return this;
  }

  /** Removes a listener once; one that is not there is ignored. */
  off<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): this {
    const listeners = this.#listeners.get(name) ?? [];
    const at = listeners.indexOf(listener);
    if (at >= 0) this.#listeners.set(name, listeners.toSpliced(at, 1));
    return this;
  }

  protected emit<Name extends keyof Events>(name: Name, ...values: Events[Name]): void {
    // The list is replaced, never changed, so a listener may add or remove others while it runs.
    const listeners = this.#listeners.get(name) as readonly Listener<Events[Name]>[] | undefined;
    if (listeners === undefined) return;
    for (const listener of listeners) {
      try {
        const returned: unknown = listener(...values);
        // Not by `instanceof`: a function node's promises are of the class of its own context.
        if (types.isPromise(returned))
          returned.catch((error: unknown) => this.onListenerError(name, error));
      } catch (error) {
        this.onListenerError(name, error);
      }
    }
  }

  /** Told of every error that a listener threw, or rejected with. Must not throw. */
  protected abstract onListenerError(name: keyof Events, error: unknown): void;
}
