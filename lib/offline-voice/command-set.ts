import { HomeWords } from "./home-words";
import { idiomPhrase } from "./idiom-phrase";
import type { Language } from "./language";
import { type Phrase, choice, collectWords, optional, sequence, words } from "./phrase";
import { splitName } from "./sentence";
import { SentenceError } from "./sentence-error";
import { type ToolSentences, readSentences } from "./sentences";
import { thingPhrase } from "./thing-phrase";
import { readName } from "./tool-name";
import {
  LONGEST_DESCRIPTION,
  type ChoiceSlot,
  type CommandTool,
  type Slot,
  type ToolParameters,
  stateSlotOf,
} from "./tool-schema";
import { bareLevelPhrase, levelPhrase, placesOf, spanPhrase, timePhrase } from "./value-phrases";
import { type VerbPhrases, isNamedState, verbPhrases } from "./verb-phrases";

/** How one tool is asked for, by its schema: the parts from which grammar and understanding make whole sentences. */
export interface Command extends ToolParameters, VerbPhrases {
  /** The tool's name. */
  readonly tool: string;
  /** "the kitchen light", "the light in the kitchen"; null when the verb is the whole command. */
  readonly object: Phrase | null;
  /** "What time is it", "wake me up"; null where nothing is said of the thing without its name. */
  readonly idiom: Phrase | null;
  /** A number after the object: "to fifty percent". */
  readonly level: Phrase | null;
  /** "Fifty percent"; null where there is not one number alone. */
  readonly bareLevel: Phrase | null;
  /** "Ten minutes"; null where no argument is a span of time. */
  readonly span: Phrase | null;
  /** "Seven thirty"; null where no argument is a time of day. */
  readonly time: Phrase | null;
  /** Free text, last. */
  readonly text: Phrase | null;
  /** True when the tool's name names a thing. */
  readonly hasName: boolean;
  /** True when a command must name the thing: its verb says too little ("what is the …"). */
  readonly nameRequired: boolean;
}

/** Above so many kinds of parts their orders are not listed but left free, else the grammar explodes. */
const MOST_LISTED_PARTS = 3;

/** Tools past this bound are left out of the command set: the recogniser's work grows with every one. */
const MOST_TOOLS = 128;

/** A tool with sentences of its own. */
export interface WrittenCommand extends ToolParameters {
  /** The tool's name. */
  readonly tool: string;
  /** All that can be said. */
  readonly sentences: Phrase;
}

/**
 * The command in this language for each function tool; tools of other kinds, tools without a name and those with a
 * mistake in their sentences are left out. Where sentences were written, only these are heard.
 */
export function commandsOf(
  tools: readonly CommandTool[],
  language: Language,
): readonly (Command | WrittenCommand)[] {
  const all = tools.slice(0, MOST_TOOLS).flatMap((definition) => {
    const { name: tool, type = "function" } = definition;
    if (type !== "function" || tool === undefined) return [];
    const sentences = sentencesOf(definition, language);
    return sentences === undefined ? [] : [{ tool, definition, ...sentences }];
  });
  const home = new HomeWords(
    all.map(({ parameters, tool }) => ({ tool, slots: parameters.slots })),
    language,
  );
  return all.flatMap(
    ({ definition, parameters, phrase, tool }): readonly (Command | WrittenCommand)[] => {
      if (phrase !== null) return [{ ...parameters, tool, sentences: phrase }];
      const command = derivedCommand(tool, parameters, definition, home, language);
      return command === undefined ? [] : [command];
    },
  );
}

function sentencesOf(definition: CommandTool, language: Language): ToolSentences | undefined {
  try {
    return readSentences(definition, language);
  } catch (error) {
    if (error instanceof SentenceError) return undefined;
    throw error;
  }
}

function derivedCommand(
  tool: string,
  parameters: ToolParameters,
  definition: CommandTool,
  home: HomeWords,
  language: Language,
): Command | undefined {
  const { slots } = parameters;
  const description = (definition.description ?? "").slice(0, LONGEST_DESCRIPTION);
  const stateSlot = stateSlotOf(slots);
  const name = readName(splitName(tool, language), slots, stateSlot, language);
  if (name === undefined) return undefined;

  const { thing } = name;
  const places = placesOf(slots, stateSlot, language);
  const parts =
    thing.length === 0
      ? places
      : [thingPhrase(thing, home.otherNames(thing), slots, description, language), ...places];
  const text = textPhrase(slots, thing, language);
  return {
    ...parameters,
    ...verbPhrases(name, slots, stateSlot, description, home, language),
    tool,
    object: parts.length === 0 ? null : objectPhrase(parts, slots, stateSlot, language),
    idiom: idiomPhrase(name, slots, places, language),
    level: levelPhrase(slots, stateSlot, thing, language),
    bareLevel: bareLevelPhrase(slots, language),
    span: spanPhrase(slots, language),
    time: timePhrase(slots, language),
    text,
    hasName: thing.length > 0,
    nameRequired:
      thing.length > 0 &&
      (name.action === "get" ||
        (text !== null && ["set", "add", "create", "remove"].includes(name.action))),
  };
}

/** The parts in any order, each at most once, with small words between them. */
function objectPhrase(
  parts: readonly Phrase[],
  slots: readonly Slot[],
  stateSlot: ChoiceSlot | undefined,
  { commands }: Language,
): Phrase {
  const { article, belonging, filler, firstFiller } = commands;
  const labels = slots.flatMap((slot): readonly Phrase[] => {
    if (slot.label.length === 0) return [];
    const label = words(...slot.label);
    if (slot.kind === "number" || (slot === stateSlot && isNamedState(stateSlot, commands)))
      return [{ kind: "topic", topic: slot.parameter, of: label }];
    return slot.kind === "choice" && slot.isManner ? [label] : [];
  });
  const start =
    labels.length === 0 ? [] : [optional(sequence(article, choice(...labels), belonging))];
  const inOrders =
    parts.length > MOST_LISTED_PARTS
      ? sequence(
          firstFiller,
          choice(...parts),
          optional({ kind: "repeat", of: sequence(filler, choice(...parts)) }),
        )
      : sequence(firstFiller, ordersOf(parts, filler));
  const object = sequence(...start, inOrders);
  if (labels.length === 0) return object;
  // "Set the temperature to …" of a thermostat.
  const label: Phrase = { kind: "name", of: choice(...labels) };
  return choice(object, sequence(article, label));
}

function ordersOf(parts: readonly Phrase[], between: Phrase): Phrase {
  return choice(
    ...parts.map((part) => {
      const others = parts.filter((other) => other !== part);
      if (others.length === 0) return part;
      return sequence(part, optional(sequence(between, ordersOf(others, between))));
    }),
  );
}

/** The first required text takes what is left of a sentence; an optional one only what is quoted. */
function textPhrase(
  slots: readonly Slot[],
  thing: readonly string[],
  { commands }: Language,
): Phrase | null {
  const texts = slots.filter((slot) => slot.kind === "text");
  const slot = texts.find(({ required }) => required) ?? texts[0];
  if (slot === undefined) return null;
  const { parameter, length, required } = slot;
  const notAlone = new Set(thing);
  collectWords(commands.textFiller, notAlone);
  const quotedOnly = !required;
  return sequence(commands.textFiller, { kind: "text", parameter, length, quotedOnly, notAlone });
}
