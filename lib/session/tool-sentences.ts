import type { RealtimeEvent, UnknownEvent } from "../protocol/event-types";

/**
 * The keyword of a tool's `parameters` that holds the sentences by which the built-in server hears
 * it, a list of lines. No other server makes anything of them, and a model bills them as tokens.
 */
export const SENTENCES_KEYWORD = "x-sentences";

/** The event without the sentences of its tools; the same where it has none. */
export function withoutSentences(
  event: RealtimeEvent | UnknownEvent,
): RealtimeEvent | UnknownEvent {
  if (event.type !== "session.update") return event;
  const session: unknown = Reflect.get(event, "session");
  if (typeof session !== "object" || session === null) return event;
  const tools: unknown = Reflect.get(session, "tools");
  if (!Array.isArray(tools) || !tools.some(hasSentences)) return event;
  return { ...event, session: { ...session, tools: tools.map(withoutKeyword) } } as typeof event;
}

function hasSentences(tool: unknown): boolean {
  return SENTENCES_KEYWORD in parametersOf(tool);
}

function withoutKeyword(tool: unknown): unknown {
  if (typeof tool !== "object" || tool === null || !hasSentences(tool)) return tool;
  const { [SENTENCES_KEYWORD]: _sentences, ...parameters } = parametersOf(tool);
  return { ...tool, parameters };
}

function parametersOf(tool: unknown): Record<string, unknown> {
  if (typeof tool !== "object" || tool === null) return {};
  const parameters: unknown = Reflect.get(tool, "parameters");
  const isObject = typeof parameters === "object" && parameters !== null;
  return isObject && !Array.isArray(parameters) ? { ...parameters } : {};
}
