import { isDeepStrictEqual } from "node:util";
import { type LanguageCode, languageCodes } from "../offline-voice/language";
import { languageCodeOf } from "../offline-voice/languages";
import type { AudioFormat, Voice } from "../protocol/audio-format";
import type { NoiseReduction, TranscriptionSettings, TurnDetection } from "../protocol/audio-input";
import type {
  RealtimeSessionSettings,
  SessionObject,
  SessionSettings,
  TranscriptionSessionSettings,
} from "../protocol/session-settings";
import { SENTENCES_KEYWORD, type Tool } from "../protocol/tools";
import { refusal } from "./errors";
import { problemOfSentences } from "./sentences";
import { encodingOf, formatOf } from "./wire-audio";

/**
 * The silence that ends a turn where the session says nothing. OpenAI's server waits 500 ms; a command
 * is shorter than a talk, and is to be carried out within 600 ms of its last sound.
 */
export const DEFAULT_SILENCE_MS = 350;

/** How sure the server is that it hears speech, 0 to 1, where the session says nothing. */
export const DEFAULT_THRESHOLD = 0.5;

/** Audio before the speech that belongs to a turn, ms, where the session says nothing. */
export const DEFAULT_PADDING_MS = 300;

/** `audio.input` with every member. */
export interface AudioInputSettings {
  readonly format: AudioFormat;
  readonly transcription: TranscriptionSettings | null;
  readonly noise_reduction: NoiseReduction | null;
  readonly turn_detection: TurnDetection | null;
}

/** Settings of a talk: as a client may set them, with every member that has a default. */
export type TalkSettings = Readonly<
  Omit<RealtimeSessionSettings, "audio" | "include" | "tools" | "output_modalities">
> & {
  readonly model: string;
  readonly instructions: string;
  readonly output_modalities: ("audio" | "text")[];
  readonly tools: Tool[];
  readonly audio: {
    readonly input: AudioInputSettings;
    readonly output: {
      readonly format: AudioFormat;
      readonly voice: Voice;
      readonly speed: number;
    };
  };
  readonly include: NonNullable<RealtimeSessionSettings["include"]> | null;
};

/** Settings of a session that only transcribes. */
export interface DictationSettings {
  readonly type: "transcription";
  readonly audio: { readonly input: AudioInputSettings };
  readonly include: NonNullable<TranscriptionSessionSettings["include"]> | null;
}

export type Settings = TalkSettings | DictationSettings;

const defaultInput: AudioInputSettings = {
  format: formatOf("audio/pcm"),
  transcription: null,
  noise_reduction: null,
  turn_detection: completeTurnDetection({ type: "server_vad" }),
};

/** What a new talk begins with: OpenAI's defaults. */
export function initialTalk(model: string): TalkSettings {
  return {
    type: "realtime",
    model,
    output_modalities: ["audio"],
    instructions: "",
    tools: [],
    tool_choice: "auto",
    max_output_tokens: "inf",
    tracing: null,
    truncation: "auto",
    prompt: null,
    audio: {
      input: defaultInput,
      output: { format: formatOf("audio/pcm"), voice: "alloy", speed: 1 },
    },
    include: null,
  };
}

/** What a new transcription session begins with. */
export function initialDictation(): DictationSettings {
  return { type: "transcription", audio: { input: defaultInput }, include: null };
}

/** The session as its events show it. `expiresAt` in Unix seconds. */
export function sessionObject(settings: Settings, id: string, expiresAt: number): SessionObject {
  switch (settings.type) {
    case "realtime":
      return { object: "realtime.session", id, expires_at: expiresAt, ...settings };
    case "transcription":
      return { object: "realtime.transcription_session", id, expires_at: expiresAt, ...settings };
  }
}

/**
 * The settings after a `session.update`: members that are present replace theirs, null clears, all
 * others stay. Throws a refusal, and then nothing has changed. `audioSent`: the session has spoken.
 */
export function updated(
  settings: Settings,
  change: SessionSettings,
  { audioSent }: { audioSent: boolean },
): Settings {
  switch (settings.type) {
    case "realtime":
      if (change.type === "realtime") return updatedTalk(settings, change, audioSent);
      break;
    case "transcription":
      if (change.type === "transcription") return updatedDictation(settings, change);
      break;
  }
  const message = `The type of a session cannot be changed; this one is "${settings.type}".`;
  throw refusal("invalid_value", message, "session.type");
}

