import type { Language, State } from "./language";
import type { Slot } from "./tool-schema";

/** What the name of a tool says of how it is asked for. */
export interface ToolName {
  readonly action: string;
  /** The verbs that the name gives, none when that is by a state. */
  readonly verbs: readonly string[];
  readonly state: State | null;
  /** Words of the thing: "garage" of `openGarage`. */
  readonly thing: readonly string[];
}

/** Undefined for a name without words. `stateSlot`: see `stateSlotOf`. */
export function readName(
  name: readonly string[],
  slots: readonly Slot[],
  stateSlot: Slot | undefined,
  { commands }: Language,
): ToolName | undefined {
  const { activatingVerbs, isVerb, settingVerbs, stateNamed, verbsLike } = commands;
  const [first, ...rest] = name;
  if (first === undefined) return undefined;
  const ofState = (
    length: number,
    state: State | undefined,
    thing: readonly string[],
  ): ToolName[] =>
    state === undefined || length > name.length
      ? []
      : [{ action: state.key, verbs: [], state, thing }];
  const [stated] = [
    ...ofState(2, stateNamed(name.slice(0, 2)), name.slice(2)),
    ...ofState(1, stateNamed([first]), rest),
    // "garage_door_open"
    ...ofState(3, stateNamed(name.slice(-2)), name.slice(0, -2)),
    ...ofState(2, stateNamed(name.slice(-1)), name.slice(0, -1)),
  ];
  if (stated !== undefined && stateSlot === undefined) return stated;

  const isThingOnly =
    stateSlot !== undefined ||
    slots.some((slot) => slot.kind === "choice" || slot.kind === "number");
  // A "vacuum" that can be started is a thing.
  const isThing = stateSlot !== undefined && rest.length === 0 && verbsLike(first).action === first;
  if (
    (isVerb(first) && !isThing) ||
    (!isThingOnly && slots.length > 0) ||
    (rest.length === 0 && !isThingOnly)
  ) {
    return { ...verbsLike(first), state: null, thing: rest };
  }
  if (isThingOnly) return { ...settingVerbs, state: null, thing: stated?.thing ?? name };
  // Nothing tells whether the first word is a verb ("vacuum_floor") or not ("movie_mode"): both are heard.
  return {
    action: activatingVerbs.action,
    verbs: [...activatingVerbs.verbs, first],
    state: null,
    thing: name,
  };
}
