import { type State, booleanStates, isCountable, stateNamed } from "./english";
import type { NumberRange, TextLength } from "./phrase";
import { singularAndPlural, splitName } from "./sentence";

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
    | { readonly kind: "choice"; readonly values: readonly SlotValue[] }
    | {
        readonly kind: "number";
        readonly range: NumberRange;
        readonly units: readonly string[];
        /** Minutes in its unit, where that is one of time. */
        readonly unitMinutes: number | null;
      }
    /** A time of day: `format` "time". */
    | { readonly kind: "time" }
    | { readonly kind: "text"; readonly length: TextLength }
  );

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

/** How a description may be searched for words: lower case, signs as spaces. */
function searchable(description: unknown): string {
  return text(description)
    .toLowerCase()
    .replaceAll(/[^a-z%]+/g, " ")
    .trim();
}

/** Reads a tool's JSON Schema. What it cannot make sense of is left out: such a parameter is not heard. */
export function readParameters(tool: CommandTool): ToolParameters {
  const schema = isRecord(tool.parameters) ? tool.parameters : {};
  const properties = isRecord(schema["properties"]) ? schema["properties"] : {};
  const listed: readonly unknown[] = Array.isArray(schema["required"]) ? schema["required"] : [];
  const required = listed.filter((name): name is string => typeof name === "string");
  const toolHints = [splitName(tool.name ?? "").join(" "), searchable(tool.description)];

  const slots: Slot[] = [];
  const implied = new Map<string, unknown>();
  for (const [parameter, member] of Object.entries(properties)) {
    if (!isRecord(member)) continue;
    const constant = impliedValue(member);
    if (constant !== undefined) implied.set(parameter, constant);
    const head = {
      parameter,
      label: splitName(parameter),
      required: required.includes(parameter),
    };
    const slot = readSlot(head, member, toolHints);
    if (slot !== undefined) slots.push(slot);
  }
  return { slots, required, implied };
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
): Slot | undefined {
  if (Array.isArray(schema["enum"])) {
    return { ...head, kind: "choice", values: choices(schema["enum"]) };
  }
  switch (typeOf(schema)) {
    case "boolean": {
      const hints = [head.label.join(" "), searchable(schema["description"]), ...toolHints];
      return { ...head, kind: "choice", values: booleanValues(hints) };
    }
    case "integer":
    case "number": {
      const told = `${head.label.join(" ")} ${searchable(schema["description"])}`;
      return {
        ...head,
        kind: "number",
        range: readRange(schema),
        units: unitsOf(told),
        unitMinutes: unitMinutesOf(told),
      };
    }
    case "array": {
      const { items } = schema;
      if (!isRecord(items) || !Array.isArray(items["enum"])) return undefined;
      const values = choices(items["enum"]);
      return {
        ...head,
        kind: "choice",
        values: values.map((each) => ({ ...each, value: [each.value] })),
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

function choices(list: readonly unknown[]): readonly SlotValue[] {
  return list.flatMap((value) => {
    if (!["string", "number", "boolean"].includes(typeof value)) return [];
    const spelling = splitName(String(value));
    const last = spelling.at(-1);
    if (last === undefined) return [];
    const state = stateNamed(spelling) ?? null;
    const lasts = isCountable(last) ? singularAndPlural(last) : [last];
    return [{ value, spellings: lasts.map((each) => [...spelling.slice(0, -1), each]), state }];
  });
}

function booleanValues(hints: readonly string[]): readonly SlotValue[] {
  const { whenTrue, whenFalse } = booleanStates(hints);
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

const UNITS: readonly { readonly words: RegExp; readonly units: readonly string[] }[] = [
  { words: /%|percent|brightness|volume|level/, units: ["percent"] },
  { words: /degree|temperature|celsius|fahrenheit/, units: ["degrees", "degree", "degrees celsius", "degrees fahrenheit"] },
  { words: /minute/, units: ["minutes", "minute"] },
  { words: /\bsecond/, units: ["seconds", "second"] },
  { words: /\bhours?\b/, units: ["hours", "hour"] },
]; // prettier-ignore

/** Units that may follow the number. A unit that the parameter does not have would change the meaning. */
function unitsOf(description: string): readonly string[] {
  const named = UNITS.filter(({ words }) => words.test(description));
  if (named.length === 0) return ["percent", "degrees"];
  return named.flatMap(({ units }) => units);
}

/** The smallest unit of time that is named. */
function unitMinutesOf(description: string): number | null {
  if (/\bseconds?\b/.test(description)) return 1 / 60;
  if (/minutes?\b/.test(description)) return 1;
  return /\bhours?\b/.test(description) ? 60 : null;
}
