import type { NumberRange, Phrase } from "./phrase";

/** The languages that can be heard, by ISO 639-1 code: those whose acoustic models ship. */
export const languageCodes = ["en", "fr"] as const;
export type LanguageCode = (typeof languageCodes)[number];

/** All that the engine knows of a language; `languages.ts` gives it by its code. */
export interface Language {
  readonly code: LanguageCode;
  readonly spelling: Spelling;
  readonly commands: CommandWords;
  readonly numbers: NumberWords;
  readonly times: TimeWords;
  readonly units: UnitWords;
  readonly pronunciation: Pronunciation;
}

/** How sentences become words and words sentences. Words are lower case and NFC. */
export interface Spelling {
  /** Global; quoted text as its first group · a number · a word · a sign that is read as a word. */
  readonly piece: RegExp;
  /** The words of a piece; `before` are the two characters that stand before it. */
  readonly wordsOf: (piece: string, before: string) => readonly string[];
  /** The words of a name, which were written with or without accents and apostrophes. */
  readonly nameWords: (parts: readonly string[]) => readonly string[];
  /** How "&" between words is said. */
  readonly ampersand: string;
  /** What words are compared by: a word as those write it who leave its accents out. */
  readonly bare: (word: string) => string;
  /** True where `said` may stand in place of this word of a phrase, besides for its spelling. */
  readonly isAlike: (said: string, word: string) => boolean;
  /** The word with its other number: "light" and "lights". */
  readonly singularAndPlural: (word: string) => readonly string[];
  /** How two words are said as one ("i would" as "i'd"); undefined when they are not. */
  readonly contractionOf: (first: string, second: string) => string | undefined;
  /** Another form that a word takes before some: "a" is also "an". */
  readonly otherForm: (word: string) => string | undefined;
  /** True for a word in the letters of the language: others cannot be listened for. */
  readonly isSpeakable: (word: string) => boolean;
  /** A sentence of words with spaces between them, as it is written. */
  readonly written: (sentence: string) => string;
}

/** A verb, with its particle when it has one: "turn … on", "open". */
export interface Verb {
  readonly lead: string;
  readonly particle: string | null;
}

/** Something that a thing can be or be made: `words` after "to" or at the end, `verbs` at the start. */
export interface State {
  readonly key: string;
  readonly verbs: readonly Verb[];
  readonly words: readonly string[];
}

/** Verbs that say the same; the action is what a following part without a verb takes over. */
export interface VerbFamily {
  /** The same in every language for what the engine tells apart: set, get, add, create, remove. */
  readonly action: string;
  readonly verbs: readonly string[];
}

/**
 * How a description says at which number a thing is open, as parts of regular expressions in lower case
 * and without accents: "0 is closed", "100 = fully open".
 */
export interface OpeningWords {
  readonly open: State;
  readonly close: State;
  /** The same of what hangs, such as blinds. */
  readonly raise: State;
  readonly lower: State;
  /** Names of what hangs, in lower case. */
  readonly hanging: RegExp;
  readonly openWords: string;
  readonly closedWords: string;
  /** What may stand between the number and the word. */
  readonly links: string;
}

/** Names of things that mean the same. */
export interface OtherNames {
  /** Words of tools' names, in their shorter form, bare. */
  readonly keys: readonly string[];
  /** What is said. */
  readonly names: readonly string[];
}

/** What is said of a thing without naming it. */
export interface Idiom {
  /** Words of tools' names, bare. */
  readonly keys: readonly string[];
  /** What the tools do with it: see `VerbFamily`. */
  readonly actions: readonly string[];
  /** True where it goes on with a time of day. */
  readonly atTime: boolean;
  readonly sayings: readonly string[];
}

/** How a sentence that is given as an example sounds natural. */
export interface ExampleStyle {
  /** Words that are said although they may be left out. */
  readonly articles: ReadonlySet<string>;
  /** What is said for the filler of this name. */
  readonly firstFiller: readonly string[];
  readonly filler: readonly string[];
  /** "Light … kitchen", and not "kitchen … light". */
  readonly nameComesFirst: boolean;
  /** The words as they are written. */
  readonly sentence: (words: readonly string[]) => string;
}

