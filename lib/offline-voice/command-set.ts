import type { Language, State } from "./language";
import { type Phrase, anyOf, choice, optional, saying, sequence, words } from "./phrase";
import { splitName } from "./sentence";
import { SentenceError } from "./sentence-error";
import { type ToolSentences, readSentences } from "./sentences";
import {
  LONGEST_DESCRIPTION,
  type CommandTool,
  type Slot,
  type SlotValue,
  type ToolParameters,
} from "./tool-schema";

/** How one tool is asked for, by its schema: the parts from which grammar and understanding make whole sentences. */
export interface Command extends ToolParameters {
  /** The tool's name. */
  readonly tool: string;
  /** "turn on", "set" */
  readonly verbs: Phrase;
  /** "the kitchen light", "the light in the kitchen"; null when the verb is the whole command. */
  readonly object: Phrase | null;
  /** Verb and particle, or verb and state, around the object: "turn … on", "set … to open". */
  readonly around: { readonly lead: Phrase; readonly end: Phrase } | null;
  /** A number after the object: "to fifty percent". */
  readonly level: Phrase | null;
  /** Free text, last. */
  readonly text: Phrase | null;
  /** What an action means here: parameter and value, or null when there is nothing to set. */
  readonly actions: ReadonlyMap<string, readonly [parameter: string, value: unknown] | null>;
  /** True when the tool's name names a thing. */
  readonly hasName: boolean;
  /** True when a command must name the thing: its verb says too little ("what is the …"). */
  readonly nameRequired: boolean;
}

type ChoiceSlot = Extract<Slot, { kind: "choice" }>;

/** Above so many kinds of parts their orders are not listed but left free, else the grammar explodes. */
const MOST_LISTED_PARTS = 3;

/** Tools past these bounds are left out of the command set: the recogniser's work grows with every one. */
export const MOST_TOOLS = 128;
export const MOST_VALUES = 400;

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
  return tools.slice(0, MOST_TOOLS).flatMap((tool) => {
    if ((tool.type ?? "function") !== "function" || tool.name === undefined) return [];
    const command = commandOf(tool.name, tool, language);
    return command === undefined ? [] : [command];
  });
}

function commandOf(
  tool: string,
  definition: CommandTool,
  language: Language,
): Command | WrittenCommand | undefined {
  const sentences = sentencesOf(definition, language);
  if (sentences === undefined) return undefined;
  const { parameters, phrase } = sentences;
  if (phrase !== null) return { ...parameters, tool, sentences: phrase };
  return derivedCommand(tool, parameters, definition, language);
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
  language: Language,
): Command | undefined {
  const { slots } = parameters;
  const description = (definition.description ?? "").slice(0, LONGEST_DESCRIPTION);
  const stateSlot = slots.find(isStateSlot);
  const name = readName(splitName(tool, language), slots, stateSlot, language);
  if (name === undefined) return undefined;

  const parts = [
    ...(name.thing.length === 0 ? [] : [thingPhrase(name.thing, slots, description, language)]),
    ...slots.filter((slot) => slot !== stateSlot).flatMap(choicePhrase),
  ];
  const text = textPhrase(slots, language);
  return {
    ...parameters,
    ...verbPhrases(name, slots, stateSlot, description, language),
    tool,
    object: parts.length === 0 ? null : objectPhrase(parts, slots, language),
    level: levelPhrase(slots, stateSlot, language),
    text,
    hasName: name.thing.length > 0,
    nameRequired:
      name.thing.length > 0 &&
      (name.action === "get" ||
        (text !== null && ["set", "add", "create", "remove"].includes(name.action))),
  };
}

/** True for a parameter that verbs set: "turn on", "open". */
function isStateSlot(slot: Slot): slot is ChoiceSlot {
  return (
    slot.kind === "choice" &&
    slot.values.some(({ state }) => state !== null && state.verbs.length > 0)
  );
}

interface ToolName {
  readonly action: string;
  /** The verbs that the name gives, null when it is the name of a thing alone. */
  readonly verbs: readonly string[];
  readonly state: State | null;
  /** Words of the thing: "garage" of `openGarage`. */
  readonly thing: readonly string[];
}

