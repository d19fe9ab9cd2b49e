import type { Language } from "./language";
import { numberPhrase } from "./number-phrase";
import { type Phrase, anyOf, canBeEmpty, choice, fits, sizeOf } from "./phrase";
import { splitName, tokenise } from "./sentence";
import { SentenceError } from "./sentence-error";
import { type Template, type TemplateLine, parseTemplateLine } from "./sentence-template";
import { MOST_WORDS, type TemplateNames, templatePhrase } from "./template-phrase";
import {
  type CommandTool,
  type Slot,
  type SlotValue,
  type ToolParameters,
  readParameters,
} from "./tool-schema";

/**
 * The keyword of a tool's `parameters` that holds its sentences: a list of lines. An extension of
 * JSON Schema: servers other than the built-in one pay no heed to it.
 */
export const SENTENCES_KEYWORD = "x-sentences";

/** A tool's arguments together with the sentences that were written for it. */
export interface ToolSentences {
  /** With the further ways to say their values. */
  readonly parameters: ToolParameters;
  /** All sentences; null where there are none, and those are made that the schema suggests. */
  readonly phrase: Phrase | null;
}

export { SentenceError } from "./sentence-error";

const MOST_LINES = 300;
const LONGEST_LINE = 2_000;
/** Ways to say one value in one line. */
const MOST_SYNONYMS = 100;

/**
 * Reads what a tool's sentences say in their language. `readParameters` of the tool where it has none.
 *
 * @throws SentenceError for a mistake in them.
 */
export function readSentences(tool: CommandTool, language: Language): ToolSentences {
  const parameters = readParameters(tool, language);
  const lines = linesOf(tool);
  if (lines.length === 0) return { parameters, phrase: null };
  return new Sentences(parameters, lines, language).read();
}

function linesOf({ parameters }: CommandTool): readonly string[] {
  if (typeof parameters !== "object" || parameters === null) return [];
  const listed: unknown = Reflect.get(parameters, SENTENCES_KEYWORD);
  if (listed === undefined) return [];
  const isList = Array.isArray(listed) && listed.every((line) => typeof line === "string");
  if (!isList) throw new SentenceError(1, 1, "sentences are a list of lines");
  const lines = (listed as readonly string[]).flatMap((line) => line.split(/\r\n|\r|\n/));
  if (lines.length > MOST_LINES)
    throw new SentenceError(MOST_LINES + 1, 1, `more than ${MOST_LINES} lines`);
  const long = lines.findIndex((line) => line.length > LONGEST_LINE);
  if (long !== -1)
    throw new SentenceError(long + 1, LONGEST_LINE + 1, `more than ${LONGEST_LINE} characters`);
  return lines;
}

type RuleLine = Extract<TemplateLine, { kind: "rule" }>;

class Sentences {
  readonly #language: Language;
  readonly #lines: readonly TemplateLine[];
  readonly #rules = new Map<string, RuleLine>();
  readonly #phraseOfRule = new Map<string, Phrase>();
  readonly #phraseOfSlot = new Map<string, Phrase>();
  /** Rules that are being read, outermost first. */
  readonly #open: string[] = [];
  #parameters: ToolParameters;
  /** Further ways to say values of arguments that have no list of them. */
  readonly #named = new Map<string, SlotValue[]>();

