import { isObject } from "../protocol/members";

/** Members that could reach a prototype instead of the object. */
const FORBIDDEN_MEMBERS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Applies a settings patch as a server does: members that are present change, objects are merged
 * member by member, `null` and arrays replace. Neither argument is changed.
 */
export function mergeSettings<Settings extends object>(base: Settings, patch: object): Settings {
  const merged = { ...base };
  for (const [name, value] of Object.entries(patch)) {
    if (FORBIDDEN_MEMBERS.has(name) || value === undefined) continue;
    const before: unknown = Reflect.get(merged, name);
    // A changed discriminator means another kind of object: members of the old kind would be
    // unknown to the new one.
    const sameKind =
      isObject(before) &&
      isObject(value) &&
      (before["type"] === undefined ||
        value["type"] === undefined ||
        before["type"] === value["type"]);
    Reflect.set(merged, name, sameKind ? mergeSettings(before, value) : value);
  }
  return merged;
}
