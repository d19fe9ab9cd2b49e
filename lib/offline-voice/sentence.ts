import { numberToWords } from "./number-words";

/** A word of a sentence, in the form in which phrases hold words. */
export interface Token {
  readonly word: string;
  /** Where it stands in the sentence; several tokens can come from one place ("21" is two words). */
  readonly start: number;
  readonly end: number;
  /** The text between quotation marks, which is taken as it stands. */
  readonly quoted: string | null;
}

/** Quoted text · a number with sign and decimals · a word · a sign that is read as a word. */
const PIECE =
  /["“”„«»]([^"“”„«»]+)["“”„«»]|(?<![\p{L}\p{N}])-?\d+(?:\.\d+)?|[\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)*|°\s*[CF]\b|°|%/gu;

/** Written and understood as two words, spoken as one. */
const CONTRACTIONS: ReadonlyMap<string, string> = new Map([
  ["what's", "what is"],
  ["how's", "how is"],
  ["where's", "where is"],
  ["who's", "who is"],
  ["it's", "it is"],
  ["that's", "that is"],
  ["there's", "there is"],
  ["i'd", "i would"],
  ["i'll", "i will"],
  ["i'm", "i am"],
  ["i've", "i have"],
  ["we'd", "we would"],
  ["we'll", "we will"],
  ["let's", "let us"],
  ["don't", "do not"],
  ["can't", "can not"],
]);

const CONTRACTION_OF: ReadonlyMap<string, string> = new Map(
  [...CONTRACTIONS].map(([short, long]) => [long, short]),
);

/** How two words are said as one ("i would" as "i'd"); undefined when they are not. */
export function contractionOf(first: string, second: string): string | undefined {
  return CONTRACTION_OF.get(`${first} ${second}`);
}

/** Lower case without accents; apostrophes go, and "an" is "a". */
export function normaliseWord(text: string): string {
  const word = text
    .normalize("NFKD")
    .replaceAll(/[\p{Mark}'’]/gu, "")
    .toLowerCase();
  return word === "an" ? "a" : word;
}

function wordsOf(piece: string): readonly string[] {
  if (piece === "%") return ["percent"];
  if (piece.startsWith("°")) {
    const scale = piece.endsWith("C") ? ["celsius"] : piece.endsWith("F") ? ["fahrenheit"] : [];
    return ["degrees", ...scale];
  }
  if (/^-?\d/.test(piece)) return numberToWords(piece);
  const lower = piece.toLowerCase().replaceAll("’", "'");
  if (lower === "whats") return ["what", "is"];
  return CONTRACTIONS.get(lower)?.split(" ") ?? [normaliseWord(piece)];
}

/** The words of a typed or recognised sentence, without case, accents and punctuation. */
export function tokenise(text: string): readonly Token[] {
  return [...text.matchAll(PIECE)].flatMap((match): readonly Token[] => {
    const start = match.index;
    const end = start + match[0].length;
    if (match[1] !== undefined) return [{ word: "", start, end, quoted: match[1] }];
    // The minutes of "20:05".
    const isMinutes = text[start - 1] === ":" && /^0\d$/.test(match[0]);
    return [...(isMinutes ? ["oh"] : []), ...wordsOf(match[0])].map((word) => ({
      word,
      start,
      end,
      quoted: null,
    }));
  });
}

/**
 * The words of an identifier or of an enum value: `set_light`, `openGarage`, `get-weather`, `HVACMode`,
 * `Living Room`, `lamp2`.
 */
export function splitName(name: string): readonly string[] {
  return name
    .replaceAll(/(\p{Ll}|\d)(\p{Lu})/gu, "$1 $2")
    .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1 $2")
    .replaceAll(/(\p{L})(\d)/gu, "$1 $2")
    .replaceAll(/(\d)(\p{L})/gu, "$1 $2")
    .split(/[^\p{L}\p{M}\p{N}'’]+/u)
    .filter((word) => word !== "")
    .flatMap((word) => (/^\d+$/.test(word) ? numberToWords(word) : [normaliseWord(word)]));
}

/** The word with its other number: "light" and "lights", "switch" and "switches", "battery" and "batteries". */
export function singularAndPlural(word: string): readonly string[] {
  if (word.length < 3) return [word];
  if (/(?:ss|us|is|as)$/.test(word)) return [word];
  if (word.endsWith("ies")) return [word, `${word.slice(0, -3)}y`];
  if (/(?:ch|sh|x)es$/.test(word)) return [word, word.slice(0, -2)];
  if (word.endsWith("s")) return [word, word.slice(0, -1)];
  if (/[^aeiou]y$/.test(word)) return [word, `${word.slice(0, -1)}ies`];
  if (/(?:ch|sh|x)$/.test(word)) return [word, `${word}es`];
  return [word, `${word}s`];
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
