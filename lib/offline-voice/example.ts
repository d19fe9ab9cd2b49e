import { type CompiledCommand, type CompiledCommands, commandSetOf } from "./compiled-commands";
import type { LanguageCode } from "./language";
import { languageOf } from "./languages";
import { type NumberRange, type Phrase, fits, parts } from "./phrase";
import type { CommandTool } from "./tool-schema";
import { understand } from "./understanding";

/** Tools, and sentences of each, that are tried before none is given. */
const MOST_TOOLS_TRIED = 8;
const MOST_SENTENCES_TRIED = 5;
/** Among many tools to understand a sentence takes long. */
const MOST_CHECKS = 3;
/** Characters; a longer one is no help. */
const LONGEST_EXAMPLE = 100;

/** Numbers that sound like an example, best first. */
const NUMBERS = [20, 50, 10, 5, 2, 1, 100, 0];

const examples = new WeakMap<CompiledCommands, string | null>();

/**
 * A sentence that one of the tools is asked for by, the first for which one is found: it is understood,
 * with all that the tool requires. Null where none is found.
 */
export function exampleOf(
  tools: readonly CommandTool[],
  language: LanguageCode = "en",
): string | null {
  const compiled = commandSetOf(tools, languageOf(language));
  const known = examples.get(compiled);
  if (known !== undefined) return known;
  const example = findExample(tools, compiled);
  examples.set(compiled, example);
  return example;
}

function findExample(tools: readonly CommandTool[], compiled: CompiledCommands): string | null {
  let checks = 0;
  const isUnderstood = (text: string, among: readonly CommandTool[], tool: string): boolean => {
    const understood = understand(text, among, new Date(), compiled.language.code);
    if (understood.kind !== "calls" || understood.calls.length !== 1) return false;
    return understood.calls[0]?.name === tool;
  };
  for (const command of compiled.commands.slice(0, MOST_TOOLS_TRIED)) {
    const own = tools.filter(({ name }) => name === command.tool);
    const { full } = command;
    const sentences = command.isWritten && full.kind === "choice" ? full.of : [full];
    for (const sentence of sentences.slice(0, MOST_SENTENCES_TRIED)) {
      const words = new Example(command, compiled).wordsOf(sentence);
      if (words === null) continue;
      // "Living room lamp" of the tool "set_lamp".
      const once = words.filter((word, index) => word !== words[index - 1]);
      const text = compiled.language.commands.examples.sentence(once);
      if (text.length > LONGEST_EXAMPLE) continue;
      if (!isUnderstood(text, own, command.tool)) continue;
      if (isUnderstood(text, tools, command.tool)) return text;
      checks += 1;
      if (checks >= MOST_CHECKS) return null;
    }
  }
  return null;
}

/** Stands for the name of a tool's thing among the parameters that a phrase tells. */
const NAME = Symbol("name");

/** Chooses of a phrase what tells most with the fewest words. */
class Example {
  readonly #compiled: CompiledCommands;
  readonly #wanted: Set<string | symbol>;
  readonly #told = new Map<Phrase, ReadonlySet<string | symbol>>();

  constructor({ hasName, implied, required }: CompiledCommand, compiled: CompiledCommands) {
    this.#compiled = compiled;
    this.#wanted = new Set(required.filter((parameter) => !implied.has(parameter)));
    if (hasName) this.#wanted.add(NAME);
  }

