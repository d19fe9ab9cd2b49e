import { betaAudioFormats } from "./beta-session";
import { isObject, memberAt, type Members, withMember, withoutMember } from "./members";

/**
 * The two shapes of settings: flat in the beta dialect, nested in the GA one. They occur in
 * sessions, in responses and in the parameters of `response.create`.
 *
 * Values that have no form on the other side stay where they are when they come from beta (servers
 * mix both shapes and invent values), and are dropped and named on the way to beta, whose servers
 * refuse what they do not know.
 */

interface Move {
  readonly beta: string;
  readonly ga: readonly string[];
  /** Whether null is a value of its own (off), and not just "nothing here". */
  readonly nullMeansOff?: boolean;
  /** The GA form of a value; undefined when it has none. Unchanged when left out. */
  readonly toGa?: (value: unknown) => unknown;
  /** The beta form of a value; undefined when it has none. Unchanged when left out. */
  readonly toBeta?: (value: unknown) => unknown;
}

const modalities: Move = {
  beta: "modalities",
  ga: ["output_modalities"],
  toGa: modalitiesToGa,
  toBeta: modalitiesToBeta,
};
const voice: Move = { beta: "voice", ga: ["audio", "output", "voice"] };
const outputFormat: Move = {
  beta: "output_audio_format",
  ga: ["audio", "output", "format"],
  toGa: formatToGa,
  toBeta: formatToBeta,
};
const maxOutputTokens: Move = { beta: "max_response_output_tokens", ga: ["max_output_tokens"] };
const inputMoves: readonly Move[] = [
  {
    beta: "input_audio_format",
    ga: ["audio", "input", "format"],
    toGa: formatToGa,
    toBeta: formatToBeta,
  },
  {
    beta: "input_audio_transcription",
    ga: ["audio", "input", "transcription"],
    nullMeansOff: true,
  },
  {
    beta: "input_audio_noise_reduction",
    ga: ["audio", "input", "noise_reduction"],
    nullMeansOff: true,
  },
  {
    beta: "turn_detection",
    ga: ["audio", "input", "turn_detection"],
    nullMeansOff: true,
    toGa: turnDetectionToGa,
  },
];

/** How one kind of settings differs between the dialects. */
export interface Shape {
  readonly moves: readonly Move[];
  /** Members and paths that only the beta dialect has. */
  readonly betaOnly: readonly string[];
  /** Paths that only the GA dialect has. */
  readonly gaOnly: readonly (readonly string[])[];
}

const inputGaOnly = [
  ["audio", "input", "noise_reduction", "strength"],
  ["audio", "input", "turn_detection", "idle_timeout_ms"],
  ["audio", "input", "transcription", "languages"],
  ["audio", "input", "transcription", "keywords"],
  ["audio", "input", "transcription", "delay"],
];

export const realtimeSessionShape: Shape = {
  moves: [
    modalities,
    voice,
    { beta: "speed", ga: ["audio", "output", "speed"] },
    outputFormat,
    maxOutputTokens,
    ...inputMoves,
  ],
  betaOnly: ["temperature", "client_secret"],
  gaOnly: [
    ["parallel_tool_calls"],
    ["reasoning"],
    ["truncation"],
    ["prompt"],
    ["include"],
    ...inputGaOnly,
  ],
};

export const transcriptionSessionShape: Shape = {
  moves: inputMoves,
  betaOnly: ["modalities", "client_secret"],
  gaOnly: inputGaOnly,
};

export const responseShape: Shape = {
  moves: [modalities, voice, outputFormat],
  betaOnly: ["temperature"],
  gaOnly: [],
};

export const responseCreateShape: Shape = {
  moves: [modalities, voice, outputFormat, maxOutputTokens],
  betaOnly: ["temperature"],
  gaOnly: [["parallel_tool_calls"], ["reasoning"], ["prompt"]],
};

/**
 * Settings in the GA shape. `dropped` receives the paths of members that GA does not have, each
 * after `path`. Returns the same object when nothing changes.
 */
export function nest(flat: Members, shape: Shape, path: string, dropped: string[]): Members {
  let result = flat;
  for (const { beta, ga, nullMeansOff, toGa } of shape.moves) {
    if (!Object.hasOwn(flat, beta)) continue;
    const value = flat[beta];
    const converted = toGa ? toGa(value) : value;
    if (converted === undefined || (value === null && !nullMeansOff)) continue;
    // Where a server sends both forms, the nested one is the one that holds.
    if (memberAt(result, ga) !== undefined || !canHold(result, ga)) continue;
    result = withMember(withoutMember(result, [beta]), ga, converted);
  }
  for (const name of shape.betaOnly) result = drop(result, [name], path, dropped);
  return result;
}

/**
 * Settings in the beta shape. `dropped` receives the paths of members that beta does not have, each
 * after `path`. Returns the same object when nothing changes.
 */
export function flatten(nested: Members, shape: Shape, path: string, dropped: string[]): Members {
  let result = nested;
  for (const gaPath of shape.gaOnly) result = drop(result, gaPath, path, dropped);
  for (const { beta, ga, toBeta } of shape.moves) {
    const value = memberAt(result, ga);
    if (value === undefined || Object.hasOwn(result, beta)) continue;
    const converted = toBeta ? toBeta(value) : value;
    if (converted === undefined) {
      result = drop(result, ga, path, dropped);
    } else {
      result = { ...withoutMember(result, ga), [beta]: converted };
    }
  }
  return result;
}

/** Removes a member and names it, if it is there. */
export function drop(
  object: Members,
  path: readonly string[],
  under: string,
  dropped: string[],
): Members {
  const result = withoutMember(object, path);
  if (result !== object) dropped.push([under, ...path].join("."));
  return result;
}

/** Whether the objects on the way to a path are objects or absent. */
function canHold(object: Members, path: readonly string[]): boolean {
  return path.slice(0, -1).every((_name, index) => {
    const holder = memberAt(object, path.slice(0, index + 1));
    return holder === undefined || isObject(holder);
  });
}

function modalitiesToGa(value: unknown): unknown {
  if (!Array.isArray(value)) return undefined;
  // Audio always brings its transcript along; GA knows one or the other, never both.
  if (value.includes("audio")) return ["audio"];
  return value;
}

function modalitiesToBeta(value: unknown): unknown {
  if (Array.isArray(value) && value.length === 1 && value[0] === "audio") return ["text", "audio"];
  return value;
}

function formatToGa(value: unknown): unknown {
  if (isObject(value)) return value;
  switch (value) {
    case "pcm16":
    case "g711_ulaw":
    case "g711_alaw":
      return { ...betaAudioFormats[value] };
    default:
      return undefined;
  }
}

function formatToBeta(value: unknown): unknown {
  if (!isObject(value)) return undefined;
  const { type, rate } = value;
  switch (type) {
    case "audio/pcm":
      return rate === undefined || rate === 24000 ? "pcm16" : undefined;
    case "audio/pcmu":
      return "g711_ulaw";
    case "audio/pcma":
      return "g711_alaw";
    default:
      return undefined;
  }
}

/** Some servers say "off" with a type of null. */
function turnDetectionToGa(value: unknown): unknown {
  return isObject(value) && value["type"] === null ? null : value;
}
