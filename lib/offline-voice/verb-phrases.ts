import type { HomeWords } from "./home-words";
import type { Language, State } from "./language";
import { type Phrase, anyOf, choice, optional, saying, sequence, words } from "./phrase";
import type { ToolName } from "./tool-name";
import type { ChoiceSlot, Slot } from "./tool-schema";
import { withPlace } from "./value-phrases";

/** How a tool is told what to do. */
export interface VerbPhrases {
  /** "turn on", "set" */
  readonly verbs: Phrase;
  /** Verb and particle, or verb and state, around the object: "turn … on", "set … to open". */
  readonly around: { readonly lead: Phrase; readonly end: Phrase } | null;
  /** What an action means here: parameter and value, or null when there is nothing to set. */
  readonly actions: ReadonlyMap<string, readonly [parameter: string, value: unknown] | null>;
}

/** What a tool with a span of time does when it may be a timer. */
const TIMER_ACTIONS: ReadonlySet<string> = new Set(["set", "start", "create"]);
/** What a tool does that ends a timer. */
const ENDING_ACTIONS: ReadonlySet<string> = new Set(["remove", "stop"]);

/** The verbs by which a tool is asked for, each once for what it does. */
export function verbPhrases(
  name: ToolName,
  slots: readonly Slot[],
  stateSlot: ChoiceSlot | undefined,
  description: string,
  home: HomeWords,
  language: Language,
): VerbPhrases {
  const { commands } = language;
  const { settingVerbs } = commands;
  const collected = new CollectedVerbs(commands);
  if (name.state !== null) collected.addStateOfName(name.state);
  else collected.addVerbs(name.action, name.verbs);

  const action = name.state?.key ?? name.action;
  // "Set a timer" is "start a timer", and "stop the timer" is "cancel the timer".
  const isTimed = slots.some((slot) => slot.kind === "number" && slot.unitMinutes !== null);
  if (isTimed && stateSlot === undefined && TIMER_ACTIONS.has(action))
    collected.addVerbs(action, commands.timerVerbs);
  const isEnded = commands.ended.test(name.thing.join(" "));
  if (isEnded && ENDING_ACTIONS.has(action) && home.isOnlyEnd(name.thing))
    collected.addVerbs(action, commands.endingVerbs);

  if (stateSlot !== undefined) collected.addStates(stateSlot);
  if (name.action !== "get" && name.state === null) {
    collected.addOpenings(openingsOf(name.thing, slots, commands));
    if (isSet(slots, stateSlot)) {
      const hasNumber = slots.some(({ kind }) => kind === "number");
      const about = [...name.thing, description, ...slots.map(({ parameter }) => parameter)];
      collected.addVerbs(settingVerbs.action, [
        ...settingVerbs.verbs,
        ...(hasNumber ? commands.levelVerbs(about.join(" ")) : []),
      ]);
    }
  }
  return collected.phrases(slots, stateSlot, language);
}

/** Where there is something to set besides a state: "set … to fifty percent", "make … red". */
function isSet(slots: readonly Slot[], stateSlot: ChoiceSlot | undefined): boolean {
  return slots.some(
    (slot) =>
      slot.kind === "number" || (slot.kind === "choice" && slot.isManner && slot !== stateSlot),
  );
}

class CollectedVerbs {
  readonly #commands: Language["commands"];
  /** "Turn on", "open" */
  readonly #states: Phrase[] = [];
  /** Other verbs, by what they do: one that stood twice would be followed twice by the recogniser. */
  readonly #verbs = new Map<string, Set<string>>();
  /** "Turn" of "turn … on" */
  readonly #leads = new Set<string>();
  readonly #ends: Phrase[] = [];
  readonly #actions = new Map<string, readonly [string, unknown] | null>();

  constructor(commands: Language["commands"]) {
    this.#commands = commands;
  }

