import { numberToWords } from "./french-numbers";
import type { Spelling } from "./language";
import { withoutFraction } from "./vulgar-fraction";

/**
 * Quoted text · a time such as "7h30" · a number with sign, thousands, decimals and "½" · a word · a sign that is
 * read as a word.
 */
const PIECE =
  /["“”„«»]([^"“”„«»]+)["“”„«»]|(?<![\p{L}\p{N}])\d{1,2}\s?[h:]\s?\d{2}(?![\p{L}\p{N}])|(?:(?<![\p{L}\p{N}])[-−])?(?:(?:\d+\s?)?[¼½¾]|(?:\d{1,3}(?:[ \u00A0\u202F]\d{3})+(?!\d)|\d+)(?:[.,]\d+)?)|(?<![\p{L}\p{N}])[-−]?[.,]\d+|(?<=\S\s)[-−](?=\s\d)|[\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)*['’]?|[°º]\s*[CF]\b|[°º]|%|(?<=\s)&(?=\s)/gu;

const CLOCK = /^(\d{1,2})\s?[h:]\s?(\d{2})$/;

/** Written short and said in full. */
const ABBREVIATIONS: ReadonlyMap<string, string> = new Map([
  ["stp", "s' il te plaît"],
  ["svp", "s' il vous plaît"],
  ["h", "heures"],
  ["min", "minutes"],
  ["mn", "minutes"],
  ["pourcent", "pour cent"],
  ["pourcents", "pour cent"],
]);

/** Words that lose their vowel before another: "l'entrée", "jusqu'à". */
const ELIDED = /^((?:jusqu|lorsqu|puisqu|quoiqu|qu|[cdjlmnst])')(.*)$/;
const ELIDED_LETTERS = /^(?:qu|[cdjlmnst])$/;

/** What may stand where a phrase has "le", "la", "les" or "l'". */
const ARTICLES: ReadonlySet<string> = new Set(
  "le la les l' un une mon ma mes ton ta tes notre nos votre vos ce cet cette ces".split(" "),
);
const DEFINITE_ARTICLES: ReadonlySet<string> = new Set(["le", "la", "les", "l'"]);

/** What is often written for a word that sounds the same. */
const SOUNDS_LIKE: ReadonlyMap<string, string> = new Map([
  ["éteint", "éteins"],
  ["eteint", "éteins"],
  ["met", "mets"],
  ["peut", "peux"],
  ["d'", "de"],
]);

/** "Allumez" is "allumer" to the ear, and asks for the same. */
function isPoliteForm(said: string, word: string): boolean {
  return said.endsWith("ez") && word.endsWith("er") && said.slice(0, -2) === word.slice(0, -2);
}

/** Lower case and NFC, with one kind of apostrophe and without ligatures. */
function normalise(text: string): string {
  return text
    .normalize("NFC")
    .toLowerCase()
    .replaceAll("’", "'")
    .replaceAll("œ", "oe")
    .replaceAll("æ", "ae");
}

/** "l'entrée" is "l'" and "entrée"; "aujourd'hui" is one word. */
function withoutElision(word: string): readonly string[] {
  const [, elided, rest] = ELIDED.exec(word) ?? [];
  if (elided === undefined || rest === undefined) return [word.replace(/'$/, "")];
  return rest === "" ? [elided] : [elided, ...withoutElision(rest)];
}

function wordsOf(piece: string): readonly string[] {
  if (piece === "%") return ["pour", "cent"];
  if (piece === "&") return ["et"];
  if (/^[-−]$/.test(piece)) return ["moins"];
  if (/^[°º]/.test(piece)) {
    const scale = piece.endsWith("C") ? ["celsius"] : piece.endsWith("F") ? ["fahrenheit"] : [];
    return ["degrés", ...scale];
  }
  const [, hours, minutes] = CLOCK.exec(piece) ?? [];
  if (hours !== undefined && minutes !== undefined) {
    const rest = Number(minutes) === 0 ? [] : numberToWords(minutes);
    // Of 24 hours, where an hour before ten begins with a zero.
    const zero = /^0[1-9]/.test(hours) ? ["zéro"] : [];
    return [...zero, ...numberToWords(hours), "heures", ...rest];
  }
  if (/^[-−]?[.,]?[\d¼½¾]/.test(piece)) {
    const digits = withoutFraction(piece).replace("−", "-").replaceAll(/\s/g, "").replace(",", ".");
    return numberToWords(digits.replace(/^(-?)\./, "$10."));
  }
  const word = normalise(piece);
  return ABBREVIATIONS.get(word)?.split(" ") ?? withoutElision(word);
}

/** Identifiers have no apostrophes: "chambre_d_amis". */
function nameWords(parts: readonly string[]): readonly string[] {
  return parts.flatMap((part, index) => {
    const word = normalise(part);
    const isElided = ELIDED_LETTERS.test(word) && /^[aeiouyh]/.test(bare(parts[index + 1] ?? ""));
    return isElided ? [`${word}'`] : withoutElision(word);
  });
}

function bare(word: string): string {
  if (/^[a-z]*$/.test(word)) return word;
  return word
    .normalize("NFD")
    .toLowerCase()
    .replaceAll(/[\p{Mark}'’]/gu, "");
}

function singularAndPlural(word: string): readonly string[] {
  if (word.length < 3) return [word];
  if (/(?:[sz]|aux|eux)$/.test(word)) return [word, word.slice(0, -1)];
  if (/(?:eau|eu)$/.test(word)) return [word, `${word}x`];
  return [word, `${word}s`];
}

export const frenchSpelling: Spelling = {
  piece: PIECE,
  wordsOf,
  nameWords,
  ampersand: "et",
  bare,
  isAlike: (said, word) =>
    (DEFINITE_ARTICLES.has(word) && ARTICLES.has(said)) ||
    SOUNDS_LIKE.get(said) === word ||
    isPoliteForm(said, word),
  singularAndPlural,
  contractionOf: () => undefined,
  otherForm: () => undefined,
  isSpeakable: (word) => /^[a-zàáâäãåçèéêëìíîïñòóôöõùúûüýÿ]+'?[a-zàâçèéêëîïôùûü]*$/.test(word),
  written: (sentence) => sentence.replaceAll(/' (?=\p{L})/gu, "'"),
};
