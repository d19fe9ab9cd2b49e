import { type Grammar, nothing, orElse } from "./grammar";
import type { LanguageCode } from "./language";
import { languageOf } from "./languages";
import { tokenise } from "./sentence";

/**
 * How likely a further phrase follows. Measured with four voices on 24 sentences of such phrases: all
 * are right with any value from 0.01 to 1.
 */
const FURTHER_WEIGHT = 0.3;

/** What ends a phrase in a text. */
const PHRASE_ENDS = /[,;:.!?\n\r]+/;

/**
 * The grammar of a dictation: rows of the phrases that these texts name, in any order. A comma, a full
 * stop or a new line ends a phrase. Of size 0 where they name none.
 *
 * Free dictation is beyond this recogniser, which has no language model. Measured with four voices on
 * six sentences, how many of the 24 came out wholly right: 24 as rows of 19 phrases ("buy", "two loaves
 * of bread", "on friday"), 15 as rows of the same 27 words one by one, 5 of 500 words; and of 12 other
 * sentences 11 were taken for rows of these 500 words, none for a row of the phrases.
 */
export function dictationGrammar(texts: readonly string[], code: LanguageCode = "en"): Grammar {
  const language = languageOf(code);
  const phrases = new Set(
    texts
      .flatMap((text) => text.split(PHRASE_ENDS))
      .map((phrase) => tokenise(phrase, language).map(({ word }) => word))
      // What has letters of another alphabet cannot be listened for.
      .filter((words) => words.length > 0 && words.every(language.spelling.isSpeakable))
      .map((words) => words.join(" ")),
  );
  if (phrases.size === 0) return { ...nothing(language), otherwise: "" };
  const all = [...phrases].map((phrase) => phrase.split(" "));
  return {
    language: code,
    jsgf: [
      "#JSGF V1.0;",
      "grammar dictation;",
      `<phrase> = ${[...phrases].join(" | ")};`,
      `<row> = <phrase> (/${1 - FURTHER_WEIGHT}/ <NULL> | /${FURTHER_WEIGHT}/ <row>);`,
      ...orElse("<row>", language),
    ].join("\n"),
    words: [...new Set(all.flat())],
    lastWords: [...new Set(all.map((words) => words.at(-1) ?? ""))],
    size: all.flat().length,
    otherwise: "What was said is not a row of the phrases that are listened for.",
  };
}
