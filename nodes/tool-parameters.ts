import { RealtimeError } from "../lib/index";

/** A parameter of a tool as its form lists it. */
export interface ToolParameter {
  name: string;
  type: "string" | "number" | "integer" | "boolean";
  /** What it may be, separated by commas; blank for anything of the type. */
  choices: string;
  required: boolean;
  /** Tells the model what to put there. */
  description: string;
}

/**
 * The JSON Schema of a list of parameters.
 *
 * @throws RealtimeError `invalid_tool` when two have the same name, or a choice is not of its type.
 */
export function parametersSchema(parameters: readonly ToolParameter[]): Record<string, unknown> {
  const properties = new Map<string, Record<string, unknown>>();
  for (const { name, type, choices, description } of parameters) {
    if (properties.has(name)) throw invalid(`There are two parameters "${name}"`);
    const allowed = choicesOf(choices ?? "").map((choice) => typed(choice, type, name));
    properties.set(name, {
      type,
      ...(description ? { description } : {}),
      ...(allowed.length > 0 ? { enum: allowed } : {}),
    });
  }
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    required: parameters.filter(({ required }) => required).map(({ name }) => name),
    additionalProperties: false,
  };
}

/**
 * A tool's parameters from the text of a JSON Schema; no parameters where it is blank.
 *
 * @throws RealtimeError `invalid_tool` when it is no JSON or no object.
 */
export function parseSchema(text: string): Record<string, unknown> {
  if (text.trim() === "") return parametersSchema([]);
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch {
    throw invalid("The JSON Schema is not valid JSON");
  }
  if (typeof schema === "object" && schema !== null && !Array.isArray(schema)) return { ...schema };
  throw invalid("The JSON Schema must be an object");
}

function choicesOf(text: string): readonly string[] {
  return text
    .split(",")
    .map((choice) => choice.trim())
    .filter((choice) => choice !== "");
}

function typed(choice: string, type: ToolParameter["type"], name: string): unknown {
  switch (type) {
    case "string":
      return choice;
    case "number":
    case "integer": {
      const number = Number(choice);
      if (Number.isFinite(number) && (type === "number" || Number.isInteger(number))) return number;
      throw invalid(`A choice of the parameter "${name}" is no ${type}`);
    }
    case "boolean":
      if (choice === "true" || choice === "false") return choice === "true";
      throw invalid(`A choice of the parameter "${name}" is neither true nor false`);
  }
}

function invalid(text: string): RealtimeError {
  return new RealtimeError("invalid_tool", text, { param: "parameters" });
}
