import type { RawData, WebSocket } from "ws";
import type { RealtimeError } from "../protocol/errors";
import { translate } from "../protocol/beta-dialect";
import type { Dialect, RealtimeEvent, UnknownEvent } from "../protocol/event-types";
import { parseFrame } from "../protocol/frame";
import { validateClientEvent } from "../protocol/validate";
import { checkContentTypes } from "./client-items";
import type { Clock } from "./clock";
import { errorEvent, refusal, refusalOf } from "./errors";
import { FaultyLine } from "./faulty-line";
import type { CreateId } from "./ids";
import type { Misbehaviour } from "./misbehaviour";
import { Outgoing, type OutgoingEvent } from "./outgoing";
import { Session, type SessionOptions } from "./session";
import type { OfflineVoice } from "../offline-voice/voice";

export interface ConnectionOptions {
  readonly dialect: Dialect;
  readonly voice: OfflineVoice;
  readonly clock: Clock;
  readonly createId: CreateId;
  readonly sessionCapMs: number;
  readonly misbehaviour: Misbehaviour;
  readonly purpose: SessionOptions["purpose"];
}

/** Turns a client down that asks for the beta dialect, in the way OpenAI does: after the handshake. */
export function refuseBeta(socket: WebSocket, createId: CreateId): void {
  const message = "The beta dialect is not spoken here; leave out OpenAI-Beta.";
  refuseSession(socket, createId, refusal("beta_api_shape_disabled", message));
}

/** Turns a client down after the handshake: an error where the session was to come, then a close. */
export function refuseSession(socket: WebSocket, createId: CreateId, error: RealtimeError): void {
  // The socket is of no use to anyone: whatever else happens to it does not matter.
  socket.on("error", () => {});
  socket.send(JSON.stringify({ ...errorEvent(error, null), event_id: createId("event_") }));
  socket.close(4000, `${error.type}.${error.code}`);
}

/** Puts a session on a socket: frames, dialect and validation. The session ends with the socket. */
export function serveSession(socket: WebSocket, options: ConnectionOptions): void {
  const { clock, createId, dialect, purpose, voice } = options;
  const line = new FaultyLine({
    socket,
    outgoing: new Outgoing(socket),
    misbehaviour: options.misbehaviour,
    clock,
    createId,
    translate: (event) => inDialect(event, dialect),
  });
  const send = (event: OutgoingEvent): void => {
    line.send({ ...event, event_id: createId("event_") });
  };
  const session = new Session({
    transport: {
      send,
      ready: () => line.ready(),
      close: (code, reason) => line.close(code, reason),
    },
    voice,
    clock,
    createId,
    capMs: options.sessionCapMs,
    purpose,
  });
  const take = (text: string | null): void => {
    let eventId: string | null = null;
    try {
      const event = read(text);
      eventId = eventIdOf(event);
      const refused = line.refusal(event);
      if (refused !== null) {
        if (!refused.withEventId) eventId = null;
        throw refused.error;
      }
      for (const said of inDialect(event, "ga", dialect)) {
        if (said.type === "conversation.item.create" && "item" in said) {
          checkContentTypes(said.item, "item");
        }
        const checked = validateClientEvent(said);
        if (!checked.ok) throw refusalOf(checked.problems);
        session.receive(checked.event);
      }
    } catch (error) {
      send(errorEvent(error, eventId));
    }
  };
  socket.on("message", (data, isBinary) => {
    const text = isBinary ? null : textOf(data);
    line.receive(text?.length ?? 0, () => take(text));
  });
  // A broken frame or a reset: ws closes the socket by itself.
  socket.on("error", () => {});
  socket.on("close", () => session.close());
  session.open();
}

/** The event in a dialect; a GA server takes and says GA only. */
function inDialect(
  event: RealtimeEvent | UnknownEvent,
  to: Dialect,
  serverDialect: Dialect = to,
): (RealtimeEvent | UnknownEvent)[] {
  return serverDialect === "ga" ? [event] : translate(event, to).events;
}

/** The event in a text frame; null stands for a binary one. */
function read(text: string | null): RealtimeEvent | UnknownEvent {
  if (text === null) throw refusal("invalid_event", "Events are text frames; this one is binary.");
  const frame = parseFrame(text);
  if (!frame.ok) throw refusal("invalid_event", frame.error.message);
  return frame.event;
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString();
  return Buffer.isBuffer(data) ? data.toString() : Buffer.from(data).toString();
}

function eventIdOf(event: RealtimeEvent | UnknownEvent): string | null {
  const id = "event_id" in event ? event.event_id : undefined;
  return typeof id === "string" ? id : null;
}
