import type { Command } from "./command-set";
import { type CompiledCommands, commandSetOf, slotFinder } from "./compiled-commands";
import type { Language, LanguageCode, Spelling } from "./language";
import { languageOf } from "./languages";
import { type Phrase, choice, endsOf, optional, parts, sequence, sizeOf } from "./phrase";
import { type Question, slotsOf } from "./question";
import { replyPhrase, takesSeveral } from "./reply-phrase";
import type { CommandTool, Slot } from "./tool-schema";

/** What the recogniser listens for. */
export interface Grammar {
  /**
   * JSpeech Grammar Format; its public rule is the commands, or else a loop of phonemes. Empty where there
   * are none, or too many.
   */
  readonly jsgf: string;
  /** Whose ears are needed. */
  readonly language: LanguageCode;
  /** Every word of the commands, in lower case. */
  readonly words: readonly string[];
  /** Those with which a command can end. */
  readonly lastWords: readonly string[];
  /** How many words the recogniser has to follow, each counted as often as it can stand somewhere. */
  readonly size: number;
  /** What the user is told of a sentence outside it; of the commands, if left out. */
  readonly otherwise?: string;
}

/** Words in a grammar: at 500 a core decodes five times as fast as is spoken, at 10,000 much slower. */
export const LARGEST_GRAMMAR = 10_000;

/** The word that the recogniser takes a phoneme outside all commands for. */
export function fillerWord(phoneme: string): string {
  return `_${phoneme.toLowerCase()}`;
}

/** Whether a word that was recognised stands for a phoneme outside all commands. */
export function isFiller(word: string): boolean {
  return word.startsWith("_");
}

/**
 * How likely a sentence outside the command set is before it is heard, and how likely a further
 * phoneme of it. Phonemes in any order fit noise better than words do: with a likely further one,
 * half of the commands in 20 dB of noise are lost. What an unlikely one lets pass, `misfit` finds.
 */
const FILLER_WEIGHT = 0.01;
const FURTHER_PHONEME_WEIGHT = 0.0001;

/** The rules that make of `<…>`, what is listened for, a whole grammar that takes everything else. */
export function orElse(listenedFor: string, { pronunciation }: Language): readonly string[] {
  return [
    `<phoneme> = ${pronunciation.phonemes.map(fillerWord).join(" | ")};`,
    `<other> = <phoneme> (/${1 - FURTHER_PHONEME_WEIGHT}/ <NULL> | /${FURTHER_PHONEME_WEIGHT}/ <other>);`,
    `public <heard> = /${1 - FILLER_WEIGHT}/ ${listenedFor} | /${FILLER_WEIGHT}/ <other>;`,
    "",
  ];
}

/** The grammar of any sounds of the language, in any order. */
export function soundsOf({ pronunciation }: Language): string {
  const sounds = pronunciation.phonemes.map(fillerWord).join(" | ");
  return `#JSGF V1.0;\ngrammar sounds;\npublic <sounds> = (${sounds})+;\n`;
}

/** How likely a second command follows, else "fan in the bedroom" is heard as "fan and the bedroom". */
const JOINER_WEIGHT = 0.05;

/** Printed at their first use, because typed text needs none; kept as long as their commands are. */
const printed = new WeakMap<CompiledCommands, Map<string, Grammar>>();

/**
 * The grammar of all that can be said to these tools; of size 0 when none can be asked for by voice.
 * `question`: what the user was asked, and may reply to.
 */
export function grammarOf(
  tools: readonly CommandTool[],
  language: LanguageCode = "en",
  question: Question | null = null,
): Grammar {
  const compiled = commandSetOf(tools, languageOf(language));
  const grammars = printed.get(compiled) ?? new Map<string, Grammar>();
  printed.set(compiled, grammars);
  const asked = question === null ? [] : slotsOf(question, slotFinder(compiled));
  const key = JSON.stringify(asked);
  const grammar = grammars.get(key) ?? printGrammar(compiled, asked);
  grammars.set(key, grammar);
  return grammar;
}

/**
 * Tools that can be done the same things to share verbs and ends, and every part stands in the grammar
 * once: the recogniser's work grows with each word of it. So the grammar lets some sentences pass that
 * mean nothing ("turn on the light off"); understanding does not.
 */
