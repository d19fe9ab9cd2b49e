import type { RealtimeEvent, UnknownEvent } from "../protocol/event-types";

/** The event with the model beside the settings of a `session.update`; any other is the same. */
export function withModel(
  event: RealtimeEvent | UnknownEvent,
  model: string,
): RealtimeEvent | UnknownEvent {
  return event.type === "session.update" && !("model" in event) ? { ...event, model } : event;
}
