import { RealtimeError } from "../protocol/errors";

type Schema = Readonly<Record<string, unknown>>;

/** What the model is told of a parameter that it may leave out. */
const HINT = "Leave it out for the room in which the user is.";

/**
 * The parameters of a tool as the model is told of them: the room may be left out.
 *
 * @throws RealtimeError `invalid_tool` when the tool has no such parameter.
 */
export function withOptionalRoom(parameters: Schema, room: string): Record<string, unknown> {
  const properties = recordOf(parameters["properties"]);
  const property = Object.hasOwn(properties, room) ? recordOf(properties[room]) : undefined;
  if (property === undefined) {
    throw new RealtimeError("invalid_tool", `The tool has no parameter "${room.slice(0, 64)}"`, {
      param: "roomArgument",
    });
  }
  const { description } = property;
  const told = typeof description === "string" && description !== "" ? `${description} ` : "";
  const required: unknown = parameters["required"];
  return {
    ...parameters,
    properties: { ...properties, [room]: { ...property, description: `${told}${HINT}` } },
    ...(Array.isArray(required) ? { required: required.filter((name) => name !== room) } : {}),
  };
}

/**
 * The value of the room's parameter in a session with this key: that of its choices which is spelled
 * alike but for case, spaces, hyphens and underscores; the key itself where the parameter has no
 * choices. Undefined when the key is no room.
 */
export function roomOf(parameters: Schema, room: string, key: string): unknown {
  const property = recordOf(recordOf(parameters["properties"])[room]);
  const choices: unknown = property["enum"];
  if (!Array.isArray(choices)) return key === DEFAULT_KEY ? undefined : key;
  return choices.find(
    (choice: unknown) => typeof choice === "string" && plain(choice) === plain(key),
  );
}

/** The key of sessions that nobody gave one. */
const DEFAULT_KEY = "default";

function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, " ")
    .trim();
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}
