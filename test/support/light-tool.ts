import type { ToolDefinition } from "../../lib/index";

/** A tool that the built-in server calls when it is asked for a light. */
export const lightTool: ToolDefinition = {
  name: "set_light",
  description: "Turns a light on or off",
  parameters: {
    type: "object",
    properties: {
      room: { type: "string", enum: ["kitchen", "bedroom"] },
      on: { type: "boolean" },
    },
    required: ["room", "on"],
  },
  deadlineMs: 60_000,
  onDeadline: "No answer.",
};
