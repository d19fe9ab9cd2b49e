import type { RealtimeSessionSettings } from "../lib/index";

type Input = NonNullable<NonNullable<RealtimeSessionSettings["audio"]>["input"]>;
type Output = NonNullable<NonNullable<RealtimeSessionSettings["audio"]>["output"]>;
type Format = NonNullable<Input["format"]>;

/** The form of the session node. "leave" and "" mean: as the server has it. */
export interface SessionForm {
  model: string;
  instructionsMode: "leave" | "value";
  instructions: string;
  output: "leave" | "audio" | "text";
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
  transcription: "leave" | "on" | "off";
  transcriptionModel: string;
  transcriptionLanguage: string;
  transcriptionPrompt: string;
  noiseReduction: "leave" | "near_field" | "far_field" | "off";
  inputFormat: "" | "audio/pcm" | "audio/pcmu" | "audio/pcma";
  outputFormat: "" | "audio/pcm" | "audio/pcmu" | "audio/pcma";
  toolChoice: "" | "auto" | "none" | "required" | "function";
  toolChoiceName: string;
  maxOutputTokens: string;
  truncation: "leave" | "auto" | "disabled" | "retention_ratio";
  retentionRatio: string;
}

/**
 * The settings that a form asks for: a member is left out where the form leaves it as it is, and
 * null where the form turns it off. A node that was saved by an older version has fewer members;
 * they count as left out.
 */
export function settingsOf(form: Partial<SessionForm>): RealtimeSessionSettings {
  const input = inputOf(form);
  const output = outputOf(form);
  return present({
    type: "realtime",
    instructions: form.instructionsMode === "value" ? (form.instructions ?? "") : undefined,
    output_modalities:
      form.output === "audio" || form.output === "text" ? [form.output] : undefined,
    audio: input === undefined && output === undefined ? undefined : present({ input, output }),
    tool_choice: toolChoiceOf(form),
    max_output_tokens: form.maxOutputTokens === "inf" ? "inf" : numberOf(form.maxOutputTokens),
    truncation: truncationOf(form),
  });
}

function inputOf(form: Partial<SessionForm>): Input | undefined {
  return unlessEmpty<Input>({
    format: formatOf(form.inputFormat),
    turn_detection: turnDetectionOf(form),
    transcription: transcriptionOf(form),
    noise_reduction: noiseReductionOf(form),
  });
}

function outputOf(form: Partial<SessionForm>): Output | undefined {
  const voice = form.voice?.trim();
  return unlessEmpty<Output>({
    format: formatOf(form.outputFormat),
    voice: !voice ? undefined : voice.startsWith("voice_") ? { id: voice } : voice,
    speed: numberOf(form.speed),
  });
}

function formatOf(type: SessionForm["inputFormat"] | undefined): Format | undefined {
  switch (type) {
    case "audio/pcm":
      return { type, rate: 24_000 };
    case "audio/pcmu":
    case "audio/pcma":
      return { type };
    case "":
    case undefined:
      return undefined;
  }
}

function turnDetectionOf(form: Partial<SessionForm>): Input["turn_detection"] {
  const turns = {
    create_response: booleanOf(form.createResponse),
    interrupt_response: booleanOf(form.interruptResponse),
  };
  switch (form.turnDetection) {
    case "server_vad":
      return present({
        type: "server_vad",
        ...turns,
        threshold: numberOf(form.threshold),
        prefix_padding_ms: numberOf(form.prefixPadding),
        silence_duration_ms: numberOf(form.silenceDuration),
        idle_timeout_ms: numberOf(form.idleTimeout),
      });
    case "semantic_vad":
      return present({ type: "semantic_vad", ...turns, eagerness: form.eagerness || undefined });
    case "off":
      return null;
    case "leave":
    case undefined:
      return undefined;
  }
}

function transcriptionOf(form: Partial<SessionForm>): Input["transcription"] {
  switch (form.transcription) {
    case "on":
      return present({
        model: form.transcriptionModel || undefined,
        language: form.transcriptionLanguage || undefined,
        prompt: form.transcriptionPrompt || undefined,
      });
    case "off":
      return null;
    case "leave":
    case undefined:
      return undefined;
  }
}

function noiseReductionOf(form: Partial<SessionForm>): Input["noise_reduction"] {
  switch (form.noiseReduction) {
    case "near_field":
    case "far_field":
      return { type: form.noiseReduction };
    case "off":
      return null;
    case "leave":
    case undefined:
      return undefined;
  }
}

function toolChoiceOf(form: Partial<SessionForm>): RealtimeSessionSettings["tool_choice"] {
  switch (form.toolChoice) {
    case "auto":
    case "none":
    case "required":
      return form.toolChoice;
    case "function":
      return { type: "function", name: form.toolChoiceName ?? "" };
    case "":
    case undefined:
      return undefined;
  }
}

function truncationOf(form: Partial<SessionForm>): RealtimeSessionSettings["truncation"] {
  switch (form.truncation) {
    case "auto":
    case "disabled":
      return form.truncation;
    case "retention_ratio":
      return { type: "retention_ratio", retention_ratio: numberOf(form.retentionRatio) ?? 0.8 };
    case "leave":
    case undefined:
      return undefined;
  }
}

/** The number in a field; undefined for an empty one. `NaN` is left to the protocol's validator. */
function numberOf(text: string | number | undefined): number | undefined {
  return text === undefined || String(text).trim() === "" ? undefined : Number(text);
}

function booleanOf(text: "" | "true" | "false" | undefined): boolean | undefined {
  return text === "true" ? true : text === "false" ? false : undefined;
}

type Present<Value> = { [Name in keyof Value]: Exclude<Value[Name], undefined> };

/** The members that are not undefined. */
function present<Value extends object>(value: Value): Present<Value> {
  return Object.fromEntries(
    Object.entries(value).filter(([, member]) => member !== undefined),
  ) as Present<Value>;
}

function unlessEmpty<Value extends object>(value: {
  [Name in keyof Value]?: Value[Name] | undefined;
}): Value | undefined {
  const members = present(value);
  return Object.keys(members).length === 0 ? undefined : (members as Value);
}
