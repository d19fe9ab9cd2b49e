import {
  type CompiledCommand,
  type CompiledCommands,
  commandSetOf,
  slotFinder,
} from "./compiled-commands";
import type { LanguageCode } from "./language";
import { languageOf } from "./languages";
import { type Match, Matcher } from "./matching";
import { callsOf, type OpenCall, type Question, questionOf, type UnderstoodCall } from "./question";
import { type Token, tokenise } from "./sentence";
import { accepts, type ChoiceSlot, type CommandTool, nameOf, type Slot } from "./tool-schema";

export type Understanding =
  | { readonly kind: "calls"; readonly calls: readonly UnderstoodCall[] }
  /** A command that does not say all. `reason`: one sentence for the user. */
  | { readonly kind: "incomplete"; readonly question: Question; readonly reason: string }
  /** `reason`: one sentence for the user. */
  | { readonly kind: "not-understood"; readonly reason: string };

/** Longer texts are no commands. */
const MOST_TOKENS = 100;
const MOST_CALLS = 8;
/** "All the lights" of more rooms than this are not switched by one sentence. */
const MOST_OF_ALL = 16;
/** Ways to divide a sentence among tools that are compared; a sentence of two commands has a handful. */
const MOST_READINGS = 500;

/** Not to name the tool's thing ("turn on the kitchen") is a liberty, smaller than a misspelling. */
const UNNAMED_COST = 0.3;
/**
 * "The kitchen and the bedroom light" are more likely two lights than something else and a light, and
 * "… to 21 and the bedroom to 19" more likely goes on than begins anew.
 */
const TURN_COST = 0.1;
const MISSING_COST = 10;
/** Readings nearer than this are equally good. */
const TIE = 0.05;

/** One part of a sentence, read as one tool's command. */
interface Part {
  readonly command: CompiledCommand;
  readonly match: Match;
  readonly isFull: boolean;
  /** What it does: as it says, or as the part before it. */
  readonly action: string | null;
}

interface Reading {
  readonly calls: readonly OpenCall[];
  readonly cost: number;
}

/**
 * Which tools a typed or recognised sentence asks for, and with which arguments. Case, accents,
 * punctuation and small misspellings are forgiven. `now`: what "in ten minutes" counts from. Everything
 * that is not a command of these tools in this language is not understood.
 */
export function understand(
  text: string,
  tools: readonly CommandTool[],
  now = new Date(),
  language: LanguageCode = "en",
): Understanding {
  const compiled = commandSetOf(tools, languageOf(language));
  const { commands } = compiled;
  if (commands.length === 0) return notUnderstood("There are no tools that could be asked for.");
  const tokens = tokenise(text, compiled.language);
  if (tokens.length === 0) return notUnderstood("Nothing was said.");
  if (tokens.length > MOST_TOKENS) return notUnderstood("This is too long to be a command.");

  const matcher = new Matcher(text, tokens, compiled, now);
  const readings = readingsOf(matcher, tokens, compiled);
  if (matcher.isExhausted) return notUnderstood("This is too long to be a command.");
  const best = readings.reduce<Reading | undefined>(
    (least, reading) => (least === undefined || reading.cost < least.cost ? reading : least),
    undefined,
  );
  if (best === undefined) return notUnderstood(unknownReason(tokens, compiled));
  const isIncomplete = best.calls.some(({ lacks }) => lacks.length > 0);
  const namesOf = ({ calls }: Reading): string => calls.map(({ name }) => name).join(", ");
  const rival = readings.find(
    (other) =>
      other.cost - best.cost < TIE &&
      (isIncomplete
        ? namesOf(other) !== namesOf(best)
        : JSON.stringify(other.calls) !== JSON.stringify(best.calls)),
  );
  if (rival !== undefined) {
    const names = new Set([best, rival].map(namesOf));
    return notUnderstood(`This could mean ${[...names].join(" or ")}; say it in more words.`);
  }
  if (isIncomplete) return incomplete(best.calls, compiled);
  return { kind: "calls", calls: callsOf(best.calls) };
}

function incomplete(calls: readonly OpenCall[], compiled: CompiledCommands): Understanding {
  const findSlot = slotFinder(compiled);
  const missing = calls.flatMap(({ name, lacks }) =>
    lacks.map((parameter) => `${name} needs ${described(parameter, findSlot(name, parameter))}`),
  );
  const reason = `${missing.join("; ")}.`;
  const question = questionOf(calls, findSlot);
  return question === null ? notUnderstood(reason) : { kind: "incomplete", question, reason };
}

