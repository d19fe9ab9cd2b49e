import { RealtimeError } from "../lib/index";

/** What the fields of a form hold, as the members of a settings object. */

/**
 * What the functions here read a field of. Its value is mostly a text; a field that names a variable
 * of a tab or of a subflow holds whatever that variable is.
 */
type FormWith<Name extends string> = { readonly [Field in Name]?: unknown };

/** The number in a field; undefined for an empty one. `NaN` is left to the protocol's validator. */
export function numberOf(text: string | number | undefined): number | undefined {
  return text === undefined || String(text).trim() === "" ? undefined : Number(text);
}

/**
 * The number in a field that has limits; undefined for an empty one.
 *
 * @throws RealtimeError `invalid_settings`, naming the field: a value from the environment passes
 *   every validator of the form.
 */
export function numberWithin<Name extends string>(
  form: { readonly [Field in Name]?: string | number },
  name: Name,
  {
    least = 0,
    most,
    isWhole = false,
  }: { readonly least?: number; readonly most: number; readonly isWhole?: boolean },
): number | undefined {
  const value = numberOf(form[name]);
  if (value === undefined) return undefined;
  if (value >= least && value <= most && (!isWhole || Number.isInteger(value))) return value;
  const kind = isWhole ? "whole number" : "number";
  throw new RealtimeError(
    "invalid_settings",
    `${name} must be a ${kind} from ${least} to ${most}`,
    {
      param: name,
    },
  );
}

/**
 * The text in a field, with all its spaces and lines; "" for an empty one.
 *
 * @throws RealtimeError `invalid_settings`, naming the field.
 */
export function wholeTextOf<Name extends string>(form: FormWith<Name>, name: Name): string {
  const value = form[name];
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw mustBe(name, "a text");
}

/** The same without the spaces around it; undefined for an empty one. */
export function textOf<Name extends string>(form: FormWith<Name>, name: Name): string | undefined {
  return wholeTextOf(form, name).trim() || undefined;
}

/**
 * What is chosen in a field; undefined where it leaves the matter as it is: empty, or "leave".
 *
 * @throws RealtimeError `invalid_settings`, naming the field and its choices: a flow that was written
 *   by hand may hold any other.
 */
export function choiceOf<Name extends string, Choice extends string>(
  form: FormWith<Name>,
  name: Name,
  choices: readonly Choice[],
): Choice | undefined {
  const value: unknown = form[name];
  if (value === undefined || value === null || value === "" || value === "leave") return undefined;
  const known = choices.find((choice) => choice === value);
  if (known !== undefined) return known;
  throw mustBe(name, `one of ${choices.join(", ")}`);
}

/** The same for a field whose choices are "true" and "false". */
export function booleanOf<Name extends string>(
  form: FormWith<Name>,
  name: Name,
): boolean | undefined {
  const value: unknown = form[name];
  if (typeof value === "boolean") return value;
  const choice = choiceOf(form, name, ["true", "false"]);
  return choice === undefined ? undefined : choice === "true";
}

/**
 * The texts of a field that separates them by commas, or that is a list; undefined where it holds
 * none.
 *
 * @throws RealtimeError `invalid_settings`, naming the field.
 */
export function listOf<Name extends string>(
  form: FormWith<Name>,
  name: Name,
): string[] | undefined {
  const value: unknown = form[name];
  if (Array.isArray(value)) {
    const texts = value.filter((each) => typeof each === "string");
    if (texts.length < value.length) throw mustBe(name, "a list of texts");
    return texts.length === 0 ? undefined : texts;
  }
  if (typeof value === "object" && value !== null) throw mustBe(name, "a list of texts");
  const texts = wholeTextOf(form, name)
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
  return texts.length === 0 ? undefined : texts;
}

/**
 * The rows of a list in a form; none for an empty field.
 *
 * @throws RealtimeError `invalid_settings`, naming the field.
 */
export function rowsOf<Name extends string, Row extends object>(
  form: { readonly [Field in Name]?: readonly Row[] },
  name: Name,
): readonly Row[] {
  const rows = form[name];
  // Whatever its type says, a field may name a variable.
  const value: unknown = rows ?? "";
  if (value === "") return [];
  if (rows !== undefined && Array.isArray(value) && value.every(isObject)) return rows;
  throw mustBe(name, "a list");
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

/** The JSON in a field as a text; undefined for an empty one. It is not checked. */
export function jsonTextOf<Name extends string>(
  form: FormWith<Name>,
  name: Name,
): string | undefined {
  const value: unknown = form[name];
  if (typeof value === "object" && value !== null) return JSON.stringify(value);
  return textOf(form, name);
}

/**
 * The JSON in a field; undefined for an empty one. What is no JSON comes back as the text that it
 * is: the protocol's validator says that it should be an object.
 */
export function jsonOf<Name extends string>(form: FormWith<Name>, name: Name): unknown {
  const text = jsonTextOf(form, name);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function mustBe(name: string, what: string): RealtimeError {
  return new RealtimeError("invalid_settings", `${name} must be ${what}`, { param: name });
}

type Present<Value> = { [Name in keyof Value]: Exclude<Value[Name], undefined> };

/** The members that are not undefined. */
export function present<Value extends object>(value: Value): Present<Value> {
  return Object.fromEntries(
    Object.entries(value).filter(([, member]) => member !== undefined),
  ) as Present<Value>;
}

/** As `present`; undefined where nothing is left. */
export function unlessEmpty<Value extends object>(value: {
  [Name in keyof Value]?: Value[Name] | undefined;
}): Value | undefined {
  const members = present(value);
  return Object.keys(members).length === 0 ? undefined : (members as Value);
}