function clauses({ derived, written }: CompiledCommands): Phrase {
  const groups = new Map<string, Command[]>();
  for (const command of derived) {
    const key = command.object === null ? "" : [...command.actions.keys()].toSorted().join(" ");
    groups.set(key, [...(groups.get(key) ?? []), command]);
  }
  return choice(
    ...written,
    ...[...groups.values()].map((group) => {
      const verbs = group.flatMap(({ verbs: own, around }) =>
        around === null ? [own] : [own, around.lead],
      );
      const objects = group.flatMap(({ idiom, object }) => [object ?? [], idiom ?? []].flat());
      const ends = group.flatMap(({ around }) => around?.end ?? []);
      const levels = group.flatMap(({ level }) => level ?? []);
      return sequence(
        objects.length === 0 ? choice(...verbs) : optional(choice(...verbs)),
        ...(objects.length === 0 ? [] : [choice(...objects)]),
        ...(ends.length === 0 ? [] : [optional(choice(...ends))]),
        ...(levels.length === 0 ? [] : [optional(choice(...levels))]),
      );
    }),
  );
}

/** The grammar of no command. */
export function nothing({ code }: Language): Grammar {
  return { language: code, jsgf: "", words: [], lastWords: [], size: 0 };
}

function printGrammar(commands: CompiledCommands, asked: readonly Slot[]): Grammar {
  const { language } = commands;
  const { politeStart, joiner, politeEnd } = language.commands;
  const clause = clauses(commands);
  const reply = asked.length === 0 ? null : replies(asked, language);
  const size = sizeOf(clause) + (reply === null ? 0 : sizeOf(reply));
  // Nobody listens for it, and to print millions of words takes seconds.
  if (size > LARGEST_GRAMMAR) return { ...nothing(language), size };
  const all = reply === null ? [clause] : [clause, reply];
  const printer = new JsgfPrinter([politeStart, ...all, joiner, politeEnd], language);
  const body = printer.print(clause);
  if (body === null || body === "") return nothing(language);
  // Before the rules are listed, because parts of them may become rules.
  const start = printer.print(politeStart);
  const end = printer.print(politeEnd);
  const next = printer.print(joiner);
  const replied = reply === null ? null : printer.print(reply);
  return {
    language: language.code,
    jsgf: [
      "#JSGF V1.0;",
      "grammar commands;",
      `<clause> = ${body};`,
      ...printer.rules,
      `<clauses> = <clause> (/${1 - JOINER_WEIGHT}/ <NULL> | /${JOINER_WEIGHT}/ ${next} <clauses>);`,
      `<command> = ${start} <clauses> ${end};`,
      ...(replied === null ? [] : [`<reply> = ${replied} ${end};`]),
      ...orElse(replied === null ? "<command>" : "(<command> | <reply>)", language),
    ].join("\n"),
    words: [...printer.words],
    lastWords: [
      ...new Set(
        all.flatMap((phrase) => [...printer.lastWords(sequence(phrase, optional(politeEnd)))]),
      ),
    ],
    size,
  };
}

/** One value or several, or that nothing is wanted any more. */
function replies(asked: readonly Slot[], language: Language): Phrase {
  const { dismissal, joiner } = language.commands;
  const values = asked.map((slot) => {
    const value = replyPhrase(slot, language);
    return takesSeveral(slot) ? sequence(value, optional(sequence(joiner, value))) : value;
  });
  return choice(...values, dismissal);
}

/** Prints phrases; those that stand in several places become rules. What cannot be spoken is left out. */
class JsgfPrinter {
  readonly rules: string[] = [];
  readonly words = new Set<string>();
  readonly #uses = new Map<Phrase, number>();
  readonly #ruleOf = new Map<Phrase, string | null>();

  readonly #spelling: Spelling;

  constructor(phrases: readonly Phrase[], { spelling }: Language) {
    this.#spelling = spelling;
    for (const phrase of phrases) this.#count(phrase);
  }

  #count(phrase: Phrase): void {
    const uses = (this.#uses.get(phrase) ?? 0) + 1;
    this.#uses.set(phrase, uses);
    if (uses === 1) for (const part of parts(phrase)) this.#count(part);
  }

