import type { Language } from "./language";
import { type Phrase, anyOf, choice, optional, sequence } from "./phrase";
import type { Slot } from "./tool-schema";

/** A tool as its name tells it. */
interface Named {
  readonly action: string;
  readonly thing: readonly string[];
}

/**
 * What is said of a thing without its name: "what time is it", "wake me up". With its places behind it;
 * null for things of which there is no such saying.
 */
export function idiomPhrase(
  { action, thing }: Named,
  slots: readonly Slot[],
  places: readonly Phrase[],
  { commands, spelling }: Language,
): Phrase | null {
  const hasTime = slots.some(({ kind }) => kind === "time");
  const said = commands.idioms
    .filter(({ actions, atTime }) => actions.includes(action) && (!atTime || hasTime))
    .filter(({ keys }) => thing.some((word) => keys.includes(spelling.bare(word))))
    .flatMap(({ sayings }) => sayings);
  if (said.length === 0) return null;
  const idiom: Phrase = { kind: "action", action, of: { kind: "name", of: anyOf(...said) } };
  if (places.length === 0) return idiom;
  const place = sequence(commands.filler, choice(...places));
  return sequence(idiom, optional({ kind: "repeat", of: place }));
}