/** Verbs, states, and the small words between them. Names of tools and parameters may hold them. */
export interface CommandWords {
  /** The state that these words name, if they name one and nothing else. */
  readonly stateNamed: (nameWords: readonly string[]) => State | undefined;
  /**
   * What true and false of a boolean parameter are called; `hints` are texts about it, the most
   * telling first (its name, its description, the tool's). Yes and no where nothing tells.
   */
  readonly booleanStates: (hints: readonly string[]) => {
    readonly whenTrue: State;
    readonly whenFalse: State;
  };
  /** True when a name that begins with this word begins with what is to be done. */
  readonly isVerb: (word: string) => boolean;
  /** The verbs that say the same as this one of a name, itself first. */
  readonly verbsLike: (verb: string) => VerbFamily;
  /** The verbs for a value of anything: "set … to fifty percent". */
  readonly settingVerbs: VerbFamily;
  /** The verbs for a name without any: "movie mode" is activated. */
  readonly activatingVerbs: VerbFamily;
  /** Further setting verbs where these words about a tool tell of what they set: "dim", "raise". */
  readonly levelVerbs: (about: string) => readonly string[];
  /** How a timer is begun, whichever of them its tool is named by. */
  readonly timerVerbs: readonly string[];
  /** How one is ended, whichever of them its tool is named by. */
  readonly endingVerbs: readonly string[];
  /** Names of what is ended so, in lower case. */
  readonly ended: RegExp;
  readonly otherNames: readonly OtherNames[];
  readonly idioms: readonly Idiom[];
  /** A parameter with such a word in its name tells how a thing is to be while it is on: its colour. */
  readonly manner: RegExp;
  /** Of what a number opens and closes, such as blinds. */
  readonly opening: OpeningWords;
  /** True for a thing of which a sentence may name one or several. */
  readonly isCountable: (word: string) => boolean;
  /** With which a name may begin that is said without them, the longest first. */
  readonly articles: readonly string[];
  /** Between a thing and what it belongs to, where that order makes its name: "porte du garage". */
  readonly nameLinks: readonly string[];
  /** False for words of descriptions that are never part of a thing's name. */
  readonly canBePartOfName: (word: string) => boolean;
  /** Before the first thing, place or value of a command. */
  readonly firstFiller: Phrase;
  /** Before a further one. */
  readonly filler: Phrase;
  /** Before a place that is named after a number: "… to twenty degrees in the office". */
  readonly placeFiller: Phrase;
  /** Before a number. */
  readonly numberFiller: Phrase;
  /** Before one by which something changes, where that is said otherwise: "by ten" is not "to ten". */
  readonly changeFiller: Phrase | null;
  /** Before a time of day or a span of time, besides. */
  readonly timeFiller: Phrase;
  /** Before the parameter's name, where a number follows it: "to brightness fifty". */
  readonly labelFiller: Phrase;
  /** Before the name of a parameter with which a command begins. */
  readonly article: Phrase;
  /** Between a parameter's name and what it belongs to: "the brightness of the kitchen light". */
  readonly belonging: Phrase;
  /** Before a state that ends a command: "set the door to open". */
  readonly stateFiller: Phrase;
  /** Before free text. */
  readonly textFiller: Phrase;
  /** Before all else. Only typed, because the ears would hear "hey" in a breath, and "a" as "to". */
  readonly typedStart: Phrase;
  readonly politeStart: Phrase;
  readonly politeEnd: Phrase;
  /** What may be typed instead: the ears would hear "thanks" in the last breath of a sentence. */
  readonly typedEnd: Phrase;
  /** Between two commands. */
  readonly joiner: Phrase;
  /** Said by one who is asked which: each of them. */
  readonly everything: Phrase;
  /** Said by one who is asked for something, and wants it no more. */
  readonly dismissal: Phrase;
  readonly examples: ExampleStyle;
}

/** A value that was read from words, and where they end. */
export interface Read<Value> {
  readonly value: Value;
  /** Index after the last word. */
  readonly end: number;
}

/** Numbers in words. What is read is bare (`Spelling.bare`). */
export interface NumberWords {
  /** The words of a number as it is said; `digits` may have a sign and decimals. */
  readonly toWords: (digits: string) => readonly string[];
  /** Reads a number at `start`; undefined where there is none. */
  readonly read: (words: readonly string[], start: number) => Read<number> | undefined;
  /** The numbers of the range that are listened for: whole ones of 0 to 100, with one decimal if they may. */
  readonly spoken: (range: NumberRange) => Phrase;
}

/** Times of day and spans of time. What is read is bare (`Spelling.bare`). */
export interface TimeWords {
  /**
   * Reads a time of day at `start`, as "07:30:00", in every way in which the words can be read, longest
   * first. One without morning or evening is the next that comes after `now`; "in ten minutes" is a
   * time too.
   */
  readonly readTimes: (
    words: readonly string[],
    start: number,
    now: Date,
  ) => readonly Read<string>[];
  /** Reads a span of time, in minutes. */
  readonly readDuration: (words: readonly string[], start: number) => Read<number> | undefined;
  /** What is listened for. */
  readonly spokenTimes: () => Phrase;
  readonly spokenDurations: () => Phrase;
}

/** Units of numbers. Descriptions are searched in lower case, without accents. */
export interface UnitWords {
  /** A parameter that is described with `words` takes these units after its number. */
  readonly known: readonly { readonly words: RegExp; readonly units: readonly string[] }[];
  /** Where nothing tells. */
  readonly usual: readonly string[];
  /** Descriptions of what is told in percent. */
  readonly level: RegExp;
  /** Descriptions of what tells by how much something changes. */
  readonly change: RegExp;
  /** Parts of a whole that is told in percent. */
  readonly shares: readonly { readonly share: number; readonly texts: readonly string[] }[];
  /** Units of time in descriptions, the smallest first, with their minutes. */
  readonly ofTime: readonly { readonly words: RegExp; readonly minutes: number }[];
}

/** How much of what is unlikely the recogniser follows: states, words and phonemes. */
export type Beams = Readonly<Record<"beam" | "wbeam" | "pbeam", number>>;

/** The sounds of the language in the phonemes of its acoustic model. */
export interface Pronunciation {
  /** Name of the model in the recogniser's package. */
  readonly model: string;
  readonly phonemes: readonly string[];
  readonly beams: Beams;
  /** How badly a sentence may fit its sound: see `misfit`. */
  readonly worstFit: number;
  /** How much worse than sounds in any order it may fit else: see `fitsAsSounds`. Null: not at all. */
  readonly fromSounds: number | null;
  /** Ways to say words of a home that the dictionary lacks, besides those that it has. */
  readonly further: ReadonlyMap<string, readonly string[]>;
  /** Ways to write a word that the dictionary lacks, of which it may have some: with its accents. */
  readonly otherSpellings: (word: string) => readonly string[];
  /** Plausible ways to say a word by its letters, likeliest first. Never empty. */
  readonly pronounce: (word: string) => readonly string[];
}
