import type { TSchema } from "@sinclair/typebox";
import { KindGuard, Type } from "./schema-builder";
import { REFUSES_UNKNOWN, when } from "./schema";

/**
 * How closely a value is looked at.
 * - `openai`: what OpenAI's server checks: enums, ranges, lengths, unknown members of settings.
 * - `compatible`: the types of known members, and the presence of an event's own.
 * - `received`: types, enums and presence; an optional member may be null, as servers write it.
 */
export type Mode = "openai" | "compatible" | "received";

/** A JSON Schema for ajv. `allowed` says in words what is allowed, for messages. */
export interface ValidationSchema {
  readonly [keyword: string]: unknown;
  readonly allowed?: string;
}

type JsonKind = "null" | "boolean" | "number" | "string" | "array" | "object";

/** Members that tell the branches of a union apart, in the order they are looked at. */
const TAGS = ["type", "role"] as const;

/**
 * Rewrites our schemas for ajv. A union is split by the kind of the value and by `type` and `role`
 * first, so that an error is about the branch that was meant. Shapes with an `$id` become a `$ref`,
 * compiled once; `define` receives each of them the first time it is met.
 */
export class ValidationSchemaBuilder {
  readonly #mode: Mode;
  readonly #define: (id: string, schema: ValidationSchema) => void;
  readonly #defined = new Set<string>();

  constructor(mode: Mode, define: (id: string, schema: ValidationSchema) => void) {
    this.#mode = mode;
    this.#define = define;
  }

  /** The schema of an event: its own members are always required. */
  event(schema: TSchema): ValidationSchema {
    return this.#object(schema, true);
  }

  /** The schema of any value. */
  value(schema: TSchema): ValidationSchema {
    const { $id } = schema;
    if ($id === undefined) return this.#rewrite(schema);
    if (!this.#defined.has($id)) {
      this.#defined.add($id);
      this.#define($id, this.#rewrite(schema));
    }
    return { $ref: $id, allowed: allowedBy(schema) };
  }

  #rewrite(schema: TSchema): ValidationSchema {
    const strict = this.#mode === "openai";
    const allowed = allowedBy(schema);
    if (KindGuard.IsObject(schema)) return this.#object(schema, false);
    if (KindGuard.IsUnion(schema)) return this.#union(schema.anyOf, allowed);
    if (KindGuard.IsArray(schema)) {
      const { maxItems } = schema;
      return {
        type: "array",
        items: this.value(schema.items),
        allowed,
        ...(strict && maxItems !== undefined ? { maxItems } : {}),
      };
    }
    if (KindGuard.IsRecord(schema)) {
      const [value] = Object.values(schema.patternProperties);
      const { maxProperties, propertyNames } = schema;
      return {
        type: "object",
        allowed,
        ...(value ? { additionalProperties: this.value(value) } : {}),
        ...(strict && maxProperties !== undefined ? { maxProperties } : {}),
        ...(strict && propertyNames !== undefined ? { propertyNames } : {}),
      };
    }
    if (KindGuard.IsLiteral(schema)) {
      if (this.#mode === "compatible") return { type: typeof schema.const, allowed };
      return { type: typeof schema.const, enum: [schema.const], allowed };
    }
    if (KindGuard.IsString(schema)) {
      const { minLength, maxLength } = schema;
      return { type: "string", allowed, ...(strict ? defined({ minLength, maxLength }) : {}) };
    }
    if (KindGuard.IsInteger(schema) || KindGuard.IsNumber(schema)) {
      const { minimum, maximum } = schema;
      return { type: schema.type, allowed, ...(strict ? defined({ minimum, maximum }) : {}) };
    }
    if (KindGuard.IsBoolean(schema)) return { type: "boolean", allowed };
    if (KindGuard.IsNull(schema)) return { type: "null", allowed };
    return {};
  }

  #object(schema: TSchema, isEvent: boolean): ValidationSchema {
    const members = membersOfObject(schema);
    const properties: Record<string, ValidationSchema> = {};
    for (const [name, member] of Object.entries(members)) {
      const value = this.value(member);
      const isOptional = KindGuard.IsOptional(member);
      properties[name] = this.#mode === "received" && isOptional ? orNull(value) : value;
    }
    const required = Object.entries(members)
      .filter(([, member]) => !KindGuard.IsOptional(member))
      .map(([name]) => name);
    const strict = this.#mode === "openai";
    return {
      type: "object",
      allowed: allowedBy(schema),
      properties,
      ...(isEvent || this.#mode !== "compatible" ? { required } : {}),
      ...(strict && schema[REFUSES_UNKNOWN] === true ? { additionalProperties: false } : {}),
      ...(strict && Array.isArray(schema["sentWith"]) ? { allOf: schema["sentWith"] } : {}),
    };
  }

