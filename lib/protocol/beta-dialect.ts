import {
  drop,
  flatten,
  nest,
  realtimeSessionShape,
  responseCreateShape,
  responseShape,
  type Shape,
  transcriptionSessionShape,
} from "./beta-session-shape";
import { canonicalType, type Dialect, eventTypes } from "./event-types";
import type { RealtimeEvent, UnknownEvent } from "./event-types";
import { isObject, type Members, withoutMember } from "./members";

/** An event in another dialect. */
export interface Translation {
  /** The event, or nothing where that dialect has no such event. */
  readonly events: (RealtimeEvent | UnknownEvent)[];
  /** What was lost: the paths of members, or the type of the event itself. */
  readonly dropped: string[];
}

/**
 * Says an event in one of the two dialects, whichever it came in: its name, the shape of sessions,
 * responses and request parameters, and the types of content parts. Mixtures are taken as they are.
 * An event that is already right, a local one and one of an unknown type come back as the same
 * object; the argument is never changed.
 *
 * From GA to beta and back is the identity but for what `dropped` names: temperature, client
 * secrets and MCP have a place in one dialect only, and `conversation.item.done` has no beta form.
 * (Beta modalities `["audio"]` come back as `["text", "audio"]`: GA cannot tell them apart.)
 */
export function translate(event: RealtimeEvent | UnknownEvent, dialect: Dialect): Translation {
  const info = eventTypes.get(event.type);
  if (info === undefined || info.direction === "local") return { events: [event], dropped: [] };

  const dropped: string[] = [];
  const members: Members = event;
  const name = nameIn(dialect, event.type, members);
  if (name === null) return { events: [], dropped: [event.type] };
  const body = translateBody(members, event.type, dialect, dropped);
  if (body === null) return { events: [], dropped: [event.type] };
  if (body === members && name === event.type) return { events: [event], dropped };
  return { events: [{ ...body, type: name }], dropped };
}

/** The event's name in a dialect; null when it has none. */
function nameIn(dialect: Dialect, type: string, members: Members): string | null {
  if (dialect === "ga") return canonicalType(type);
  const session = members["session"];
  if (type.startsWith("session.") && isObject(session) && session["type"] === "transcription") {
    return `transcription_${type}`;
  }
  const info = eventTypes.get(type);
  if (info === undefined || info.dialects.includes("beta")) return type;
  return info.counterpart;
}

/** The members in a dialect; the same object when nothing changes, null when it cannot be said. */
function translateBody(
  members: Members,
  type: string,
  dialect: Dialect,
  dropped: string[],
): Members | null {
  switch (canonicalType(type)) {
    case "session.update":
    case "session.created":
    case "session.updated":
      return replaced(members, "session", (session) =>
        translateSession(session, type, dialect, dropped),
      );
    case "response.create":
      return replaced(members, "response", (response) =>
        translateResponse(response, responseCreateShape, dialect, dropped),
      );
    case "response.created":
    case "response.done":
      return replaced(members, "response", (response) =>
        translateResponse(response, responseShape, dialect, dropped),
      );
    case "conversation.item.create":
    case "conversation.item.added":
    case "conversation.item.done":
    case "conversation.item.retrieved":
    case "response.output_item.added":
    case "response.output_item.done": {
      if (dialect === "beta" && isMcp(members["item"])) return null;
      return replaced(members, "item", (item) => translateItem(item, "item", dialect, dropped));
    }
    case "response.content_part.added":
    case "response.content_part.done":
      // Parts of a response are "text" and "audio" in both dialects; some servers name them as items do.
      return replaced(members, "part", (part) => renamedType(part, betaContentTypes));
    default:
      return members;
  }
}

function translateSession(
  session: Members,
  type: string,
  dialect: Dialect,
  dropped: string[],
): Members {
  const isTranscription =
    session["type"] === "transcription" || type.startsWith("transcription_session.");
  const shape = isTranscription ? transcriptionSessionShape : realtimeSessionShape;
  if (dialect === "ga") {
    const nested = withFlatToolChoice(nest(session, shape, "session", dropped));
    if (Object.hasOwn(nested, "type")) return nested;
    return { ...nested, type: isTranscription ? "transcription" : "realtime" };
  }
  const flat = withoutMcp(flatten(session, shape, "session", dropped), "session", dropped);
  return withoutMember(flat, ["type"]);
}

