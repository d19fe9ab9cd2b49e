import { SENTENCES_KEYWORD, type FunctionTool } from "../protocol/tools";

/**
 * What is wrong with the sentences of a tool, with line and column; null when nothing is. What reads
 * them is loaded with the first tool that has some.
 */
export function problemOfSentences(tool: Pick<FunctionTool, "parameters">): string | null {
  if (tool.parameters?.[SENTENCES_KEYWORD] === undefined) return null;
  const { readSentences, SentenceError } =
    require("../offline-voice/sentences") as typeof import("../offline-voice/sentences");
  try {
    readSentences(tool);
    return null;
  } catch (error) {
    if (error instanceof SentenceError) return error.message;
    throw error;
  }
}
