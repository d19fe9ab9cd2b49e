import type { Slot } from "./tool-schema";

/** What a sentence asks of a tool. */
export interface UnderstoodCall {
  /** The tool's name. */
  readonly name: string;
  /** Fit the tool's schema. */
  readonly arguments: Record<string, unknown>;
}

/** A call of which not all may have been said. */
export interface OpenCall extends UnderstoodCall {
  /** The required parameters that have no value yet. */
  readonly lacks: readonly string[];
}

/** The calls as they are made. */
export function callsOf(open: readonly OpenCall[]): readonly UnderstoodCall[] {
  return open.map((call) => ({ name: call.name, arguments: call.arguments }));
}

/** A parameter of a tool. */
export interface Lack {
  readonly tool: string;
  readonly slot: Slot;
}

/** Calls that can be made when the user has said what they lack. */
export interface Question {
  readonly calls: readonly OpenCall[];
  /** What the user is asked for. */
  readonly asked: Lack;
  /** What else is lacking. */
  readonly others: readonly Lack[];
}

/** Finds a parameter that a sentence can fill. */
export type FindSlot = (tool: string, parameter: string) => Slot | undefined;

/** What to ask; null where nothing is lacking, or something that no sentence can tell. */
export function questionOf(calls: readonly OpenCall[], findSlot: FindSlot): Question | null {
  const lacking: Lack[] = [];
  for (const { name: tool, lacks } of calls) {
    for (const parameter of lacks) {
      const slot = findSlot(tool, parameter);
      if (slot === undefined) return null;
      lacking.push({ tool, slot });
    }
  }
  const [asked, ...others] = lacking;
  return asked === undefined ? null : { calls, asked, others };
}

/**
 * Where the values of a reply may belong: to what was asked, or to what else is lacking, but no free
 * text that was not asked for. Parameters that the tools no longer have are left out.
 */
export function slotsOf({ asked, others }: Question, findSlot: FindSlot): readonly Slot[] {
  return [asked, ...others.filter(({ slot }) => slot.kind !== "text")].flatMap(
    ({ slot, tool }) => findSlot(tool, slot.parameter) ?? [],
  );
}
