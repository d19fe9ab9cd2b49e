import type { Language } from "./language";

/** A word of a sentence, in the form in which phrases hold words. */
export interface Token {
  readonly word: string;
  /** Where it stands in the sentence; several tokens can come from one place ("21" is two words). */
  readonly start: number;
  readonly end: number;
  /** The text between quotation marks, which is taken as it stands. */
  readonly quoted: string | null;
}

/** The words of a typed or recognised sentence, without case and punctuation. */
export function tokenise(text: string, { spelling }: Language): readonly Token[] {
  return [...text.matchAll(spelling.piece)].flatMap((match): readonly Token[] => {
    const start = match.index;
    const end = start + match[0].length;
    if (match[1] !== undefined) return [{ word: "", start, end, quoted: match[1] }];
    return spelling
      .wordsOf(match[0], text.slice(Math.max(0, start - 2), start))
      .map((word) => ({ word, start, end, quoted: null }));
  });
}

/**
 * The words of an identifier or of an enum value: `set_light`, `openGarage`, `get-weather`, `HVACMode`,
 * `Living Room`, `lamp2`, `chambre_d_amis`.
 */
export function splitName(name: string, { spelling, numbers }: Language): readonly string[] {
  const parts = name
    .normalize("NFC")
    .replaceAll(/\s&\s/g, ` ${spelling.ampersand} `)
    .replaceAll(/(\p{Ll}|\d)(\p{Lu})/gu, "$1 $2")
    .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1 $2")
    .replaceAll(/(\p{L})(\d)/gu, "$1 $2")
    .replaceAll(/(\d)(\p{L})/gu, "$1 $2")
    .split(/[^\p{L}\p{M}\p{N}'’]+/u)
    .filter((word) => word !== "");
  return spelling
    .nameWords(parts)
    .flatMap((word) => (/^\d+$/.test(word) ? numbers.toWords(word) : [word]));
}

/** True when at most so many insertions, deletions, replacements or swaps of neighbours make one word the other. */
export function editsApart(a: string, b: string, most: number): boolean {
  if (Math.abs(a.length - b.length) > most) return false;
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  const restA = a.slice(start);
  const restB = b.slice(start);
  if (restA === restB) return true;
  if (most === 0) return false;
  const next = most - 1;
  return (
    editsApart(restA.slice(1), restB.slice(1), next) ||
    editsApart(restA, restB.slice(1), next) ||
    editsApart(restA.slice(1), restB, next) ||
    (restA[0] === restB[1] &&
      restA[1] === restB[0] &&
      editsApart(restA.slice(2), restB.slice(2), next))
  );
}
