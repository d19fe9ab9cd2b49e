import type {
  McpTool,
  RealtimeSessionSettings,
  SessionSettings,
  TranscriptionSessionSettings,
} from "../lib/index";
import { booleanOf, choiceOf, jsonOf, numberOf, present, textOf, unlessEmpty } from "./form-values";
import { dictationInputOf, inputOf, outputOf, type AudioForm } from "./session-audio-settings";

/** The form of the session node. "leave" and "" mean: as the server has it. */
export interface SessionForm extends AudioForm {
  /** What the session is for: a talk with a model, or the words of what is said and nothing else. */
  kind: "conversation" | "transcription";
  model: string;
  instructionsMode: "leave" | "value";
  instructions: string;
  output: "leave" | "audio" | "text";
  toolChoice: "" | "auto" | "none" | "required" | "function";
  toolChoiceName: string;
  parallelToolCalls: "" | "true" | "false";
  maxOutputTokens: string;
  reasoning: "" | "minimal" | "low" | "medium" | "high" | "xhigh";
  truncation: "leave" | "auto" | "disabled" | "retention_ratio";
  retentionRatio: string;
  /** Id of a prompt that is stored at OpenAI. */
  promptId: string;
  promptVersion: string;
  /** JSON: an object with the values of the prompt's variables. */
  promptVariables: string;
  tracing: "leave" | "auto" | "named" | "off";
  tracingWorkflow: string;
  tracingGroup: string;
  /** JSON: an object. */
  tracingMetadata: string;
  /** Whether transcripts come with the probability of each token. */
  logprobs: "" | "true" | "false";
}

/**
 * The settings that a form asks for: a member is left out where the form leaves it as it is, and
 * null where the form turns it off. A node that was saved by an older version has fewer members;
 * they count as left out. `mcpTools`: tools that the server calls by itself.
 *
 * @throws RealtimeError `invalid_settings` for a variable of a type that its field cannot have, and
 *   for a choice that its field has not.
 */
export function settingsOf(form: Partial<SessionForm>, mcpTools: McpTool[] = []): SessionSettings {
  return isDictation(form) ? dictationOf(form) : conversationOf(form, mcpTools);
}

/**
 * Whether the sessions of a form only transcribe.
 *
 * @throws RealtimeError `invalid_settings` for a kind that there is not.
 */
export function isDictation(form: Partial<SessionForm>): boolean {
  return choiceOf(form, "kind", ["conversation", "transcription"]) === "transcription";
}

function dictationOf(form: Partial<SessionForm>): TranscriptionSessionSettings {
  const input = dictationInputOf(form);
  return present({
    type: "transcription",
    audio: input === undefined ? undefined : { input },
    include: includeOf(form),
  });
}

function conversationOf(form: Partial<SessionForm>, mcpTools: McpTool[]): RealtimeSessionSettings {
  const input = inputOf(form);
  const output = outputOf(form);
  const modality = choiceOf(form, "output", ["audio", "text"]);
  const hasInstructions = choiceOf(form, "instructionsMode", ["value"]) !== undefined;
  return present({
    type: "realtime",
    instructions: hasInstructions ? (form.instructions ?? "") : undefined,
    output_modalities: modality === undefined ? undefined : [modality],
    audio: input === undefined && output === undefined ? undefined : present({ input, output }),
    include: includeOf(form),
    tools: mcpTools.length === 0 ? undefined : mcpTools,
    tool_choice: toolChoiceOf(form),
    parallel_tool_calls: booleanOf(form, "parallelToolCalls"),
    max_output_tokens: form.maxOutputTokens === "inf" ? "inf" : numberOf(form.maxOutputTokens),
    reasoning: form.reasoning ? { effort: form.reasoning } : undefined,
    truncation: truncationOf(form),
    prompt: promptOf(form),
    tracing: tracingOf(form),
  });
}

function includeOf(form: Partial<SessionForm>): RealtimeSessionSettings["include"] {
  switch (booleanOf(form, "logprobs")) {
    case true:
      return ["item.input_audio_transcription.logprobs"];
    case false:
      return [];
    case undefined:
      return undefined;
  }
}

function toolChoiceOf(form: Partial<SessionForm>): RealtimeSessionSettings["tool_choice"] {
  const choice = choiceOf(form, "toolChoice", ["auto", "none", "required", "function"]);
  switch (choice) {
    case "auto":
    case "none":
    case "required":
      return choice;
    case "function":
      return { type: "function", name: form.toolChoiceName ?? "" };
    case undefined:
      return undefined;
  }
}

function truncationOf(form: Partial<SessionForm>): RealtimeSessionSettings["truncation"] {
  const truncation = choiceOf(form, "truncation", ["auto", "disabled", "retention_ratio"]);
  switch (truncation) {
    case "auto":
    case "disabled":
      return truncation;
    case "retention_ratio":
      return { type: "retention_ratio", retention_ratio: numberOf(form.retentionRatio) ?? 0.8 };
    case undefined:
      return undefined;
  }
}

type Prompt = NonNullable<RealtimeSessionSettings["prompt"]>;

function promptOf(form: Partial<SessionForm>): Prompt | undefined {
  const id = textOf(form, "promptId");
  if (id === undefined) return undefined;
  return present({
    id,
    version: textOf(form, "promptVersion"),
    // What else the field holds is refused by the validator of the settings.
    variables: jsonOf(form, "promptVariables") as Prompt["variables"],
  });
}

type NamedTrace = Exclude<NonNullable<RealtimeSessionSettings["tracing"]>, "auto">;

function tracingOf(form: Partial<SessionForm>): RealtimeSessionSettings["tracing"] {
  switch (choiceOf(form, "tracing", ["auto", "named", "off"])) {
    case "auto":
      return "auto";
    case "named":
      return (
        unlessEmpty<NamedTrace>({
          workflow_name: textOf(form, "tracingWorkflow"),
          group_id: textOf(form, "tracingGroup"),
          metadata: jsonOf(form, "tracingMetadata"),
        }) ?? "auto"
      );
    case "off":
      return null;
    case undefined:
      return undefined;
  }
}
