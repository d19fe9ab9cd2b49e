import type { FormattedItem } from "../protocol/local-events";
import type { ContentPart, Item } from "../protocol/items";
import { copyOf } from "../protocol/members";

/**
 * An item together with what people want of it, as the local events carry it: all its text and all
 * its transcripts each in one string, its call as a tool, its output. A copy, so that a flow may do
 * with it what it likes.
 */
export function formatItem(item: Item): FormattedItem {
  const content: readonly ContentPart[] = item.type === "message" ? (item.content ?? []) : [];
  return {
    item: copyOf(item),
    formatted: {
      text: content.map((part) => ("text" in part ? (part.text ?? "") : "")).join(""),
      transcript: content
        .map((part) => ("transcript" in part ? (part.transcript ?? "") : ""))
        .join(""),
      ...(item.type === "function_call"
        ? {
            tool: {
              type: "function",
              name: item.name,
              call_id: item.call_id ?? "",
              arguments: item.arguments,
            },
          }
        : {}),
      ...(item.type === "function_call_output" ? { output: item.output } : {}),
    },
  };
}

/** A copy of an item without the bytes of its audio and its pictures, which may be megabytes. */
export function withoutBytes(item: Item): Item {
  if (item.type !== "message" || !Array.isArray(item.content)) return copyOf(item);
  const content = item.content.map((part) =>
    Object.fromEntries(Object.entries(part).filter(([name, value]) => isNoBytes(name, value))),
  );
  return copyOf(Object.assign({}, item, { content }));
}

/** Whether a member of a content part may stay. The address of a picture can be looked at again. */
export function isNoBytes(name: string, value: unknown): boolean {
  if (name === "audio") return false;
  return !(name === "image_url" && typeof value === "string" && value.startsWith("data:"));
}
