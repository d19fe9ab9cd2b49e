import { type Phrase, canBeEmpty, choice, optional, sequence, sizeOf, words } from "./phrase";
import type { Template, TemplatePart } from "./sentence-template";

/** What the words and names in a template stand for. Each may throw a SentenceError with the place of the name. */
export interface TemplateNames {
  /** The words of a text, in the form that sentences are compared in. */
  words(text: string): readonly string[];
  /** The ways to say an argument's values. */
  slot(name: string, column: number): Phrase;
  /** An argument's value in the schema's spelling and type. */
  value(name: string, text: string, column: number): unknown;
  rule(name: string, column: number): Phrase;
  /** For a mistake that is none of a name. */
  fail(column: number, reason: string): never;
}

/** Words in the grammar of one tool, each counted as often as it can stand somewhere. */
export const MOST_WORDS = 3_000;
/** Words and what stands between them without a space are put together in each way, up to so many. */
const MOST_FORMS = 200;
/** Of `(a;b;c)`, each order stands in the grammar up to so many. */
const MOST_LISTED_ORDERS = 4;
const MOST_IN_ANY_ORDER = 8;

/** Rules that double each other would make one phrase of any length. */
const MOST_MERGED = 16;

/** A piece of a form: text with its spaces, or a phrase of whole words. */
type Form = readonly (string | Phrase)[];

/** Makes a phrase of a template: what can be said is what is understood. */
export function templatePhrase(template: Template, names: TemplateNames): Phrase {
  return new TemplateCompiler(names).sequence(template);
}

class TemplateCompiler {
  readonly #names: TemplateNames;

  constructor(names: TemplateNames) {
    this.#names = names;
  }

  sequence(template: Template): Phrase {
    const phrases = runsOf(template).map((run) => {
      const [only] = run;
      return run.length === 1 && only !== undefined ? this.#part(only) : this.#joined(run);
    });
    return joined(phrases);
  }