  addVerbs(action: string, verbs: readonly string[]): void {
    this.#verbs.set(action, new Set([...(this.#verbs.get(action) ?? []), ...verbs]));
    if (!this.#actions.has(action)) this.#actions.set(action, null);
  }

  /** Of a tool that does one thing: "open_garage". */
  addStateOfName(state: State): void {
    this.#addState(state, null);
    const particles = new Set(state.verbs.flatMap(({ particle }) => particle ?? []));
    if (particles.size > 0) this.#ends.push(marked(state, anyOf(...particles)));
  }

  /** The values of a parameter that verbs set. */
  addStates({ parameter, values }: ChoiceSlot): void {
    for (const { value, state, spellings } of values) {
      const assign = (of: Phrase): Phrase => ({ kind: "assign", parameter, value, of });
      const spelled = new Set(spellings.map((list) => list.join(" ")));
      for (const word of state?.words ?? []) spelled.add(word);
      const end = choice(...[...spelled].map(saying));
      if (state !== null) this.#addState(state, [parameter, value], assign);
      // "Dock the vacuum"
      else this.#states.push(assign(end));
      this.#ends.push(assign(state === null ? end : marked(state, end)));
    }
    for (const verb of this.#commands.settingVerbs.verbs) this.#leads.add(verb);
  }

  addOpenings(openings: readonly Opening[]): void {
    for (const { state, parameter, number } of openings) {
      // No assignment: "open the blinds to fifty percent" says another number.
      if (!this.#actions.has(state.key)) this.#addState(state, [parameter, number]);
    }
  }

  #addState(
    state: State,
    meaning: readonly [string, unknown] | null,
    assign: (phrase: Phrase) => Phrase = (phrase) => phrase,
  ): void {
    const full = state.verbs.map(({ lead, particle }) =>
      particle === null ? lead : `${lead} ${particle}`,
    );
    if (full.length > 0) this.#states.push(assign(marked(state, anyOf(...full))));
    for (const { lead, particle } of state.verbs) if (particle !== null) this.#leads.add(lead);
    this.#actions.set(state.key, meaning);
  }

  phrases(
    slots: readonly Slot[],
    stateSlot: ChoiceSlot | undefined,
    language: Language,
  ): VerbPhrases {
    const verbs = [...this.#verbs].flatMap(([action, list]): readonly Phrase[] =>
      list.size === 0 ? [] : [{ kind: "action", action, of: anyOf(...list) }],
    );
    return {
      // States first: to "raise" blinds opens them before it sets a number.
      verbs: choice(...this.#states, ...verbs),
      around: this.#around(slots, stateSlot, language),
      actions: this.#actions,
    };
  }

  #around(
    slots: readonly Slot[],
    stateSlot: ChoiceSlot | undefined,
    language: Language,
  ): VerbPhrases["around"] {
    if (this.#leads.size === 0 || this.#ends.length === 0) return null;
    const label =
      stateSlot !== undefined &&
      stateSlot.label.length > 0 &&
      isNamedState(stateSlot, this.#commands)
        ? [optional(words(...stateSlot.label))]
        : [];
    const end = sequence(...label, this.#commands.stateFiller, choice(...this.#ends), ...label);
    return { lead: anyOf(...this.#leads), end: withPlace(end, slots, stateSlot, language) };
  }
}

function marked({ key }: State, of: Phrase): Phrase {
  return { kind: "action", action: key, of };
}

/** What opens or closes a thing, and to which number. */
interface Opening {
  readonly state: State;
  readonly parameter: string;
  readonly number: number;
}

/** "Open" and "close", "raise" and "lower", where a number says how far a thing is open. */
function openingsOf(
  thing: readonly string[],
  slots: readonly Slot[],
  { opening: { close, hanging, lower, open, raise } }: Language["commands"],
): readonly Opening[] {
  const isHanging = hanging.test(thing.join(" "));
  const upward = isHanging ? [open, raise] : [open];
  const downward = isHanging ? [close, lower] : [close];
  return slots.flatMap((slot) => {
    if (slot.kind !== "number" || slot.opening === null) return [];
    const { opening, parameter } = slot;
    return [
      ...upward.map((state) => ({ state, parameter, number: opening.open })),
      ...downward.map((state) => ({ state, parameter, number: opening.closed })),
    ];
  });
}

/** True for a state such as "mode": its parameter's name is said, as "on" of a switch is not. */
export function isNamedState({ label }: ChoiceSlot, { stateNamed }: Language["commands"]): boolean {
  return stateNamed(label) === undefined;
}
