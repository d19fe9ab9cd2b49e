import { join } from "node:path";
import type { RealtimeSession, ToolDefinition } from "../../../lib/index";
import type { Connect } from "./client";

type Library = typeof import("../../../lib/index");

/** The library as it is published: the bench measures the build. */
export function library(): Library {
  return require(join(__dirname, "../../../dist/lib/index.js")) as Library;
}

/** The tools of a home: all its sessions have the same. */
const TOOLS: readonly ToolDefinition[] = [
  {
    name: "set_light",
    deadlineMs: 10_000,
    onDeadline: "error",
    description: "Turns the light of a room on or off",
    parameters: {
      type: "object",
      properties: { room: { type: "string" }, on: { type: "boolean" } },
      required: ["room", "on"],
    },
  },
  {
    name: "get_temperature",
    deadlineMs: 10_000,
    onDeadline: "error",
    description: "Tells how warm a room is",
    parameters: { type: "object", properties: { room: { type: "string" } } },
  },
];

/** A session with what a session node gives it: settings, tools, the conversation kept. */
export function makeSession(url: string, name: string): RealtimeSession {
  const { RealtimeSession, endpointTarget } = library();
  return new RealtimeSession({
    // Not an arrow function: tsx gives each a name of its own, which takes a quarter of a KiB.
    target: endpointTarget.bind(
      undefined,
      { kind: "built-in", url },
      { kind: "model", model: name },
    ),
    settings: {
      type: "realtime",
      instructions: "You are the voice of a home. Answer in a sentence or two.",
      audio: { input: { transcription: { model: "whisper-1" } } },
    },
    tools: TOOLS,
  });
}

export const connect: Connect = async (url, name, onEvent) => {
  const session = makeSession(url, name);
  session.on("event", (event, { source }) => {
    if (source === "server") onEvent(event);
  });
  session.on("error", (error) => console.error(`${name}: ${error.code}: ${error.message}`));
  await session.connect();
  return {
    append: (audio) => {
      void session.send({ type: "input_audio_buffer.append", audio });
    },
    close: () => session.close(),
  };
};
