import type { Strictness } from "../protocol/validate";
import type { DialectChoice } from "./endpoint-target";

/** What a session is for: its address names one of model, call and intent, never two of them. */
export type SessionPurpose =
  /** A conversation with a model; "" where the server has one only. */
  | { readonly kind: "model"; readonly model: string }
  /** The side of a phone or browser call that is going on elsewhere. */
  | { readonly kind: "call"; readonly callId: string }
  /** Words of what is said, and nothing else. `model`: for servers that ask for one. */
  | { readonly kind: "transcription"; readonly model?: string };

/** How a server is addressed. */
export type PresetAddress =
  | { readonly kind: "fixed"; readonly url: string }
  /** The name of an Azure resource, or the address of one. */
  | { readonly kind: "azure"; readonly path: string; readonly isPreview: boolean }
  /** An address that a person gives; `example` shows the server's own. */
  | { readonly kind: "own"; readonly example: string }
  /** Made when the server is started. */
  | { readonly kind: "built-in" };

/** A kind of server: what is known of it without asking. */
export interface Preset {
  readonly name: string;
  readonly address: PresetAddress;
  /** The header that carries the key; "Authorization" with "Bearer " before it. */
  readonly keyHeader: string;
  readonly needsKey: boolean;
  readonly needsModel: boolean;
  readonly dialect: DialectChoice;
  readonly strictness: Strictness;
  /** See `EndpointTarget.settingsAck`. */
  readonly settingsAck: "required" | "optional" | "none";
  /** Whether it learns of its model by each `session.update`: see `EndpointTarget.modelInUpdates`. */
  readonly takesModelInUpdates?: boolean;
  /** See `EndpointTarget.needsFormats`. */
  readonly needsFormats?: boolean;
  /** How long the first event may take, in ms. */
  readonly firstEventTimeoutMs: number;
  /** What it can be connected to for. */
  readonly purposes: readonly SessionPurpose["kind"][];
  /** Suggestions, never a closed list: servers get new ones faster than this package. */
  readonly models: readonly string[];
  readonly voices: readonly string[];
}

/** How long a server in the cloud may take to its first event, in ms. */
const CLOUD = 15_000;

/** The same of a server that may load its models first, in ms. */
const LOCAL = 120_000;

const OPENAI_VOICES = [
  "marin",
  "cedar",
  "alloy",
  "ash",
  "ballad",
  "coral",
  "echo",
  "sage",
  "shimmer",
  "verse",
];

const cloud = {
  keyHeader: "Authorization",
  needsKey: true,
  needsModel: true,
  dialect: "ga",
  strictness: "openai",
  settingsAck: "required",
  firstEventTimeoutMs: CLOUD,
  purposes: ["model", "call", "transcription"],
  models: [],
  voices: [],
} as const satisfies Partial<Preset>;

/** A server that speaks nearly the protocol, on a machine of one's own. */
const home = {
  keyHeader: "Authorization",
  needsKey: false,
  needsModel: false,
  dialect: "auto",
  strictness: "compatible",
  settingsAck: "optional",
  firstEventTimeoutMs: LOCAL,
  purposes: ["model", "transcription"],
  models: [],
  voices: [],
} as const satisfies Partial<Preset>;

/** The servers that are known by name. */
export const endpointPresets = {
  "built-in": {
    ...home,
    name: "Built-in",
    address: { kind: "built-in" },
    dialect: "ga",
    strictness: "openai",
    settingsAck: "required",
    voices: OPENAI_VOICES,
  },
  openai: {
    ...cloud,
    name: "OpenAI",
    address: { kind: "fixed", url: "wss://api.openai.com/v1/realtime" },
    models: ["gpt-realtime-2.1", "gpt-realtime-2.1-mini", "gpt-realtime-2", "gpt-realtime-1.5"],
    voices: OPENAI_VOICES,
  },
  azure: {
    ...cloud,
    name: "Azure OpenAI",
    address: { kind: "azure", path: "/openai/v1/realtime", isPreview: false },
    keyHeader: "api-key",
    voices: OPENAI_VOICES,
  },
  "azure-preview": {
    ...cloud,
    name: "Azure OpenAI (preview)",
    address: { kind: "azure", path: "/openai/realtime", isPreview: true },
    keyHeader: "api-key",
    dialect: "beta",
    strictness: "compatible",
    purposes: ["model"],
    voices: ["alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse"],
  },
  xai: {
    ...cloud,
    name: "xAI",
    address: { kind: "fixed", url: "wss://api.x.ai/v1/realtime" },
    strictness: "compatible",
    settingsAck: "optional",
    purposes: ["model"],
    models: ["grok-voice-latest"],
  },
  localai: {
    ...home,
    name: "LocalAI",
    address: { kind: "own", example: "ws://localhost:8080/v1/realtime" },
    needsModel: true,
    dialect: "ga",
  },
  speaches: {
    ...home,
    name: "Speaches",
    address: { kind: "own", example: "ws://localhost:8000/v1/realtime" },
    needsModel: true,
    dialect: "beta",
  },
  vllm: {
    ...home,
    name: "vLLM",
    address: { kind: "own", example: "ws://localhost:8000/v1/realtime" },
    settingsAck: "none",
    takesModelInUpdates: true,
    purposes: ["transcription"],
  },
  huggingface: {
    ...home,
    name: "Hugging Face speech-to-speech",
    address: { kind: "own", example: "ws://localhost:8765/v1/realtime" },
    dialect: "ga",
    // Both ways it takes 16 kHz for granted.
    needsFormats: true,
    purposes: ["model"],
  },
  compatible: {
    ...home,
    name: "Compatible",
    address: { kind: "own", example: "wss://host/v1/realtime" },
    purposes: ["model", "call", "transcription"],
  },
} as const satisfies Readonly<Record<string, Preset>>;

/** The name of a server that is known. */
export type PresetName = keyof typeof endpointPresets;

/** Whether a text names a server of `endpointPresets`. */
export function isPresetName(name: string): name is PresetName {
  return Object.hasOwn(endpointPresets, name);
}
