import { numberToWords } from "./english-numbers";
import type { Spelling } from "./language";
import { withoutFraction } from "./vulgar-fraction";

/**
 * Quoted text · a time such as "7.30 pm" or "07:30" · a number with sign, thousands, decimals (behind a comma one or
 * two) and "½" · a word · a sign that is read as a word.
 */
const PIECE =
  /["“”„«»]([^"“”„«»]+)["“”„«»]|(?<![\p{L}\p{N}.])\d{1,2}\.[0-5]\d\s?[ap]\.?m\b|(?<![\p{N}.:])0[1-9]:[0-5]\d(?![\d:])|(?:(?<![\p{L}\p{N}])[-−])?(?:(?:\d+\s?)?[¼½¾]|(?<![\d,])\d+,\d{1,2}(?![\d,])|(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?)|(?<![\p{L}\p{N}])[-−]?\.\d+|(?<=\S\s)[-−](?=\s\d)|[\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)*|[°º]\s*[CF]\b|[°º]|%|(?<=\s)&(?=\s)/gu;

const CLOCK = /^(\d{1,2})\.(\d{2})\s?([ap])/i;

/** Of 24 hours, where an hour before ten begins with a zero. */
const LONG_CLOCK = /^0([1-9]):(\d{2})$/;

/** Units as they are written behind a number. */
const ABBREVIATIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ["h", ["hours"]],
  ["hr", ["hours"]],
  ["hrs", ["hours"]],
  ["min", ["minutes"]],
  ["mins", ["minutes"]],
  ["sec", ["seconds"]],
  ["secs", ["seconds"]],
  ["c", ["degrees", "celsius"]],
  ["f", ["degrees", "fahrenheit"]],
]);

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

/** Typed without their apostrophe, where that is hardly ever another word in a command. */
const TYPED_CONTRACTIONS: ReadonlyMap<string, string> = new Map(
  "what's how's where's who's it's that's there's i'm i've let's don't can't"
    .split(" ")
    .map((short) => [short.replace("'", ""), short]),
);

const CONTRACTION_OF: ReadonlyMap<string, string> = new Map(
  [...CONTRACTIONS].map(([short, long]) => [long, short]),
);

/** How two words are said as one ("i would" as "i'd"); undefined when they are not. */
function contractionOf(first: string, second: string): string | undefined {
  return CONTRACTION_OF.get(`${first} ${second}`);
}

/** Lower case without accents; apostrophes go, and "an" is "a". */
function normaliseWord(text: string): string {
  const word = text
    .normalize("NFKD")
    .replaceAll(/[\p{Mark}'’]/gu, "")
    .toLowerCase();
  return word === "an" ? "a" : word;
}

// "The" stands for every article: who speaks says so little of it that the ear cannot tell them apart.
const ARTICLES: ReadonlySet<string> = new Set(["a", "my", "our", "this", "that", "some"]);

/** "05" as "oh five". */
function minuteWords(digits: string): readonly string[] {
  return [...(digits.startsWith("0") ? ["oh"] : []), ...numberToWords(digits)];
}

function wordsOf(piece: string, before: string): readonly string[] {
  // The minutes of "20:05".
  if (before.endsWith(":") && /^0\d$/.test(piece)) return minuteWords(piece);
  if (piece === "%") return ["percent"];
  if (piece === "&") return ["and"];
  if (/^[-−]$/.test(piece)) return ["minus"];
  if (/^[°º]/.test(piece)) {
    const scale = piece.endsWith("C") ? ["celsius"] : piece.endsWith("F") ? ["fahrenheit"] : [];
    return ["degrees", ...scale];
  }
  const [, hours, minutes, half] = CLOCK.exec(piece) ?? [];
  if (hours !== undefined && minutes !== undefined && half !== undefined)
    return [...numberToWords(hours), ...minuteWords(minutes), `${half.toLowerCase()}m`];
  const [, hour, past] = LONG_CLOCK.exec(piece) ?? [];
  if (hour !== undefined && past !== undefined)
    return ["oh", ...numberToWords(hour), ...minuteWords(past)];
  if (/^[-−]?\.?[\d¼½¾]/.test(piece)) {
    const decimal = withoutFraction(piece).replace(/,(?=\d{1,2}$)/, ".");
    const digits = decimal.replace("−", "-").replaceAll(",", "");
    return numberToWords(digits.replace(/^(-?)\./, "$10."));
  }
  const unit = /\d\s?$/.test(before) ? ABBREVIATIONS.get(piece.toLowerCase()) : undefined;
  if (unit !== undefined) return unit;
  const lower = piece.toLowerCase().replaceAll("’", "'");
  const short = TYPED_CONTRACTIONS.get(lower) ?? lower;
  return CONTRACTIONS.get(short)?.split(" ") ?? [normaliseWord(piece)];
}

/** The word with its other number: "light" and "lights", "switch" and "switches", "battery" and "batteries". */
function singularAndPlural(word: string): readonly string[] {
  if (word.length < 3) return [word];
  if (/(?:ss|us|is|as)$/.test(word)) return [word];
  if (word.endsWith("ies")) return [word, `${word.slice(0, -3)}y`];
  if (/(?:ch|sh|x)es$/.test(word)) return [word, word.slice(0, -2)];
  if (word.endsWith("s")) return [word, word.slice(0, -1)];
  if (/[^aeiou]y$/.test(word)) return [word, `${word.slice(0, -1)}ies`];
  if (/(?:ch|sh|x)$/.test(word)) return [word, `${word}es`];
  return [word, `${word}s`];
}

export const englishSpelling: Spelling = {
  piece: PIECE,
  wordsOf,
  ampersand: "and",
  nameWords: (parts) => parts.map(normaliseWord),
  bare: (word) => word,
  isAlike: (said, word) => word === "the" && ARTICLES.has(said),
  singularAndPlural,
  contractionOf,
  otherForm: (word) => (word === "a" ? "an" : undefined),
  isSpeakable: (word) => /^[a-z]+$/.test(word),
  written: (sentence) => sentence,
};