function notUnderstood(reason: string): Understanding {
  return { kind: "not-understood", reason };
}

function unknownReason(
  tokens: readonly Token[],
  { language, vocabulary }: CompiledCommands,
): string {
  const isUnknown = (word: string): boolean => !vocabulary.has(language.spelling.bare(word));
  const unknown = new Set(
    tokens.filter(({ word }) => word !== "" && isUnknown(word)).map(({ word }) => word),
  );
  if (unknown.size === 0) return "These words do not make a command that the tools have.";
  const list = [...unknown].slice(0, 5).map((word) => `"${word.slice(0, 30)}"`);
  return `No command of the tools has the word${list.length === 1 ? "" : "s"} ${list.join(", ")} here.`;
}

function readingsOf(
  matcher: Matcher,
  tokens: readonly Token[],
  { commands, language }: CompiledCommands,
): readonly Reading[] {
  const { joiner, politeStart, typedEnd, typedStart } = language.commands;
  const readings: Reading[] = [];
  /** Where the next command can begin after one that ends here. */
  const nextStarts = (end: number): readonly number[] => {
    const starts = new Set<number>();
    for (const { end: polite } of matcher.matches(typedEnd, end)) {
      for (const { end: next } of matcher.matches(joiner, polite)) starts.add(next);
      if (!matcher.isDivided(polite)) continue;
      for (const { end: next } of matcher.matches(politeStart, polite)) starts.add(next);
    }
    return [...starts];
  };
  const partsFrom = (start: number, before: Part | undefined): readonly Part[] =>
    commands.flatMap((command) => [
      ...matcher.readings(command.full, start).flatMap((match) => fullPart(command, match, before)),
      ...(before === undefined || command.continuation === null
        ? []
        : matcher
            .readings(command.continuation, start)
            .flatMap((match) => continuedPart(command, match, before))),
    ]);
  const isWhole = (end: number): boolean =>
    matcher.matches(typedEnd, end).some((match) => match.end === tokens.length);
  const known = new Map<string, boolean>();
  /** Whether so many parts can end the sentence. Else each way to begin it would be tried in vain. */
  const canEnd = (start: number, count: number, before: Part): boolean => {
    if (count === 0) return false;
    const key = JSON.stringify([start, count, before.action]);
    let isPossible = known.get(key);
    if (isPossible === undefined) {
      isPossible = partsFrom(start, before).some(
        (part) =>
          isWhole(part.match.end) ||
          nextStarts(part.match.end).some((next) => canEnd(next, count - 1, part)),
      );
      known.set(key, isPossible);
    }
    return isPossible;
  };
  const extend = (before: readonly Part[], start: number): void => {
    for (const part of partsFrom(start, before.at(-1))) {
      if (readings.length >= MOST_READINGS) return;
      const parts = [...before, part];
      const { end } = part.match;
      if (isWhole(end)) readings.push(resolve(parts));
      for (const next of nextStarts(end))
        if (canEnd(next, MOST_CALLS - parts.length, part)) extend(parts, next);
    }
  };
  for (const { end: start } of matcher.matches(typedStart, 0))
    for (const { end } of matcher.matches(politeStart, start)) extend([], end);
  return readings;
}

/** A command of its own; none where it does not say which thing it means. */
function fullPart(
  command: CompiledCommand,
  match: Match,
  before: Part | undefined,
): readonly Part[] {
  if (!isIdentified(command, match)) return [];
  return [{ command, match, isFull: true, action: match.action ?? before?.action ?? null }];
}

/** What goes on with what was done before; none where that cannot be done to it. */
function continuedPart(command: CompiledCommand, match: Match, before: Part): readonly Part[] {
  const action = match.action ?? before.action;
  if (action === null || !command.actions.has(action) || !isIdentified(command, match)) return [];
  return [{ command, match, isFull: false, action }];
}

/** "… with some milk and some sugar" is one command, where "… the kitchen and the hall" is two. */
function withComplements(parts: readonly Part[]): readonly Part[] {
  const whole: Part[] = [];
  for (const part of parts) {
    const before = whole.at(-1);
    if (before === undefined || !isComplement(part, before)) whole.push(part);
    else {
      const match = {
        ...before.match,
        cost: before.match.cost + part.match.cost,
        assigned: [...before.match.assigned, ...part.match.assigned],
      };
      whole.splice(-1, 1, { ...before, match });
    }
  }
  return whole;
}

