import type { RealtimeEvent, UnknownEvent } from "../protocol/event-types";
import { isObject, memberAt, membersIn } from "../protocol/members";
import { SENTENCES_KEYWORD } from "../protocol/tools";

/**
 * The event without the sentences of its tools, which only the built-in server understands; the same
 * where it has none.
 */
export function withoutSentences(
  event: RealtimeEvent | UnknownEvent,
): RealtimeEvent | UnknownEvent {
  if (event.type !== "session.update") return event;
  const session = membersIn(memberAt(event, ["session"]));
  const { tools } = session;
  if (!Array.isArray(tools) || !tools.some(hasSentences)) return event;
  return { ...event, session: { ...session, tools: tools.map(withoutKeyword) } } as typeof event;
}

function hasSentences(tool: unknown): boolean {
  return SENTENCES_KEYWORD in membersIn(membersIn(tool)["parameters"]);
}

function withoutKeyword(tool: unknown): unknown {
  if (!isObject(tool) || !hasSentences(tool)) return tool;
  const { [SENTENCES_KEYWORD]: _sentences, ...parameters } = membersIn(tool["parameters"]);
  return { ...tool, parameters };
}
