import type { TObject } from "@sinclair/typebox";
import { type ClientEvent, clientEvents } from "./client-events";
import { type LocalEvent, localEvents } from "./local-events";
import type { Dialect } from "./schema";
import { type ServerEvent, serverEvents } from "./server-events";

export type { ClientEvent, ClientEventType } from "./client-events";
export type { LocalEvent, LocalEventType } from "./local-events";
export type { Dialect } from "./schema";
export type { ServerEvent, ServerEventType } from "./server-events";

/** Who makes an event: the client, the server, or this library for its user. */
export type Direction = "client" | "server" | "local";

/** Any event this library knows. Narrows by `type`. */
export type RealtimeEvent = ClientEvent | ServerEvent | LocalEvent;
/** Type of any event this library knows. */
export type RealtimeEventType = RealtimeEvent["type"];
/** The event of one type. */
export type EventOf<T extends RealtimeEventType> = Extract<RealtimeEvent, { type: T }>;

/** An event of a type this library does not know. It passes through untouched. */
export interface UnknownEvent {
  type: string;
  event_id?: string;
  [member: string]: unknown;
}

/** What is known about one type of event. */
export interface EventTypeInfo {
  readonly type: RealtimeEventType;
  readonly direction: Direction;
  /** The dialects that know this name. */
  readonly dialects: readonly Dialect[];
  /** The name in the other dialect where it differs, else null. */
  readonly counterpart: RealtimeEventType | null;
  /** What it says or asks, in one line. */
  readonly description: string;
  /** Its members as JSON Schema, each with a description. */
  readonly schema: TObject;
}

/**
 * Beta names and the GA names that took their place. `conversation.item.created` became a pair, of
 * which `conversation.item.added` says the same; `conversation.item.done` has no beta form.
 */
const renamed: readonly (readonly [beta: RealtimeEventType, ga: RealtimeEventType])[] = [
  ["response.text.delta", "response.output_text.delta"],
  ["response.text.done", "response.output_text.done"],
  ["response.audio.delta", "response.output_audio.delta"],
  ["response.audio.done", "response.output_audio.done"],
  ["response.audio_transcript.delta", "response.output_audio_transcript.delta"],
  ["response.audio_transcript.done", "response.output_audio_transcript.done"],
  ["conversation.item.created", "conversation.item.added"],
];

/** Beta names that GA has no name of its own for: there it is a session with another `type`. */
const transcriptionSession: typeof renamed = [
  ["transcription_session.update", "session.update"],
  ["transcription_session.created", "session.created"],
  ["transcription_session.updated", "session.updated"],
];

const gaNames: ReadonlyMap<string, RealtimeEventType> = new Map([
  ...renamed,
  ...transcriptionSession,
]);
const betaNames: ReadonlyMap<string, RealtimeEventType> = new Map(
  renamed.map(([beta, ga]) => [ga, beta]),
);

function* tableOfEvents(): Generator<[string, EventTypeInfo]> {
  const directions = { client: clientEvents, server: serverEvents, local: localEvents } as const;
  for (const direction of ["client", "server", "local"] as const) {
    for (const { description, dialects, schema } of Object.values(directions[direction])) {
      const type = schema.properties.type.const;
      const counterpart = gaNames.get(type) ?? betaNames.get(type) ?? null;
      yield [type, { type, direction, dialects, counterpart, description, schema }];
    }
  }
}

/** Every event this library knows, by its type: 12 client, 54 server and 6 local ones. */
export const eventTypes: ReadonlyMap<string, EventTypeInfo> = new Map(tableOfEvents());

/** The GA name of an event: beta's names become GA's, all others stay. */
export function canonicalType(type: string): string {
  return gaNames.get(type) ?? type;
}

/** Whether an event has a type this library knows. Says nothing about its other members. */
export function isKnown(event: RealtimeEvent | UnknownEvent): event is RealtimeEvent {
  return eventTypes.has(event.type);
}
