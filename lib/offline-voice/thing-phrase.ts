import type { Language } from "./language";
import { type Phrase, choice, words } from "./phrase";
import { splitName } from "./sentence";
import type { Slot } from "./tool-schema";

/**
 * "garage", "garages", and with the description "Opens the garage door" also "garage door". `otherNames`:
 * what it may be called besides.
 */
export function thingPhrase(
  name: readonly string[],
  otherNames: readonly (readonly string[])[],
  slots: readonly Slot[],
  description: string,
  language: Language,
): Phrase {
  const { commands, spelling } = language;
  // "light brightness" with a parameter "brightness" is the light.
  const labels = new Set(slots.flatMap((slot) => (slot.label.length === 1 ? slot.label : [])));
  const withoutLabels = name.filter((word) => !labels.has(word));
  const names = [name, ...(withoutLabels.length === 0 ? [] : [withoutLabels]), ...otherNames];
  const described = splitName(description.toLowerCase(), language);
  const alternatives = new Map<string, readonly string[]>();
  for (const list of names) {
    for (let start = 0; start < list.length; start++) {
      const suffix = list.slice(start);
      const last = suffix.at(-1) ?? "";
      const variants = commands.isCountable(last) ? spelling.singularAndPlural(last) : [last];
      for (const plain of variants) {
        // Names of tools have no accents; what describes them may have.
        const variant =
          described.find((word) => spelling.bare(word) === spelling.bare(plain)) ?? plain;
        const spelled = [...suffix.slice(0, -1), variant];
        alternatives.set(spelled.join(" "), spelled);
        described.forEach((word, index) => {
          if (word !== variant) return;
          const next = described[index + 1] ?? "";
          if (commands.canBePartOfName(next))
            alternatives.set([...spelled, next].join(" "), [...spelled, next]);
          for (const linked of linkedNames(described.slice(0, index), spelled, language))
            alternatives.set(linked.join(" "), linked);
        });
      }
    }
  }
  return { kind: "name", of: choice(...[...alternatives.values()].map((list) => words(...list))) };
}

/** "Porte du garage", where a description has that and the thing is a "garage". */
function linkedNames(
  before: readonly string[],
  name: readonly string[],
  { commands }: Language,
): readonly (readonly string[])[] {
  return commands.nameLinks.flatMap((text) => {
    const link = text.split(" ");
    const at = before.length - link.length;
    const head = before[at - 1];
    const isThere = link.every((word, index) => before[at + index] === word);
    if (!isThere || head === undefined || !commands.canBePartOfName(head)) return [];
    return [[head, ...link, ...name]];
  });
}
