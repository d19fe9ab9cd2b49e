import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PronouncingDictionary } from "../../../lib/offline-voice/pronouncing-dictionary";

describe("PronouncingDictionary", () => {
  let folder: string;
  const dictionaryOf = (text: string): PronouncingDictionary => {
    const file = join(folder, "dict.txt");
    writeFileSync(file, text);
    return new PronouncingDictionary(file);
  };
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "dictionary-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  it("finds every way to say a word, in the file's order", () => {
    const found = dictionaryOf(";; A comment\na AH\na(2) EY\nan AE N\n").find(["a"]);
    assert.deepEqual([...found], [["a", ["AH", "EY"]]]);
  });

  it("finds the last word of a file without a last line end, and words with accents", () => {
    const found = dictionaryOf("été ei tt ei\r\nzut zz uu tt").find(["zut", "été"]);
    assert.deepEqual(Object.fromEntries(found), { été: ["ei tt ei"], zut: ["zz uu tt"] });
  });

  it("finds words wherever the pieces end in which a large file is read", () => {
    const words = Array.from({ length: 30_000 }, (_, index) => `é${index}`);
    const dictionary = dictionaryOf(words.map((word) => `${word} EY ${word}\n`).join(""));
    const found = dictionary.find(words);
    assert.equal(found.size, words.length);
    for (const [word, ways] of found) assert.deepEqual(ways, [`EY ${word}`]);
  });

  it("has no entry for words that the file lacks, or holds as a part of another", () => {
    assert.equal(dictionaryOf("lights L AY T S\nlight's L AY T S\n").find(["light", ""]).size, 0);
  });

  it("says which file it cannot read", () => {
    const lacking = new PronouncingDictionary(join(folder, "nowhere.txt"));
    assert.throws(() => lacking.find(["a"]), /nowhere\.txt/);
  });
});
