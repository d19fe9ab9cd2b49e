import { type LanguageCode, languageCodes } from "../offline-voice/language";
import { SENTENCES_KEYWORD, type FunctionTool } from "../protocol/tools";

/**
 * What is wrong with the sentences of a tool, with line and column; null when nothing is, in one of
 * these languages at least. What reads them is loaded with the first tool that has some.
 */
export function problemOfSentences(
  tool: Pick<FunctionTool, "parameters">,
  languages: readonly LanguageCode[] = languageCodes,
): string | null {
  if (tool.parameters?.[SENTENCES_KEYWORD] === undefined) return null;
  const { readSentences, SentenceError } =
    require("../offline-voice/sentences") as typeof import("../offline-voice/sentences");
  const { languageOf } =
    require("../offline-voice/languages") as typeof import("../offline-voice/languages");
  let problem: string | null = null;
  for (const language of languages) {
    try {
      readSentences(tool, languageOf(language));
      return null;
    } catch (error) {
      if (!(error instanceof SentenceError)) throw error;
      problem ??= error.message;
    }
  }
  return problem;
}
