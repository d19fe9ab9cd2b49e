import type { EventOf, RealtimeEvent, UnknownEvent } from "../protocol/event-types";
import { copyOf } from "../protocol/members";
import { BoundedMap } from "./bounded-map";
import { BoundedSet } from "./bounded-set";

/** Items that have begun, remembered at most. */
const MEMORY = 200;

/**
 * Says for a server of the beta dialect what only GA says: that an item of the conversation is done.
 * Takes its events in GA form, and puts each `conversation.item.done` where a GA server has it: after
 * an item that is complete when it is added, and before the end of a response's item.
 */
export class MissingDone {
  readonly #newEventId: () => string;
  /** Items that are not done, each with the one it stands behind. */
  readonly #begun = new BoundedMap<string, { readonly previous: string | null | undefined }>(
    MEMORY,
  );
  /** Items of responses that have not said that they are done, whatever their status is called. */
  readonly #running = new BoundedSet<string>(MEMORY);

  constructor(newEventId: () => string) {
    this.#newEventId = newEventId;
  }

  /** The event, with what it lacks. */
  complete(event: RealtimeEvent | UnknownEvent): readonly (RealtimeEvent | UnknownEvent)[] {
    switch (event.type) {
      case "conversation.item.added":
        return "item" in event ? this.#added(event as EventOf<"conversation.item.added">) : [event];
      case "conversation.item.done": {
        const { item } = event as Partial<EventOf<"conversation.item.done">>;
        this.#begun.delete(item?.id ?? "");
        return [event];
      }
      case "response.output_item.added": {
        const { item } = event as Partial<EventOf<"response.output_item.added">>;
        if (item?.id !== undefined) this.#running.add(item.id);
        return [event];
      }
      case "response.output_item.done": {
        const { item } = event as Partial<EventOf<"response.output_item.done">>;
        const id = item?.id ?? "";
        this.#running.delete(id);
        const begun = this.#begun.get(id);
        if (item === undefined || begun === undefined) return [event];
        this.#begun.delete(id);
        return [this.#done(item, begun.previous), event];
      }
      default:
        return [event];
    }
  }

  #added(event: EventOf<"conversation.item.added">): readonly RealtimeEvent[] {
    const { item, previous_item_id: previous } = event;
    if (item?.id === undefined) return [event];
    const isBegun = "status" in item && item.status === "in_progress";
    // Speaches calls an item incomplete until it is done.
    if (!isBegun && !this.#running.has(item.id)) return [event, this.#done(item, previous)];
    this.#begun.set(item.id, { previous });
    return [event];
  }

  #done(
    item: EventOf<"conversation.item.done">["item"],
    previous: string | null | undefined,
  ): EventOf<"conversation.item.done"> {
    return {
      type: "conversation.item.done",
      event_id: this.#newEventId(),
      // Each event belongs to whoever gets it.
      item: copyOf(item),
      ...(previous === undefined ? {} : { previous_item_id: previous }),
    };
  }
}