  constructor(parameters: ToolParameters, lines: readonly string[], language: Language) {
    this.#language = language;
    this.#parameters = parameters;
    this.#lines = lines.flatMap((text, index) => parseTemplateLine(text, index + 1) ?? []);
    for (const line of this.#lines) {
      if (line.kind !== "rule") continue;
      if (this.#rules.has(line.name))
        throw new SentenceError(line.line, 1, `there are two rules "${line.name}"`);
      this.#rules.set(line.name, line);
    }
  }

  read(): ToolSentences {
    for (const line of this.#lines) if (line.kind === "synonym") this.#addSynonyms(line);
    // Rules that no sentence uses are checked too.
    for (const { name, line } of this.#rules.values()) this.#rule(name, line, 1);
    const sentences = this.#lines.flatMap((line) =>
      line.kind === "sentence" ? [this.#sentence(line)] : [],
    );
    const phrase = sentences.length === 0 ? null : choice(...sentences);
    if (phrase !== null) this.#checkSize(phrase, 1, "the sentences hold");
    return { parameters: this.#parameters, phrase };
  }

  #sentence({ template, line }: TemplateLine): Phrase {
    const phrase = templatePhrase(template, this.#names(line));
    if (canBeEmpty(phrase))
      throw new SentenceError(line, 1, "nothing in this sentence has to be said");
    this.#checkSize(phrase, line, "this sentence holds");
    return phrase;
  }

  #checkSize(phrase: Phrase, line: number, what: string): void {
    const size = sizeOf(phrase);
    if (size <= MOST_WORDS) return;
    throw new SentenceError(line, 1, `${what} more than ${MOST_WORDS} words, all ways counted`);
  }

  #names(line: number): TemplateNames {
    return {
      words: (text) => tokenise(text, this.#language).map(({ word }) => word),
      slot: (name, column) => this.#slotPhrase(this.#slot(name, line, column)),
      value: (name, text, column) => this.#value(name, text, line, column),
      rule: (name, column) => this.#rule(name, line, column),
      fail: (column, reason) => {
        throw new SentenceError(line, column, reason);
      },
    };
  }

  #rule(name: string, line: number, column: number): Phrase {
    const known = this.#phraseOfRule.get(name);
    if (known !== undefined) return known;
    const rule = this.#rules.get(name);
    if (rule === undefined) {
      throw new SentenceError(
        line,
        column,
        `there is no rule <${name}>: a line "${name} = …" makes one`,
      );
    }
    if (this.#open.includes(name)) {
      const circle = [...this.#open.slice(this.#open.indexOf(name)), name].join(" → ");
      throw new SentenceError(line, column, `the rule <${name}> stands for itself: ${circle}`);
    }
    this.#open.push(name);
    const phrase = templatePhrase(rule.template, this.#names(rule.line));
    this.#open.pop();
    this.#phraseOfRule.set(name, phrase);
    return phrase;
  }

  #slot(name: string, line: number, column: number): Slot {
    const slot = this.#parameters.slots.find(({ parameter }) => parameter === name);
    if (slot !== undefined) return slot;
    const names = this.#parameters.slots.map(({ parameter }) => parameter);
    const others =
      names.length === 0
        ? "the tool has no parameter that can be said"
        : `there are: ${names.join(", ")}`;
    throw new SentenceError(line, column, `there is no parameter {${name}}; ${others}`);
  }

  #slotPhrase(slot: Slot): Phrase {
    const known = this.#phraseOfSlot.get(slot.parameter);
    if (known !== undefined) return known;
    const phrase = slotPhrase(slot, this.#named.get(slot.parameter) ?? [], this.#language);
    this.#phraseOfSlot.set(slot.parameter, phrase);
    return phrase;
  }

  #value(name: string, text: string, line: number, column: number): unknown {
    const slot = this.#slot(name, line, column);
    const value = valueOf(slot, text, this.#language);
    if (value !== undefined) return value;
    const reason = `{${name}} cannot be "${text.slice(0, 40)}"${allowedIn(slot)}`;
    throw new SentenceError(line, column, reason);
  }

  #addSynonyms(synonym: Extract<TemplateLine, { kind: "synonym" }>): void {
    const { name, line, column, template } = synonym;
    const slot = this.#slot(name, line, column);
    const value = this.#value(name, synonym.value, line, column);
    const spellings = this.#spellings(template, line);
    if (slot.kind !== "choice") {
      const named = this.#named.get(name) ?? [];
      this.#named.set(name, [...named, { value, spellings, state: null }]);
      return;
    }
    const values = slot.values.map((each) =>
      each.value === value ? { ...each, spellings: [...each.spellings, ...spellings] } : each,
    );
    this.#parameters = {
      ...this.#parameters,
      slots: this.#parameters.slots.map((each) => (each === slot ? { ...slot, values } : each)),
    };
  }

  /** Every way to say a template of words alone. */
  #spellings(template: Template, line: number): readonly (readonly string[])[] {
    const names = this.#names(line);
    const refuseSlot = (column: number): never =>
      names.fail(column, "a way to say a value holds words and rules, no parameters");
    const phrase = templatePhrase(template, {
      ...names,
      slot: (_name, column) => refuseSlot(column),
      value: (_name, _text, column) => refuseSlot(column),
    });
    if (canBeEmpty(phrase)) return names.fail(1, "a way to say a value needs a word");
    const spellings = sizeOf(phrase) > MOST_SYNONYMS ? null : listWords(phrase);
    if (spellings !== null) return spellings;
    return names.fail(1, `a value holds words alone, in at most ${MOST_SYNONYMS} ways`);
  }
}

