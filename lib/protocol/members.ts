/** An object whose members are not known, as it came from JSON. */
export type Members = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object: neither null nor an array. */
export function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The members of a value; none where it is no object. */
export function membersIn(value: unknown): Members {
  return isObject(value) ? value : {};
}

/** The value at a path of own members of objects; undefined where it leads nowhere. */
export function memberAt(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (!isObject(found) || !Object.hasOwn(found, name)) return undefined;
    found = found[name];
  }
  return found;
}

/** A copy with a value at a path; objects on the way are made. The original stays as it is. */
export function withMember(object: Members, path: readonly string[], value: unknown): Members {
  const [name, ...rest] = path;
  if (name === undefined) return object;
  if (rest.length === 0) return { ...object, [name]: value };
  const inner = object[name];
  return { ...object, [name]: withMember(isObject(inner) ? inner : {}, rest, value) };
}

/** A copy without the member at a path, and without the objects that this leaves empty. */
export function withoutMember(object: Members, path: readonly string[]): Members {
  const [name, ...rest] = path;
  if (name === undefined || !Object.hasOwn(object, name)) return object;
  const inner = object[name];
  if (rest.length > 0 && isObject(inner)) {
    const left = withoutMember(inner, rest);
    if (left === inner) return object;
    if (Object.keys(left).length > 0) return { ...object, [name]: left };
  } else if (rest.length > 0) {
    return object;
  }
  const { [name]: _removed, ...others } = object;
  return others;
}

/**
 * A copy of a JSON value, as deep as it is. Of small objects, as most of a conversation are, it is
 * several times as fast as `structuredClone`.
 *
 * @throws RangeError for a value that is nested too deep.
 */
export function copyOf<Value>(value: Value): Value {
  return copyAny(value) as Value;
}

function copyAny(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copyAny);
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const copied = copyAny(Reflect.get(value, name));
    // To set it would give the copy another prototype.
    if (name === "__proto__")
      Object.defineProperty(copy, name, { value: copied, writable: true, enumerable: true, configurable: true }); // prettier-ignore
    else copy[name] = copied;
  }
  return copy;
}
