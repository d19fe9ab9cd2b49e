import type { EventOf, RealtimeEventType } from "../protocol/event-types";
import type { RealtimeEvent } from "../protocol/event-types";

/** What a part of the session does with one type of event. */
export interface Route<Part> {
  readonly type: RealtimeEventType;
  readonly handle: (part: Part, event: RealtimeEvent) => void;
}

/** Ties a handler to a type, so that it sees just the members of that event. */
export function route<Part, Type extends RealtimeEventType>(
  type: Type,
  handle: (part: Part, event: EventOf<Type>) => void,
): Route<Part> {
  // The table hands it events of this type alone; to look again would cost every delta.
  return { type, handle: handle as Route<Part>["handle"] };
}

/**
 * All handlers by event type: one look-up per event, parts in the order in which they were added.
 * It is made once and shared by all sessions: a table of its own would be most of what an idle
 * session holds.
 */
export class RoutingTable<Parts> {
  readonly #handlers = new Map<string, ((parts: Parts, event: RealtimeEvent) => void)[]>();

  /** Adds the routes of one part. */
  add<Part>(partOf: (parts: Parts) => Part, routes: readonly Route<Part>[]): this {
    for (const { type, handle } of routes) {
      const handler = (parts: Parts, event: RealtimeEvent): void => handle(partOf(parts), event);
      const handlers = this.#handlers.get(type);
      if (handlers === undefined) this.#handlers.set(type, [handler]);
      else handlers.push(handler);
    }
    return this;
  }

  /**
   * Hands an event to every part that asked for its type. One that fails does not keep it from the
   * others; `onFailure` is told.
   */
  dispatch(
    parts: Parts,
    event: RealtimeEvent,
    onFailure: (parts: Parts, event: RealtimeEvent, error: unknown) => void,
  ): void {
    const handlers = this.#handlers.get(event.type);
    if (handlers === undefined) return;
    for (const handle of handlers) {
      try {
        handle(parts, event);
      } catch (error) {
        onFailure(parts, event, error);
      }
    }
  }
}
