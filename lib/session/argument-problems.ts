import type { ErrorObject } from "ajv";
import { shortened } from "../protocol/problem";

/** What is wrong with the arguments of a call. */
export interface ArgumentProblems {
  /** One line each, with the path of the argument: for a model that tries again. */
  readonly problems: readonly string[];
  /** The same in plain sentences, which may be read out. */
  readonly message: string;
}

/** Problems told at most. */
const PROBLEM_LIMIT = 8;

/** Names told of a path at most. */
const DEPTH_LIMIT = 20;

/** Choices named in a sentence at most: nobody listens to thirty rooms. */
const CHOICE_LIMIT = 6;

/** A problem with the arguments as a whole, such as "not valid JSON". */
export function wholeProblem(problem: string): ArgumentProblems {
  return { problems: [`parameters: ${problem}`], message: `The parameters are ${problem}.` };
}

/**
 * What a schema's validator found.
 *
 * @param room the parameter that is the room where the user is, if the tool has one
 * @param choicesOf the values that a parameter may have; empty for any
 */
export function problemsOf(
  errors: readonly ErrorObject[],
  room: string | undefined,
  choicesOf: (parameter: string) => readonly unknown[],
): ArgumentProblems {
  const told = errors.slice(0, PROBLEM_LIMIT);
  return {
    problems: told.map((error) => asLine(error, room)),
    message: told.map((error) => asSentence(error, room, choicesOf)).join(" "),
  };
}

/** What keeps a schema from being one, of what a validator of schemas found: the first of it, as a line. */
export function schemaProblem([error]: readonly ErrorObject[]): string {
  return error === undefined ? "is no JSON Schema" : asLine(error, undefined);
}

/** One problem as a line such as `room: must be one of "kitchen", "office"`. */
function asLine(error: ErrorObject, room: string | undefined): string {
  const { instancePath, keyword, message, params } = error;
  const where = instancePath === "" ? "parameters" : namesIn(instancePath).join(".");
  switch (keyword) {
    case "required": {
      const hint = isRoomMissing(error, room) ? ", and the user is in no room that it can be" : "";
      return `${where}: "${String(params["missingProperty"])}" is missing${hint}`;
    }
    case "additionalProperties":
      return `${where}: "${shortened(String(params["additionalProperty"]))}" is not a parameter of this tool`;
    case "enum":
      return `${where}: must be one of ${JSON.stringify(params["allowedValues"]).slice(1, -1)}`;
    default:
      return `${where}: ${message ?? "is not valid"}`;
  }
}

function asSentence(
  error: ErrorObject,
  room: string | undefined,
  choicesOf: (parameter: string) => readonly unknown[],
): string {
  const { instancePath, keyword, message, params } = error;
  const what = instancePath === "" ? "call" : spoken(namesIn(instancePath).join(" "));
  switch (keyword) {
    case "required": {
      const missing = String(params["missingProperty"]);
      if (!isRoomMissing(error, room)) return `The ${spoken(missing)} is missing.`;
      const choices = choicesOf(missing);
      const among = choices.length === 0 ? "" : `: ${listed(choices)}`;
      return `It is not clear which ${spoken(missing)} is meant${among}.`;
    }
    case "additionalProperties":
      return `There is no parameter ${spoken(shortened(String(params["additionalProperty"])))}.`;
    case "enum":
      return `The ${what} must be ${listed(params["allowedValues"] as readonly unknown[])}.`;
    default:
      return `The ${what} ${message ?? "is not valid"}.`;
  }
}

/** The names on the way to a value; the model may have made up any. */
function namesIn(instancePath: string): readonly string[] {
  return instancePath
    .split("/")
    .slice(1, 1 + DEPTH_LIMIT)
    .map(shortened);
}

function isRoomMissing({ instancePath, params }: ErrorObject, room: string | undefined): boolean {
  return instancePath === "" && params["missingProperty"] === room;
}

/** "kitchen, office or living room". */
function listed(choices: readonly unknown[]): string {
  const named = choices.slice(0, CHOICE_LIMIT).map((choice) => spoken(String(choice)));
  if (choices.length > CHOICE_LIMIT) return `one of ${named.join(", ")} and others`;
  const last = named.pop() ?? "";
  return named.length === 0 ? last : `${named.join(", ")} or ${last}`;
}

/** A name, a path or a value as words. */
function spoken(name: string): string {
  return name.replaceAll(/[/_\s]+/g, " ").trim();
}
