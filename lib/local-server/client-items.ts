import type { AudioEncoding } from "../audio/pcm";
import type { Item } from "../protocol/items";
import type { StoredItem } from "./conversation";
import { refusal } from "./errors";
import { bytesFromBase64 } from "./base64";
import type { CreateId } from "./ids";
import { ItemAudio } from "./item-audio";

/** An item of a client as the server keeps it: with an id, its audio apart. */
export interface AcceptedItem {
  readonly item: StoredItem;
  readonly audio: Map<number, ItemAudio>;
}

const contentTypes = {
  system: ["input_text"],
  user: ["input_text", "input_audio", "input_image"],
  assistant: ["output_text"],
} as const;

/**
 * Refuses content that the role of a message cannot have, with the code servers use for it. Looks
 * at any value, before its shape is known to be right.
 */
export function checkContentTypes(item: unknown, path: string): void {
  if (typeof item !== "object" || item === null) return;
  if (!("role" in item) || !("content" in item) || !Array.isArray(item.content)) return;
  const { role } = item;
  if (role !== "system" && role !== "user" && role !== "assistant") return;
  const allowed: readonly string[] = contentTypes[role];
  item.content.forEach((part: unknown, index) => {
    if (typeof part !== "object" || part === null || !("type" in part)) return;
    const { type } = part;
    if (typeof type !== "string" || allowed.includes(type)) return;
    const message =
      `Content of this type is not supported in a message of the ${role}. ` +
      `Supported are: ${allowed.join(", ")}.`;
    throw refusal("unsupported_content_type", message, `${path}.content[${index}].type`);
  });
}

/** Takes an item of a client. `encoding` is that of its audio. Throws a refusal. */
export function acceptItem(
  item: Item,
  encoding: AudioEncoding,
  createId: CreateId,
  path: string,
): AcceptedItem {
  const id = item.id === undefined || item.id === "" ? createId("item_") : item.id;
  const audio = new Map<number, ItemAudio>();
  switch (item.type) {
    case "message": {
      const status = item.status ?? "completed";
      if (item.role === "user") {
        const content = item.content.map((part, index) => {
          const { audio: base64, ...rest } = part;
          if (base64 === undefined) return rest;
          const bytes = bytesFromBase64(base64, `${path}.content[${index}].audio`);
          audio.set(index, ItemAudio.spoken(encoding, bytes));
          return rest;
        });
        return { item: { ...item, id, status, content }, audio };
      }
      return { item: { ...item, id, status }, audio };
    }
    case "function_call": {
      const callId = item.call_id ?? createId("call_");
      return { item: { ...item, id, call_id: callId, status: item.status ?? "completed" }, audio };
    }
    case "function_call_output":
      return { item: { ...item, id }, audio };
    case "mcp_approval_request":
    case "mcp_approval_response":
    case "mcp_call":
    case "mcp_list_tools":
      throw refusal("invalid_value", "This server does not run MCP tools.", `${path}.type`);
  }
}
