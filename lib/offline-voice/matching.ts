import type { CompiledCommands } from "./compiled-commands";
import type { Language } from "./language";
import { type Phrase, fits } from "./phrase";
import { type Token, editsApart } from "./sentence";

/** One way to read a part of a sentence as a phrase. */
export interface Match {
  /** Index after the last token. */
  readonly end: number;
  /** 0 when everything was said as the phrase has it; more for each liberty. */
  readonly cost: number;
  readonly assigned: readonly (readonly [parameter: string, value: unknown])[];
  readonly action: string | null;
  /** True when the sentence names the thing that the tool is about. */
  readonly named: boolean;
  /** True when all things of a kind are meant. */
  readonly isEvery: boolean;
  /** The parameter that was named for the number to come. */
  readonly topic: string | null;
  /** True when that number came. */
  readonly isOnTopic: boolean;
  /** The parameter whose number is told first. */
  readonly level: string | null;
}

const MISSPELLING_COST = 1;
/** Who leaves accents out means the word that has them, unless there is one that has none. */
const ACCENT_COST = 0.06;
/** Free text is the last resort: whatever else can take a word, takes it. */
const TEXT_COST = 0.5;
const TEXT_WORD_COST = 0.2;
/**
 * Phrases that are tried at a place of the sentence: a command to one of a hundred tools takes some
 * thousands, and so many half a second.
 */
const MOST_WORK = 400_000;
/** Words shorter than this must be spelled right: one letter makes "on" into "in". */
const FORGIVEN_LENGTH = 5;
/** Of words as long as this two mistakes are forgiven. */
const TWICE_FORGIVEN_LENGTH = 9;
/** So many letters at the end make another form of the same word. */
const LONGEST_ENDING = 2;

/** Reads one sentence; keeps what it found, so that phrases shared between tools are read once. */
export class Matcher {
  readonly #now: Date;
  readonly #text: string;
  readonly #tokens: readonly Token[];
  readonly #words: readonly string[];
  /** The words as they are compared. */
  readonly #bare: readonly string[];
  readonly #language: Language;
  readonly #vocabulary: ReadonlySet<string>;
  readonly #meant = new Map<string, ReadonlySet<string>>();
  readonly #known = new Map<Phrase, Map<number, readonly Match[]>>();
  #work = 0;

  /** `now`: what "in ten minutes" counts from. */
  constructor(
    text: string,
    tokens: readonly Token[],
    { language, vocabulary }: Pick<CompiledCommands, "language" | "vocabulary">,
    now: Date,
  ) {
    this.#now = now;
    this.#language = language;
    this.#text = text;
    this.#tokens = tokens;
    this.#words = tokens.map((token) => token.word);
    this.#bare = this.#words.map(language.spelling.bare);
    this.#vocabulary = vocabulary;
  }

  /** The best match for each place where the phrase can end when it begins at `start`. */
  readings(phrase: Phrase, start: number): readonly Match[] {
    return best(this.matches(phrase, start), ({ end }) => end);
  }

  /** The same, and a further one for each parameter that it may be about. */
  matches(phrase: Phrase, start: number): readonly Match[] {
    let byStart = this.#known.get(phrase);
    if (byStart === undefined) {
      byStart = new Map();
      this.#known.set(phrase, byStart);
    }
    const known = byStart.get(start);
    if (known !== undefined) return known;
    this.#work += 1;
    if (this.isExhausted) return [];
    const found = this.#find(phrase, start);
    byStart.set(start, found);
    return found;
  }

  /** True where so much was tried that the sentence can be no command: what is found is no longer all. */
  get isExhausted(): boolean {
    return this.#work > MOST_WORK;
  }

