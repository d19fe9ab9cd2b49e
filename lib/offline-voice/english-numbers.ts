import type { NumberWords, Read } from "./language";
import {
  type NumberRange,
  type Phrase,
  choice,
  fits,
  optional,
  sequence,
  signed,
  words,
} from "./phrase";

const SMALL = (
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen " +
  "sixteen seventeen eighteen nineteen"
).split(" ");
const TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/** The most that is understood in words, exclusive. */
const LIMIT = 1_000_000;

/** Words of a number as it is said: 21 is "twenty", "one"; -5 is "minus", "five"; digits follow "point". */
export function numberToWords(digits: string): readonly string[] {
  const [whole = "", fraction] = digits.replace("-", "").split(".");
  const value = Number(whole);
  // A code or telephone number is said digit by digit.
  const said =
    value < LIMIT
      ? wholeToWords(value)
      : whole.split("").map((digit) => SMALL[Number(digit)] ?? "");
  const sign = digits.startsWith("-") ? ["minus"] : [];
  const rest =
    fraction === undefined || fraction === ""
      ? []
      : ["point", ...fraction.split("").map((digit) => SMALL[Number(digit)] ?? "")];
  return [...sign, ...said, ...rest];
}

function wholeToWords(value: number): string[] {
  if (value < 20) return [SMALL[value] ?? ""];
  if (value < 100) {
    const unit = value % 10;
    return [TENS[Math.floor(value / 10)] ?? "", ...(unit === 0 ? [] : [SMALL[unit] ?? ""])];
  }
  const [size, name] = value < 1000 ? [100, "hundred"] : [1000, "thousand"];
  const rest = value % size;
  return [
    ...wholeToWords(Math.floor(value / size)),
    name,
    ...(rest === 0 ? [] : wholeToWords(rest)),
  ];
}

/** After a whole number. */
const HALF = ["and", "a", "half"];

/** Reads a number in words at `start`; undefined where there is none. */
export function readNumber(tokens: readonly string[], start: number): Read<number> | undefined {
  let at = start;
  const negative = tokens[at] === "minus" || tokens[at] === "negative";
  if (negative) at += 1;
  const whole = readWhole(tokens, at);
  if (whole === undefined) return undefined;
  let { value, end } = whole;
  if (tokens[end] === "point") {
    let digits = "";
    let after = end + 1;
    for (let digit = SMALL.indexOf(tokens[after] ?? ""); digit >= 0 && digit < 10;) {
      digits += String(digit);
      after += 1;
      digit = SMALL.indexOf(tokens[after] ?? "");
    }
    if (digits !== "") {
      value = Number(`${value}.${digits}`);
      end = after;
    }
  } else if (HALF.every((word, index) => tokens[end + index] === word)) {
    value += 0.5;
    end += HALF.length;
  }
  return { value: negative ? -value : value, end };
}

/** What may follow in "one hundred fifty five": hundreds take tens and units, tens take units. */
function continues(group: number | undefined, next: number): boolean {
  if (group === undefined) return true;
  if (group === 0) return false;
  if (group % 100 === 0) return next > 0;
  return group % 100 >= 20 && group % 10 === 0 && next > 0 && next < 10;
}

function readWhole(tokens: readonly string[], start: number): Read<number> | undefined {
  let thousands = 0;
  let group: number | undefined;
  let at = start;
  const below100 = (index: number): number | undefined => {
    const token = tokens[index] ?? "";
    const small = SMALL.indexOf(token);
    const ten = token === "" ? -1 : TENS.indexOf(token);
    return small >= 0 ? small : ten >= 0 ? ten * 10 : undefined;
  };
  for (; at < tokens.length; at++) {
    const token = tokens[at] ?? "";
    const next = below100(at);
    if (next !== undefined) {
      if (!continues(group, next)) break;
      group = (group ?? 0) + next;
    } else if (
      at === start &&
      token === "a" &&
      /^(?:hundred|thousand)$/.test(tokens[at + 1] ?? "")
    ) {
      group = 1;
    } else if (token === "hundred" && group !== undefined && group > 0 && group < 10) {
      group *= 100;
    } else if (token === "thousand" && group !== undefined && group > 0 && thousands === 0) {
      thousands = group * 1000;
      group = undefined;
    } else if (token === "and" && isRound(thousands, group) && (below100(at + 1) ?? 0) > 0) {
      // "One hundred and five": the rest follows.
      continue;
    } else {
      break;
    }
  }
  return at === start ? undefined : { value: thousands + (group ?? 0), end: at };
}

function isRound(thousands: number, group: number | undefined): boolean {
  return group === undefined ? thousands > 0 : group > 0 && group % 100 === 0;
}

/** Whole numbers beyond these are typed, not spoken. */
const SPOKEN_MINIMUM = 0;
const SPOKEN_MAXIMUM = 100;

/** The numbers of the range that can be spoken: whole ones of 0 to 100, with one decimal if they may. */
export function spokenNumbers(range: NumberRange): Phrase {
  return signed(range, words("minus"), spokenPositive);
}

function spokenPositive(range: NumberRange): Phrase {
  const alternatives: Phrase[] = [];
  const allowed = (value: number): boolean =>
    value >= SPOKEN_MINIMUM && value <= SPOKEN_MAXIMUM && fits(value, range);
  for (let value = 0; value < 20; value++) {
    if (allowed(value)) alternatives.push(words(SMALL[value] ?? ""));
  }
  // Tens that take the same units share them: a third of the recogniser's work.
  const tensByUnits = new Map<string, number[]>();
  for (let ten = 20; ten < 100; ten += 10) {
    const units = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].filter((unit) => allowed(ten + unit));
    if (units.length === 0) continue;
    tensByUnits.set(units.join(" "), [...(tensByUnits.get(units.join(" ")) ?? []), ten]);
  }
  for (const [unitList, tens] of tensByUnits) {
    const units = unitList.split(" ").map(Number);
    const spokenTens = choice(...tens.map((ten) => words(TENS[ten / 10] ?? "")));
    const spokenUnits = units.filter((unit) => unit > 0).map((unit) => words(SMALL[unit] ?? ""));
    if (spokenUnits.length === 0) alternatives.push(spokenTens);
    else if (units.includes(0)) {
      alternatives.push(sequence(spokenTens, optional(choice(...spokenUnits))));
    } else alternatives.push(sequence(spokenTens, choice(...spokenUnits)));
  }
  if (allowed(100)) alternatives.push(sequence(choice(words("a"), words("one")), words("hundred")));
  const whole = choice(...alternatives);
  if (range.integer) return whole;
  const digits = choice(...SMALL.slice(0, 10).map((digit) => words(digit)));
  const isHalf = fits(0.5, { ...range, minimum: 0, maximum: 1 });
  const fraction = sequence(words("point"), digits);
  return sequence(whole, optional(isHalf ? choice(fraction, words(...HALF)) : fraction));
}

export const englishNumbers: NumberWords = {
  toWords: numberToWords,
  read: readNumber,
  spoken: spokenNumbers,
};
