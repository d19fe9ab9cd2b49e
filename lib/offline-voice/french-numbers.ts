import type { NumberWords, Read } from "./language";
import {
  type NumberRange,
  type Phrase,
  anyOf,
  choice,
  fits,
  optional,
  saying,
  sequence,
  signed,
  words,
} from "./phrase";

const SMALL =
  "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize".split(
    " ",
  );
const TENS = ["", "", "vingt", "trente", "quarante", "cinquante", "soixante"];
/** Said in Belgium and Switzerland. */
const OTHER_TENS: ReadonlyMap<string, number> = new Map([
  ["septante", 70],
  ["huitante", 80],
  ["octante", 80],
  ["nonante", 90],
]);

const bareSmall = SMALL.map((word) => word.replace("é", "e"));

/** The most that is understood in words, exclusive. */
const LIMIT = 1_000_000;

/** Words of a number as it is said: 21 is "vingt", "et", "un"; -5 is "moins", "cinq"; digits follow "virgule". */
export function numberToWords(digits: string): readonly string[] {
  const [whole = "", fraction = ""] = digits.replace("-", "").split(".");
  const value = Number(whole);
  const digitWords = (text: string): string[] =>
    text.split("").map((digit) => SMALL[Number(digit)] ?? "");
  // A code or telephone number is said digit by digit.
  const said = value < LIMIT ? wholeToWords(value) : digitWords(whole);
  const sign = digits.startsWith("-") ? ["moins"] : [];
  return [...sign, ...said, ...(fraction === "" ? [] : ["virgule", ...digitWords(fraction)])];
}

function wholeToWords(value: number): string[] {
  if (value < 100) return belowHundred(value);
  const [size, name] = value < 1000 ? [100, "cent"] : [1000, "mille"];
  const count = Math.floor(value / size);
  const rest = value % size;
  return [
    ...(count === 1 ? [] : wholeToWords(count)),
    name,
    ...(rest === 0 ? [] : wholeToWords(rest)),
  ];
}

function belowHundred(value: number): string[] {
  if (value <= 16) return [SMALL[value] ?? ""];
  if (value < 20) return ["dix", SMALL[value - 10] ?? ""];
  if (value === 80) return ["quatre", "vingts"];
  if (value > 80) return ["quatre", "vingt", ...belowHundred(value - 80)];
  const ten = Math.min(6, Math.floor(value / 10));
  const rest = value - ten * 10;
  if (rest === 0) return [TENS[ten] ?? ""];
  return [TENS[ten] ?? "", ...(rest === 1 || rest === 11 ? ["et"] : []), ...belowHundred(rest)];
}

/** After a whole number; "vingt degrés et demi" has its unit before. */
const HALVES = ["et demi", "et demie", "degre et demi", "degres et demi"].map((text) =>
  text.split(" "),
);

/** Reads a number in words at `start`, which are bare; undefined where there is none. */
export function readNumber(tokens: readonly string[], start: number): Read<number> | undefined {
  const negative = tokens[start] === "moins";
  const whole = readWhole(tokens, negative ? start + 1 : start);
  if (whole === undefined) return undefined;
  let { value, end } = whole;
  if (tokens[end] === "virgule") {
    let digits = "";
    let after = end + 1;
    for (let digit = digitAt(tokens, after); digit !== undefined && digit < 10;) {
      digits += String(digit);
      after += 1;
      digit = digitAt(tokens, after);
    }
    if (digits !== "") {
      value = Number(`${value}.${digits}`);
      end = after;
    }
  } else {
    const half = HALVES.find((list) => list.every((word, index) => tokens[end + index] === word));
    if (half !== undefined) {
      value += 0.5;
      end += half.length;
    }
  }
  return { value: negative ? -value : value, end };
}

/** 0 to 16. */
function digitAt(tokens: readonly string[], at: number): number | undefined {
  const token = tokens[at] ?? "";
  if (token === "une") return 1;
  const index = bareSmall.indexOf(token);
  return index === -1 ? undefined : index;
}

function readWhole(tokens: readonly string[], start: number): Read<number> | undefined {
  const thousands =
    tokens[start] === "mille" ? { value: 1, end: start } : readHundreds(tokens, start);
  if (thousands === undefined || thousands.value === 0 || tokens[thousands.end] !== "mille")
    return thousands;
  const rest = readHundreds(tokens, thousands.end + 1);
  if (rest === undefined || rest.value === 0)
    return { value: thousands.value * 1000, end: thousands.end + 1 };
  return { value: thousands.value * 1000 + rest.value, end: rest.end };
}

function readHundreds(tokens: readonly string[], start: number): Read<number> | undefined {
  const isHundred = (at: number): boolean => tokens[at] === "cent" || tokens[at] === "cents";
  const count = isHundred(start) ? { value: 1, end: start } : readBelowHundred(tokens, start);
  if (count === undefined || !isHundred(count.end)) return count;
  if (count.value === 0 || count.value > 9) return count;
  const rest = readBelowHundred(tokens, count.end + 1);
  if (rest === undefined || rest.value === 0)
    return { value: count.value * 100, end: count.end + 1 };
  return { value: count.value * 100 + rest.value, end: rest.end };
}

