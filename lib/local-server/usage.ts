import type { Item } from "../protocol/items";
import type { Usage } from "../protocol/response";
import type { Tool } from "../protocol/tools";
import type { Entry } from "./conversation";

/** A token of the user's audio is 100 ms, one of the answer's 50 ms (measured at OpenAI). */
const INPUT_AUDIO_TOKENS_PER_SECOND = 10;
const OUTPUT_AUDIO_TOKENS_PER_SECOND = 20;
const BYTES_PER_TEXT_TOKEN = 4;

/** Tokens of a text, estimated as UTF-8 bytes / 4. */
export function textTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TEXT_TOKEN);
}

/** Tokens of so many ms of the answer's audio. */
export function outputAudioTokens(milliseconds: number): number {
  return Math.ceil((milliseconds / 1000) * OUTPUT_AUDIO_TOKENS_PER_SECOND);
}

/** What a response was given to read and hear. */
export interface ResponseInput {
  readonly instructions: string;
  readonly tools: readonly Tool[];
  readonly entries: readonly Entry[];
}

/** Usage of a response; the sums are those of the details. Nothing is ever cached. */
export function usageOf(
  input: ResponseInput,
  output: { readonly text: string; readonly audioMs: number },
): Usage {
  let text = textTokens(input.instructions);
  if (input.tools.length > 0) text += textTokens(JSON.stringify(input.tools));
  let audio = 0;
  for (const entry of input.entries) {
    text += textTokens(textOf(entry.item));
    for (const part of entry.audio.values()) {
      audio += Math.ceil((part.durationMs / 1000) * INPUT_AUDIO_TOKENS_PER_SECOND);
    }
  }
  const outputText = textTokens(output.text);
  const outputAudio = outputAudioTokens(output.audioMs);
  return {
    total_tokens: text + audio + outputText + outputAudio,
    input_tokens: text + audio,
    output_tokens: outputText + outputAudio,
    input_token_details: {
      text_tokens: text,
      audio_tokens: audio,
      image_tokens: 0,
      cached_tokens: 0,
      cached_tokens_details: { text_tokens: 0, audio_tokens: 0, image_tokens: 0 },
    },
    output_token_details: { text_tokens: outputText, audio_tokens: outputAudio },
  };
}

/** The text of an item that the model reads. */
function textOf(item: Item): string {
  switch (item.type) {
    case "message":
      return item.content.map((part) => part.text ?? "").join(" ");
    case "function_call":
      return `${item.name} ${item.arguments}`;
    case "function_call_output":
      return item.output;
    case "mcp_approval_request":
    case "mcp_approval_response":
    case "mcp_call":
    case "mcp_list_tools":
      return "";
  }
}
