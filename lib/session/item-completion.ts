import type { Item } from "../protocol/items";
import { copyOf } from "../protocol/members";
import { isNoBytes } from "./formatted-item";

/** Whether a later event can be about the same item: an id that is used twice says nothing. */
export function isSameKind(item: Item, later: Item): boolean {
  return item.type === later.type && Reflect.get(item, "role") === Reflect.get(later, "role");
}

/**
 * Adds what a later event says of an item, but for its bytes; what it leaves out or has as null
 * stays. Nothing of the event is kept.
 *
 * @returns whether anything is new: servers tell of an item's end up to three times
 */
export function completeItem(item: Item, later: Item): boolean {
  let isChanged = complete(item, later, isSaid);
  if (item.type !== "message" || later.type !== "message" || !Array.isArray(later.content))
    return isChanged;
  // Some servers leave the content out of an item that has only begun.
  item.content ??= [];
  const content: object[] = item.content;
  for (const [index, part] of later.content.entries()) {
    const known = content[index];
    if (complete((content[index] ??= {}), part, isNoBytes) || known === undefined) isChanged = true;
  }
  return isChanged;
}

/** Content is merged part by part. */
function isSaid(name: string, value: unknown): boolean {
  // Servers send a call's arguments empty when they announce it, sometimes after the first delta.
  return name !== "content" && !(name === "arguments" && value === "");
}

function complete(
  known: object,
  later: object,
  isWanted: (name: string, value: unknown) => boolean,
): boolean {
  let isChanged = false;
  for (const name of Object.keys(later)) {
    const value: unknown = Reflect.get(later, name);
    if (value === undefined || value === null || !isWanted(name, value)) continue;
    // To set it would give the object another prototype.
    if (name === "__proto__" || Reflect.get(known, name) === value) continue;
    Reflect.set(known, name, copyOf(value));
    isChanged = true;
  }
  return isChanged;
}
