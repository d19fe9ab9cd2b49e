import type { Language, TimeWords } from "./language";
import { type Phrase, anyOf, choice, fits, optional, sequence } from "./phrase";
import type { Slot } from "./tool-schema";

type NumberSlot = Extract<Slot, { kind: "number" }>;

/** What can be said for a number: itself with its unit, a span of time in any unit, "half" of a range. */
export function numberPhrase(slot: NumberSlot, { numbers, times, units }: Language): Phrase {
  const { parameter, range } = slot;
  const number: Phrase = { kind: "number", parameter, range, spoken: numbers.spoken(range) };
  return choice(
    sequence(number, optional(anyOf(...slot.units))),
    ...durationPhrase(slot, times),
    ...sharePhrases(slot, units.shares),
  );
}

/** A span of time with its unit, whichever it is, where the argument is one. */
export function durationPhrase(slot: NumberSlot, times: TimeWords): readonly Phrase[] {
  const { parameter, range, unitMinutes } = slot;
  if (unitMinutes === null) return [];
  return [{ kind: "duration", parameter, range, unitMinutes, spoken: times.spokenDurations() }];
}

/** "Half" and "full" of what is told in percent, and of what is fully open at its largest number. */
function sharePhrases(
  { isLevel, opening, parameter, range }: NumberSlot,
  shares: Language["units"]["shares"],
): readonly Phrase[] {
  const { integer, maximum, minimum } = range;
  const isShared = isLevel || opening?.open === maximum;
  if (!isShared || !Number.isFinite(maximum - minimum)) return [];
  return shares.flatMap(({ share, texts }): readonly Phrase[] => {
    const exact = minimum + share * (maximum - minimum);
    const value = integer ? Math.round(exact) : exact;
    return fits(value, range) ? [{ kind: "assign", parameter, value, of: anyOf(...texts) }] : [];
  });
}