/** All sequences of words that a phrase can be; null for too many, or what is no words. */
function listWords(phrase: Phrase): readonly (readonly string[])[] | null {
  switch (phrase.kind) {
    case "words":
      return [phrase.words];
    case "optional": {
      const inner = listWords(phrase.of);
      return inner === null ? null : [...inner, []];
    }
    case "choice": {
      const lists = phrase.of.map(listWords);
      if (lists.includes(null)) return null;
      const all = lists.flatMap((list) => list ?? []);
      return all.length > MOST_SYNONYMS ? null : all;
    }
    case "sequence": {
      let all: readonly (readonly string[])[] = [[]];
      for (const part of phrase.of) {
        const list = listWords(part);
        if (list === null || all.length * list.length > MOST_SYNONYMS) return null;
        all = all.flatMap((start) => list.map((end) => [...start, ...end]));
      }
      return all;
    }
    case "repeat":
    case "unordered":
    case "assign":
    case "action":
    case "name":
    case "every":
    case "topic":
    case "level":
    case "number":
    case "time":
    case "duration":
    case "text":
      return null;
  }
}

/** Values that an error lists. */
const MOST_LISTED_VALUES = 10;

/** What the value of an argument can be, for an error. */
function allowedIn(slot: Slot): string {
  if (slot.kind !== "choice") return "";
  const values = slot.values.slice(0, MOST_LISTED_VALUES).map(({ value }) => String(value));
  const more = slot.values.length > values.length ? ", …" : "";
  return `; it can be ${values.join(", ").slice(0, 300)}${more}`;
}

/** The value that a text in a sentence means; undefined when the argument cannot have it. */
function valueOf(slot: Slot, text: string, language: Language): unknown {
  const bareName = (name: string): string =>
    splitName(name, language).map(language.spelling.bare).join(" ");
  switch (slot.kind) {
    case "choice": {
      const wanted = bareName(text);
      const exact = slot.values.find(({ value }) => String(value) === text);
      const alike = slot.values.find(
        ({ value, state }) =>
          bareName(String(value)) === wanted ||
          state?.words.some((word) => bareName(word) === wanted) === true,
      );
      return (exact ?? alike)?.value;
    }
    case "number": {
      const number = text === "" ? Number.NaN : Number(text);
      return Number.isFinite(number) && fits(number, slot.range) ? number : undefined;
    }
    case "time":
      return /^(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(text) ? text : undefined;
    case "text":
      return text.length < slot.length.minimum || text.length > slot.length.maximum
        ? undefined
        : text;
  }
}

/** What can be said for `{name}`. */
function slotPhrase(slot: Slot, named: readonly SlotValue[], language: Language): Phrase {
  const { parameter } = slot;
  const valuePhrase = ({ value, spellings, state }: SlotValue): Phrase => {
    const spelled = new Set([...spellings.map((list) => list.join(" ")), ...(state?.words ?? [])]);
    return { kind: "assign", parameter, value, of: anyOf(...spelled) };
  };
  const further = named.map(valuePhrase);
  switch (slot.kind) {
    case "choice":
      return choice(...slot.values.map(valuePhrase));
    case "number":
      return choice(numberPhrase(slot, language), ...further);
    case "time":
      return choice({ kind: "time", parameter, spoken: language.times.spokenTimes() }, ...further);
    case "text":
      return choice(
        { kind: "text", parameter, length: slot.length, quotedOnly: false, notAlone: new Set() },
        ...further,
      );
  }
}
