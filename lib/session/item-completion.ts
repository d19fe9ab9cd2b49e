import type { Item } from "../protocol/items";

/** Whether a later event can be about the same item: an id that is used twice says nothing. */
export function isSameKind(item: Item, later: Item): boolean {
  return item.type === later.type && Reflect.get(item, "role") === Reflect.get(later, "role");
}

/** Adds what a later event says of an item; what it leaves out or has as null stays. */
export function completeItem(item: Item, later: Item): void {
  for (const [name, value] of Object.entries(later)) {
    if (value === undefined || value === null || name === "content") continue;
    // Servers send a call's arguments empty when they announce it, sometimes after the first delta.
    if (name === "arguments" && value === "") continue;
    // To set it would give the item another prototype.
    if (name === "__proto__") continue;
    Reflect.set(item, name, value);
  }
  if (item.type !== "message" || later.type !== "message" || !Array.isArray(later.content)) return;
  // Some servers leave the content out of an item that has only begun.
  item.content ??= [];
  const content: unknown[] = item.content;
  for (const [index, part] of later.content.entries()) {
    const present = Object.fromEntries(
      Object.entries(part).filter(([, value]) => value !== undefined && value !== null),
    );
    content[index] = { ...item.content[index], ...present };
  }
}
