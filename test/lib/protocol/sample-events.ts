import { KindGuard, type TSchema } from "@sinclair/typebox";
import * as fc from "fast-check";
import type { EventTypeInfo, UnknownEvent } from "../../../lib/protocol/event-types";

/** Values of shapes (by `$id`) that a test wants otherwise than their schema alone says. */
export type Overrides = ReadonlyMap<string, fc.Arbitrary<unknown>>;

/** Valid events of a type, as JSON would bring them. */
export function eventsOf(info: EventTypeInfo, overrides?: Overrides): fc.Arbitrary<UnknownEvent> {
  return valuesOf(info.schema, overrides).map((value) => {
    return { ...asObject(value), type: info.type };
  });
}

/** The event of a type with its required members only. */
export function smallestEvent(info: EventTypeInfo): UnknownEvent {
  return { ...asObject(smallest(info.schema)), type: info.type };
}

function valuesOf(schema: TSchema, overrides: Overrides = new Map()): fc.Arbitrary<unknown> {
  const override = overrides.get(schema.$id ?? "");
  if (override !== undefined) return override;
  const inner = (of: TSchema) => valuesOf(of, overrides);
  if (KindGuard.IsObject(schema)) {
    const members = Object.entries(schema.properties);
    const model = Object.fromEntries(members.map(([name, member]) => [name, inner(member)]));
    const requiredKeys = members
      .filter(([, member]) => !KindGuard.IsOptional(member))
      .map(([name]) => name);
    const needed = contentNeeds(schema);
    return fc
      .record(model, { requiredKeys, noNullPrototype: true })
      .filter((value) => needed.every((holds) => holds(value)));
  }
  if (KindGuard.IsUnion(schema)) return fc.oneof(...schema.anyOf.map(inner));
  if (KindGuard.IsArray(schema)) {
    return fc.array(inner(schema.items), { maxLength: Math.min(schema.maxItems ?? 3, 3) });
  }
  if (KindGuard.IsRecord(schema)) {
    const [value] = Object.values(schema.patternProperties);
    const key = fc.string({ minLength: 1, maxLength: 8 }).filter((name) => name !== "__proto__");
    return fc.dictionary(key, value ? inner(value) : fc.constant(null), {
      maxKeys: 2,
      noNullPrototype: true,
    });
  }
  if (KindGuard.IsLiteral(schema)) return fc.constant(schema.const);
  if (KindGuard.IsString(schema)) {
    const { minLength = 0, maxLength = 12 } = schema;
    return fc.string({ minLength, maxLength: Math.min(maxLength, 12) });
  }
  if (KindGuard.IsInteger(schema)) {
    const { minimum = 0, maximum = 2 ** 31 } = schema;
    return fc.integer({ min: minimum, max: maximum });
  }
  if (KindGuard.IsNumber(schema)) {
    const { minimum = 0, maximum = 1000 } = schema;
    // JSON has no -0.
    return fc.double({ min: minimum, max: maximum, noNaN: true }).map((value) => value + 0);
  }
  if (KindGuard.IsBoolean(schema)) return fc.boolean();
  if (KindGuard.IsNull(schema)) return fc.constant(null);
  return fc.constantFrom(null, true, "x", [], {});
}

/** What a part of a message must hold when a client sends it. */
function contentNeeds(schema: TSchema): ((value: Record<string, unknown>) => boolean)[] {
  if (!Array.isArray(schema["sentWith"]) || schema["properties"]?.text === undefined) return [];
  return [
    (value) => value["type"] !== undefined,
    (value) => !["input_text", "output_text"].includes(String(value["type"])) || "text" in value,
    (value) => value["type"] !== "input_image" || "image_url" in value,
  ];
}

function smallest(schema: TSchema): unknown {
  if (KindGuard.IsObject(schema)) {
    const members = Object.entries(schema.properties);
    const required = members.filter(([, member]) => !KindGuard.IsOptional(member));
    return Object.fromEntries(required.map(([name, member]) => [name, smallest(member)]));
  }
  if (KindGuard.IsUnion(schema)) return smallest(schema.anyOf[0] ?? schema);
  if (KindGuard.IsLiteral(schema)) return schema.const;
  if (KindGuard.IsArray(schema)) return [];
  if (KindGuard.IsRecord(schema)) return {};
  if (KindGuard.IsString(schema)) return "x";
  if (KindGuard.IsInteger(schema) || KindGuard.IsNumber(schema)) return schema.minimum ?? 0;
  if (KindGuard.IsBoolean(schema)) return true;
  return null;
}

function asObject(value: unknown): object {
  if (typeof value !== "object" || value === null) throw new TypeError("not an object");
  return value;
}
