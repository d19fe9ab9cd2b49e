import { RealtimeError } from "../protocol/errors";
import { membersIn, type Members } from "../protocol/members";
import { DEFAULT_KEY } from "./session-options";

/** What the model is told of a parameter that it may leave out. */
const HINT = "Leave it out for the room in which the user is.";

/**
 * The parameters of a tool as the model is told of them: the room may be left out.
 *
 * @throws RealtimeError `invalid_tool` when the tool has no such parameter.
 */
export function withOptionalRoom(parameters: Members, room: string): Record<string, unknown> {
  const properties = membersIn(parameters["properties"]);
  const property = Object.hasOwn(properties, room) ? membersIn(properties[room]) : undefined;
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
export function roomOf(parameters: Members, room: string, key: string): unknown {
  const choices = choicesOf(parameters, room);
  if (choices === undefined) return key === DEFAULT_KEY ? undefined : key;
  return choices.find((choice) => typeof choice === "string" && plain(choice) === plain(key));
}

/** The values that a parameter may have; undefined for any. */
export function choicesOf(parameters: Members, name: string): readonly unknown[] | undefined {
  const choices: unknown = membersIn(membersIn(parameters["properties"])[name])["enum"];
  return Array.isArray(choices) ? choices : undefined;
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, " ")
    .trim();
}
