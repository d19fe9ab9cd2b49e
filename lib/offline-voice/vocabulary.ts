import type { Decoder } from "soundswallower";
import type { Pronunciation } from "./language";
import type { PronouncingDictionary } from "./pronouncing-dictionary";

/** The decoder cannot forget a word. */
const MOST_ADDED_WORDS = 5_000;

/** Ways to say a word that are taken over from the dictionary. */
const MOST_WAYS = 6;

/** The words that a decoder knows how to say. */
export class Vocabulary {
  readonly #decoder: Decoder;
  readonly #dictionary: PronouncingDictionary;
  readonly #pronunciation: Pronunciation;
  readonly #onGuessed: (words: readonly string[]) => void;
  #addedWords = 0;

  /** `onGuessed` is told of words whose pronunciation comes from their spelling. */
  constructor(
    decoder: Decoder,
    dictionary: PronouncingDictionary,
    pronunciation: Pronunciation,
    onGuessed: (words: readonly string[]) => void,
  ) {
    this.#decoder = decoder;
    this.#dictionary = dictionary;
    this.#pronunciation = pronunciation;
    this.#onGuessed = onGuessed;
  }

  /** True when the decoder should be replaced: it holds many words that nobody says any more. */
  get isWorn(): boolean {
    return this.#addedWords >= MOST_ADDED_WORDS;
  }

  /** Tells the decoder how words are said that are new to it; returns those that the dictionary lacks. */
  learn(words: readonly string[]): readonly string[] {
    const added = words.filter((word) => !this.#decoder.lookup_word(word));
    if (added.length === 0) return [];
    const { further, pronounce } = this.#pronunciation;
    const found = this.#dictionary.find(added);
    const accented = this.#findAccented(added.filter((word) => !found.has(word)));
    const guessed = added.filter((word) => !found.has(word) && !accented.has(word));
    this.#decoder.add_words(
      ...added.flatMap((word) => {
        const ways = found.get(word) ?? accented.get(word) ?? pronounce(word);
        return entries(word, [...ways, ...(further.get(word) ?? [])]);
      }),
    );
    this.#addedWords += added.length;
    if (guessed.length > 0) this.#onGuessed(guessed);
    return guessed;
  }

  /** The ways to say words that the dictionary has with other accents. */
  #findAccented(words: readonly string[]): ReadonlyMap<string, readonly string[]> {
    const spellings = words.map((word) => this.#pronunciation.otherSpellings(word));
    const found = this.#dictionary.find(spellings.flat());
    return new Map(
      words.flatMap((word, index): [string, readonly string[]][] => {
        const ways = (spellings[index] ?? []).flatMap((spelling) => found.get(spelling) ?? []);
        return ways.length === 0 ? [] : [[word, ways.slice(0, MOST_WAYS)]];
      }),
    );
  }
}

/** A word's entries in the decoder's dictionary: it knows the second way to say it as "word(2)". */
function entries(word: string, ways: readonly string[]): [string, string][] {
  return ways.map((phonemes, index) => [index === 0 ? word : `${word}(${index + 1})`, phonemes]);
}
