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
  const content = item.content.map((part) => {
    if (!("audio" in part) && !("image_url" in part)) return part;
    return Object.fromEntries(
      Object.entries(part).filter(([name, value]) => name !== "audio" && !isPicture(name, value)),
    );
  });
  return copyOf(Object.assign({}, item, { content }));
}

/** A picture itself; the address of one is short, and can be looked at again. */
function isPicture(name: string, value: unknown): boolean {
  return name === "image_url" && typeof value === "string" && value.startsWith("data:");
}