  /** One branch for each kind of JSON value that occurs. */
  #union(branches: readonly TSchema[], allowed: string): ValidationSchema {
    const byKind = new Map<JsonKind, TSchema[]>();
    for (const branch of branches.flatMap(flattenUnion)) {
      const kind = kindOf(branch);
      byKind.set(kind, [...(byKind.get(kind) ?? []), branch]);
    }
    const conditions: ValidationSchema[] = [];
    for (const [kind, ofKind] of byKind) {
      // The kind says it all.
      if (kind === "null" || kind === "boolean") continue;
      const schema = this.#sameKind(kind, ofKind, allowed);
      conditions.push(when({ type: kind }, schema));
    }
    return { type: [...byKind.keys()], allowed, allOf: conditions };
  }

  #sameKind(kind: JsonKind, branches: readonly TSchema[], allowed: string): ValidationSchema {
    if (kind === "object") return this.#tagged(branches, TAGS);
    const literals = branches.flatMap((branch) =>
      KindGuard.IsLiteral(branch) ? [branch.const] : [],
    );
    if (literals.length < branches.length) {
      const open = branches.find((branch) => !KindGuard.IsLiteral(branch));
      return open === undefined ? {} : { ...this.value(open), allowed };
    }
    return this.#mode === "compatible" ? {} : { enum: literals, allowed };
  }

  /** Objects, told apart by the first of `tags`, then by the next. */
  #tagged(branches: readonly TSchema[], tags: readonly string[]): ValidationSchema {
    const [first] = branches;
    const [tag, ...others] = tags;
    if (first === undefined) return {};
    if (branches.length === 1 || tag === undefined) return this.value(first);

    const byTag = new Map<string, TSchema[]>();
    for (const branch of branches) {
      const name = tagOf(branch, tag);
      byTag.set(name, [...(byTag.get(name) ?? []), branch]);
    }
    const names = [...byTag.keys()];
    const allowed = listed(names);
    const conditions = [...byTag].map(([name, ofTag]) =>
      when(
        { properties: { [tag]: { const: name } }, required: [tag] },
        this.#tagged(ofTag, others),
      ),
    );
    // Without a tag it is the first branch, where the tag may be left out. Other servers do without
    // tags, and know others.
    const isRequired = branches.some((branch) => !KindGuard.IsOptional(memberOf(branch, tag)));
    const compatible = this.#mode === "compatible";
    if (compatible || !isRequired) {
      conditions.push(when({ not: { required: [tag] } }, this.#tagged([first], others)));
    }
    return {
      type: "object",
      ...(compatible ? {} : { properties: { [tag]: { enum: names, allowed } } }),
      ...(isRequired && !compatible ? { required: [tag] } : {}),
      allOf: conditions,
    };
  }
}

/** What a schema allows, in words that follow "must be". */
function allowedBy(schema: TSchema): string {
  if (KindGuard.IsUnion(schema)) {
    const branches = schema.anyOf.flatMap(flattenUnion);
    const objects = branches.filter((branch) => kindOf(branch) === "object");
    const words = branches
      .filter((branch) => kindOf(branch) !== "object")
      .map((branch) => allowedBy(branch));
    const tags = [...new Set(objects.map((branch) => tagOf(branch, "type")))].filter(Boolean);
    if (tags.length > 0) words.push(`an object with type ${orOf(tags.map(quoted))}`);
    else if (objects.length > 0) words.push("an object");
    return orOf(words);
  }
  if (KindGuard.IsLiteral(schema)) return quoted(schema.const);
  if (KindGuard.IsArray(schema)) {
    const { maxItems } = schema;
    const elements = KindGuard.IsObject(schema.items) ? "objects" : allowedBy(schema.items);
    if (maxItems === undefined) return `an array of ${elements}`;
    return `an array of at most ${maxItems}: ${elements}`;
  }
  if (KindGuard.IsInteger(schema) || KindGuard.IsNumber(schema)) {
    const noun = schema.type === "integer" ? "an integer" : "a number";
    const { minimum, maximum } = schema;
    if (minimum !== undefined && maximum !== undefined)
      return `${noun} from ${minimum} to ${maximum}`;
    return minimum === undefined ? noun : `${noun} of at least ${minimum}`;
  }
  if (KindGuard.IsString(schema)) {
    const { minLength, maxLength } = schema;
    if (maxLength !== undefined) return `a text of at most ${maxLength} characters`;
    return minLength === undefined ? "a text" : "a text that is not empty";
  }
  if (KindGuard.IsBoolean(schema)) return "true or false";
  if (KindGuard.IsNull(schema)) return "null";
  if (KindGuard.IsObject(schema) || KindGuard.IsRecord(schema)) return "an object";
  return "any value";
}

/** The members of an object schema; none for any other schema. */
export function membersOfObject(schema: TSchema): Readonly<Record<string, TSchema>> {
  return KindGuard.IsObject(schema) ? schema.properties : {};
}

/** The branches of a union, those of unions in it included; any other schema itself. */
export function flattenUnion(schema: TSchema): readonly TSchema[] {
  return KindGuard.IsUnion(schema) ? schema.anyOf.flatMap(flattenUnion) : [schema];
}

function kindOf(schema: TSchema): JsonKind {
  if (KindGuard.IsObject(schema) || KindGuard.IsRecord(schema)) return "object";
  if (KindGuard.IsArray(schema)) return "array";
  if (KindGuard.IsNull(schema)) return "null";
  if (KindGuard.IsBoolean(schema)) return "boolean";
  if (KindGuard.IsInteger(schema) || KindGuard.IsNumber(schema)) return "number";
  if (KindGuard.IsLiteral(schema)) return typeof schema.const === "string" ? "string" : "number";
  return "string";
}

function tagOf(schema: TSchema, tag: string): string {
  const member = memberOf(schema, tag);
  return KindGuard.IsLiteral(member) ? String(member.const) : "";
}

function memberOf(object: TSchema, name: string): TSchema {
  return membersOfObject(object)[name] ?? Type.Unknown();
}

function orNull(schema: ValidationSchema): ValidationSchema {
  return when({ not: { type: "null" } }, schema);
}

function defined(keywords: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(keywords).filter(([, value]) => value !== undefined));
}

function listed(names: readonly string[]): string {
  return orOf(names.map(quoted));
}

function quoted(value: unknown): string {
  return JSON.stringify(value);
}

function orOf(words: readonly string[]): string {
  const unique = [...new Set(words)];
  const last = unique.pop();
  if (last === undefined) return "nothing";
  return unique.length === 0 ? last : `${unique.join(", ")} or ${last}`;
}