function readName(
  name: readonly string[],
  slots: readonly Slot[],
  stateSlot: Slot | undefined,
  { commands }: Language,
): ToolName | undefined {
  const { activatingVerbs, isVerb, settingVerbs, stateNamed, verbsLike } = commands;
  const [first, ...rest] = name;
  if (first === undefined) return undefined;
  const ofState = (
    length: number,
    state: State | undefined,
    thing: readonly string[],
  ): ToolName[] =>
    state === undefined || length > name.length
      ? []
      : [{ action: state.key, verbs: [], state, thing }];
  const [stated] = [
    ...ofState(2, stateNamed(name.slice(0, 2)), name.slice(2)),
    ...ofState(1, stateNamed([first]), rest),
    // "garage_door_open"
    ...ofState(3, stateNamed(name.slice(-2)), name.slice(0, -2)),
    ...ofState(2, stateNamed(name.slice(-1)), name.slice(0, -1)),
  ];
  if (stated !== undefined && stateSlot === undefined) return stated;

  const isThingOnly =
    stateSlot !== undefined ||
    slots.some((slot) => slot.kind === "choice" || slot.kind === "number");
  if (isVerb(first) || (!isThingOnly && slots.length > 0) || (rest.length === 0 && !isThingOnly)) {
    return { ...verbsLike(first), state: null, thing: rest };
  }
  if (isThingOnly) return { ...settingVerbs, state: null, thing: stated?.thing ?? name };
  // Nothing tells whether the first word is a verb ("vacuum_floor") or not ("movie_mode"): both are heard.
  return {
    action: activatingVerbs.action,
    verbs: [...activatingVerbs.verbs, first],
    state: null,
    thing: name,
  };
}

/** "garage", "garages", and with the description "Opens the garage door" also "garage door". */
function thingPhrase(
  name: readonly string[],
  slots: readonly Slot[],
  description: string,
  language: Language,
): Phrase {
  const { commands, spelling } = language;
  // "light brightness" with a parameter "brightness" is the light.
  const labels = new Set(slots.flatMap((slot) => (slot.label.length === 1 ? slot.label : [])));
  const withoutLabels = name.filter((word) => !labels.has(word));
  const names = [name, ...(withoutLabels.length === 0 ? [] : [withoutLabels])];
  const described = splitName(description.toLowerCase(), language);
  const alternatives = new Map<string, readonly string[]>();
  for (const list of names) {
    for (let start = 0; start < list.length; start++) {
      const suffix = list.slice(start);
      const last = suffix.at(-1) ?? "";
      const variants = commands.isCountable(last) ? spelling.singularAndPlural(last) : [last];
      for (const plain of variants) {
        // Names of tools have no accents; what describes them may have.
        const variant =
          described.find((word) => spelling.bare(word) === spelling.bare(plain)) ?? plain;
        const spelled = [...suffix.slice(0, -1), variant];
        alternatives.set(spelled.join(" "), spelled);
        described.forEach((word, index) => {
          if (word !== variant) return;
          const next = described[index + 1] ?? "";
          if (commands.canBePartOfName(next))
            alternatives.set([...spelled, next].join(" "), [...spelled, next]);
        });
      }
    }
  }
  return { kind: "name", of: choice(...[...alternatives.values()].map((list) => words(...list))) };
}

function choicePhrase(slot: Slot): readonly Phrase[] {
  if (slot.kind !== "choice") return [];
  const values = slot.values.slice(0, MOST_VALUES).map((value) => valuePhrase(slot, value));
  return values.length === 0 ? [] : [choice(...values)];
}

/** Numbers come after the object; after them a place may still be named: "… to twenty degrees in the office". */
function levelPhrase(
  slots: readonly Slot[],
  stateSlot: Slot | undefined,
  { commands, numbers: numberWords }: Language,
): Phrase | null {
  const { labelFiller, numberFiller, placeFiller } = commands;
  const numbers = slots.flatMap((slot) => {
    if (slot.kind !== "number") return [];
    const { parameter, range, units, label } = slot;
    const number: Phrase = { kind: "number", parameter, range, spoken: numberWords.spoken(range) };
    const lead = choice(
      numberFiller,
      sequence(labelFiller, words(...label), optional(numberFiller)),
    );
    return [sequence(lead, number, optional(anyOf(...units)))];
  });
  if (numbers.length === 0) return null;
  const level = choice(...numbers);
  const levels: Phrase = numbers.length === 1 ? level : { kind: "repeat", of: level };
  const places = slots.filter((slot) => slot !== stateSlot).flatMap(choicePhrase);
  if (places.length === 0) return levels;
  return sequence(levels, optional(sequence(placeFiller, choice(...places))));
}

