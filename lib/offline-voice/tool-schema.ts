import type { Language, State } from "./language";
import { fits, type NumberRange, type TextLength } from "./phrase";
import { splitName } from "./sentence";

/** The members of a function tool that matter here; `parameters` is a JSON Schema of an object. */
export interface CommandTool {
  readonly type?: string | undefined;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly parameters?: unknown;
}

/** A value that a sentence can name. */
export interface SlotValue {
  /** As it goes into the arguments, in the schema's spelling. */
  readonly value: unknown;
  /** Ways to say it, each a list of words. */
  readonly spellings: readonly (readonly string[])[];
  readonly state: State | null;
}

/** A parameter that a sentence can fill. */
export type Slot = SlotHead &
  (
    | {
        readonly kind: "choice";
        readonly values: readonly SlotValue[];
        /** True for what tells how a thing is to be while it is on, such as its colour. */
        readonly isManner: boolean;
      }
    | {
        readonly kind: "number";
        readonly range: NumberRange;
        readonly units: readonly string[];
        /** True for what is told in percent. */
        readonly isLevel: boolean;
        /** True for what tells by how much something changes. */
        readonly isChange: boolean;
        /** Minutes in its unit, where that is one of time. */
        readonly unitMinutes: number | null;
        /** At which numbers a thing is open and closed, where a description says it. */
        readonly opening: Opening | null;
      }
    /** A time of day: `format` "time". */
    | { readonly kind: "time" }
    | { readonly kind: "text"; readonly length: TextLength }
  );

export type ChoiceSlot = Extract<Slot, { kind: "choice" }>;

/** The first parameter that verbs set: "turn on", "open". */
export function stateSlotOf(slots: readonly Slot[]): ChoiceSlot | undefined {
  return slots
    .filter((slot) => slot.kind === "choice")
    .find(({ values }) => values.some(({ state }) => state !== null && state.verbs.length > 0));
}

/** Numbers of a parameter, one of which is its minimum and the other its maximum. */
export interface Opening {
  readonly open: number;
  readonly closed: number;
}

/** How a value is called when the user is told of it. */
export function nameOf({ spellings, state }: SlotValue): string {
  return spellings[0]?.join(" ") ?? state?.words[0] ?? "";
}

/** True for a value of another parameter of the same name that can be this one's too. */
export function accepts(slot: Slot, value: unknown): boolean {
  switch (slot.kind) {
    case "choice":
      return slot.values.some((each) => each.value === value);
    case "number":
      return typeof value === "number" && fits(value, slot.range);
    case "time":
    case "text":
      return false;
  }
}

interface SlotHead {
  readonly parameter: string;
  /** The parameter's name in words. */
  readonly label: readonly string[];
  readonly required: boolean;
}