  /** True where what was typed has a comma or the end of a sentence before this token. */
  isDivided(at: number): boolean {
    const [before, after] = [this.#tokens[at - 1], this.#tokens[at]];
    if (before === undefined || after === undefined) return false;
    return /[,;.!?\n]/.test(this.#text.slice(before.end, after.start));
  }

  #find(phrase: Phrase, start: number): readonly Match[] {
    switch (phrase.kind) {
      case "words":
        return this.#findWords(phrase.words, start);
      case "choice":
        return cheapest(phrase.of.flatMap((part) => this.matches(part, start)));
      case "optional":
        return cheapest([...this.matches(phrase.of, start), nothing(start, phrase.cost)]);
      case "sequence":
        return phrase.of.reduce<readonly Match[]>(
          (before, part) => this.#continue(before, part),
          [nothing(start, 0)],
        );
      case "repeat": {
        const all: Match[] = [];
        for (let last = this.matches(phrase.of, start); last.length > 0;) {
          all.push(...last);
          last = this.#continue(last, phrase.of).filter(
            ({ end }) => !all.some((match) => match.end === end),
          );
        }
        return cheapest(all);
      }
      case "unordered":
        return this.#findUnordered(phrase.of, start);
      case "assign":
        return this.matches(phrase.of, start).flatMap((match) =>
          withAssignment(match, phrase.parameter, phrase.value),
        );
      case "action":
        return this.matches(phrase.of, start).map((match) => ({ ...match, action: phrase.action }));
      case "name":
        return this.matches(phrase.of, start).map((match) => ({ ...match, named: true }));
      case "every":
        return this.matches(phrase.of, start).map((match) => ({ ...match, isEvery: true }));
      case "topic":
        return this.matches(phrase.of, start).map((match) => ({ ...match, topic: phrase.topic }));
      case "level":
        return this.matches(phrase.of, start).map((match) => ({ ...match, level: phrase.topic }));
      case "number": {
        const number = this.#language.numbers.read(this.#wordsOfNumber(start), start);
        if (number === undefined || !fits(number.value, phrase.range)) return [];
        return withAssignment(nothing(number.end, 0), phrase.parameter, number.value);
      }
      case "time":
        return this.#language.times
          .readTimes(this.#bare, start, this.#now)
          .flatMap(({ value, end }) => withAssignment(nothing(end, 0), phrase.parameter, value));
      case "duration": {
        const duration = this.#language.times.readDuration(this.#wordsOfNumber(start), start);
        if (duration === undefined) return [];
        const value = Math.round((1e6 * duration.value) / phrase.unitMinutes) / 1e6;
        if (!fits(value, phrase.range)) return [];
        return withAssignment(nothing(duration.end, 0), phrase.parameter, value);
      }
      case "text":
        return this.#findText(phrase, start);
    }
  }

  /** Up to where digits follow on digits: "20/5" is not twenty-five. */
  #wordsOfNumber(start: number): readonly string[] {
    const second = this.#tokens.findIndex(
      (token, at) => at > start && this.#isInDigits(token) && this.#isOtherNumber(at),
    );
    return second === -1 ? this.#bare : this.#bare.slice(0, second);
  }

  #isOtherNumber(at: number): boolean {
    const [before, token] = [this.#tokens[at - 1], this.#tokens[at]];
    return before !== undefined && before.start !== token?.start && this.#isInDigits(before);
  }

  #isInDigits({ start, end, quoted }: Token): boolean {
    return quoted === null && /\p{N}/u.test(this.#text.slice(start, end));
  }

  #continue(before: readonly Match[], part: Phrase): readonly Match[] {
    return cheapest(
      before.flatMap((first) =>
        this.matches(part, first.end).flatMap((second) => join(first, second)),
      ),
    );
  }

  /** By the set of parts that were said, as bits: each set is looked at once, in whatever order it came. */
  #findUnordered(parts: readonly Phrase[], start: number): readonly Match[] {
    const all = 2 ** parts.length - 1;
    const bySet = new Map<number, readonly Match[]>([[0, [nothing(start, 0)]]]);
    for (let said = 0; said < all; said++) {
      const before = bySet.get(said) ?? [];
      for (const [index, part] of parts.entries()) {
        const bit = 2 ** index;
        if (before.length === 0 || (said & bit) !== 0) continue;
        const matches = [...(bySet.get(said + bit) ?? []), ...this.#continue(before, part)];
        bySet.set(said + bit, cheapest(matches));
      }
    }
    return bySet.get(all) ?? [];
  }

  #findWords(list: readonly string[], start: number): readonly Match[] {
    const { spelling } = this.#language;
    let cost = 0;
    for (const [index, word] of list.entries()) {
      const said = this.#words[start + index];
      if (said === undefined || said === "") return [];
      if (said === word || spelling.isAlike(said, word)) continue;
      const bare = spelling.bare(word);
      const bareSaid = this.#bare[start + index] ?? "";
      if (bareSaid === bare) cost += ACCENT_COST;
      else if (this.#misspelled(bareSaid, bare)) cost += MISSPELLING_COST;
      else return [];
    }
    return [nothing(start + list.length, cost)];
  }

  /** A word that the commands have, or that is as near to another of theirs, is not read as this one. */
  #misspelled(said: string, word: string): boolean {
    return said.length >= FORGIVEN_LENGTH && this.#meantBy(said).has(word);
  }

  /** The words that a misspelled one can be: one of them, or its forms; else none. */
  #meantBy(said: string): ReadonlySet<string> {
    const known = this.#meant.get(said);
    if (known !== undefined) return known;
    const near = this.#isWord(said)
      ? []
      : [...this.#vocabulary].filter(
          (word) => word.length >= FORGIVEN_LENGTH && isNear(said, word),
        );
    const [first] = near;
    const isOne = first !== undefined && near.every((word) => this.#isSameThing(word, first));
    const meant = new Set(isOne ? near.filter((word) => isMisspelling(said, word)) : []);
    this.#meant.set(said, meant);
    return meant;
  }

  /**
   * True for a word of these commands, a number, and what commands to other tools do: "eighty" is no
   * misspelled "eight", and "déverrouille" no "verrouille" where there is nothing to unlock.
   */
  #isWord(said: string): boolean {
    if (this.#vocabulary.has(said)) return true;
    const { commands, numbers } = this.#language;
    return numbers.read([said], 0) !== undefined || commands.stateNamed([said]) !== undefined;
  }

  /** Also true for the forms of a verb: of "verouille" both "verrouille" and "verrouiller" are near. */
  #isSameThing(one: string, other: string): boolean {
    const [short, long] = one.length < other.length ? [one, other] : [other, one];
    const isEnding = long.startsWith(short) && long.length - short.length <= LONGEST_ENDING;
    return isEnding || this.#language.spelling.singularAndPlural(one).includes(other);
  }

  #findText(phrase: Extract<Phrase, { kind: "text" }>, start: number): readonly Match[] {
    const { length, notAlone, parameter, quotedOnly } = phrase;
    const first = this.#tokens[start];
    if (first === undefined) return [];
    const taken = (text: string, end: number, cost: number): readonly Match[] =>
      text.length < length.minimum || text.length > length.maximum
        ? []
        : withAssignment(nothing(end, cost), parameter, text);
    if (first.quoted !== null) return taken(first.quoted, start + 1, 0);
    if (quotedOnly) return [];
    const matches: Match[] = [];
    let isAlone = true;
    for (let end = start + 1; end <= this.#tokens.length; end++) {
      const last = this.#tokens[end - 1];
      if (last === undefined || last.quoted !== null) break;
      isAlone &&= notAlone.has(last.word);
      if (isAlone) continue;
      const cost = TEXT_COST + TEXT_WORD_COST * (end - start);
      matches.push(...taken(this.#text.slice(first.start, last.end), end, cost));
    }
    return matches;
  }
}

