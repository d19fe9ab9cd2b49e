import {
  DAY_MINUTES,
  type MinuteWords,
  type ReadTime,
  endOf,
  isHour,
  readMinuteWords,
  timeReader,
} from "./clock-time";
import { readNumber } from "./english-numbers";
import type { Read, TimeWords } from "./language";
import { type Phrase, anyOf, choice, optional, sequence, words } from "./phrase";

const HOURS = "one two three four five six seven eight nine ten eleven twelve".split(" ");
const LATE_HOURS = "thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split(
  " ",
);
const MINUTES = "five ten fifteen twenty thirty forty fifty".split(" ");
const PARTS: MinuteWords = [
  ["half", 30],
  ["quarter", 15],
  ["a quarter", 15],
];
/** Times of day with a name, in minutes since midnight. */
const NAMED: MinuteWords = [
  ["noon", DAY_MINUTES / 2],
  ["midday", DAY_MINUTES / 2],
  ["midnight", 0],
];
const MORNING = ["am", "a m", "in the morning", "this morning"];
const EVENING = [
  "pm",
  "p m",
  "in the afternoon",
  "this afternoon",
  "in the evening",
  "this evening",
  "at night",
  "tonight",
];
const NIGHT = ["at night", "tonight"];

/** "ten minutes", "half a hour" ("an" is read as "a"), "two hours" */
function readDuration(tokens: readonly string[], start: number): Read<number> | undefined {
  const whole = readMinuteWords(tokens, start, DURATIONS);
  if (whole !== undefined) return withRest(tokens, whole, whole.value);
  const number = readNumber(tokens, start);
  if (number === undefined) return undefined;
  const unit = readMinuteWords(tokens, number.end, UNITS);
  if (unit === undefined) return undefined;
  return withRest(tokens, { value: number.value * unit.value, end: unit.end }, unit.value);
}

/** "and a half", "and ten minutes", "ten minutes" after hours or minutes */
function withRest(
  tokens: readonly string[],
  whole: Read<number>,
  unitMinutes: number,
): Read<number> {
  const part = readMinuteWords(tokens, whole.end, PARTS_OF_UNIT);
  if (part !== undefined && unitMinutes >= 1)
    return { value: whole.value + part.value * unitMinutes, end: part.end };
  const number = readNumber(tokens, endOf(tokens, whole.end, ["and"]) ?? whole.end);
  const unit = number === undefined ? undefined : readMinuteWords(tokens, number.end, UNITS);
  if (number === undefined || unit === undefined) return whole;
  // "Ten minutes and two hours" are two spans.
  if (unit.value >= unitMinutes) return whole;
  return { value: whole.value + number.value * unit.value, end: unit.end };
}

/** Behind a span of whole hours or minutes, in its unit. */
const PARTS_OF_UNIT: MinuteWords = [
  ["and a half", 0.5],
  ["and a quarter", 0.25],
];

const DURATIONS: MinuteWords = [
  ["half a hour", 30],
  ["a half hour", 30],
  ["three quarters of a hour", 45],
  ["a quarter of a hour", 15],
  ["a hour and a half", 90],
  ["a hour", 60],
  ["a minute", 1],
  ["half a minute", 0.5],
];

const UNITS: MinuteWords = [
  ["second", 1 / 60],
  ["seconds", 1 / 60],
  ["minute", 1],
  ["minutes", 1],
  ["hour", 60],
  ["hours", 60],
];

/** Times on the clock, in every way to read them. */
function readClock(tokens: readonly string[], start: number): readonly ReadTime[] {
  const named = readMinuteWords(tokens, start, NAMED);
  if (named !== undefined) return [{ ...named, isTold: true }];
  return [...readPast(tokens, start), ...readLongHour(tokens, start), ...readHour(tokens, start)];
}

/** "oh seven thirty", as "07:30" is read: of 24 hours, in the morning. */
function readLongHour(tokens: readonly string[], start: number): readonly ReadTime[] {
  if (endOf(tokens, start, ["oh", "zero"]) === null) return [];
  return readHour(tokens, start + 1)
    .filter(({ value, end }) => value < 10 * 60 && end > start + 2)
    .map((time) => ({ ...time, isTold: true }));
}