function updatedTalk(
  settings: TalkSettings,
  change: RealtimeSessionSettings,
  audioSent: boolean,
): TalkSettings {
  const { audio, model, ...rest } = change;
  if (model !== undefined && model !== settings.model) {
    throw refusal("invalid_value", "The model of a session cannot be changed.", "session.model");
  }
  if (
    settings.tracing !== null &&
    !isDeepStrictEqual(change.tracing ?? settings.tracing, settings.tracing)
  ) {
    const message = "Tracing cannot be changed once it is enabled.";
    throw refusal("invalid_value", message, "session.tracing");
  }
  if (change.prompt !== undefined && change.prompt !== null) {
    throw refusal("invalid_value", "This server has no stored prompts.", "session.prompt");
  }
  refuseMcp(change.tools ?? [], "session.tools");
  const input = updatedInput(settings.audio.input, audio?.input);
  refuseWrongSentences(change.tools ?? [], "session.tools", languageOf(input));
  const voice = audio?.output?.voice;
  if (audioSent && voice !== undefined && !isDeepStrictEqual(voice, settings.audio.output.voice)) {
    const message = "Cannot update a conversation's voice if assistant audio is present.";
    throw refusal("cannot_update_voice", message, "session.audio.output.voice");
  }
  const output = { ...settings.audio.output, ...audio?.output };
  return {
    ...settings,
    ...rest,
    audio: {
      input,
      output: { ...output, format: formatOf(encodingOf(output.format)) },
    },
  };
}

function updatedDictation(
  settings: DictationSettings,
  change: TranscriptionSessionSettings,
): DictationSettings {
  const { audio, ...rest } = change;
  return {
    ...settings,
    ...rest,
    audio: { input: updatedInput(settings.audio.input, audio?.input) },
  };
}

type AudioInputChange = NonNullable<NonNullable<RealtimeSessionSettings["audio"]>["input"]>;

function updatedInput(
  input: AudioInputSettings,
  change: AudioInputChange | undefined,
): AudioInputSettings {
  if (change === undefined) return input;
  const { format, transcription, noise_reduction: noise, turn_detection: turns } = change;
  return {
    format: format === undefined ? input.format : formatOf(encodingOf(format)),
    transcription: heard(merged(input.transcription, transcription)),
    noise_reduction: merged(input.noise_reduction, noise),
    turn_detection:
      turns === undefined ? input.turn_detection : turned(input.turn_detection, turns),
  };
}

/** The language that the user is heard in: that of the transcription, English where it has none. */
export function languageOf({ transcription }: AudioInputSettings): LanguageCode {
  return languageCodeOf(transcription?.language) ?? "en";
}

/** Words of a language that the ears do not know would be taken for others. */
function heard(transcription: TranscriptionSettings | null): TranscriptionSettings | null {
  if (languageCodeOf(transcription?.language) !== undefined) return transcription;
  const known = languageCodes.map((code) => `"${code}"`).join(" and ");
  const message = `The language of the transcription is not one that this server hears; it hears ${known}.`;
  throw refusal("invalid_value", message, "session.audio.input.transcription.language");
}

function merged<T extends object>(current: T | null, change: T | null | undefined): T | null {
  if (change === undefined) return current;
  return change === null ? null : { ...current, ...change };
}

function turned(current: TurnDetection | null, change: TurnDetection | null): TurnDetection | null {
  if (change === null) return null;
  // What was set for one kind of detection means nothing to the other.
  return completeTurnDetection(
    current?.type === change.type ? Object.assign({}, current, change) : change,
  );
}

function completeTurnDetection(detection: TurnDetection): TurnDetection {
  const turns = { create_response: true, interrupt_response: true };
  switch (detection.type) {
    case "server_vad":
      return {
        threshold: DEFAULT_THRESHOLD,
        prefix_padding_ms: DEFAULT_PADDING_MS,
        silence_duration_ms: DEFAULT_SILENCE_MS,
        idle_timeout_ms: null,
        ...turns,
        ...detection,
      };
    case "semantic_vad":
      return { eagerness: "auto", ...turns, ...detection };
  }
}

/** This server runs no MCP tools; to take them silently would promise what it cannot keep. */
export function refuseMcp(tools: readonly Tool[], path: string): void {
  const index = tools.findIndex((tool) => tool.type === "mcp");
  if (index === -1) return;
  throw refusal("invalid_value", "This server does not run MCP tools.", `${path}[${index}].type`);
}

/** Sentences with a mistake would be commands that nobody can say. */
export function refuseWrongSentences(
  tools: readonly Tool[],
  path: string,
  language: LanguageCode,
): void {
  for (const [index, tool] of tools.entries()) {
    const problem = tool.type === "function" ? problemOfSentences(tool, [language]) : null;
    if (problem !== null)
      throw refusal("invalid_value", problem, `${path}[${index}].parameters.${SENTENCES_KEYWORD}`);
  }
}
