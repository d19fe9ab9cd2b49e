import type { Command } from "./command-set";
import type { Language } from "./language";
import { type Phrase, choice, optional, sequence } from "./phrase";

/** Of a verb that is left out. */
const UNSAID_COST = 0.5;

/** The sentences that ask for one tool. */
export interface SentenceForms {
  /** A whole command: "turn on the kitchen light". */
  readonly full: Phrase;
  /** One without its verb, after another command: "… and the fan in the bedroom". */
  readonly continuation: Phrase | null;
}

function maybe(phrase: Phrase | null): readonly Phrase[] {
  return phrase === null ? [] : [optional(phrase)];
}

/**
 * "Kitchen light 50", "set a ten minute timer", "timer ten minutes", "alarm 7 am". Only typed: the ears
 * hear numbers where a small word announces them.
 */
function bareForms(
  { actions, bareLevel, object, span, time, verbs }: Command,
  { article }: Language["commands"],
): readonly Phrase[] {
  if (object === null) return [];
  const isSet = actions.has("set");
  const verb = isSet ? optional(verbs) : verbs;
  const levels = isSet && bareLevel !== null ? [sequence(verb, object, bareLevel)] : [];
  const before = span === null ? [] : [sequence(verb, article, span, object)];
  const behind = [span, time].flatMap((last) =>
    last === null ? [] : [sequence(verb, object, last)],
  );
  return [...levels, ...before, ...behind];
}

export function sentenceForms(command: Command, { commands }: Language): SentenceForms {
  const { actions, verbs, object, around, idiom, level, text, time } = command;
  // Where free text is wanted, it may follow the verb at once: "announce dinner is ready".
  const objectOrText = object === null ? [] : [text === null ? object : optional(object)];
  const forms = [sequence(verbs, ...objectOrText, ...maybe(level), ...maybe(text))];
  if (object !== null && around !== null) {
    forms.push(sequence(around.lead, object, around.end, ...maybe(level)));
    // "Kitchen light on"
    forms.push(sequence(object, around.end, ...maybe(level)));
  }
  if (object !== null && level !== null && actions.has("set")) forms.push(sequence(object, level));
  forms.push(...bareForms(command, commands));
  if (idiom !== null) {
    forms.push(sequence(idiom, ...maybe(level), ...maybe(text)));
    // "Wake me up in an hour"
    if (time !== null) forms.push(sequence(idiom, time));
  }
  // "A large latte, please"; "and sugar" is rather a part of the order before it.
  if (object !== null && actions.has("order")) {
    const unsaid = sequence(optional(verbs, UNSAID_COST), object);
    forms.push({ kind: "action", action: "order", of: unsaid });
  }
  // "Play Queen in the kitchen", "add milk to the shopping list"
  if (object !== null && text !== null)
    forms.push(sequence(verbs, optional(text), commands.filler, object));
  return {
    full: choice(...forms),
    continuation:
      object === null ? null : sequence(object, ...maybe(around?.end ?? null), ...maybe(level)),
  };
}
