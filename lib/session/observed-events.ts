import { RealtimeError, reasonOf } from "../protocol/errors";
import type { RealtimeEvent, UnknownEvent } from "../protocol/event-types";
import type { LocalEventBody } from "./conversation";
import { withoutSecrets } from "./secrets";
import type { EventInfo, Observable } from "./session-events";

export interface ObservedEventsOptions {
  readonly emitLocal: (event: LocalEventBody) => void;
  /** Told of a copy of what was sent; it belongs to whoever gets it. */
  readonly emitSent: (event: RealtimeEvent | UnknownEvent, info: EventInfo) => void;
  readonly onError: (error: RealtimeError) => void;
}

/**
 * Events that are only made while somebody wants them: what is sent, and the `realtime.event` that
 * goes with each event of both directions. A session has none of this before the first who does.
 */
export class ObservedEvents {
  readonly #options: ObservedEventsOptions;
  /** How many want each kind. */
  readonly #observers = new Map<Observable, number>();

  constructor(options: ObservedEventsOptions) {
    this.#options = options;
  }

  /** Asks for events of a kind, until the returned function is called. */
  observe(kind: Observable): () => void {
    this.#observers.set(kind, (this.#observers.get(kind) ?? 0) + 1);
    let isObserving = true;
    return () => {
      if (!isObserving) return;
      isObserving = false;
      const others = (this.#observers.get(kind) ?? 1) - 1;
      if (others > 0) this.#observers.set(kind, others);
      else this.#observers.delete(kind);
    };
  }

  wants(kind: Observable): boolean {
    return this.#observers.has(kind);
  }

  /** An event has come, and was emitted. */
  received(event: RealtimeEvent | UnknownEvent, info: EventInfo): void {
    this.#generic("server", event, info.at);
  }

  /** An event was sent. */
  sent(event: RealtimeEvent | UnknownEvent, info: EventInfo): void {
    if (this.#observers.size === 0) return;
    const shown = withoutSecrets(event);
    if (this.wants("client")) {
      // A copy: what is emitted belongs to the listener, what was sent to its sender.
      const copy = this.#copy(shown);
      if (copy === undefined) return;
      this.#options.emitSent(copy, info);
    }
    this.#generic("client", shown, info.at);
  }

  #generic(source: "server" | "client", event: RealtimeEvent | UnknownEvent, at: number): void {
    if (!this.wants("realtime.event")) return;
    const copy = this.#copy(event);
    if (copy === undefined) return;
    const time = new Date(at).toISOString();
    this.#options.emitLocal({ type: "realtime.event", source, time, event: copy });
  }

  /** Undefined, and an error, for what cannot be copied: it is nested too deep, or holds a function. */
  #copy<Event extends RealtimeEvent | UnknownEvent>(event: Event): Event | undefined {
    try {
      return structuredClone(event);
    } catch (error) {
      this.#options.onError(
        new RealtimeError("event_not_copied", `An event cannot be copied: ${reasonOf(error)}`),
      );
      return undefined;
    }
  }
}
