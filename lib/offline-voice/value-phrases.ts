import type { Language } from "./language";
import { durationPhrase, numberPhrase } from "./number-phrase";
import { type Phrase, anyOf, choice, optional, sequence, words } from "./phrase";
import type { ChoiceSlot, Slot, SlotValue } from "./tool-schema";

/** How the values of parameters are said in sentences that a schema suggests. */

/** Of a longer list the beginning is heard: the recogniser's work grows with every value. */
const MOST_VALUES = 400;

/** The values that tell which thing is meant, or how it is to be, by parameter. */
export function placesOf(
  slots: readonly Slot[],
  stateSlot: Slot | undefined,
  language: Language,
): readonly Phrase[] {
  return slots.filter((slot) => slot !== stateSlot).flatMap((slot) => choicePhrase(slot, language));
}

/** "Kitchen", "high speed", "speed to high" */
function choicePhrase(slot: Slot, { commands }: Language): readonly Phrase[] {
  if (slot.kind !== "choice") return [];
  const { label } = slot;
  const values = slot.values.slice(0, MOST_VALUES).map((value) => valuePhrase(slot, value));
  if (values.length === 0) return [];
  const isNamed = slot.values.some(({ spellings }) => spellings.length > 0);
  if (!isNamed || label.length === 0) return [choice(...values)];
  return [sequence(optional(sequence(words(...label), commands.stateFiller)), choice(...values))];
}

function valuePhrase(slot: ChoiceSlot, { value, spellings, state }: SlotValue): Phrase {
  const { parameter, label } = slot;
  const assign = (of: Phrase): Phrase => ({ kind: "assign", parameter, value, of });
  if (spellings.length === 0) {
    // True and false without a verb: a bare "yes" says nothing about which parameter.
    return assign(sequence(words(...label), anyOf(...(state?.words ?? []))));
  }
  const spelled = choice(...spellings.map((list) => words(...list)));
  // "living" of a parameter "room" is said "living room".
  const repeatsLabel = spellings.some((list) => list.at(-1) === label.at(-1));
  return assign(
    repeatsLabel || label.length === 0 ? spelled : sequence(spelled, optional(words(...label))),
  );
}

/** Numbers and times come after the object: "to twenty degrees", "for seven thirty". */
export function levelPhrase(
  slots: readonly Slot[],
  stateSlot: Slot | undefined,
  thing: readonly string[],
  language: Language,
): Phrase | null {
  const { changeFiller, labelFiller, numberFiller, timeFiller } = language.commands;
  const levels = slots.flatMap((slot) => {
    if (slot.kind !== "number" && slot.kind !== "time") return [];
    const { label, parameter } = slot;
    const isTime = slot.kind === "time" || slot.unitMinutes !== null;
    const isChange = slot.kind === "number" && slot.isChange;
    const filler = choice(
      numberFiller,
      ...(isTime ? [timeFiller] : []),
      ...(isChange && changeFiller !== null ? [changeFiller] : []),
    );
    const lead = choice(filler, sequence(labelFiller, words(...label), optional(filler)));
    const value: Phrase =
      slot.kind === "number"
        ? sequence(numberPhrase(slot, language), optional(words(...label)))
        : { kind: "time", parameter, spoken: language.times.spokenTimes() };
    // "Set volume thirty" says enough where the thing is the volume.
    const isThing = label.length > 0 && label.every((word) => thing.includes(word));
    const of = sequence(isThing ? optional(lead) : lead, value);
    return [{ kind: "level" as const, topic: parameter, of }];
  });
  if (levels.length === 0) return null;
  const level = choice(...levels);
  const all: Phrase = levels.length === 1 ? level : { kind: "repeat", of: level };
  return withPlace(all, slots, stateSlot, language);
}

/**
 * The only number there is, without a small word: "fifty". None by which something changes, and none of
 * time: "timer five" may be minutes or hours.
 */
export function bareLevelPhrase(slots: readonly Slot[], language: Language): Phrase | null {
  const [slot, ...others] = slots.filter(({ kind }) => kind === "number");
  if (slot?.kind !== "number" || others.length > 0) return null;
  if (slot.isChange || slot.unitMinutes !== null) return null;
  return { kind: "level", topic: slot.parameter, of: numberPhrase(slot, language) };
}

/** Spans of time, with their unit: "ten minutes". */
export function spanPhrase(slots: readonly Slot[], language: Language): Phrase | null {
  const spans = slots.flatMap((slot): readonly Phrase[] =>
    slot.kind === "number" ? durationPhrase(slot, language.times) : [],
  );
  return spans.length === 0 ? null : choice(...spans);
}

/** Times of day: "seven thirty". */
export function timePhrase(slots: readonly Slot[], { times }: Language): Phrase | null {
  const all = slots.flatMap(({ kind, parameter }): readonly Phrase[] =>
    kind === "time" ? [{ kind, parameter, spoken: times.spokenTimes() }] : [],
  );
  return all.length === 0 ? null : choice(...all);
}

/** A place may still be named behind: "… to twenty degrees in the office", "… off in the kitchen". */
export function withPlace(
  phrase: Phrase,
  slots: readonly Slot[],
  stateSlot: Slot | undefined,
  language: Language,
): Phrase {
  const places = placesOf(slots, stateSlot, language);
  if (places.length === 0) return phrase;
  const place = sequence(language.commands.placeFiller, choice(...places));
  return sequence(phrase, optional(place));
}
