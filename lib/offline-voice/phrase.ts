/** Words that are said one after the other. */
export interface Words {
  readonly kind: "words";
  readonly words: readonly string[];
}

/**
 * What can be said, as one structure from which both the recogniser's grammar (`grammar.ts`) and the
 * understanding of a sentence (`matching.ts`) are derived: what is heard is what is understood.
 */
export type Phrase =
  | Words
  | { readonly kind: "sequence"; readonly of: readonly Phrase[] }
  | { readonly kind: "choice"; readonly of: readonly Phrase[] }
  /** `cost` is what a sentence pays for leaving it out: 0 for fillers. */
  | { readonly kind: "optional"; readonly of: Phrase; readonly cost: number }
  /** One or more times. */
  | { readonly kind: "repeat"; readonly of: Phrase }
  /** All of them, in any order; more than a sequence for each order could list. */
  | { readonly kind: "unordered"; readonly of: readonly Phrase[] }
  /** Gives the parameter its value. */
  | {
      readonly kind: "assign";
      readonly parameter: string;
      readonly value: unknown;
      readonly of: Phrase;
    }
  /** Marks what is to be done ("on", "open", "set"), for a following part that leaves the verb out. */
  | { readonly kind: "action"; readonly action: string; readonly of: Phrase }
  /** Marks the name of the thing that a tool is about ("light" of `set_light`). */
  | { readonly kind: "name"; readonly of: Phrase }
  /** Marks that all things of a kind are meant: "all the" of "all the lights". */
  | { readonly kind: "every"; readonly of: Phrase }
  /** Names the parameter for which a number follows: "the volume" of "set the volume to twenty". */
  | { readonly kind: "topic"; readonly topic: string; readonly of: Phrase }
  /** Tells a number of the parameter; after a topic only of that one. */
  | { readonly kind: "level"; readonly topic: string; readonly of: Phrase }
  /** `spoken` are the numbers that the recogniser listens for; typed text may hold others. */
  | {
      readonly kind: "number";
      readonly parameter: string;
      readonly range: NumberRange;
      readonly spoken: Phrase;
    }
  /** A time of day, as "07:30:00". */
  | { readonly kind: "time"; readonly parameter: string; readonly spoken: Phrase }
  /** A span of time in the unit of the parameter, which has so many minutes. */
  | {
      readonly kind: "duration";
      readonly parameter: string;
      readonly range: NumberRange;
      readonly unitMinutes: number;
      readonly spoken: Phrase;
    }
  /** Free text: cannot be recognised from speech by a closed grammar, only typed. */
  | {
      readonly kind: "text";
      readonly parameter: string;
      readonly length: TextLength;
      readonly quotedOnly: boolean;
      /** Words that are no text without others, unless they are quoted: "the" of "add to the list". */
      readonly notAlone: ReadonlySet<string>;
    };

/** Characters of a free text. */
export interface TextLength {
  readonly minimum: number;
  readonly maximum: number;
}

export interface NumberRange {
  readonly minimum: number;
  readonly maximum: number;
  readonly integer: boolean;
  readonly multipleOf: number | null;
}

/** True for a number of the range. */
export function fits(value: number, range: NumberRange): boolean {
  if (value < range.minimum || value > range.maximum) return false;
  if (range.integer && !Number.isInteger(value)) return false;
  if (range.multipleOf === null) return true;
  const times = value / range.multipleOf;
  return Math.abs(times - Math.round(times)) < 1e-9;
}

/**
 * What is said for the numbers of a range: `positive` says it for those of zero and more, and after
 * `minus` for the others, unless they have no end.
 */
export function signed(
  range: NumberRange,
  minus: Phrase,
  positive: (range: NumberRange) => Phrase,
): Phrase {
  if (range.minimum >= 0 || !Number.isFinite(range.minimum)) return positive(range);
  const mirrored = { ...range, minimum: Math.max(0, -range.maximum), maximum: -range.minimum };
  return choice(positive(range), sequence(minus, positive(mirrored)));
}

export function words(...list: readonly string[]): Phrase {
  return { kind: "words", words: list };
}

/** A phrase of one or more words separated by spaces. */
export function saying(text: string): Phrase {
  return words(...text.split(" "));
}

export function sequence(...of: readonly Phrase[]): Phrase {
  const [only] = of;
  return of.length === 1 && only !== undefined ? only : { kind: "sequence", of };
}

export function choice(...of: readonly Phrase[]): Phrase {
  const [only] = of;
  return of.length === 1 && only !== undefined ? only : { kind: "choice", of };
}

export function anyOf(...texts: readonly string[]): Phrase {
  return choice(...texts.map(saying));
}

export function optional(of: Phrase, cost = 0): Phrase {
  return { kind: "optional", of, cost };
}

/** The phrases directly inside. */
export function parts(phrase: Phrase): readonly Phrase[] {
  switch (phrase.kind) {
    case "words":
    case "text":
      return [];
    case "sequence":
    case "choice":
    case "unordered":
      return phrase.of;
    case "optional":
    case "repeat":
    case "assign":
    case "action":
    case "name":
    case "every":
    case "topic":
    case "level":
      return [phrase.of];
    case "number":
    case "time":
    case "duration":
      return [phrase.spoken];
  }
}

/** Adds every word of the phrase to `vocabulary`. */
export function collectWords(
  phrase: Phrase,
  vocabulary: Set<string>,
  seen: Set<Phrase> = new Set(),
): void {
  if (seen.has(phrase)) return;
  seen.add(phrase);
  if (phrase.kind === "words") for (const word of phrase.words) vocabulary.add(word);
  for (const part of parts(phrase)) collectWords(part, vocabulary, seen);
}

/** Words of the phrase, each counted as often as it can stand somewhere. */
export function sizeOf(phrase: Phrase, known: Map<Phrase, number> = new Map()): number {
  const counted = known.get(phrase);
  if (counted !== undefined) return counted;
  const own = phrase.kind === "words" ? phrase.words.length : 0;
  const size = parts(phrase).reduce((sum, part) => sum + sizeOf(part, known), own);
  known.set(phrase, size);
  return size;
}

/** The phrases of words with which the phrase can end. */
export function endsOf(phrase: Phrase, seen: Set<Phrase> = new Set()): readonly Words[] {
  if (seen.has(phrase)) return [];
  seen.add(phrase);
  if (phrase.kind === "words") return [phrase];
  if (phrase.kind !== "sequence") return parts(phrase).flatMap((part) => endsOf(part, seen));
  const last = phrase.of.findLastIndex((part) => !canBeEmpty(part));
  return phrase.of.slice(Math.max(0, last)).flatMap((part) => endsOf(part, seen));
}

/** True when nothing needs to be said for the phrase. */
export function canBeEmpty(phrase: Phrase, known: Map<Phrase, boolean> = new Map()): boolean {
  const found = known.get(phrase);
  if (found !== undefined) return found;
  const isEmpty = (): boolean => {
    switch (phrase.kind) {
      case "words":
        return phrase.words.length === 0;
      case "sequence":
      case "unordered":
        return phrase.of.every((part) => canBeEmpty(part, known));
      case "choice":
        return phrase.of.some((part) => canBeEmpty(part, known));
      case "optional":
        return true;
      case "repeat":
      case "assign":
      case "action":
      case "name":
      case "every":
      case "topic":
      case "level":
        return canBeEmpty(phrase.of, known);
      case "number":
      case "time":
      case "duration":
      case "text":
        return false;
    }
  };
  const result = isEmpty();
  known.set(phrase, result);
  return result;
}
