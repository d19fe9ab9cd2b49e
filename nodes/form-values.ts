import { RealtimeError } from "../lib/index";

/** What the fields of a form hold, as the members of a settings object. */

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

/** The text in a field without the spaces around it; undefined for an empty one. */
export function textOf(text: string | undefined): string | undefined {
  return text?.trim() || undefined;
}

export function booleanOf(text: "" | "true" | "false" | undefined): boolean | undefined {
  return text === "true" ? true : text === "false" ? false : undefined;
}

/** The texts of a field that separates them by commas; undefined where it holds none. */
export function listOf(text: string | undefined): string[] | undefined {
  const texts = (text ?? "")
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
  return texts.length === 0 ? undefined : texts;
}

/**
 * The JSON in a field; undefined for an empty one. What is no JSON comes back as the text that it
 * is: the protocol's validator says that it should be an object.
 */
export function jsonOf(text: string | undefined): unknown {
  if (textOf(text) === undefined) return undefined;
  try {
    return JSON.parse(text ?? "");
  } catch {
    return text;
  }
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
