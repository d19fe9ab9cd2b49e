import type { RealtimeEvent, UnknownEvent } from "../protocol/event-types";
import { isObject, memberAt } from "../protocol/members";
import type { SessionSettings } from "../protocol/session-settings";
import type { McpTool, Tool } from "../protocol/tools";
import { BoundedSet } from "./bounded-set";

/** The tools of these settings that the server calls by itself. */
export function hostedTools(settings: SessionSettings): readonly McpTool[] {
  const tools: readonly Tool[] = settings.type === "realtime" ? (settings.tools ?? []) : [];
  return tools.filter((tool) => tool.type === "mcp");
}

/** What stands in the place of a secret. */
const HIDDEN = "[hidden]";

/** Secrets remembered at most. */
const MEMORY = 200;

/** Shorter ones stand in texts by chance. */
const SHORTEST_SECRET = 4;

/**
 * Keeps the secrets of MCP servers out of what flows see. Servers report the settings of a session,
 * the tokens and headers of its MCP servers among them, and may quote them when they refuse them.
 */
export class McpSecrets {
  readonly #secrets = new BoundedSet<string>(MEMORY);

  /** Notes what an event that is sent holds. */
  note(event: RealtimeEvent | UnknownEvent): void {
    for (const tool of mcpToolsIn(event)) for (const secret of secretsOf(tool)) this.#add(secret);
  }

  /** Takes the secrets out of an event that came, which is nobody else's yet. */
  hide<Event extends RealtimeEvent | UnknownEvent>(event: Event): Event {
    for (const tool of mcpToolsIn(event)) {
      for (const secret of secretsOf(tool)) this.#add(secret);
      hideIn(tool);
    }
    if (event.type !== "error" || this.#secrets.size === 0) return event;
    // Its type stays what it is, whatever a secret is called.
    return { ...this.#hiddenError(event), type: event.type } as Event;
  }

  #hiddenError(event: RealtimeEvent | UnknownEvent): object {
    try {
      return this.#membersWithout(event);
    } catch {
      // Of one that is nested too deep to be searched, what every error says is left.
      return this.#membersWithout(essentials(event));
    }
  }

  /** A copy without the secrets. Text by text: a secret may be "true", or any other piece of JSON. */
  #membersWithout(value: object): object {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, this.#valueWithout(member)]),
    );
  }

  #valueWithout(value: unknown): unknown {
    if (typeof value === "string") return this.#hideInText(value);
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map((each) => this.#valueWithout(each));
    return this.#membersWithout(value);
  }

  #hideInText(text: string): string {
    let hidden = text;
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

const ERROR_MEMBERS = ["type", "code", "message", "param", "event_id"];

/** An error event with the texts alone that every server's has. */
function essentials(event: RealtimeEvent | UnknownEvent): object {
  const texts = (path: readonly string[], names: readonly string[]): object =>
    Object.fromEntries(
      names
        .map((name) => [name, memberAt(event, [...path, name])])
        .filter(([, value]) => typeof value === "string"),
    );
  return { ...texts([], ["type", "event_id"]), error: texts(["error"], ERROR_MEMBERS) };
}

/** An event as flows may see it: the same object where it holds no secret, else a copy. */
export function withoutSecrets<Event extends RealtimeEvent | UnknownEvent>(event: Event): Event {
  if (mcpToolsIn(event).length === 0) return event;
  const copy = structuredClone(event);
  for (const tool of mcpToolsIn(copy)) hideIn(tool);
  return copy;
}

/** A part of an event that is nobody else's yet, and may be changed. */
type OwnMembers = Record<string, unknown>;

/** The MCP tools that an event names, wherever the protocol has them. */
function mcpToolsIn(event: RealtimeEvent | UnknownEvent): readonly OwnMembers[] {
  switch (event.type) {
    case "session.created":
    case "session.updated":
    case "session.update":
      return mcpTools("session" in event ? event.session : undefined);
    case "response.create":
    case "response.created":
    case "response.done":
      return mcpTools("response" in event ? event.response : undefined);
    default:
      return [];
  }
}

function mcpTools(holder: unknown): readonly OwnMembers[] {
  const tools = isObject(holder) ? holder["tools"] : undefined;
  return Array.isArray(tools) ? tools.filter(isObject).filter(({ type }) => type === "mcp") : [];
}

function secretsOf({ authorization, headers }: OwnMembers): readonly string[] {
  const values = [authorization, ...(isObject(headers) ? Object.values(headers) : [])];
  return values.filter((value) => typeof value === "string");
}

function hideIn(tool: OwnMembers): void {
  if ((tool["authorization"] ?? null) !== null) tool["authorization"] = HIDDEN;
  const { headers } = tool;
  if (!isObject(headers)) return;
  tool["headers"] = Object.fromEntries(Object.keys(headers).map((name) => [name, HIDDEN]));
}
