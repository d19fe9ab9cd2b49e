import {
  eventTypes,
  type EventOf,
  type RealtimeEvent,
  type RealtimeEventType,
  type UnknownEvent,
} from "../protocol/event-types";
import { readingOf } from "./readable-event";

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

type Handler<Parts> = (parts: Parts, event: RealtimeEvent) => void;

/** What is done with one type of event. */
class EventRoutes<Parts> {
  readonly #type: RealtimeEventType;
  readonly #handlers: Handler<Parts>[] = [];
  /** Whether the parts can rely on what they read of an event of this type. */
  readonly isReadable: (event: RealtimeEvent) => boolean;

  constructor(type: RealtimeEventType) {
    this.#type = type;
    this.isReadable = readingOf(type);
  }

  add(handler: Handler<Parts>): void {
    this.#handlers.push(handler);
  }

  /** Whether an event is of this type. */
  areOf(event: RealtimeEvent | UnknownEvent): event is RealtimeEvent {
    return event.type === this.#type;
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
    for (const handle of this.#handlers) {
      try {
        handle(parts, event);
      } catch (error) {
        onFailure(parts, event, error);
      }
    }
  }
}

/**
 * What is done with each type of event that this library knows: a single look-up finds all of it, for
 * each of several would fetch a table of its own into the processor's cache. Parts come in the order in
 * which they were added.
 *
 * It is made once and shared by all sessions: a table of its own would be most of what an idle
 * session holds.
 */
export class RoutingTable<Parts> {
  readonly #routes: ReadonlyMap<string, EventRoutes<Parts>> = new Map(
    [...eventTypes.values()].map(({ type }) => [type, new EventRoutes<Parts>(type)]),
  );

  /** Adds the routes of one part. */
  add<Part>(partOf: (parts: Parts) => Part, routes: readonly Route<Part>[]): this {
    for (const { type, handle } of routes)
      this.of(type)?.add((parts, event) => handle(partOf(parts), event));
    return this;
  }

  /** What is done with events of a type; undefined where this library does not know it. */
  of(type: string): EventRoutes<Parts> | undefined {
    return this.#routes.get(type);
  }
}