/** True for what tells more of the command before it and nothing else. */
function isComplement({ command, isFull, match }: Part, before: Part): boolean {
  if (isFull || command !== before.command || match.named || match.action !== null) return false;
  const told = new Set(before.match.assigned.map(([parameter]) => parameter));
  return match.assigned.every(([parameter]) => !told.has(parameter));
}

/** Gives each part what it left out and takes from its neighbours. */
function resolve(said: readonly Part[]): Reading {
  const parts = withComplements(said);
  let cost = 0;
  const values: Map<string, unknown>[] = [];
  for (const [index, { command, match, isFull, action }] of parts.entries()) {
    const before = values[index - 1];
    const assigned = new Map(match.assigned);
    cost += match.cost;
    if (command.hasName && !match.named) cost += UNNAMED_COST;
    const previous = parts[index - 1];
    if (previous !== undefined) cost += turnCost({ command, match, isFull, action }, previous);
    const does = isFull ? match.action : action;
    const meaning = does === null ? null : (command.actions.get(does) ?? null);
    if (meaning !== null && !assigned.has(meaning[0])) assigned.set(...meaning);
    // A large latte and an espresso are not two large drinks.
    inherit(command, assigned, before, !isFull && action !== "order");
    values.push(assigned);
  }
  // "the light and the fan in the bedroom": both are in the bedroom when the first has to be somewhere.
  for (let index = parts.length - 2; index >= 0; index--) {
    const part = parts[index];
    const own = values[index];
    const next = parts[index + 1];
    if (part === undefined || own === undefined || next?.isFull === true) continue;
    inherit(part.command, own, values[index + 1], next !== undefined && isSharedWith(part, next));
  }

  const calls = parts.flatMap(({ action, command, match }, index) => {
    const assigned = values[index] ?? new Map<string, unknown>();
    switchByTold(command, assigned);
    const each = match.isEvery && match.named ? allOf(command, assigned) : null;
    // "Set the volume" asks for nothing yet.
    const wanted = new Set([
      ...command.required,
      ...(match.topic === null ? [] : [match.topic]),
      ...(action === "set" ? whatIsSet(command) : []),
    ]);
    const lacks: string[] = [];
    for (const parameter of wanted) {
      if (parameter === each?.parameter) continue;
      if (!assigned.has(parameter) && command.implied.has(parameter)) {
        assigned.set(parameter, command.implied.get(parameter));
      }
      if (!assigned.has(parameter)) lacks.push(parameter);
    }
    const inOrder = command.slots.map(({ parameter }) => parameter);
    const callWith = (...told: readonly (readonly [string, unknown])[]): OpenCall => {
      const entries = [...assigned, ...told].toSorted(
        ([one], [other]) => inOrder.indexOf(one) - inOrder.indexOf(other),
      );
      return { name: command.tool, arguments: Object.fromEntries(entries), lacks };
    };
    return each === null
      ? [callWith()]
      : each.values.map(({ value }) => callWith([each.parameter, value]));
  });
  const missing = calls.reduce((count, { lacks }) => count + lacks.length, 0);
  return { calls, cost: cost + MISSING_COST * missing };
}

/**
 * Where "all the lights" are, which is not said: the parameter that the tool requires and that has not
 * been told, with all its values. Null where that is not one alone.
 */
function allOf(
  command: CompiledCommand,
  assigned: ReadonlyMap<string, unknown>,
): ChoiceSlot | null {
  const [open, ...others] = command.slots.filter(
    ({ parameter }) => command.required.includes(parameter) && !assigned.has(parameter),
  );
  if (open?.kind !== "choice" || others.length > 0 || setByVerb(command, open)) return null;
  return open.values.length > MOST_OF_ALL ? null : open;
}

/** What it costs to take this part for what follows on that one. */
function turnCost({ command, isFull, match }: Part, before: Part): number {
  const saysAction = match.action !== null;
  if (isFull) return saysAction ? 0 : TURN_COST;
  if (command !== before.command) return 2 * TURN_COST;
  return saysAction ? TURN_COST : 0;
}

