import type { Item } from "../protocol/items";

/** Whether a later event can be about the same item: an id that is used twice says nothing. */
export function isSameKind(item: Item, later: Item): boolean {
  return item.type === later.type && Reflect.get(item, "role") === Reflect.get(later, "role");
}

/** Adds what a later event says of an item; what it leaves out or has as null stays. */
export function completeItem(item: Item, later: Item): void {
  complete(item, later, isSaid);
  if (item.type !== "message" || later.type !== "message" || !Array.isArray(later.content)) return;
  // Some servers leave the content out of an item that has only begun.
  item.content ??= [];
  const content: object[] = item.content;
  for (const [index, part] of later.content.entries()) {
    const known = content[index];
    if (known === undefined) content[index] = complete({}, part);
    else complete(known, part);
  }
}

/** Content is merged part by part. */
function isSaid(name: string, value: unknown): boolean {
  // Servers send a call's arguments empty when they announce it, sometimes after the first delta.
  return name !== "content" && !(name === "arguments" && value === "");
}

function complete<Known extends object>(
  known: Known,
  later: object,
  isWanted: (name: string, value: unknown) => boolean = () => true,
): Known {
  for (const [name, value] of Object.entries(later)) {
    if (value === undefined || value === null || !isWanted(name, value)) continue;
    // To set it would give the object another prototype.
    if (name === "__proto__") continue;
    Reflect.set(known, name, value);
  }
  return known;
}