/** A time has no parts of minutes: "ten and a half past six" is none. */
function isMinute(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < 60;
}

/** "half past seven", "half seven", "quarter to eight", "ten past six", "half past midnight" */
function readPast(tokens: readonly string[], start: number): readonly ReadTime[] {
  const part = readMinuteWords(tokens, start, PARTS);
  const minutes = part ?? readNumber(tokens, start);
  if (minutes === undefined || !isMinute(minutes.value)) return [];
  const unit = part === undefined ? endOf(tokens, minutes.end, ["minutes", "minute"]) : null;
  const at = unit ?? minutes.end;
  const halfOf = tokens[start] === "half" ? readNumber(tokens, at) : undefined;
  if (halfOf !== undefined && isHour(halfOf.value))
    return [{ value: halfOf.value * 60 + minutes.value, end: halfOf.end }];
  const direction = tokens[at];
  if (direction !== "past" && direction !== "to") return [];
  const offset = direction === "past" ? minutes.value : -minutes.value;
  const named = readMinuteWords(tokens, at + 1, NAMED);
  if (named !== undefined)
    return [{ ...named, value: (named.value + offset + DAY_MINUTES) % DAY_MINUTES, isTold: true }];
  const hour = readNumber(tokens, at + 1);
  if (hour === undefined || !isHour(hour.value)) return [];
  return [{ value: hour.value * 60 + offset, end: hour.end }];
}

/** "seven", "seven o'clock", "seven thirty", "seven oh five" */
function readHour(tokens: readonly string[], start: number): readonly ReadTime[] {
  return numbersFrom(tokens, start).flatMap((hour): readonly ReadTime[] => {
    if (!isHour(hour.value)) return [];
    const minutes = hour.value * 60;
    const isTold = hour.value === 0;
    const full = {
      value: minutes,
      isTold,
      end: endOf(tokens, hour.end, ["oclock", "o clock"]) ?? hour.end,
    };
    const zero = endOf(tokens, hour.end, ["oh", "o", "zero"]);
    const rest = readNumber(tokens, zero ?? hour.end);
    if (rest === undefined || !isMinute(rest.value) || (zero === null) !== rest.value > 9)
      return [full];
    return [{ value: minutes + rest.value, end: rest.end, isTold }, full];
  });
}

/** "twenty thirty" is no number, but "twenty two" is one, and two as well: "twenty", "two". */
function numbersFrom(tokens: readonly string[], start: number): readonly Read<number>[] {
  const whole = readNumber(tokens, start);
  if (whole === undefined) return [];
  const first = readNumber(tokens.slice(0, start + 1), start);
  return first === undefined || first.end === whole.end ? [whole] : [whole, first];
}

/** What is listened for: hours with five minutes, halves and quarters, and spans of time. */
function spokenTimes(): Phrase {
  const hours = anyOf(...HOURS);
  const half = optional(choice(anyOf(...MORNING), anyOf(...EVENING)));
  const minutes = anyOf(...MINUTES);
  const named = anyOf(...NAMED.map(([text]) => text));
  const part = choice(anyOf(...PARTS.map(([text]) => text)), minutes);
  const near = sequence(part, anyOf("past", "to"));
  return choice(
    sequence(choice(near, words("half")), hours, half),
    sequence(near, named),
    sequence(hours, optional(choice(anyOf("oclock"), minutes)), half),
    sequence(anyOf(...LATE_HOURS), minutes),
    named,
    sequence(words("in"), spokenDurations()),
  );
}

/** Spans of time that are listened for. */
function spokenDurations(): Phrase {
  return choice(
    anyOf(...DURATIONS.map(([text]) => text)),
    sequence(
      anyOf(...HOURS, ...MINUTES.slice(2)),
      optional(words("and", "a", "half")),
      anyOf("minutes", "minute", "hours", "hour"),
    ),
  );
}

/**
 * "half past seven", "seven thirty pm", "nineteen thirty", "noon", and "in ten minutes", which is a time
 * too.
 */
const readTimes = timeReader({
  halves: { morning: MORNING, evening: EVENING, night: NIGHT },
  fromNow: "in",
  readDuration,
  readClock,
});

export const englishTimes: TimeWords = { readTimes, readDuration, spokenTimes, spokenDurations };