function translateResponse(
  response: Members,
  shape: Shape,
  dialect: Dialect,
  dropped: string[],
): Members {
  const items = (value: Members, name: string) =>
    translateItems(value, name, `response.${name}`, dialect, dropped);
  const translated = items(items(response, "input"), "output");
  if (dialect === "ga") return withFlatToolChoice(nest(translated, shape, "response", dropped));
  return withoutMcp(flatten(translated, shape, "response", dropped), "response", dropped);
}

/** Beta's nested `{ type: "function", function: { name } }` in the flat form of GA. */
function withFlatToolChoice(settings: Members): Members {
  const choice = settings["tool_choice"];
  if (!isObject(choice) || choice["type"] !== "function" || !isObject(choice["function"])) {
    return settings;
  }
  return { ...settings, tool_choice: { type: "function", name: choice["function"]["name"] } };
}

/** Beta knows functions only. */
function withoutMcp(settings: Members, path: string, dropped: string[]): Members {
  let result = settings;
  const choice = result["tool_choice"];
  if (isObject(choice) && choice["type"] === "mcp") {
    result = drop(result, ["tool_choice"], path, dropped);
  }
  return filtered(result, "tools", `${path}.tools`, dropped, (tool) =>
    isObject(tool) && tool["type"] === "mcp" ? undefined : tool,
  );
}

const gaAssistantTypes = new Map([
  ["text", "output_text"],
  ["audio", "output_audio"],
]);
const gaInputTypes = new Map([
  ["text", "input_text"],
  ["audio", "input_audio"],
]);
const betaContentTypes = new Map([
  ["output_text", "text"],
  ["output_audio", "audio"],
]);

function isMcp(item: unknown): boolean {
  return isObject(item) && typeof item["type"] === "string" && item["type"].startsWith("mcp_");
}

function translateItems(
  holder: Members,
  name: string,
  path: string,
  dialect: Dialect,
  dropped: string[],
): Members {
  let index = 0;
  return filtered(holder, name, path, dropped, (item) => {
    const itemPath = `${path}[${index++}]`;
    if (dialect === "beta" && isMcp(item)) return undefined;
    return isObject(item) ? translateItem(item, itemPath, dialect, dropped) : item;
  });
}

function translateItem(item: Members, path: string, dialect: Dialect, dropped: string[]): Members {
  if (item["type"] !== "message") return item;
  const ofUser = item["role"] === "user" || item["role"] === "system";
  const names = dialect === "beta" ? betaContentTypes : ofUser ? gaInputTypes : gaAssistantTypes;
  return filtered(item, "content", `${path}.content`, dropped, (part) => {
    if (!isObject(part)) return part;
    if (dialect === "beta" && part["type"] === "input_image") return undefined;
    return renamedType(part, names);
  });
}

function renamedType(part: Members, names: ReadonlyMap<string, string>): Members {
  const type = part["type"];
  const name = typeof type === "string" ? names.get(type) : undefined;
  return name === undefined ? part : { ...part, type: name };
}

/** A copy with another value of an object member; the same object when it stays, or is no object. */
function replaced(members: Members, name: string, change: (value: Members) => Members): Members {
  const value = members[name];
  if (!isObject(value)) return members;
  const changed = change(value);
  return changed === value ? members : { ...members, [name]: changed };
}

/**
 * A copy with each element of an array member changed; undefined drops one and names it. The same
 * object when all stay.
 */
function filtered(
  holder: Members,
  name: string,
  path: string,
  dropped: string[],
  change: (element: unknown) => unknown,
): Members {
  const elements = holder[name];
  if (!Array.isArray(elements)) return holder;
  const kept: unknown[] = [];
  let same = true;
  elements.forEach((element: unknown, index) => {
    const changed = change(element);
    same &&= changed === element;
    if (changed === undefined) dropped.push(`${path}[${index}]`);
    else kept.push(changed);
  });
  return same ? holder : { ...holder, [name]: kept };
}
