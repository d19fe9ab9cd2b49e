import type { RealtimeEvent, UnknownEvent } from "../protocol/event-types";
import { isObject, membersIn } from "../protocol/members";
import { BoundedSet } from "./bounded-set";

/** What stands in the place of a secret. */
const HIDDEN = "[hidden]";

/** Secrets of MCP servers that are remembered at most. */
const MEMORY = 200;

/** Shorter ones stand in texts by chance. */
const SHORTEST_SECRET = 4;

/** The same of a key: servers at home are given words such as "none" and "local" for one. */
const SHORTEST_KEY = 6;

/** Headers of a handshake that anybody may see, in small letters. */
const OPEN_HEADERS: ReadonlySet<string> = new Set([
  "openai-beta",
  "openai-organization",
  "openai-project",
]);

/**
 * Keeps the secrets of an endpoint and of MCP servers out of what flows see. Servers report the
 * settings of a session, the tokens and headers of its MCP servers among them, and may quote these, or
 * the key, where they refuse them.
 */
export class Secrets {
  readonly #headers: Readonly<Record<string, string>>;
  readonly #secrets = new BoundedSet<string>(MEMORY);

  /** `headers`: those of the handshake. */
  constructor(headers: Readonly<Record<string, string>> = {}) {
    this.#headers = headers;
  }

  /** Notes what an event that is sent holds. */
  note(event: RealtimeEvent | UnknownEvent): void {
    if (!mayHoldSecrets(event)) return;
    for (const tool of toolsIn(event)) for (const secret of secretsOf(tool)) this.#add(secret);
  }

  /** Takes the secrets out of an event that came, which is nobody else's yet. */
  hide<Event extends RealtimeEvent | UnknownEvent>(event: Event): Event {
    if (event.type !== "error" && !mayHoldSecrets(event)) return event;
    for (const tool of toolsIn(event)) {
      for (const secret of secretsOf(tool)) this.#add(secret);
      hideIn(tool);
    }
    if (event.type === "error") {
      // Its type stays what it is, whatever a secret is called.
      return { ...this.#hiddenError(event), type: event.type } as Event;
    }
    for (const holder of failuresIn(event)) holder["error"] = this.#hiddenReason(holder["error"]);
    return event;
  }

  #hiddenError(event: RealtimeEvent | UnknownEvent): object {
    try {
      return this.#membersWithout(event);
    } catch {
      // Of one that is nested too deep to be searched, what every error says is left.
      const { error } = membersIn(event);
      return this.#membersWithout({
        ...textsIn(event, ["type", "event_id"]),
        error: textsIn(error, ERROR_MEMBERS),
      });
    }
  }

  #hiddenReason(reason: unknown): unknown {
    try {
      return this.#valueWithout(reason);
    } catch {
      return this.#membersWithout(textsIn(reason, ERROR_MEMBERS));
    }
  }

  /** A copy without the secrets. Text by text: a secret may be "true", or any other piece of JSON. */
  #membersWithout(value: object): object {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, this.#valueWithout(member)]),
    );
  }

  #valueWithout(value: unknown): unknown {
    if (typeof value === "string") return this.#textWithout(value);
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map((each) => this.#valueWithout(each));
    return this.#membersWithout(value);
  }

  #textWithout(text: string): string {
    let hidden = text;
    for (const key of keysIn(this.#headers)) hidden = hidden.replaceAll(key, HIDDEN);
    for (const secret of this.#secrets.values()) hidden = hidden.replaceAll(secret, HIDDEN);
    return hidden;
  }

  #add(secret: string): void {
    if (secret.length < SHORTEST_SECRET || secret === HIDDEN) return;
    // One that is used again is kept longest.
    this.#secrets.delete(secret);
    this.#secrets.add(secret);
  }
}

/** What authorises a connection by these headers. */
function keysIn(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(headers)
    .filter(([name]) => !OPEN_HEADERS.has(name.toLowerCase()))
    .map(([, value]) => value.replace(/^Bearer /, ""))
    .filter((key) => key.length >= SHORTEST_KEY);
}

const ERROR_MEMBERS = ["type", "code", "message", "param", "event_id"];

/** Those of these members that are texts. */
function textsIn(value: unknown, names: readonly string[]): object {
  const members = membersIn(value);
  return Object.fromEntries(
    names.map((name) => [name, members[name]]).filter(([, member]) => typeof member === "string"),
  );
}

/** An event as flows may see it: the same object where it holds no secret, else a copy. */
export function withoutSecrets<Event extends RealtimeEvent | UnknownEvent>(event: Event): Event {
  if (toolsIn(event).length === 0) return event;
  const copy = structuredClone(event);
  for (const tool of toolsIn(copy)) hideIn(tool);
  return copy;
}

/** A part of an event that is nobody else's yet, and may be changed. */
type OwnMembers = Record<string, unknown>;

/** Of each piece of sound and each word this is all that is asked. */
function mayHoldSecrets(event: RealtimeEvent | UnknownEvent): boolean {
  return "item" in event || "response" in event || "session" in event || "error" in event;
}

/** What an event says of a failure beside those of type `error`: of an item, a response or a call. */
function failuresIn(event: RealtimeEvent | UnknownEvent): readonly OwnMembers[] {
  const { item, response } = membersIn(event);
  const { status_details: details, output } = membersIn(response);
  return [event, item, details, ...(Array.isArray(output) ? output : [])].filter(hasError);
}

function hasError(holder: unknown): holder is OwnMembers {
  return isObject(holder) && (holder["error"] ?? null) !== null;
}

/** The tools with secrets that an event names, wherever the protocol has them. */
function toolsIn(event: RealtimeEvent | UnknownEvent): readonly OwnMembers[] {
  switch (event.type) {
    case "session.created":
    case "session.updated":
    case "session.update":
      return toolsOf("session" in event ? event.session : undefined);
    case "response.create":
    case "response.created":
    case "response.done":
      return toolsOf("response" in event ? event.response : undefined);
    default:
      return [];
  }
}

/** By what they hold: a server of another make may leave out the type of a tool. */
function toolsOf(holder: unknown): readonly OwnMembers[] {
  const { tools } = membersIn(holder);
  if (!Array.isArray(tools)) return [];
  return tools.filter(isObject).filter((tool) => "authorization" in tool || "headers" in tool);
}

function secretsOf({ authorization, headers }: OwnMembers): readonly string[] {
  const values = [authorization, ...(isObject(headers) ? Object.values(headers) : [])];
  return values.filter((value) => typeof value === "string");
}

function hideIn(tool: OwnMembers): void {
  if ((tool["authorization"] ?? null) !== null) tool["authorization"] = HIDDEN;
  const { headers } = tool;
  if ((headers ?? null) === null) return;
  tool["headers"] = isObject(headers)
    ? Object.fromEntries(Object.keys(headers).map((name) => [name, HIDDEN]))
    : HIDDEN;
}
