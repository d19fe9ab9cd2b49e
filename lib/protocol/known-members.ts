import type { TSchema } from "@sinclair/typebox";
import { KindGuard } from "./schema-builder";
import { realtimeSessionShape } from "./beta-session-shape";
import { joined } from "./problem";
import { closest } from "./suggestion";
import { flattenUnion, membersOfObject } from "./validation-schema";

/** Deepest level of members that is looked into. */
const MAX_DEPTH = 6;

/**
 * The path of the member that `name` in the object at `path` probably stands for: a slip of the
 * pen, a name of the beta dialect, or a member of an object inside this one. Null when nothing fits.
 */
export function knownMember(
  schema: TSchema,
  root: string,
  path: string,
  name: string,
): string | null {
  const paths = [...new Set(memberPaths(schema, root, 0))];
  const inBeta = realtimeSessionShape.moves.find((move) => move.beta === name);
  if (inBeta !== undefined) {
    const top = path.split(".", 1)[0] ?? "";
    const inGa = [top, ...inBeta.ga].join(".");
    if (paths.includes(inGa)) return inGa;
  }
  // The same object first, then the same name deeper inside it.
  const here = withoutIndices(path);
  const siblings = paths.filter((candidate) => parentOf(candidate) === here).map(nameIn);
  // A member of another form of this object is spelled well, but has no place here.
  if (siblings.includes(name)) return null;
  const sibling = closest(name, new Set(siblings));
  if (sibling !== null) return joined(path, sibling);
  const deeper = paths.filter(
    (candidate) =>
      nameIn(candidate) === name && candidate.startsWith(`${path}.`) && !candidate.includes("[]"),
  );
  return deeper.length === 1 ? (deeper[0] ?? null) : null;
}

function* memberPaths(schema: TSchema, path: string, depth: number): Generator<string> {
  if (depth > MAX_DEPTH) return;
  for (const branch of flattenUnion(schema)) {
    if (KindGuard.IsArray(branch)) {
      yield* memberPaths(branch.items, `${path}[]`, depth + 1);
    }
    for (const [name, member] of Object.entries(membersOfObject(branch))) {
      const memberPath = joined(path, name);
      yield memberPath;
      yield* memberPaths(member, memberPath, depth + 1);
    }
  }
}

function withoutIndices(path: string): string {
  return path.replaceAll(/\[\d+\]/g, "[]");
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf(".")));
}

function nameIn(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}
