/** How a member of an event is compared with a value. */
export const memberOperators = [
  "eq",
  "neq",
  "lt",
  "lte",
  "gt",
  "gte",
  "contains",
  "begins",
  "ends",
  "empty",
  "nempty",
  "true",
  "false",
] as const;
export type MemberOperator = (typeof memberOperators)[number];

/**
 * The value at a path such as `response.status` or `item.content[0].text`; undefined where the path
 * leads nowhere. Only own members count.
 */
export function memberAtPath(value: unknown, path: string): unknown {
  return path
    .split(/[.[\]]+/)
    .filter((name) => name !== "")
    .reduce<unknown>(
      (object, name) =>
        typeof object === "object" && object !== null && Object.hasOwn(object, name)
          ? Reflect.get(object, name)
          : undefined,
      value,
    );
}

/** Compares a member with a value as the switch node does; numbers also as texts. */
export function testMember(actual: unknown, operator: MemberOperator, expected: unknown): boolean {
  switch (operator) {
    case "eq":
      return isEqual(actual, expected);
    case "neq":
      return !isEqual(actual, expected);
    case "lt":
      return isNumber(actual) && Number(actual) < Number(expected);
    case "lte":
      return isNumber(actual) && Number(actual) <= Number(expected);
    case "gt":
      return isNumber(actual) && Number(actual) > Number(expected);
    case "gte":
      return isNumber(actual) && Number(actual) >= Number(expected);
    case "contains":
      return Array.isArray(actual)
        ? actual.some((element) => isEqual(element, expected))
        : textOf(actual).includes(textOf(expected));
    case "begins":
      return textOf(actual).startsWith(textOf(expected));
    case "ends":
      return textOf(actual).endsWith(textOf(expected));
    case "empty":
      return isEmpty(actual);
    case "nempty":
      return !isEmpty(actual);
    case "true":
      return actual === true;
    case "false":
      return actual === false;
  }
}

function isEqual(actual: unknown, expected: unknown): boolean {
  if (actual === expected) return true;
  // As in forms, where everything is text: 5 is "5", true is "true".
  return isScalar(actual) && isScalar(expected) && String(actual) === String(expected);
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function isNumber(value: unknown): boolean {
  return isScalar(value) && value !== "" && Number.isFinite(Number(value));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function textOf(value: unknown): string {
  if (isScalar(value)) return String(value);
  return typeof value === "object" && value !== null ? JSON.stringify(value) : "";
}
