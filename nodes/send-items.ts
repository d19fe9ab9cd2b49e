import type { NodeMessage } from "node-red";
import { inputImage, readApprovalAnswer, RealtimeError } from "../lib/index";
import { realtimeIn } from "./message-members";

/** What the user writes. */
export function textItem(text: string): object {
  return { type: "message", role: "user", content: [{ type: "input_text", text }] };
}

/**
 * What the user shows, perhaps with words to it.
 *
 * @throws RealtimeError `invalid_picture`, `picture_too_large`.
 */
export function pictureItem(
  picture: unknown,
  caption: unknown,
  detail: "" | "auto" | "low" | "high",
): object {
  const words = typeof caption === "string" ? caption.trim() : "";
  return {
    type: "message",
    role: "user",
    content: [
      ...(words === "" ? [] : [{ type: "input_text", text: words }]),
      inputImage(picture, detail || undefined),
    ],
  };
}

interface ApprovalItem {
  readonly type: "mcp_approval_response";
  readonly approval_request_id: string;
  readonly approve: boolean;
  readonly reason?: string;
}

/**
 * The answer to the request for an approval that a message came from.
 *
 * @throws RealtimeError `invalid_answer`, `no_approval_request`.
 */
export function approvalItem(message: NodeMessage, answer: unknown): ApprovalItem {
  const { approve, reason } = readApprovalAnswer(answer);
  return {
    type: "mcp_approval_response",
    approval_request_id: requestIdIn(message),
    approve,
    ...(reason === undefined ? {} : { reason }),
  };
}

function requestIdIn(message: NodeMessage): string {
  const { approval } = realtimeIn(message);
  if (typeof approval === "object" && approval !== null && "id" in approval) {
    const { id } = approval;
    if (typeof id === "string" && id !== "") return id;
  }
  throw new RealtimeError(
    "no_approval_request",
    "The message does not say which request it answers: keep msg.realtime on the way from the connect node",
    { param: "msg.realtime.approval" },
  );
}
