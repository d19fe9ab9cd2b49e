/**
 * Our event types against those of the `openai` package, type by type and in both directions. There
 * is nothing to run: the compiler is the test (`npm run typecheck`).
 */
import type { ClientSecretCreateParams } from "openai/resources/realtime/client-secrets";
import type {
  RealtimeClientEvent,
  RealtimeServerEvent,
  RealtimeToolsConfigUnion,
  ResponseCreateEventWithReferencesParam,
} from "openai/resources/realtime/realtime";
import type { ClientSecretRequest } from "../../../lib/protocol/client-secret";
import type { ClientEventType } from "../../../lib/protocol/client-events";
import type { EventOf, RealtimeEventType } from "../../../lib/protocol/event-types";
import type { LocalEventType } from "../../../lib/protocol/local-events";
import type { Item } from "../../../lib/protocol/items";
import type { ServerEventType } from "../../../lib/protocol/server-events";
import type { FunctionTool, McpTool } from "../../../lib/protocol/tools";

type TheirClientType = RealtimeClientEvent["type"];
type TheirServerType = RealtimeServerEvent["type"];
type TheirType = TheirClientType | TheirServerType;
type TheirEvent<T extends TheirType> = Extract<
  RealtimeClientEvent | RealtimeServerEvent,
  { type: T }
>;

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Fits<A, B> = [A] extends [B] ? true : false;
type IsAny<T> = 0 extends 1 & T ? true : false;
/** Fails to compile unless it is given `true`. */
type Assert<T extends true> = T;

/** A type without the members at some paths; elements of arrays have the path of their array. */
type Without<T, Path extends string> = [Path] extends [never]
  ? T
  : T extends readonly (infer E)[]
    ? Without<E, Path>[]
    : T extends object
      ? { [K in keyof T as K extends Path ? never : K]: Without<T[K], Below<Path, K>> }
      : T;
type Below<Path extends string, K> = Path extends `${K & string}.${infer Rest}` ? Rest : never;

/**
 * An event that does not fit in one direction: the members that are to blame, and where the
 * description of the protocol says what the `openai` package does not.
 */
interface Exception<Members extends string, Section extends string> {
  members: Members;
  section: Section;
}

type SessionNulls = Exception<
  "session.audio.input.transcription" | "session.audio.input.noise_reduction",
  "2.1: null clears transcription and noise_reduction, and is typed without null"
>;

/** Ours allow more than theirs. */
interface WiderThanTheirs {
  "session.update": SessionNulls;
  "session.created": Exception<
    SessionNulls["members"] | "session.include",
    "3: transcription, noise_reduction and include come as null"
  >;
  "session.updated": WiderThanTheirs["session.created"];
  "response.create": Exception<
    "response.input",
    "1.4: item_reference stands in response.input; their union of events leaves it out"
  >;
  "response.created": Exception<
    | "response.conversation_id"
    | "response.status_details"
    | "response.usage"
    | "response.audio.output.voice",
    "1.5: conversation_id is null out of band, the others while it runs; 2.7: a voice by id"
  >;
  "response.done": WiderThanTheirs["response.created"];
}

type FunctionTools =
  "2.8: a function tool has a type, a name and an object of parameters; 2.1: prompt ends";

/** Theirs allow more than ours. */
interface NarrowerThanTheirs {
  "session.update": Exception<"session.tools", FunctionTools>;
  "session.created": Exception<"session.tools", FunctionTools>;
  "session.updated": Exception<"session.tools", FunctionTools>;
  "response.create": Exception<"response.tools", FunctionTools>;
}

type Blamed<E> = E extends Exception<infer Members, string> ? Members : never;

type NotFittingTheirs = {
  [T in TheirType]: Fits<EventOf<T>, TheirEvent<T>> extends true ? never : T;
}[TheirType];
type NotFittingOurs = {
  [T in TheirType]: Fits<TheirEvent<T>, EventOf<T>> extends true ? never : T;
}[TheirType];

type WithoutBlamed<Exceptions, T extends keyof Exceptions & TheirType> = {
  ours: Without<EventOf<T>, Blamed<Exceptions[T]>>;
  theirs: Without<TheirEvent<T>, Blamed<Exceptions[T]>>;
};
type WiderElsewhere = {
  [T in keyof WiderThanTheirs]: Fits<
    WithoutBlamed<WiderThanTheirs, T>["ours"],
    WithoutBlamed<WiderThanTheirs, T>["theirs"]
  > extends true
    ? never
    : T;
}[keyof WiderThanTheirs];
type NarrowerElsewhere = {
  [T in keyof NarrowerThanTheirs]: Fits<
    WithoutBlamed<NarrowerThanTheirs, T>["theirs"],
    WithoutBlamed<NarrowerThanTheirs, T>["ours"]
  > extends true
    ? never
    : T;
}[keyof NarrowerThanTheirs];

/** Whether `any` hides anywhere in a type, to a depth that no event exceeds. */
type HidesAny<T, Depth extends unknown[] = []> =
  IsAny<T> extends true
    ? true
    : Depth["length"] extends 9
      ? false
      : T extends readonly (infer E)[]
        ? HidesAny<E, [...Depth, 0]>
        : T extends object
          ? true extends { [K in keyof T]-?: HidesAny<T[K], [...Depth, 0]> }[keyof T]
            ? true
            : false
          : false;
type HidingAny = {
  [T in RealtimeEventType]: true extends HidesAny<EventOf<T>> ? T : never;
}[RealtimeEventType];

/** The dialects share these names; the others of ours are beta's. */
type BetaOnly =
  | "transcription_session.update"
  | "transcription_session.created"
  | "transcription_session.updated"
  | `response.${"text" | "audio" | "audio_transcript"}.${"delta" | "done"}`;

export type Conformance = [
  // The same events in the same direction.
  Assert<Equal<TheirClientType, Exclude<ClientEventType, BetaOnly>>>,
  Assert<Equal<TheirServerType, Exclude<ServerEventType, BetaOnly>>>,
  Assert<Equal<TheirType, Exclude<RealtimeEventType, BetaOnly | LocalEventType>>>,
  // Exactly the exceptions do not fit: one that is no longer needed does not compile.
  Assert<Equal<NotFittingTheirs, keyof WiderThanTheirs>>,
  Assert<Equal<NotFittingOurs, keyof NarrowerThanTheirs>>,
  // And they fit but for the members they name.
  Assert<Equal<WiderElsewhere, never>>,
  Assert<Equal<NarrowerElsewhere, never>>,
  // `any` fits everything, so there is none.
  Assert<Equal<HidingAny, never>>,
  Assert<HidesAny<{ deep: { list: { value: any }[] } }>>,
  // What the exceptions leave out, compared by itself.
  Assert<Fits<McpTool, RealtimeToolsConfigUnion.Mcp>>,
  Assert<Fits<RealtimeToolsConfigUnion.Mcp, McpTool>>,
  Assert<Fits<FunctionTool, RealtimeToolsConfigUnion>>,
  Assert<Fits<EventOf<"response.create">, ResponseCreateEventWithReferencesParam>>,
  Assert<Fits<Item, EventOf<"conversation.item.create">["item"]>>,
  Assert<
    Fits<
      Without<ClientSecretRequest, SessionNulls["members"]>,
      Without<ClientSecretCreateParams, SessionNulls["members"]>
    >
  >,
];
