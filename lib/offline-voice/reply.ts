import { commandSetOf, slotFinder } from "./compiled-commands";
import type { Language, LanguageCode } from "./language";
import { languageOf } from "./languages";
import { Matcher } from "./matching";
import {
  callsOf,
  type FindSlot,
  type OpenCall,
  type Question,
  questionOf,
  slotsOf,
  type UnderstoodCall,
} from "./question";
import { replyPhrase, takesSeveral } from "./reply-phrase";
import { tokenise } from "./sentence";
import { accepts, type CommandTool, type Slot } from "./tool-schema";

/** A reply names no more values than this. */
const MOST_VALUES = 8;

/** What a reply to a question comes to. */
export type Reply =
  /** Nothing is lacking any more. */
  | { readonly kind: "calls"; readonly calls: readonly UnderstoodCall[] }
  /** Something else still is. */
  | { readonly kind: "incomplete"; readonly question: Question }
  /** The user no longer wants it. */
  | { readonly kind: "dismissed" };

/**
 * What a user means who was asked this; null for what is no reply. What else is lacking may be told
 * instead. `now`: as for `understand`.
 */
export function replyTo(
  question: Question,
  text: string,
  tools: readonly CommandTool[],
  now: Date,
  language: LanguageCode,
): Reply | null {
  const compiled = commandSetOf(tools, languageOf(language));
  const tokens = tokenise(text, compiled.language);
  const matcher = new Matcher(text, tokens, compiled, now);
  const { dismissal, typedEnd } = compiled.language.commands;
  const isEnd = (at: number): boolean =>
    matcher.matches(typedEnd, at).some(({ end }) => end === tokens.length);
  if (matcher.matches(dismissal, 0).some(({ end }) => isEnd(end))) return { kind: "dismissed" };

  const findSlot = slotFinder(compiled);
  for (const slot of slotsOf(question, findSlot)) {
    const values = valuesOf(matcher, slot, compiled.language, isEnd);
    if (values === null) continue;
    const calls = question.calls.flatMap((call) => filled(call, slot, values, findSlot));
    const next = questionOf(calls, findSlot);
    return next === null
      ? { kind: "calls", calls: callsOf(calls) }
      : { kind: "incomplete", question: next };
  }
  return null;
}

/** The values that the whole text tells; null where it tells something else. */
function valuesOf(
  matcher: Matcher,
  slot: Slot,
  language: Language,
  isEnd: (at: number) => boolean,
): readonly unknown[] | null {
  const phrase = replyPhrase(slot, language);
  const from = (start: number, most: number): readonly unknown[] | null => {
    const matches = matcher.readings(phrase, start).toSorted((one, other) => one.cost - other.cost);
    for (const { assigned, end, isEvery } of matches) {
      const values = isEvery ? allOf(slot) : assigned.map(([, value]) => value);
      if (isEnd(end)) return values;
      if (!takesSeveral(slot) || most === 1) continue;
      for (const next of nextStarts(matcher, end, language)) {
        const others = from(next, most - 1);
        if (others !== null) return [...values, ...others];
      }
    }
    return null;
  };
  return from(0, MOST_VALUES);
}

/** Where the next of several values can begin after one that ends here. */
function nextStarts(matcher: Matcher, end: number, { commands }: Language): readonly number[] {
  const joined = matcher.matches(commands.joiner, end).map((match) => match.end);
  return matcher.isDivided(end) ? [...joined, end] : joined;
}

function allOf(slot: Slot): readonly unknown[] {
  return slot.kind === "choice" ? slot.values.map(({ value }) => value) : [];
}

/** The call with these values, one for each; the same call where it does not lack them. */
function filled(
  call: OpenCall,
  slot: Slot,
  values: readonly unknown[],
  findSlot: FindSlot,
): readonly OpenCall[] {
  const { parameter } = slot;
  if (!call.lacks.includes(parameter)) return [call];
  const own = findSlot(call.name, parameter);
  const fits = own !== undefined && values.every((value) => own === slot || accepts(own, value));
  if (!fits) return [call];
  return [...new Set(values)].map((value) => ({
    ...call,
    arguments: { ...call.arguments, [parameter]: value },
    lacks: call.lacks.filter((each) => each !== parameter),
  }));
}