  /** Null for what cannot be spoken. */
  wordsOf(phrase: Phrase): readonly string[] | null {
    switch (phrase.kind) {
      case "words":
        return phrase.words;
      case "sequence":
      case "unordered": {
        const all: string[] = [];
        for (const part of phrase.of) {
          const words = this.wordsOf(part);
          if (words === null) return null;
          all.push(...words);
        }
        return all;
      }
      case "choice": {
        const chosen = this.#chosen(phrase.of);
        return chosen === undefined ? null : this.wordsOf(chosen);
      }
      case "optional":
        return this.#optionalWords(phrase);
      case "assign":
        this.#wanted.delete(phrase.parameter);
        return this.wordsOf(phrase.of);
      case "name":
        this.#wanted.delete(NAME);
        return this.wordsOf(phrase.of);
      case "action":
      case "every":
      case "topic":
      case "level":
      case "repeat":
        return this.wordsOf(phrase.of);
      case "number":
        this.#wanted.delete(phrase.parameter);
        return this.#numberWords(phrase.range);
      case "time":
      case "duration":
        this.#wanted.delete(phrase.parameter);
        return this.wordsOf(phrase.spoken);
      case "text":
        return null;
    }
  }

  /** Fillers and articles stand where they sound natural, else only what tells something. */
  #optionalWords(phrase: Extract<Phrase, { kind: "optional" }>): readonly string[] | null {
    const { examples: style, filler, firstFiller } = this.#compiled.language.commands;
    if (phrase === firstFiller) return style.firstFiller;
    if (phrase === filler) return style.filler;
    const isArticle = (each: Phrase): boolean =>
      each.kind === "choice"
        ? each.of.every(isArticle)
        : each.kind === "words" && style.articles.has(each.words.join(" "));
    return this.#tells(phrase.of) > 0 || isArticle(phrase.of) ? this.wordsOf(phrase.of) : [];
  }

  /** How much that is still wanted the phrase tells. */
  #tells(phrase: Phrase): number {
    return [...this.#toldBy(phrase)].filter((each) => this.#wanted.has(each)).length;
  }

  /** How much the phrase cannot but tell that is not wanted: a colour of a light that is turned on. */
  #besides(phrase: Phrase): number {
    if (phrase.kind === "optional") return 0;
    if (phrase.kind === "choice") return Math.min(...phrase.of.map((each) => this.#besides(each)));
    const own = "parameter" in phrase && !this.#wanted.has(phrase.parameter) ? 1 : 0;
    return parts(phrase).reduce((sum, part) => sum + this.#besides(part), own);
  }

  #toldBy(phrase: Phrase): ReadonlySet<string | symbol> {
    const known = this.#told.get(phrase);
    if (known !== undefined) return known;
    const told = new Set(parts(phrase).flatMap((part) => [...this.#toldBy(part)]));
    if ("parameter" in phrase) told.add(phrase.parameter);
    if (phrase.kind === "name") told.add(NAME);
    this.#told.set(phrase, told);
    return told;
  }

  /**
   * What tells most of what is wanted; of several the one that has the name where the language has it,
   * and the word without its ending ("light" of "light[s]").
   */
  #chosen(alternatives: readonly Phrase[]): Phrase | undefined {
    const most = Math.max(...alternatives.map((each) => this.#tells(each)));
    const best = alternatives.filter((each) => this.#tells(each) === most);
    const least = Math.min(...best.map((each) => this.#besides(each)));
    const telling = best.filter((each) => this.#besides(each) === least);
    const { nameComesFirst } = this.#compiled.language.commands.examples;
    const [first] = telling;
    const placed = telling.find((each) => beginsWithName(each) === nameComesFirst) ?? first;
    if (placed?.kind !== "words") return placed;
    const text = placed.words.join(" ");
    const shorter = telling.find(
      (each) => each.kind === "words" && isBeginning(each.words.join(" "), text),
    );
    return shorter ?? placed;
  }

  #numberWords(range: NumberRange): readonly string[] | null {
    const number = [...NUMBERS, range.minimum, range.maximum].find((each) => fits(each, range));
    if (number === undefined || !Number.isFinite(number)) return null;
    return this.#compiled.language.numbers.toWords(String(number));
  }
}

function beginsWithName(phrase: Phrase): boolean {
  if (phrase.kind === "name") return true;
  if (phrase.kind !== "sequence") return false;
  const [first] = phrase.of;
  return first !== undefined && beginsWithName(first);
}

function isBeginning(short: string, long: string): boolean {
  return short !== "" && short.length < long.length && long.startsWith(short);
}
