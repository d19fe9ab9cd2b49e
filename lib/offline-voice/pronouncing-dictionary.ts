import { closeSync, openSync, readSync } from "node:fs";

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
    for (const line of linesOf(this.#file)) {
      const space = line.indexOf(" ");
      if (space < 1) continue;
      const entry = line.slice(0, space);
      const word = entry.endsWith(")") ? entry.slice(0, entry.lastIndexOf("(")) : entry;
      if (!wanted.has(word)) continue;
      const ways = found.get(word) ?? [];
      ways.push(line.slice(space + 1).trim());
      found.set(word, ways);
    }
    return found;
  }
}

/** Reads a piece at a time: the whole would be megabytes that are garbage a moment later. */
function* linesOf(path: string): Generator<string> {
  const file = openSync(path, "r");
  try {
    const piece = Buffer.alloc(64 * 1024);
    let kept = 0;
    for (;;) {
      const read = readSync(file, piece, kept, piece.length - kept, null);
      const length = kept + read;
      // A line that is longer than a piece is none of a dictionary: it is cut.
      const whole = piece.lastIndexOf("\n", length - 1) + 1;
      const end = read === 0 || whole === 0 ? length : whole;
      if (end > 0) yield* piece.toString("utf8", 0, end).split("\n");
      if (read === 0) return;
      piece.copy(piece, 0, end, length);
      kept = length - end;
    }
  } finally {
    closeSync(file);
  }
}