  /** Null when the phrase cannot be spoken; the empty string when nothing needs to be. */
  print(phrase: Phrase): string | null {
    if ((this.#uses.get(phrase) ?? 0) < 2 || phrase.kind === "words") return this.#body(phrase);
    const known = this.#ruleOf.get(phrase);
    if (known !== undefined) return known;
    const body = this.#body(phrase);
    let reference = body;
    if (body !== null && body !== "") {
      const rule = `<r${this.rules.length}>`;
      this.rules.push(`${rule} = ${body};`);
      reference = rule;
    }
    this.#ruleOf.set(phrase, reference);
    return reference;
  }

  #body(phrase: Phrase): string | null {
    switch (phrase.kind) {
      case "words":
        if (!phrase.words.every((word) => this.#spelling.isSpeakable(word))) return null;
        return this.#words(phrase.words);
      case "text":
        return null;
      case "assign":
      case "action":
      case "name":
      case "every":
      case "topic":
      case "level":
        return this.print(phrase.of);
      case "number":
      case "time":
      case "duration":
        return this.print(phrase.spoken);
      case "optional": {
        const inner = this.print(phrase.of);
        return inner === null || inner === "" ? "" : `[${inner}]`;
      }
      case "unordered": {
        // Each at any time: to list their orders would be too much to listen for.
        const texts = phrase.of.map((part) =>
          this.print(part.kind === "optional" ? part.of : part),
        );
        const spoken = texts.filter((text) => text !== null && text !== "");
        return spoken.length === 0 ? null : `(${spoken.join(" | ")})+`;
      }
      case "repeat": {
        const inner = this.print(phrase.of);
        return inner === null || inner === "" ? inner : `(${inner})+`;
      }
      case "sequence": {
        const texts: string[] = [];
        for (const part of phrase.of) {
          const text = this.print(part);
          if (text === null) return null;
          if (text !== "") texts.push(part.kind === "choice" ? parenthesised(text) : text);
        }
        return texts.join(" ");
      }
      case "choice": {
        const texts = new Set(this.#alternatives(phrase));
        const spoken = [...texts].filter((text): text is string => text !== null && text !== "");
        if (spoken.length === 0) return texts.has("") ? "" : null;
        const list = withSharedStarts(spoken).join(" | ");
        return texts.has("") ? `[${list}]` : `(${list})`;
      }
    }
  }

  /** The words with which the phrase can end, as they are spoken. */
  lastWords(phrase: Phrase): ReadonlySet<string> {
    const last = new Set<string>();
    for (const { words } of endsOf(phrase)) {
      const [before = "", word] = [words.at(-2), words.at(-1)];
      if (word === undefined) continue;
      last.add(word).add(this.#spelling.otherForm(word) ?? word);
      last.add(this.#spelling.contractionOf(before, word) ?? word);
    }
    return last;
  }

  /** As they are spoken: "i would" also as "i'd", and "a" before any word as "an". */
  #words(list: readonly string[]): string {
    const texts: string[] = [];
    for (let at = 0; at < list.length; at++) {
      const word = list[at] ?? "";
      const next = list[at + 1] ?? "";
      const contraction = this.#spelling.contractionOf(word, next);
      const other = contraction ?? this.#spelling.otherForm(word);
      const said = contraction === undefined ? [word] : [word, next];
      for (const each of [...said, other ?? word]) this.words.add(each);
      texts.push(other === undefined ? word : `(${said.join(" ")} | ${other})`);
      at += said.length - 1;
    }
    return texts.join(" ");
  }

  /** Choices within choices are one, so that what is the same in several of them stands there once. */
  #alternatives(phrase: Phrase): readonly (string | null)[] {
    switch (phrase.kind) {
      case "choice":
        return phrase.of.flatMap((part) => this.#alternatives(part));
      case "assign":
      case "action":
      case "name":
      case "every":
      case "topic":
      case "level":
        return this.#alternatives(phrase.of);
      case "words":
      case "sequence":
      case "optional":
      case "repeat":
      case "unordered":
      case "number":
      case "time":
      case "duration":
      case "text":
        return [this.print(phrase)];
    }
  }
}

/** "turn on" and "turn off" as "turn (on | off)": a word that stands there once costs half. */
function withSharedStarts(texts: readonly string[]): readonly string[] {
  const byFirst = new Map<string, string[]>();
  for (const text of texts) {
    const plain = /^[\p{L}' ]+$/u.test(text);
    const [first = text, ...rest] = plain ? text.split(" ") : [text];
    byFirst.set(first, [...(byFirst.get(first) ?? []), rest.join(" ")]);
  }
  return [...byFirst].map(([first, rests]) => {
    const longer = rests.filter((rest) => rest !== "");
    if (longer.length === 0) return first;
    const shared = withSharedStarts(longer).join(" | ");
    if (rests.includes("")) return `${first} [${shared}]`;
    return longer.length === 1 ? `${first} ${shared}` : `${first} (${shared})`;
  });
}

function parenthesised(text: string): string {
  return text.startsWith("(") || text.startsWith("<") ? text : `(${text})`;
}