  #part(part: TemplatePart): Phrase {
    switch (part.kind) {
      case "text":
        return this.#spoken(part.text);
      case "space":
        return words();
      case "slot":
      case "rule":
        return this.#named(part);
      case "alternatives":
        return alternatives(
          part.of.map((each) => this.sequence(each)),
          part.isOptional,
        );
      case "permutation":
        return this.#anyOrder(part);
    }
  }

  #named(part: Extract<TemplatePart, { kind: "slot" | "rule" }>): Phrase {
    const { name, column } = part;
    if (part.kind === "rule") return this.#names.rule(name, column);
    if (part.value === null) return this.#names.slot(name, column);
    const value = this.#names.value(name, part.value, column);
    return { kind: "assign", parameter: name, value, of: words() };
  }

  /** Parts without a space between them: "light[s]" is "light" or "lights". */
  #joined(run: Template): Phrase {
    return alternatives(
      this.#forms(run).map((form) => this.#formPhrase(form)),
      false,
    );
  }

  #forms(template: Template): readonly Form[] {
    return template.reduce<readonly Form[]>(
      (before, part) =>
        this.#extended(before, this.#formsOf(part), part.kind === "space" ? 1 : part.column),
      [[]],
    );
  }

  /** Each beginning with each end. */
  #extended(before: readonly Form[], ends: readonly Form[], column: number): readonly Form[] {
    if (before.length * ends.length > MOST_FORMS) {
      this.#names.fail(
        column,
        `more than ${MOST_FORMS} ways to put this together; spaces between words make it simpler`,
      );
    }
    return before.flatMap((start) => ends.map((end) => [...start, ...end]));
  }

  #formsOf(part: TemplatePart): readonly Form[] {
    switch (part.kind) {
      case "text":
        return [[part.text]];
      case "space":
        return [[" "]];
      case "slot":
      case "rule":
        return [[this.#named(part)]];
      case "alternatives": {
        const forms = part.of.flatMap((each) => this.#forms(each));
        return part.isOptional ? [...forms, []] : forms;
      }
      case "permutation": {
        const forms = this.#orders(
          part,
          part.of.map((each) => this.#forms(each)),
        ).flatMap((order) =>
          order.reduce<readonly Form[]>(
            (before, forms, index) =>
              this.#extended(
                before,
                index === 0 ? forms : forms.map((form) => [" ", ...form]),
                part.column,
              ),
            [[]],
          ),
        );
        return part.isOptional ? [...forms, []] : forms;
      }
    }
  }

  #anyOrder(part: Extract<TemplatePart, { kind: "permutation" }>): Phrase {
    const { column, isOptional } = part;
    if (part.of.length > MOST_IN_ANY_ORDER)
      this.#names.fail(column, `at most ${MOST_IN_ANY_ORDER} parts can stand in any order`);
    // Each part is made once: made anew for every order, brackets within would multiply.
    const phrases = part.of.map((each) => this.sequence(each));
    if (phrases.length <= MOST_LISTED_ORDERS) {
      const orders = permutations(phrases).map((order) => sequence(...order));
      return this.#bounded(alternatives(orders, isOptional), column);
    }
    if (phrases.some((phrase) => canBeEmpty(phrase.kind === "optional" ? phrase.of : phrase)))
      this.#names.fail(
        column,
        `of more than ${MOST_LISTED_ORDERS} parts in any order, each needs a word, or brackets "[ ]" of its own`,
      );
    const unordered: Phrase = { kind: "unordered", of: phrases };
    return this.#bounded(isOptional ? optional(unordered) : unordered, column);
  }

  #orders<Part>(
    { column }: Extract<TemplatePart, { kind: "permutation" }>,
    of: readonly Part[],
  ): readonly (readonly Part[])[] {
    if (of.length > MOST_LISTED_ORDERS)
      this.#names.fail(
        column,
        `at most ${MOST_LISTED_ORDERS} parts can stand in any order as ends of a word`,
      );
    return permutations(of);
  }

  /** Brackets in brackets multiply: what is too large is refused where it becomes so. */
  #bounded(phrase: Phrase, column: number): Phrase {
    if (sizeOf(phrase) > MOST_WORDS)
      this.#names.fail(column, `more than ${MOST_WORDS} words, all ways counted`);
    return phrase;
  }

  #formPhrase(form: Form): Phrase {
    const phrases: Phrase[] = [];
    let text = "";
    for (const piece of form) {
      if (typeof piece === "string") text += piece;
      else {
        phrases.push(this.#spoken(text), piece);
        text = "";
      }
    }
    return joined([...phrases, this.#spoken(text)]);
  }

  #spoken(text: string): Phrase {
    return words(...this.#names.words(text.replaceAll(/["“”„«»]/g, " ")));
  }
}

/** Parts between which a word can go on; slots and rules are words of their own. */
function runsOf(template: Template): readonly Template[] {
  const runs: TemplatePart[][] = [];
  let goesOn = false;
  for (const part of template) {
    const isWhole = part.kind === "slot" || part.kind === "rule";
    const last = runs.at(-1);
    if (part.kind === "space") goesOn = false;
    else if (goesOn && !isWhole && last !== undefined) last.push(part);
    else {
      runs.push([part]);
      goesOn = !isWhole;
    }
  }
  return runs;
}

/** A sequence in which words that follow each other are one phrase. */
function joined(phrases: readonly Phrase[]): Phrase {
  const merged: Phrase[] = [];
  for (const phrase of phrases) {
    const last = merged.at(-1);
    if (phrase.kind === "words" && last?.kind === "words" && last.words.length < MOST_MERGED)
      merged.splice(-1, 1, words(...last.words, ...phrase.words));
    else if (!isNothing(phrase)) merged.push(phrase);
  }
  return merged.length === 0 ? words() : sequence(...merged);
}

function alternatives(phrases: readonly Phrase[], isOptional: boolean): Phrase {
  const something = phrases.filter((phrase) => !isNothing(phrase));
  if (something.length === 0) return words();
  const one = choice(...something);
  return isOptional || something.length < phrases.length ? optional(one) : one;
}

function isNothing(phrase: Phrase): boolean {
  return (
    (phrase.kind === "words" && phrase.words.length === 0) ||
    (phrase.kind === "sequence" && phrase.of.every(isNothing))
  );
}

function permutations<T>(of: readonly T[]): readonly (readonly T[])[] {
  if (of.length < 2) return [of];
  return of.flatMap((first, index) =>
    permutations(of.toSpliced(index, 1)).map((rest) => [first, ...rest]),
  );
}
