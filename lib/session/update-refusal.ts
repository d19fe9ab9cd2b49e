import { isDeepStrictEqual } from "node:util";
import { RealtimeError } from "../protocol/errors";
import type { EventOf } from "../protocol/event-types";
import type { SessionObject, SessionSettings } from "../protocol/session-settings";
import type { Strictness } from "../protocol/validate";

/** What a session knows of itself that forbids a change of its settings. */
export interface SessionFacts {
  /** The type it was opened with. */
  readonly type: SessionSettings["type"];
  /** As the server last reported them; undefined for what it has not said. */
  readonly model?: string | undefined;
  readonly voice?: unknown;
  readonly tracing?: unknown;
  /** True once the session's connection has brought audio of an answer. */
  readonly hasSpoken: boolean;
}

/**
 * Why a server would refuse a change of settings, before it is sent; undefined where nothing is
 * known against it. The codes are those of servers, `param` is the path of the member. A session
 * keeps its type on every server; the other rules are those of OpenAI's server.
 */
export function updateRefusal(
  patch: EventOf<"session.update">["session"],
  facts: SessionFacts,
  strictness: Strictness,
): RealtimeError | undefined {
  if (patch.type !== facts.type) {
    return refusal(
      "invalid_value",
      "session.type",
      `a session keeps its type, and this one is "${facts.type}"`,
    );
  }
  if (patch.type !== "realtime" || strictness !== "openai") return undefined;
  const { model, tracing, audio } = patch;
  if (model !== undefined && facts.model !== undefined && !isSameModel(model, facts.model)) {
    return refusal(
      "invalid_value",
      "session.model",
      "the model is chosen when a session is connected, and stays",
    );
  }
  const isTraced = (facts.tracing ?? null) !== null;
  if (tracing !== undefined && isTraced && !isDeepStrictEqual(tracing, facts.tracing)) {
    return refusal("invalid_value", "session.tracing", "tracing cannot be changed once it is on");
  }
  const voice = audio?.output?.voice;
  const isOtherVoice = facts.voice !== undefined && !isDeepStrictEqual(voice, facts.voice);
  if (voice !== undefined && facts.hasSpoken && isOtherVoice) {
    return refusal(
      "cannot_update_voice",
      "session.audio.output.voice",
      "the voice cannot be changed once the session has spoken; reconnect first",
    );
  }
  return undefined;
}

/** What a server says of its session that bears on later changes; it may say nothing. */
export function factsIn(session: SessionObject | undefined): Partial<SessionFacts> {
  if (session?.type !== "realtime") return {};
  const { model, tracing, audio } = session;
  const voice = audio?.output?.voice;
  return {
    ...(model === undefined ? {} : { model }),
    ...(tracing === undefined ? {} : { tracing }),
    ...(voice === undefined ? {} : { voice }),
  };
}

/** A server may call a model by the date of the version that it chose. */
function isSameModel(asked: string, reported: string): boolean {
  if (asked === reported) return true;
  return reported.startsWith(asked) && /^-\d{4}-\d{2}-\d{2}$/.test(reported.slice(asked.length));
}

function refusal(code: string, param: string, reason: string): RealtimeError {
  return new RealtimeError(code, `This update would be refused, because ${reason}.`, { param });
}