export interface ToolParameters {
  readonly slots: readonly Slot[];
  /** Names of all required parameters, those included that no sentence can fill. */
  readonly required: readonly string[];
  /** Values for required parameters that need not be said: a constant, an only choice, a default. */
  readonly implied: ReadonlyMap<string, unknown>;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** The one type besides null. */
function typeOf(schema: Readonly<Record<string, unknown>>): string {
  const { type } = schema;
  if (Array.isArray(type)) return text(type.find((each) => each !== "null"));
  return text(type);
}

/** Of a longer description the beginning is searched, characters: some searches take its square. */
export const LONGEST_DESCRIPTION = 2_000;

/** The beginning of a text in lower case, without accents. */
function plainText(told: unknown): string {
  return text(told)
    .slice(0, LONGEST_DESCRIPTION)
    .normalize("NFKD")
    .replaceAll(/\p{Mark}/gu, "")
    .toLowerCase();
}

/** How a text may be searched for words: as plain text, signs and numbers as spaces. */
export function searchable(told: unknown): string {
  return plainText(told)
    .replaceAll(/[^a-z%]+/g, " ")
    .trim();
}

/**
 * Reads a tool's JSON Schema for what can be said of it in a language. What it cannot make sense of is
 * left out: such a parameter is not heard.
 */
export function readParameters(tool: CommandTool, language: Language): ToolParameters {
  const schema = isRecord(tool.parameters) ? tool.parameters : {};
  const properties = isRecord(schema["properties"]) ? schema["properties"] : {};
  const listed: readonly unknown[] = Array.isArray(schema["required"]) ? schema["required"] : [];
  const required = listed.filter((name): name is string => typeof name === "string");
  const toolHints = [
    searchable(splitName(tool.name ?? "", language).join(" ")),
    searchable(tool.description),
  ];

  const slots: Slot[] = [];
  const implied = new Map<string, unknown>();
  for (const [parameter, member] of Object.entries(properties)) {
    if (!isRecord(member)) continue;
    const constant = impliedValue(member);
    if (constant !== undefined) implied.set(parameter, constant);
    const head = {
      parameter,
      label: splitName(parameter, language),
      required: required.includes(parameter),
    };
    const slot = readSlot(head, member, toolHints, language);
    if (slot !== undefined) slots.push(slot);
  }
  return { slots: withOpening(slots, tool.description, language), required, implied };
}

/** What a tool's description says of the number that is open is meant of its only one. */
function withOpening(
  slots: readonly Slot[],
  description: unknown,
  language: Language,
): readonly Slot[] {
  if (slots.filter(({ kind }) => kind === "number").length !== 1) return slots;
  return slots.map((slot) =>
    slot.kind === "number" && slot.opening === null
      ? { ...slot, opening: openingIn(description, slot.range, language) }
      : slot,
  );
}

function impliedValue(schema: Readonly<Record<string, unknown>>): unknown {
  if (schema["const"] !== undefined) return schema["const"];
  const choices: unknown = schema["enum"];
  if (Array.isArray(choices) && choices.length === 1) return choices[0];
  return schema["default"];
}

function readSlot(
  head: SlotHead,
  schema: Readonly<Record<string, unknown>>,
  toolHints: readonly string[],
  language: Language,
): Slot | undefined {
  const isManner = language.commands.manner.test(searchable(head.label.join(" ")));
  if (Array.isArray(schema["enum"])) {
    return { ...head, kind: "choice", values: choices(schema["enum"], language), isManner };
  }
  switch (typeOf(schema)) {
    case "boolean": {
      const hints = [
        searchable(head.label.join(" ")),
        searchable(schema["description"]),
        ...toolHints,
      ];
      return { ...head, kind: "choice", values: booleanValues(hints, language), isManner };
    }
    case "integer":
    case "number": {
      const told = searchable(`${head.label.join(" ")} ${text(schema["description"])}`);
      const range = readRange(schema);
      return {
        ...head,
        kind: "number",
        range,
        units: unitsOf(told, language),
        isLevel: language.units.level.test(told),
        isChange: language.units.change.test(told),
        unitMinutes: unitMinutesOf(told, language),
        opening: openingIn(schema["description"], range, language),
      };
    }
    case "array": {
      const { items } = schema;
      if (!isRecord(items) || !Array.isArray(items["enum"])) return undefined;
      const values = choices(items["enum"], language);
      return {
        ...head,
        kind: "choice",
        values: values.map((each) => ({ ...each, value: [each.value] })),
        isManner,
      };
    }
    case "string":
      if (schema["format"] === "time") return { ...head, kind: "time" };
      // What must have a form cannot be taken from the words of a sentence.
      if (schema["pattern"] !== undefined || schema["format"] !== undefined) return undefined;
      return {
        ...head,
        kind: "text",
        length: {
          minimum: number(schema["minLength"]) ?? 1,
          maximum: number(schema["maxLength"]) ?? Infinity,
        },
      };
    default:
      return undefined;
  }
}

function choices(list: readonly unknown[], language: Language): readonly SlotValue[] {
  return withoutArticles(namedChoices(list, language), language);
}

/** "Milk" is "some milk" too, where it is nothing else. */
function withoutArticles(
  values: readonly SlotValue[],
  { commands }: Language,
): readonly SlotValue[] {
  const texts = values.flatMap(({ spellings }) => spellings.map((list) => list.join(" ")));
  const shortened = (list: readonly string[]): readonly string[] => {
    const text = list.join(" ");
    const article = commands.articles.find((each) => text.startsWith(`${each} `));
    return article === undefined ? list : list.slice(article.split(" ").length);
  };
  const all = values.flatMap(({ spellings }) => spellings.map((list) => shortened(list).join(" ")));
  return values.map((each) => {
    const further = each.spellings.map(shortened).filter((list) => {
      const text = list.join(" ");
      return !texts.includes(text) && all.indexOf(text) === all.lastIndexOf(text);
    });
    return { ...each, spellings: [...each.spellings, ...further] };
  });
}

function namedChoices(list: readonly unknown[], language: Language): readonly SlotValue[] {
  const { commands, spelling } = language;
  return list.flatMap((value) => {
    if (!["string", "number", "boolean"].includes(typeof value)) return [];
    const named = splitName(String(value), language);
    const last = named.at(-1);
    if (last === undefined) return [];
    const state = commands.stateNamed(named) ?? null;
    const lasts = commands.isCountable(last) ? spelling.singularAndPlural(last) : [last];
    return [{ value, spellings: lasts.map((each) => [...named.slice(0, -1), each]), state }];
  });
}

function booleanValues(hints: readonly string[], { commands }: Language): readonly SlotValue[] {
  const { whenTrue, whenFalse } = commands.booleanStates(hints);
  return [
    { value: true, spellings: [], state: whenTrue },
    { value: false, spellings: [], state: whenFalse },
  ];
}

function readRange(schema: Readonly<Record<string, unknown>>): NumberRange {
  const integer = typeOf(schema) === "integer";
  // The next value that is allowed; for fractions near enough for anything that is said.
  const step = integer ? 1 : 1e-9;
  const above = number(schema["exclusiveMinimum"]);
  const below = number(schema["exclusiveMaximum"]);
  return {
    minimum: number(schema["minimum"]) ?? (above === undefined ? -Infinity : above + step),
    maximum: number(schema["maximum"]) ?? (below === undefined ? Infinity : below - step),
    integer,
    multipleOf: number(schema["multipleOf"]) ?? null,
  };
}

/** "0 is closed and 100 is open"; null where no text says so, or texts say both. */
function openingIn(
  told: unknown,
  { minimum, maximum }: NumberRange,
  { commands }: Language,
): Opening | null {
  if (!Number.isFinite(minimum) || !Number.isFinite(maximum)) return null;
  const { openWords, closedWords, links } = commands.opening;
  const plain = plainText(told);
  const isSaid = (number: number, words: string): boolean => {
    const between = `[\\s%:=(-]*(?:(?:${links})\\s+)*`;
    const numberFirst = `(?<![\\d.,-])${number}(?![\\d.,]*\\d)${between}(?:${words})\\b`;
    const wordFirst = `\\b(?:${words})${between}${number}(?![\\d.,]*\\d)`;
    return new RegExp(`${numberFirst}|${wordFirst}`).test(plain);
  };
  const isUpward = isSaid(maximum, openWords) || isSaid(minimum, closedWords);
  const isDownward = isSaid(minimum, openWords) || isSaid(maximum, closedWords);
  if (isUpward === isDownward) return null;
  return isUpward ? { open: maximum, closed: minimum } : { open: minimum, closed: maximum };
}

/** Units that may follow the number. A unit that the parameter does not have would change the meaning. */
function unitsOf(description: string, { units }: Language): readonly string[] {
  const named = units.known.filter(({ words }) => words.test(description));
  return named.length === 0 ? units.usual : named.flatMap((each) => each.units);
}

/** The smallest unit of time that is named. */
function unitMinutesOf(description: string, { units }: Language): number | null {
  return units.ofTime.find(({ words }) => words.test(description))?.minutes ?? null;
}
