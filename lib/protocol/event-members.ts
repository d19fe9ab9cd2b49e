import type { TLiteral, TSchema } from "@sinclair/typebox";
import { KindGuard } from "./schema-builder";
import { eventTypes } from "./event-types";
import { joined } from "./problem";
import { flattenUnion, membersOfObject } from "./validation-schema";

/** One member of an event, as a form shows it. */
export interface EventMember {
  /** Its own name: `voice`. */
  readonly name: string;
  /** Where it stands in the event: `session.audio.output.voice`. */
  readonly path: string;
  /** Kind of its value; `json` where several kinds or any are allowed. Null is not counted. */
  readonly kind: "string" | "integer" | "number" | "boolean" | "object" | "array" | "json";
  /** Whether the object that holds it cannot do without it. */
  readonly required: boolean;
  /** What it means, with unit and range. */
  readonly description: string;
  /** The texts that are allowed, or known where any text is; of an array those of its elements. */
  readonly choices?: readonly string[];
}

/** Members whose settings are shown one by one. An item is told best as a whole. */
const OPENED: ReadonlySet<string> = new Set(["session", "response"]);

/**
 * The members of an event of a type, `type` left out; empty for a type that is not known. Settings
 * of a session and of a response are listed one by one, down to members like
 * `session.audio.output.voice`, each with its object before it; an object with several forms (an
 * item, turn detection, a tool choice) is one member.
 */
export function membersOf(type: string): readonly EventMember[] {
  const info = eventTypes.get(type);
  if (info === undefined) return [];
  return Object.entries(info.schema.properties)
    .filter(([name]) => name !== "type")
    .flatMap(([name, member]) => [...listed(member, name, name, OPENED.has(name))]);
}

function* listed(
  schema: TSchema,
  name: string,
  path: string,
  opened: boolean,
): Generator<EventMember> {
  const choices = choicesOf(schema);
  yield {
    name,
    path,
    kind: kindOf(schema),
    required: !KindGuard.IsOptional(schema),
    description: schema.description ?? "",
    ...(choices.length > 0 ? { choices } : {}),
  };
  if (!opened) return;
  for (const [inner, member] of mergedMembers(schema, path)) {
    yield* listed(member, inner, joined(path, inner), true);
  }
}

/**
 * The members of the object a schema describes. The settings of the two kinds of session are merged;
 * other unions of objects stay closed.
 */
function mergedMembers(schema: TSchema, path: string): ReadonlyMap<string, TSchema> {
  const branches = flattenUnion(schema).filter((branch) => !KindGuard.IsNull(branch));
  const objects = branches.filter((branch) => KindGuard.IsObject(branch));
  const merged = new Map<string, TSchema>();
  if (objects.length < branches.length) return merged;
  if (objects.length > 1 && path !== "session") return merged;
  for (const object of objects) {
    for (const [name, member] of Object.entries(membersOfObject(object))) {
      const known = merged.get(name);
      const bothLiteral = known && KindGuard.IsLiteral(known) && KindGuard.IsLiteral(member);
      if (known === undefined) merged.set(name, member);
      else if (bothLiteral) merged.set(name, eitherOf(known, member));
    }
  }
  return merged;
}

function eitherOf(one: TLiteral, other: TLiteral): TSchema {
  const description = [one, other]
    .map((literal) => `${literal.const}: ${literal.description ?? ""}`)
    .join(" ");
  return { ...one, examples: [one.const, other.const], description };
}

function kindOf(schema: TSchema): EventMember["kind"] {
  const kinds = new Set(
    flattenUnion(schema)
      .filter((branch) => !KindGuard.IsNull(branch))
      .map((branch): EventMember["kind"] => {
        if (KindGuard.IsObject(branch) || KindGuard.IsRecord(branch)) return "object";
        if (KindGuard.IsArray(branch)) return "array";
        if (KindGuard.IsInteger(branch)) return "integer";
        if (KindGuard.IsNumber(branch)) return "number";
        if (KindGuard.IsBoolean(branch)) return "boolean";
        if (KindGuard.IsString(branch)) return "string";
        if (KindGuard.IsLiteral(branch)) {
          return typeof branch.const === "string" ? "string" : "number";
        }
        return "json";
      }),
  );
  const [kind] = kinds;
  return kinds.size === 1 && kind !== undefined ? kind : "json";
}

function choicesOf(schema: TSchema): readonly string[] {
  if (KindGuard.IsArray(schema)) return choicesOf(schema.items);
  const choices = new Set<string>();
  for (const branch of [schema, ...flattenUnion(schema)]) {
    const examples: unknown = branch["examples"];
    if (Array.isArray(examples)) {
      for (const example of examples) if (typeof example === "string") choices.add(example);
    }
    if (KindGuard.IsLiteral(branch) && typeof branch.const === "string") choices.add(branch.const);
  }
  return [...choices];
}
