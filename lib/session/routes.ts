import type { EventOf, RealtimeEventType } from "../protocol/event-types";
import type { RealtimeEvent } from "../protocol/event-types";

/** What one part of the session does with one type of event. */
export interface Route {
  readonly type: RealtimeEventType;
  readonly handle: (event: RealtimeEvent) => void;
}

/** Ties a handler to a type, so that it sees just the members of that event. */
export function route<Type extends RealtimeEventType>(
  type: Type,
  handle: (event: EventOf<Type>) => void,
): Route {
  return {
    type,
    handle: (event) => {
      if (isOfType(event, type)) handle(event);
    },
  };
}

function isOfType<Type extends RealtimeEventType>(
  event: RealtimeEvent,
  type: Type,
): event is EventOf<Type> {
  return event.type === type;
}

/** All handlers of a session by event type: one look-up per event, parts in the given order. */
export class RoutingTable {
  readonly #handlers = new Map<string, ((event: RealtimeEvent) => void)[]>();

  constructor(...parts: readonly (readonly Route[])[]) {
    for (const { type, handle } of parts.flat()) {
      const handlers = this.#handlers.get(type);
      if (handlers === undefined) this.#handlers.set(type, [handle]);
      else handlers.push(handle);
    }
  }

  /** Hands an event to every part that asked for its type. */
  dispatch(event: RealtimeEvent): void {
    const handlers = this.#handlers.get(event.type);
    if (handlers === undefined) return;
    for (const handle of handlers) handle(event);
  }
}
