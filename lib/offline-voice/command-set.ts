import type { Language, State } from "./language";
import {
  type Phrase,
  anyOf,
  choice,
  collectWords,
  optional,
  saying,
  sequence,
  words,
} from "./phrase";
import { splitName } from "./sentence";
import { SentenceError } from "./sentence-error";
import { type ToolSentences, readSentences } from "./sentences";
import { thingPhrase } from "./thing-phrase";
import {
  LONGEST_DESCRIPTION,
  type CommandTool,
  type Slot,
  type ToolParameters,
} from "./tool-schema";
import {
  bareLevelPhrase,
  levelPhrase,
  placesOf,
  spanPhrase,
  timePhrase,
  withPlace,
} from "./value-phrases";

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
  /** "Fifty percent"; null where there is not one number alone. */
  readonly bareLevel: Phrase | null;
  /** "Ten minutes"; null where no argument is a span of time. */
  readonly span: Phrase | null;
  /** "Seven thirty"; null where no argument is a time of day. */
  readonly time: Phrase | null;
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
    ...placesOf(slots, stateSlot, language),
  ];
  const text = textPhrase(slots, name.thing, language);
  return {
    ...parameters,
    ...verbPhrases(name, slots, stateSlot, description, language),
    tool,
    object: parts.length === 0 ? null : objectPhrase(parts, slots, stateSlot, language),
    level: levelPhrase(slots, stateSlot, name.thing, language),
    bareLevel: bareLevelPhrase(slots, language),
    span: spanPhrase(slots, language),
    time: timePhrase(slots, language),
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
  // A "vacuum" that can be started is a thing.
  const isThing = stateSlot !== undefined && rest.length === 0 && verbsLike(first).action === first;
  if (
    (isVerb(first) && !isThing) ||
    (!isThingOnly && slots.length > 0) ||
    (rest.length === 0 && !isThingOnly)
  ) {
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

/** True for a state such as "mode": its parameter's name is said, as "on" of a switch is not. */
function isNamedState({ label }: ChoiceSlot, { stateNamed }: Language["commands"]): boolean {
  return stateNamed(label) === undefined;
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

/** What a tool with a span of time does when it may be a timer. */
const TIMER_ACTIONS: ReadonlySet<string> = new Set(["set", "start", "create"]);

type VerbPhrases = Pick<Command, "verbs" | "around" | "actions">;

function verbPhrases(
  name: ToolName,
  slots: readonly Slot[],
  stateSlot: ChoiceSlot | undefined,
  description: string,
  language: Language,
): VerbPhrases {
  const { commands } = language;
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

  // "Set a timer" is "start a timer".
  const isTimed = slots.some((slot) => slot.kind === "number" && slot.unitMinutes !== null);
  const action = name.state?.key ?? name.action;
  if (isTimed && stateSlot === undefined && TIMER_ACTIONS.has(action))
    before.push({ kind: "action", action, of: anyOf(...commands.timerVerbs) });

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
      // "Dock the vacuum"
      if (state === null) before.push(assign(end));
      ends.push(assign(state === null ? end : { kind: "action", action: state.key, of: end }));
    }
    for (const verb of settingVerbs.verbs) leads.add(verb);
  }

  if (name.action !== "get" && name.state === null) {
    // Where there is something to set besides a state: "set … to fifty percent", "dim … to twenty".
    const numbers = slots.filter((slot) => slot.kind === "number");
    const manners = slots.filter(
      (slot) => slot.kind === "choice" && slot.isManner && slot !== stateSlot,
    );
    if (numbers.length + manners.length > 0) {
      const about = [...name.thing, description, ...slots.map(({ parameter }) => parameter)].join(
        " ",
      );
      const ofLevels = numbers.length === 0 ? [] : commands.levelVerbs(about);
      const verbs = [...settingVerbs.verbs, ...ofLevels];
      before.push({ kind: "action", action: settingVerbs.action, of: anyOf(...verbs) });
      actions.set(settingVerbs.action, null);
    }
    const { close, open } = commands.opening;
    const openings = numbers.flatMap(({ opening, parameter }) =>
      opening === null
        ? []
        : [
            { state: open, parameter, number: opening.open },
            { state: close, parameter, number: opening.closed },
          ],
    );
    for (const { state, parameter, number } of openings) {
      if (actions.has(state.key)) continue;
      // No assignment: "open the blinds to fifty percent" says another number.
      addState(state, (phrase) => phrase);
      actions.set(state.key, [parameter, number]);
    }
  }
  const stateLabel =
    stateSlot !== undefined && stateSlot.label.length > 0 && isNamedState(stateSlot, commands)
      ? [optional(words(...stateSlot.label))]
      : [];
  return {
    verbs: choice(...before),
    around:
      leads.size === 0 || ends.length === 0
        ? null
        : {
            lead: anyOf(...leads),
            end: withPlace(
              sequence(...stateLabel, stateFiller, choice(...ends), ...stateLabel),
              slots,
              stateSlot,
              language,
            ),
          },
    actions,
  };
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
