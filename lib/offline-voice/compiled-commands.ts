import { type Command, type WrittenCommand, commandsOf } from "./command-set";
import type { Language } from "./language";
import { type Phrase, collectWords } from "./phrase";
import type { FindSlot } from "./question";
import { type SentenceForms, sentenceForms } from "./sentence-forms";
import type { CommandTool, ToolParameters } from "./tool-schema";

/** A tool with the sentences that ask for it. */
export interface CompiledCommand
  extends
    ToolParameters,
    SentenceForms,
    Pick<Command, "tool" | "actions" | "hasName" | "nameRequired"> {
  /** True when its sentences were written by a person: each of them says enough. */
  readonly isWritten: boolean;
}

/** A tool list with what is derived from it. */
export interface CompiledCommands {
  readonly language: Language;
  readonly commands: readonly CompiledCommand[];
  /** The commands that the schemas suggest. */
  readonly derived: readonly Command[];
  /** The sentences that were written. */
  readonly written: readonly Phrase[];
  /** Every word of every command, bare (`Spelling.bare`). */
  readonly vocabulary: ReadonlySet<string>;
}

/** Sessions rarely have more tool lists than this at a time; the oldest is compiled again when needed. */
const MOST_KEPT = 32;

const kept = new Map<string, CompiledCommands>();

/** The commands of a tool list in a language; the same object for equal lists, while it is kept. */
export function commandSetOf(tools: readonly CommandTool[], language: Language): CompiledCommands {
  const key = JSON.stringify([
    language.code,
    ...tools.map(({ type, name, description, parameters }) => [
      type,
      name,
      description,
      parameters,
    ]),
  ]);
  const known = kept.get(key);
  kept.delete(key);
  const compiledTools = known ?? compile(tools, language);
  // Back in as the newest: a Map keeps the order of insertion.
  kept.set(key, compiledTools);
  for (const oldest of kept.keys()) {
    if (kept.size <= MOST_KEPT) break;
    kept.delete(oldest);
  }
  return compiledTools;
}

/** Finds parameters of these commands. */
export function slotFinder({ commands }: CompiledCommands): FindSlot {
  return (tool, parameter) =>
    commands
      .find((command) => command.tool === tool)
      ?.slots.find((slot) => slot.parameter === parameter);
}

function compile(tools: readonly CommandTool[], language: Language): CompiledCommands {
  const { joiner, politeStart, typedEnd, typedStart } = language.commands;
  const all = commandsOf(tools, language);
  const commands = all.map((command) => compiled(command, language));
  const vocabulary = new Set<string>();
  for (const phrase of [typedStart, politeStart, typedEnd, joiner])
    collectWords(phrase, vocabulary);
  for (const { full, continuation } of commands) {
    collectWords(full, vocabulary);
    if (continuation !== null) collectWords(continuation, vocabulary);
  }
  return {
    language,
    commands,
    derived: all.filter((command) => "verbs" in command),
    written: all.flatMap((command) => ("sentences" in command ? [command.sentences] : [])),
    vocabulary: new Set([...vocabulary].map(language.spelling.bare)),
  };
}

function compiled(command: Command | WrittenCommand, language: Language): CompiledCommand {
  if ("verbs" in command)
    return { ...command, ...sentenceForms(command, language), isWritten: false };
  return {
    ...command,
    full: command.sentences,
    continuation: null,
    actions: new Map(),
    hasName: false,
    nameRequired: false,
    isWritten: true,
  };
}
