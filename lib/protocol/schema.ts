import type { Static, TLiteral, TObject, TProperties, TSchema, TUnion } from "@sinclair/typebox";
import { Type } from "./schema-builder";

/** The two forms of the protocol: generally available since 2025-08, and the one before it. */
export type Dialect = "ga" | "beta";

/** Keyword of an object in which OpenAI's server refuses members that it does not know. */
export const REFUSES_UNKNOWN = "refusesUnknown";

/**
 * An object of settings. OpenAI's server refuses unknown members in it, other servers ignore or
 * understand them; which of the two applies is chosen when a value is validated. Objects that come
 * from a server are always open.
 */
export function settings<M extends TProperties>(
  members: M,
  options: { description: string; $id?: string },
): TObject<M> {
  return Type.Object(members, { ...options, [REFUSES_UNKNOWN]: true });
}

/** A JSON Schema that holds another one for the values that a condition fits. */
export function when(
  condition: object,
  schema: object,
): { readonly if: object; readonly then: object } {
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
  return { if: condition, then: schema };
}

/** One of several strings. */
export function oneOf<const V extends readonly string[]>(
  values: V,
  options: { description: string; $id?: string; default?: V[number] },
): TUnion<{ -readonly [K in keyof V]: TLiteral<V[K] & string> }> {
  const literals = values.map((value) => Type.Literal(value));
  return Type.Union(literals, options) as TUnion<{
    -readonly [K in keyof V]: TLiteral<V[K] & string>;
  }>;
}

/** The same shape under the description of the member that holds it. */
export function described<S extends TSchema>(schema: S, description: string): S {
  return { ...schema, description };
}

/** A value or null. The description is that of the member. */
export function nullable<S extends TSchema>(
  schema: S,
  description: string,
): TUnion<[S, ReturnType<typeof Type.Null>]> {
  return Type.Union([schema, Type.Null()], { description });
}

/** One event as it is written in the tables of events. */
export interface EventDefinition {
  /** What it says or asks, in one line. */
  readonly description: string;
  /** The dialects that know this name. Both when left out. */
  readonly dialects?: readonly Dialect[];
  /** Every member but `type`. */
  readonly members: TProperties;
}

/** One event with its schema, `type` included. */
export interface DefinedEvent<T extends string, M extends TProperties> {
  readonly description: string;
  readonly dialects: readonly Dialect[];
  readonly schema: TObject<{ type: TLiteral<T> } & M>;
}

type DefinedEvents<D extends Record<string, EventDefinition>> = {
  readonly [T in keyof D & string]: DefinedEvent<T, D[T]["members"]>;
};

/** Builds the schema of each event from its type (the key) and its members. */
export function defineEvents<D extends Record<string, EventDefinition>>(
  definitions: D,
): DefinedEvents<D>;
export function defineEvents(
  definitions: Record<string, EventDefinition>,
): Record<string, DefinedEvent<string, TProperties>> {
  return Object.fromEntries(
    Object.entries(definitions).map(([type, definition]) => {
      const { description, dialects = ["ga", "beta"], members } = definition;
      const schema = Type.Object(
        { ...members, type: Type.Literal(type, { description: `Always "${type}".` }) },
        { $id: type, description },
      );
      return [type, { description, dialects, schema }];
    }),
  );
}

/** The TypeScript type of one event of a table built by `defineEvents`. */
export type EventIn<D, T extends keyof D> =
  D[T] extends DefinedEvent<string, TProperties> ? Static<D[T]["schema"]> : never;
