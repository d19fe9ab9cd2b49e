import type { ErrorObject } from "ajv";
import { isObject } from "./members";

/** One thing that is wrong with a value. */
export interface Problem {
  /** Where, as servers name it in `error.param`: `item.content[0].text`. */
  readonly path: string;
  /** A complete sentence: where, what came, what is allowed. */
  readonly message: string;
  /** The kind of what came, or a short value of an enum or number. Never a payload. */
  readonly received: string;
  /** What is allowed, in words; null where that cannot be said. */
  readonly allowed: string | null;
  readonly code:
    | "unknown_parameter"
    | "missing_required_parameter"
    | "invalid_value"
    | "invalid_type"
    | "unknown_event"
    | "too_large";
}

/** Says where a member of a name that is not known might belong; null when nothing comes near. */
export type Suggest = (path: string, name: string) => string | null;

/** ajv's errors (made with `verbose`) as problems, one for each path. */
export function problemsOf(
  errors: readonly ErrorObject[],
  root: string,
  suggest: Suggest,
): readonly Problem[] {
  const problems = new Map<string, Problem>();
  for (const error of errors) {
    // "if" only says that its "then" failed, which is reported by itself.
    if (error.keyword === "if") continue;
    const problem = problemOf(error, root, suggest);
    if (!problems.has(problem.path)) problems.set(problem.path, problem);
  }
  return [...problems.values()];
}

function problemOf(error: ErrorObject, root: string, suggest: Suggest): Problem {
  const path = pathOf(error.instancePath, root);
  const allowed = allowedIn(error.parentSchema);
  switch (error.keyword) {
    case "required": {
      const name = String(error.params["missingProperty"]);
      return missing(joined(path, name), allowedIn(memberSchema(error.parentSchema, name)));
    }
    case "additionalProperties": {
      const name = String(error.params["additionalProperty"]);
      const member = joined(path, shortened(name));
      const suggestion = suggest(path, name);
      return {
        path: member,
        message: suggestion
          ? `${member} is not known. Did you mean ${suggestion}?`
          : `${member} is not known.`,
        received: kindOf(isObject(error.data) ? error.data[name] : undefined),
        allowed: suggestion,
        code: "unknown_parameter",
      };
    }
    case "type":
      return wrong("invalid_type", path, kindOf(error.data), allowed);
    case "maxLength":
      return wrong("too_large", path, sized(error.data), allowed);
    case "maxItems":
    case "maxProperties":
      return wrong("invalid_value", path, sized(error.data), allowed);
    default:
      return wrong("invalid_value", path, shown(error.data), allowed);
  }
}

/** A member that must be there. */
export function missing(path: string, allowed: string | null): Problem {
  return {
    path,
    message: allowed ? `${path} is missing. It must be ${allowed}.` : `${path} is missing.`,
    received: "nothing",
    allowed,
    code: "missing_required_parameter",
  };
}

/** A member with a value that is not allowed. */
export function wrong(
  code: Problem["code"],
  path: string,
  received: string,
  allowed: string | null,
): Problem {
  const where = path === "" ? "The event" : path;
  const must = allowed ? `, but must be ${allowed}` : ", which is not allowed";
  return { path, message: `${where} is ${received}${must}.`, received, allowed, code };
}

/** What kind of value it is, with its article: "a text", "an array". */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "an array";
  return kindNames.get(typeof value) ?? `a ${typeof value}`;
}

const kindNames: ReadonlyMap<string, string> = new Map([
  ["string", "a text"],
  ["number", "a number"],
  ["boolean", "true or false"],
  ["object", "an object"],
]);

/** What kind of value it is and how much of it: "a text of 600 characters". */
export function sized(value: unknown): string {
  if (typeof value === "string") return `a text of ${value.length} characters`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (isObject(value)) return `an object of ${Object.keys(value).length} members`;
  return kindOf(value);
}

/** A number, or a text that looks like the value of an enum; for all else its kind. */
export function shown(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "string" && /^[\w./-]{1,32}$/.test(value)) return JSON.stringify(value);
  if (value === "") return "empty";
  return kindOf(value);
}

/** The path of a member of the object at `path`. */
export function joined(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

/** A JSON pointer as a path with dots and indices. */
function pathOf(pointer: string, root: string): string {
  let path = root;
  for (const token of pointer.split("/").slice(1)) {
    const name = token.replaceAll("~1", "/").replaceAll("~0", "~");
    path = /^\d+$/.test(name) ? `${path}[${name}]` : joined(path, shortened(name));
  }
  return path;
}

/** Names of members come from outside; one of any length would fill a log. */
export function shortened(name: string): string {
  return name.length > 64 ? `${name.slice(0, 64)}…` : name;
}

function allowedIn(schema: unknown): string | null {
  return isObject(schema) && typeof schema["allowed"] === "string" ? schema["allowed"] : null;
}

function memberSchema(schema: unknown, name: string): unknown {
  const members = isObject(schema) ? schema["properties"] : undefined;
  return isObject(members) && Object.hasOwn(members, name) ? members[name] : undefined;
}