function readBelowHundred(tokens: readonly string[], start: number): Read<number> | undefined {
  const isFourTwenties = tokens[start] === "quatre" && /^vingts?$/.test(tokens[start + 1] ?? "");
  if (isFourTwenties) return withRest(80, readBelowTwenty(tokens, start + 2), start + 2);
  const token = tokens[start] ?? "";
  const ten = token === "" ? -1 : TENS.indexOf(token);
  const base = ten >= 0 ? ten * 10 : OTHER_TENS.get(token);
  if (base === undefined) return readBelowTwenty(tokens, start);
  const at = start + 1;
  if (tokens[at] === "et") {
    const rest = readBelowTwenty(tokens, at + 1);
    const fitsAnd = rest?.value === 1 || (base === 60 && rest?.value === 11);
    return withRest(base, fitsAnd ? rest : undefined, at);
  }
  const rest = readBelowTwenty(tokens, at);
  const most = base === 60 ? 19 : 9;
  return withRest(base, rest !== undefined && rest.value <= most ? rest : undefined, at);
}

function withRest(base: number, rest: Read<number> | undefined, end: number): Read<number> {
  if (rest === undefined || rest.value === 0) return { value: base, end };
  return { value: base + rest.value, end: rest.end };
}

function readBelowTwenty(tokens: readonly string[], start: number): Read<number> | undefined {
  const value = digitAt(tokens, start);
  if (value === undefined) return undefined;
  const unit = value === 10 ? digitAt(tokens, start + 1) : undefined;
  if (unit !== undefined && unit >= 7 && unit <= 9) return { value: 10 + unit, end: start + 2 };
  return { value, end: start + 1 };
}

/** Whole numbers beyond these are typed, not spoken. */
const SPOKEN_MAXIMUM = 100;

/** Numbers to which others are added: "vingt" takes 1 to 9, "soixante" and "quatre vingt" 1 to 19. */
const BASES: readonly { readonly text: string; readonly value: number; readonly most: number }[] = [
  ...TENS.slice(2).map((text, index) => ({
    text,
    value: 20 + 10 * index,
    most: text === "soixante" ? 19 : 9,
  })),
  ...[...OTHER_TENS].map(([text, value]) => ({ text, value, most: 9 })),
  { text: "quatre vingt", value: 80, most: 19 },
];

/** The numbers of the range that can be spoken: whole ones of 0 to 100, with one decimal if they may. */
export function spokenNumbers(range: NumberRange): Phrase {
  return signed(range, words("moins"), spokenPositive);
}

function spokenPositive(range: NumberRange): Phrase {
  const allowed = (value: number): boolean =>
    value >= 0 && value <= SPOKEN_MAXIMUM && fits(value, range);
  const alternatives: Phrase[] = [];
  for (let value = 0; value < 20; value++) if (allowed(value)) alternatives.push(small(value, ""));
  // Tens that take the same units share them: less work for the recogniser.
  const basesByRests = new Map<string, { texts: string[]; rests: readonly string[] }>();
  for (const { text, value, most } of BASES) {
    const rests: string[] = [];
    for (let rest = 1; rest <= most; rest++)
      if (allowed(value + rest)) rests.push(`${needsAnd(value, rest) ? "et " : ""}${rest}`);
    const key = `${rests.join(" ")} ${allowed(value)}`;
    if (rests.length === 0 && !allowed(value)) continue;
    const known = basesByRests.get(key) ?? { texts: [], rests };
    known.texts.push(text === "quatre vingt" && rests.length === 0 ? "quatre vingts" : text);
    basesByRests.set(key, known);
  }
  for (const [key, { texts, rests }] of basesByRests) {
    const bases = anyOf(...texts);
    const after = rests.map((rest) => {
      const and = rest.startsWith("et ") ? "et " : "";
      return small(Number(rest.slice(and.length)), and);
    });
    if (after.length === 0) alternatives.push(bases);
    else if (key.endsWith("true")) alternatives.push(sequence(bases, optional(choice(...after))));
    else alternatives.push(sequence(bases, choice(...after)));
  }
  if (allowed(100)) alternatives.push(words("cent"));
  const whole = choice(...alternatives);
  if (range.integer) return whole;
  const digits = choice(...SMALL.slice(0, 10).map((digit) => words(digit)));
  const isHalf = fits(0.5, { ...range, minimum: 0, maximum: 1 });
  const fraction = sequence(words("virgule"), digits);
  const half = sequence(optional(words("degrés")), words("et", "demi"));
  return sequence(whole, optional(isHalf ? choice(fraction, half) : fraction));
}

function needsAnd(base: number, rest: number): boolean {
  return base === 80 ? false : rest === 1 || (base === 60 && rest === 11);
}

/** 0 to 19; "une" is said of what is feminine. */
function small(value: number, before: string): Phrase {
  const text = before + belowHundred(value).join(" ");
  return value === 1 ? anyOf(text, `${before}une`) : saying(text);
}

export const frenchNumbers: NumberWords = {
  toWords: numberToWords,
  read: readNumber,
  spoken: spokenNumbers,
};