/** The first letter is hardly ever wrong: with another one it is mostly another word, as "theater" is no "heater". */
function isMisspelling(said: string, word: string): boolean {
  if (said[0] !== word[0]) return false;
  return editsApart(said, word, word.length >= TWICE_FORGIVEN_LENGTH ? mistakesOf(said) : 1);
}

/** A word that so many mistakes could make of this one, however long it is: "reactivate" may be "activate". */
function isNear(said: string, word: string): boolean {
  return editsApart(said, word, mistakesOf(said));
}

/** How many are forgiven in what was said. */
function mistakesOf(said: string): number {
  return said.length >= TWICE_FORGIVEN_LENGTH ? 2 : 1;
}

function nothing(end: number, cost: number): Match {
  return {
    end,
    cost,
    assigned: [],
    action: null,
    named: false,
    isEvery: false,
    topic: null,
    isOnTopic: false,
    level: null,
  };
}

/** Nothing when the parameter already has another value: a sentence cannot mean both. */
function withAssignment(match: Match, parameter: string, value: unknown): readonly Match[] {
  return join(match, { ...nothing(match.end, 0), assigned: [[parameter, value]] });
}

/** Nothing where a parameter has two values, or a number is told that is not of the parameter named before. */
function join(first: Match, second: Match): readonly Match[] {
  const isAnswered = first.topic !== null && second.level !== null;
  if (isAnswered && first.topic !== second.level) return [];
  const assigned = [...first.assigned];
  for (const [parameter, value] of second.assigned) {
    const earlier = assigned.find(([other]) => other === parameter);
    if (earlier === undefined) assigned.push([parameter, value]);
    else if (earlier[1] !== value) return [];
  }
  return [
    {
      end: second.end,
      cost: first.cost + second.cost,
      assigned,
      action: second.action ?? first.action,
      named: first.named || second.named,
      isEvery: first.isEvery || second.isEvery,
      topic: isAnswered ? null : (first.topic ?? second.topic),
      isOnTopic: isAnswered || first.isOnTopic || second.isOnTopic,
      level: first.level ?? second.level,
    },
  ];
}

/** Of equally cheap readings the one that says more: "on" is a state before it is a preposition. */
function isBetter(match: Match, other: Match): boolean {
  if (match.cost !== other.cost) return match.cost < other.cost;
  if (match.assigned.length !== other.assigned.length)
    return match.assigned.length > other.assigned.length;
  return match.isOnTopic && !other.isOnTopic;
}

function cheapest(matches: readonly Match[]): readonly Match[] {
  const isAboutNumbers = matches.some(({ topic, level }) => topic !== null || level !== null);
  if (!isAboutNumbers) return best(matches, ({ end }) => end);
  return best(matches, ({ end, topic, level }) => JSON.stringify([end, topic, level]));
}

/** The best of each kind. */
function best<Kind>(matches: readonly Match[], kindOf: (match: Match) => Kind): readonly Match[] {
  const byKind = new Map<Kind, Match>();
  for (const match of matches) {
    const kind = kindOf(match);
    const other = byKind.get(kind);
    if (other === undefined || isBetter(match, other)) byKind.set(kind, match);
  }
  return [...byKind.values()];
}
