import { type Command, commandsOf } from "./command-set";
import { joiner, politeEnd, politeStart } from "./english";
import { collectWords } from "./phrase";
import { type SentenceForms, sentenceForms } from "./sentence-forms";
import type { CommandTool } from "./tool-schema";

/** A tool with the sentences that ask for it. */
export interface CompiledCommand extends Command, SentenceForms {}

/** A tool list with what is derived from it. */
export interface CompiledCommands {
  readonly commands: readonly CompiledCommand[];
  /** Every word of every command. */
  readonly vocabulary: ReadonlySet<string>;
}

/** Sessions rarely have more tool lists than this at a time; the oldest is compiled again when needed. */
const MOST_KEPT = 32;

const kept = new Map<string, CompiledCommands>();

/** The commands of a tool list; the same object for equal lists, while it is kept. */
export function commandSetOf(tools: readonly CommandTool[]): CompiledCommands {
  const key = JSON.stringify(
    tools.map(({ type, name, description, parameters }) => [type, name, description, parameters]),
  );
  const known = kept.get(key);
  kept.delete(key);
  const compiled = known ?? compile(tools);
  // Back in as the newest: a Map keeps the order of insertion.
  kept.set(key, compiled);
  for (const oldest of kept.keys()) {
    if (kept.size <= MOST_KEPT) break;
    kept.delete(oldest);
  }
  return compiled;
}

function compile(tools: readonly CommandTool[]): CompiledCommands {
  const commands = commandsOf(tools).map((each) => ({ ...each, ...sentenceForms(each) }));
  const vocabulary = new Set<string>();
  for (const phrase of [politeStart, politeEnd, joiner]) collectWords(phrase, vocabulary);
  for (const { full, continuation } of commands) {
    collectWords(full, vocabulary);
    if (continuation !== null) collectWords(continuation, vocabulary);
  }
  return { commands, vocabulary };
}
