import type { AssistantMessageItem, FunctionCallItem } from "../protocol/items";
import type { ResponseStatusDetails } from "../protocol/response";

/** A message that is being streamed. */
export interface OpenMessage {
  readonly kind: "message";
  readonly id: string;
  readonly modality: "audio" | "text";
  readonly previousId: string | null;
  text: string;
}

/** A function call that is being streamed. */
export interface OpenCall {
  readonly kind: "call";
  readonly id: string;
  readonly callId: string;
  readonly name: string;
  readonly previousId: string | null;
  arguments: string;
}

/** The item that is being streamed. */
export type OpenItem = OpenMessage | OpenCall;

/** How a response ended. */
export type End =
  | { readonly status: "completed" }
  | { readonly status: "cancelled"; readonly reason: "turn_detected" | "client_cancelled" }
  | { readonly status: "incomplete"; readonly reason: "max_output_tokens" }
  | { readonly status: "failed" };

export function statusDetails(end: End): ResponseStatusDetails | null {
  switch (end.status) {
    case "completed":
      return null;
    case "cancelled":
    case "incomplete":
      return { type: end.status, reason: end.reason };
    case "failed":
      return {
        type: "failed",
        error: {
          type: "server_error",
          code: "server_error",
          message: "The server had an error while making the response.",
        },
      };
  }
}

export function messageItem(
  message: OpenMessage,
  status: NonNullable<AssistantMessageItem["status"]>,
): AssistantMessageItem & { id: string } {
  const { id, modality, text } = message;
  const content: AssistantMessageItem["content"] =
    modality === "audio"
      ? [{ type: "output_audio", transcript: text }]
      : [{ type: "output_text", text }];
  return { id, type: "message", status, role: "assistant", content };
}

export function callItem(
  call: OpenCall,
  status: NonNullable<FunctionCallItem["status"]>,
): FunctionCallItem & { id: string } {
  const { id, callId, name } = call;
  return { id, type: "function_call", status, name, call_id: callId, arguments: call.arguments };
}

export function partObject(modality: "audio" | "text", text: string) {
  return modality === "audio"
    ? { type: "audio" as const, transcript: text }
    : { type: "text" as const, text };
}

/** This server limits nothing: the allowance is always whole. */
export function rateLimits() {
  const tokens = 1_000_000;
  return [{ name: "tokens" as const, limit: tokens, remaining: tokens, reset_seconds: 0 }];
}