function valuePhrase(slot: ChoiceSlot, { value, spellings, state }: SlotValue): Phrase {
  const { parameter, label } = slot;
  const assign = (of: Phrase): Phrase => ({ kind: "assign", parameter, value, of });
  if (spellings.length === 0) {
    // True and false without a verb: a bare "yes" says nothing about which parameter.
    return assign(sequence(words(...label), anyOf(...(state?.words ?? []))));
  }
  const spelled = choice(...spellings.map((list) => words(...list)));
  // "living" of a parameter "room" is said "living room".
  const repeatsLabel = spellings.some((list) => list.at(-1) === label.at(-1));
  return assign(
    repeatsLabel || label.length === 0 ? spelled : sequence(spelled, optional(words(...label))),
  );
}

/** The parts in any order, each at most once, with small words between them. */
function objectPhrase(
  parts: readonly Phrase[],
  slots: readonly Slot[],
  { commands }: Language,
): Phrase {
  const { article, belonging, filler, firstFiller } = commands;
  const labels = slots.flatMap((slot) =>
    slot.kind === "number" && slot.label.length > 0 ? [words(...slot.label)] : [],
  );
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
  return sequence(...start, inOrders);
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

type VerbPhrases = Pick<Command, "verbs" | "around" | "actions">;

function verbPhrases(
  name: ToolName,
  slots: readonly Slot[],
  stateSlot: ChoiceSlot | undefined,
  description: string,
  { commands }: Language,
): VerbPhrases {
  const { settingVerbs, stateFiller } = commands;
  const before: Phrase[] = [];
  const leads = new Set<string>();
  const ends: Phrase[] = [];
  const actions = new Map<string, readonly [string, unknown] | null>();

  const addState = (state: State, assign: (phrase: Phrase) => Phrase): void => {
    const marked = (of: Phrase): Phrase => assign({ kind: "action", action: state.key, of });
    const full = state.verbs.map(({ lead, particle }) =>
      particle === null ? lead : `${lead} ${particle}`,
    );
    if (full.length > 0) before.push(marked(anyOf(...full)));
    for (const { lead, particle } of state.verbs) if (particle !== null) leads.add(lead);
  };

  if (name.state !== null) {
    const { state } = name;
    addState(state, (phrase) => phrase);
    actions.set(state.key, null);
    const particles = new Set(state.verbs.flatMap(({ particle }) => particle ?? []));
    if (particles.size > 0) {
      ends.push({ kind: "action", action: state.key, of: anyOf(...particles) });
    }
  } else {
    if (name.verbs.length > 0) {
      before.push({ kind: "action", action: name.action, of: anyOf(...name.verbs) });
    }
    actions.set(name.action, null);
  }

  if (stateSlot !== undefined) {
    const { parameter } = stateSlot;
    for (const { value, state, spellings } of stateSlot.values) {
      const assign = (of: Phrase): Phrase => ({ kind: "assign", parameter, value, of });
      const spelled = new Set(spellings.map((list) => list.join(" ")));
      if (state !== null) {
        addState(state, assign);
        actions.set(state.key, [parameter, value]);
        for (const word of state.words) spelled.add(word);
      }
      const end = choice(...[...spelled].map(saying));
      ends.push(assign(state === null ? end : { kind: "action", action: state.key, of: end }));
    }
    for (const verb of settingVerbs.verbs) leads.add(verb);
  }

  // Where there is something to set besides a state: "set … to fifty percent", "dim … to twenty".
  const settable = slots.some((slot) => slot !== stateSlot && slot.kind === "number");
  if (settable && name.action !== "get" && name.state === null) {
    const about = `${description} ${slots.map(({ parameter }) => parameter).join(" ")}`;
    const verbs = [...settingVerbs.verbs, ...commands.dimmingVerbs(about)];
    before.push({ kind: "action", action: settingVerbs.action, of: anyOf(...verbs) });
    actions.set(settingVerbs.action, null);
  }
  return {
    verbs: choice(...before),
    around:
      leads.size === 0 || ends.length === 0
        ? null
        : { lead: anyOf(...leads), end: sequence(stateFiller, choice(...ends)) },
    actions,
  };
}

/** The first required text takes what is left of a sentence; an optional one only what is quoted. */
function textPhrase(slots: readonly Slot[], { commands }: Language): Phrase | null {
  const texts = slots.filter((slot) => slot.kind === "text");
  const slot = texts.find(({ required }) => required) ?? texts[0];
  if (slot === undefined) return null;
  const { parameter, length, required } = slot;
  return sequence(commands.textFiller, { kind: "text", parameter, length, quotedOnly: !required });
}
