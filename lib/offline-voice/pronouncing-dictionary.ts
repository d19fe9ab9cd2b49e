import { readFileSync } from "node:fs";

/**
 * A dictionary of pronunciations in a file of lines "word PHONEME PHONEME", where a word's further ways
 * to be said stand as "word(2)", "word(3)".
 *
 * The recogniser could read the file itself. But its 130,000 words would take it 16 MiB and a third of
 * a second, and a grammar has some dozens: only these are looked up and told to it.
 */
export class PronouncingDictionary {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** The ways to say each of the words that the dictionary has. Throws when the file cannot be read. */
  find(words: Iterable<string>): ReadonlyMap<string, readonly string[]> {
    const found = new Map<string, string[]>();
    const wanted = new Set(words);
    if (wanted.size === 0) return found;
    // Read anew for each grammar that has new words: kept, it would be held for nothing most of the time.
    const text = readFileSync(this.#file, "utf8");
    for (let start = 0; start < text.length;) {
      const newline = text.indexOf("\n", start);
      const end = newline === -1 ? text.length : newline;
      const space = text.indexOf(" ", start);
      const entry = text.slice(start, space);
      const word = entry.endsWith(")") ? entry.slice(0, entry.lastIndexOf("(")) : entry;
      if (wanted.has(word)) {
        const ways = found.get(word) ?? [];
        ways.push(text.slice(space + 1, end).trim());
        found.set(word, ways);
      }
      start = end + 1;
    }
    return found;
  }
}
