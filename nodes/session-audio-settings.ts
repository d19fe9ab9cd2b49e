import type { RealtimeSessionSettings } from "../lib/index";
import { booleanOf, choiceOf, listOf, numberOf, present, textOf, unlessEmpty } from "./form-values";

export type AudioInput = NonNullable<NonNullable<RealtimeSessionSettings["audio"]>["input"]>;
export type AudioOutput = NonNullable<NonNullable<RealtimeSessionSettings["audio"]>["output"]>;
type Format = NonNullable<AudioInput["format"]>;

/** The fields about audio of the session's form. "leave" and "" mean: as the server has it. */
export interface AudioForm {
  /** A name, or the id of a custom voice, which begins with `voice_`. */
  voice: string;
  speed: string;
  turnDetection: "leave" | "server_vad" | "semantic_vad" | "off";
  threshold: string;
  prefixPadding: string;
  silenceDuration: string;
  idleTimeout: string;
  eagerness: "" | "low" | "medium" | "high" | "auto";
  createResponse: "" | "true" | "false";
  interruptResponse: "" | "true" | "false";
  /** Of a conversation; a session that only transcribes always has it on. */
  transcription: "leave" | "on" | "off";
  transcriptionModel: string;
  transcriptionLanguage: string;
  transcriptionPrompt: string;
  /** Words to expect, separated by commas. */
  transcriptionKeywords: string;
  noiseReduction: "leave" | "near_field" | "far_field" | "off";
  inputFormat: "" | "audio/pcm" | "audio/pcmu" | "audio/pcma";
  outputFormat: "" | "audio/pcm" | "audio/pcmu" | "audio/pcma";
}

/** What a conversation hears. */
export function inputOf(form: Partial<AudioForm>): AudioInput | undefined {
  return unlessEmpty<AudioInput>({
    format: formatOf(form, "inputFormat"),
    turn_detection: turnDetectionOf(form),
    transcription: transcriptionOf(form),
    noise_reduction: noiseReductionOf(form),
  });
}

/** What a session that only transcribes hears: it answers nothing, and so has nobody to interrupt. */
export function dictationInputOf(form: Partial<AudioForm>): AudioInput | undefined {
  return inputOf({
    ...form,
    transcription: "on",
    idleTimeout: "",
    createResponse: "",
    interruptResponse: "",
  });
}

export function outputOf(form: Partial<AudioForm>): AudioOutput | undefined {
  const voice = textOf(form, "voice");
  return unlessEmpty<AudioOutput>({
    format: formatOf(form, "outputFormat"),
    voice: voice?.startsWith("voice_") ? { id: voice } : voice,
    speed: numberOf(form.speed),
  });
}

function formatOf(
  form: Partial<AudioForm>,
  name: "inputFormat" | "outputFormat",
): Format | undefined {
  const type = choiceOf(form, name, ["audio/pcm", "audio/pcmu", "audio/pcma"]);
  switch (type) {
    case "audio/pcm":
      return { type, rate: 24_000 };
    case "audio/pcmu":
    case "audio/pcma":
      return { type };
    case undefined:
      return undefined;
  }
}

function turnDetectionOf(form: Partial<AudioForm>): AudioInput["turn_detection"] {
  const turns = () => ({
    create_response: booleanOf(form, "createResponse"),
    interrupt_response: booleanOf(form, "interruptResponse"),
  });
  switch (choiceOf(form, "turnDetection", ["server_vad", "semantic_vad", "off"])) {
    case "server_vad":
      return present({
        type: "server_vad",
        ...turns(),
        threshold: numberOf(form.threshold),
        prefix_padding_ms: numberOf(form.prefixPadding),
        silence_duration_ms: numberOf(form.silenceDuration),
        idle_timeout_ms: numberOf(form.idleTimeout),
      });
    case "semantic_vad":
      return present({ type: "semantic_vad", ...turns(), eagerness: form.eagerness || undefined });
    case "off":
      return null;
    case undefined:
      return undefined;
  }
}

function transcriptionOf(form: Partial<AudioForm>): AudioInput["transcription"] {
  switch (choiceOf(form, "transcription", ["on", "off"])) {
    case "on":
      return present({
        model: form.transcriptionModel || undefined,
        language: form.transcriptionLanguage || undefined,
        prompt: form.transcriptionPrompt || undefined,
        keywords: listOf(form, "transcriptionKeywords"),
      });
    case "off":
      return null;
    case undefined:
      return undefined;
  }
}

function noiseReductionOf(form: Partial<AudioForm>): AudioInput["noise_reduction"] {
  const type = choiceOf(form, "noiseReduction", ["near_field", "far_field", "off"]);
  switch (type) {
    case "near_field":
    case "far_field":
      return { type };
    case "off":
      return null;
    case undefined:
      return undefined;
  }
}