/**
 * True where what is told of the next part is meant of this one too: "set the kitchen and the bedroom
 * light to fifty", "the light in the kitchen and the bedroom". To turn on "the kitchen light and the
 * bedroom light at fifty" leaves the first as it comes.
 */
function isSharedWith({ action, command, match }: Part, next: Part): boolean {
  if (match.level !== null) return false;
  const isOneThing =
    command === next.command && command.hasName && !(match.named && next.match.named);
  const byVerb = new Set([...command.actions.values()].map((meaning) => meaning?.[0]));
  const told = match.assigned.filter(([parameter]) => !byVerb.has(parameter));
  const isToldNext = ([parameter]: Match["assigned"][number]): boolean =>
    next.match.assigned.some(([other]) => other === parameter);
  return (action === "set" || isOneThing) && told.length <= 1 && told.every(isToldNext);
}

/** A command says which thing it means: by the tool's thing, a choice, or free text. */
function isIdentified(command: CompiledCommand, match: Match): boolean {
  if (match.named || command.isWritten) return true;
  if (command.nameRequired) return false;
  const telling = command.slots.filter(
    (slot) => slot.kind !== "number" && slot.kind !== "time" && !setByVerb(command, slot),
  );
  if (!command.hasName && telling.length === 0) return true;
  return telling.some(({ parameter }) => match.assigned.some(([name]) => name === parameter));
}

/** "Set the lamp to fifty percent", or "to red", switches it on where the tool asks for that too, and to zero off. */
function switchByTold(command: CompiledCommand, assigned: Map<string, unknown>): void {
  const on = command.actions.get("on") ?? null;
  if (on === null || assigned.has(on[0]) || !command.required.includes(on[0])) return;
  const level = command.slots.find(
    (slot) => slot.kind === "number" && assigned.has(slot.parameter),
  );
  if (level?.kind !== "number") {
    if (command.slots.some((slot) => tellsManner(slot, assigned))) assigned.set(...on);
    return;
  }
  if (assigned.get(level.parameter) !== 0) {
    assigned.set(...on);
    return;
  }
  const off = command.actions.get("off") ?? null;
  if (off?.[0] === on[0] && level.isLevel) assigned.set(...off);
}

/** Whether it is told how the thing is to be, and that is not off. */
function tellsManner(slot: Slot, assigned: ReadonlyMap<string, unknown>): boolean {
  if (slot.kind !== "choice" || !slot.isManner || !assigned.has(slot.parameter)) return false;
  const told = slot.values.find(({ value }) => value === assigned.get(slot.parameter));
  return told !== undefined && told.state?.key !== "off";
}

/** The parameter that is set, where it can be no other: "set the blinds" does not say how far. */
function whatIsSet(command: CompiledCommand): readonly string[] {
  const [only, ...others] = command.slots.filter((slot) =>
    slot.kind === "choice" ? slot.isManner || setByVerb(command, slot) : slot.kind === "number",
  );
  if (only === undefined || others.length > 0) return [];
  return only.kind === "choice" || isScale(only) ? [only.parameter] : [];
}

/** Whether it tells how far or how much: "set away mode" needs not say for how many hours. */
function isScale(slot: Slot): boolean {
  if (slot.kind !== "number" || slot.isChange || slot.unitMinutes !== null) return false;
  const { maximum, minimum } = slot.range;
  return slot.isLevel || (Number.isFinite(minimum) && Number.isFinite(maximum));
}

function setByVerb(command: CompiledCommand, slot: Slot): boolean {
  return [...command.actions.values()].some((meaning) => meaning?.[0] === slot.parameter);
}

/** Takes over values that are not said: all that fit, or only the required ones. */
function inherit(
  command: CompiledCommand,
  own: Map<string, unknown>,
  other: ReadonlyMap<string, unknown> | undefined,
  all: boolean,
): void {
  if (other === undefined) return;
  for (const slot of command.slots) {
    const { parameter } = slot;
    if (own.has(parameter) || !other.has(parameter)) continue;
    if (!all && !slot.required) continue;
    const value = other.get(parameter);
    if (accepts(slot, value)) own.set(parameter, value);
  }
}

function described(parameter: string, slot: Slot | undefined): string {
  if (slot?.kind !== "choice") return parameter;
  const names = slot.values.slice(0, 6).map(nameOf);
  const others = slot.values.length > names.length ? ", …" : "";
  return `${parameter} (${names.join(", ")}${others})`;
}
