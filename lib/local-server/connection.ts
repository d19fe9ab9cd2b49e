import type { RawData, WebSocket } from "ws";
import { translate } from "../protocol/beta-dialect";
import type { Dialect, RealtimeEvent, UnknownEvent } from "../protocol/event-types";
import { encodeFrame, parseFrame } from "../protocol/frame";
import { validateClientEvent } from "../protocol/validate";
import { checkContentTypes } from "./client-items";
import type { Clock } from "./clock";
import { errorEvent, refusal, refusalOf } from "./errors";
import type { CreateId } from "./ids";
import { Outgoing, type OutgoingEvent } from "./outgoing";
import { Session, type SessionOptions } from "./session";
import type { OfflineVoice } from "../offline-voice/voice";

export interface ConnectionOptions {
  readonly dialect: Dialect;
  readonly voice: OfflineVoice;
  readonly clock: Clock;
  readonly createId: CreateId;
  readonly sessionCapMs: number;
  readonly purpose: SessionOptions["purpose"];
}

/** Turns a client down that asks for the beta dialect, in the way OpenAI does: after the handshake. */
export function refuseBeta(socket: WebSocket, createId: CreateId): void {
  const code = "beta_api_shape_disabled";
  const error = refusal(code, "The beta dialect is not spoken here; leave out OpenAI-Beta.");
  // The socket is of no use to anyone: whatever else happens to it does not matter.
  socket.on("error", () => {});
  socket.send(JSON.stringify({ ...errorEvent(error, null), event_id: createId("event_") }));
  socket.close(4000, `invalid_request_error.${code}`);
}

/** Puts a session on a socket: frames, dialect and validation. The session ends with the socket. */
export function serveSession(socket: WebSocket, options: ConnectionOptions): void {
  const { clock, createId, dialect, purpose, voice } = options;
  const outgoing = new Outgoing(socket);
  const send = (event: OutgoingEvent): void => {
    for (const said of inDialect({ ...event, event_id: createId("event_") }, dialect)) {
      outgoing.send(encodeFrame(said));
    }
  };
  const session = new Session({
    transport: {
      send,
      ready: () => outgoing.ready(),
      close: (code, reason) => socket.close(code, reason),
    },
    voice,
    clock,
    createId,
    capMs: options.sessionCapMs,
    purpose,
  });
  socket.on("message", (data, isBinary) => {
    let eventId: string | null = null;
    try {
      const event = read(data, isBinary);
      eventId = eventIdOf(event);
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

function read(data: RawData, isBinary: boolean): RealtimeEvent | UnknownEvent {
  if (isBinary) throw refusal("invalid_event", "Events are text frames; this one is binary.");
  const frame = parseFrame(textOf(data));
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
