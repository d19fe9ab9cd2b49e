import { translate } from "../protocol/beta-dialect";
import { RealtimeError, reasonOf } from "../protocol/errors";
import type { ClientEvent, EventOf } from "../protocol/event-types";
import { isObject } from "../protocol/members";
import { validateClientEvent, type Strictness } from "../protocol/validate";

/** An event as it is handed to `send`, before it is checked. */
export interface OutboundEvent {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** An event that may be sent, in GA form, or why it may not. */
export type CheckedEvent =
  | { readonly ok: true; readonly event: ClientEvent }
  | { readonly ok: false; readonly error: RealtimeError };

/** What a session knows that an event needs: what it leaves out, and what may not be. */
export interface EventContext {
  /** The type of the session: every `session.update` must name it, and it never changes. */
  readonly sessionType: () => "realtime" | "transcription";
  /** An id for a created item, so that its acknowledgement can be recognised. */
  readonly newItemId: () => string;
  /** Why the server would refuse a change of the session's settings, as far as that is known. */
  readonly refusalOf: (
    patch: EventOf<"session.update">["session"],
    strictness: Strictness,
  ) => RealtimeError | undefined;
}

/** Completes an event of either dialect, brings it into GA form and checks it. */
export function checkEvent(
  event: OutboundEvent,
  strictness: Strictness,
  context: EventContext,
): CheckedEvent {
  let checked: ReturnType<typeof validateClientEvent>;
  try {
    checked = validateClientEvent(canonicalForm(event, context), strictness);
  } catch (error) {
    return notSendable(`The event cannot be sent: ${reasonOf(error)}`, null);
  }
  if (checked.ok) {
    if (checked.event.type !== "session.update") return checked;
    const error = context.refusalOf(checked.event.session, strictness);
    return error === undefined ? checked : { ok: false, error };
  }
  const { problems } = checked;
  const text = problems.map(({ message }) => message).join(" ");
  const param = problems[0]?.path ?? null;
  return notSendable(text, param);
}

/**
 * The event in GA form, as it would travel, for ourselves: it may wait, and be sent again, when its
 * sender has changed the object. Audio is much, the same in both dialects, and sent or kept at once.
 */
function canonicalForm(event: OutboundEvent, context: EventContext): unknown {
  // What a program without types may hand over is no event at all.
  if (!isObject(event) || event.type === "input_audio_buffer.append") return event;
  const copy = JSON.parse(JSON.stringify(event)) as OutboundEvent;
  return translate(completed(copy, context), "ga").events[0];
}

function notSendable(text: string, param: string | null): CheckedEvent {
  return { ok: false, error: new RealtimeError("invalid_event", text, { param }) };
}

function completed(event: OutboundEvent, { sessionType, newItemId }: EventContext): OutboundEvent {
  if (event.type === "session.update" && isObject(event["session"]))
    return { ...event, session: { type: sessionType(), ...event["session"] } };
  if (event.type === "conversation.item.create" && isObject(event["item"]))
    return { ...event, item: { ...event["item"], id: event["item"]["id"] ?? newItemId() } };
  return event;
}
