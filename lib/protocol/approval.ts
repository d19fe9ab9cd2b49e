import { RealtimeError } from "./errors";
import type { RealtimeEvent, UnknownEvent } from "./event-types";
import { memberAt } from "./members";

/** A call of an MCP tool that waits until somebody allows it. */
export interface ApprovalRequest {
  /** Id of the request; the answer names it. */
  readonly id: string;
  /** Label of the MCP server. */
  readonly server: string;
  /** Name of its tool. */
  readonly name: string;
}

/**
 * The request for an approval that an event tells of, told once for each; undefined for any other
 * event.
 */
export function approvalRequestIn(
  event: RealtimeEvent | UnknownEvent,
): ApprovalRequest | undefined {
  if (event.type !== "response.output_item.done") return undefined;
  if (memberAt(event, ["item", "type"]) !== "mcp_approval_request") return undefined;
  const text = (name: string): string => {
    const value = memberAt(event, ["item", name]);
    return typeof value === "string" ? value : "";
  };
  return { id: text("id"), server: text("server_label"), name: text("name") };
}

/** Whether a call may be made, and why. */
export interface ApprovalAnswer {
  readonly approve: boolean;
  /** Told to the model. */
  readonly reason?: string;
}

/**
 * Reads an answer as people give it: true or false, "approve" or "deny", or an object with `approve`
 * and perhaps a `reason`. Anything else is no answer: a call must not be made by mistake.
 *
 * @throws RealtimeError `invalid_answer`.
 */
export function readApprovalAnswer(value: unknown): ApprovalAnswer {
  const word = typeof value === "string" ? value.trim().toLowerCase() : value;
  if (word === true || word === "approve") return { approve: true };
  if (word === false || word === "deny") return { approve: false };
  if (typeof value === "object" && value !== null && "approve" in value) {
    const { approve } = value;
    const reason: unknown = "reason" in value ? value.reason : undefined;
    if (typeof approve === "boolean" && (reason === undefined || typeof reason === "string"))
      return reason === undefined ? { approve } : { approve, reason };
  }
  throw new RealtimeError(
    "invalid_answer",
    'The answer must be true or false, "approve" or "deny", or an object with approve and reason',
  );
}
