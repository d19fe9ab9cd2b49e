import { readNumber } from "./number-words";
import { type Phrase, anyOf, choice, optional, sequence, words } from "./phrase";

const HOURS = "one two three four five six seven eight nine ten eleven twelve".split(" ");
const LATE_HOURS = "thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split(
  " ",
);
const MINUTES = "five ten fifteen twenty thirty forty fifty".split(" ");
const PARTS = ["half", "quarter", "a quarter"];
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

const DAY_MINUTES = 24 * 60;

/** A time of day, and where its words end. */
interface ReadTime {
  /** Minutes since midnight. */
  readonly minutes: number;
  readonly end: number;
}

/**
 * Reads a time of day in words at `start`: "half past seven", "seven thirty pm", "nineteen thirty",
 * "noon", and "in ten minutes", which is a time too. One without morning or evening is the next that
 * comes. Returns it as "07:30:00", in every way in which the words can be read, longest first.
 */
export function readTimes(
  tokens: readonly string[],
  start: number,
  now: Date,
): readonly { readonly value: string; readonly end: number }[] {
  const nowMinutes = now.getHours() * 60 + now.getMinutes();
  const relative = readRelative(tokens, start, nowMinutes);
  const times = relative === undefined ? readClock(tokens, start) : [relative];
  return times
    .flatMap((time) => (relative === undefined ? withHalf(tokens, time, nowMinutes) : [time]))
    .map(({ minutes, end }) => ({ value: clock(minutes), end }))
    .toSorted((one, other) => other.end - one.end);
}

function clock(minutes: number): string {
  const inDay = ((minutes % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES;
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(Math.floor(inDay / 60))}:${two(inDay % 60)}:00`;
}

function follows(tokens: readonly string[], at: number, text: string): boolean {
  return text.split(" ").every((word, index) => tokens[at + index] === word);
}

/** Where the first of these texts that stands at `at` ends. */
function endOf(tokens: readonly string[], at: number, texts: readonly string[]): number | null {
  const found = texts.find((text) => follows(tokens, at, text));
  return found === undefined ? null : at + found.split(" ").length;
}

/** "in ten minutes", "in half an hour" */
function readRelative(
  tokens: readonly string[],
  start: number,
  nowMinutes: number,
): ReadTime | undefined {
  if (tokens[start] !== "in") return undefined;
  const duration = readDuration(tokens, start + 1);
  if (duration === undefined) return undefined;
  return { minutes: nowMinutes + Math.round(duration.minutes), end: duration.end };
}

/** "ten minutes", "half a hour" ("an" is read as "a"), "two hours" */
export function readDuration(tokens: readonly string[], start: number): ReadTime | undefined {
  for (const [text, minutes] of DURATIONS) {
    if (follows(tokens, start, text)) return { minutes, end: start + text.split(" ").length };
  }
  const number = readNumber(tokens, start);
  if (number === undefined) return undefined;
  const unit = UNIT_MINUTES.get(tokens[number.end] ?? "");
  return unit === undefined ? undefined : { minutes: number.value * unit, end: number.end + 1 };
}

const DURATIONS: readonly (readonly [text: string, minutes: number])[] = [
  ["half a hour", 30],
  ["a half hour", 30],
  ["a quarter of a hour", 15],
  ["a hour and a half", 90],
  ["a hour", 60],
  ["a minute", 1],
  ["half a minute", 0.5],
];

const UNIT_MINUTES: ReadonlyMap<string, number> = new Map([
  ["second", 1 / 60],
  ["seconds", 1 / 60],
  ["minute", 1],
  ["minutes", 1],
  ["hour", 60],
  ["hours", 60],
]);

/** Times on the clock, in every way to read them. */
function readClock(tokens: readonly string[], start: number): readonly ReadTime[] {
  if (tokens[start] === "noon" || tokens[start] === "midday")
    return [{ minutes: DAY_MINUTES / 2, end: start + 1 }];
  if (tokens[start] === "midnight") return [{ minutes: 0, end: start + 1 }];
  return [...readPast(tokens, start), ...readHour(tokens, start)];
}

/** "half past seven", "quarter to eight", "ten past six" */
function readPast(tokens: readonly string[], start: number): readonly ReadTime[] {
  const part = endOf(tokens, start, PARTS);
  const number = part === null ? readNumber(tokens, start) : undefined;
  const minutes = part === null ? number?.value : tokens[start] === "half" ? 30 : 15;
  let at = part ?? number?.end;
  if (minutes === undefined || at === undefined || minutes >= 60) return [];
  if (number !== undefined) at = endOf(tokens, at, ["minutes", "minute"]) ?? at;
  const direction = tokens[at];
  if (direction !== "past" && direction !== "to") return [];
  const hour = readNumber(tokens, at + 1);
  if (hour === undefined || !isHour(hour.value)) return [];
  const sign = direction === "past" ? 1 : -1;
  return [{ minutes: hour.value * 60 + sign * minutes, end: hour.end }];
}

/** "seven", "seven o'clock", "seven thirty", "seven oh five" */
function readHour(tokens: readonly string[], start: number): readonly ReadTime[] {
  return numbersFrom(tokens, start).flatMap((hour): readonly ReadTime[] => {
    if (!isHour(hour.value)) return [];
    const minutes = hour.value * 60;
    const full = { minutes, end: endOf(tokens, hour.end, ["oclock", "o clock"]) ?? hour.end };
    const zero = endOf(tokens, hour.end, ["oh", "o", "zero"]);
    const rest = readNumber(tokens, zero ?? hour.end);
    const isMinute = rest !== undefined && rest.value < 60 && (zero === null) === rest.value > 9;
    return isMinute ? [{ minutes: minutes + rest.value, end: rest.end }, full] : [full];
  });
}

/** "twenty thirty" is no number, but "twenty two" is one, and two as well: "twenty", "two". */
function numbersFrom(
  tokens: readonly string[],
  start: number,
): readonly { readonly value: number; readonly end: number }[] {
  const whole = readNumber(tokens, start);
  if (whole === undefined) return [];
  const first = readNumber(tokens.slice(0, start + 1), start);
  return first === undefined || first.end === whole.end ? [whole] : [whole, first];
}

function isHour(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 24;
}

/** Morning or evening, as it is said, or else whichever comes next. */
function withHalf(
  tokens: readonly string[],
  { minutes, end }: ReadTime,
  nowMinutes: number,
): readonly ReadTime[] {
  const hour = Math.floor(minutes / 60);
  const inMorning = endOf(tokens, end, MORNING);
  const inEvening = endOf(tokens, end, EVENING);
  const half = minutes % (DAY_MINUTES / 2);
  if (inMorning !== null) return [{ minutes: half, end: inMorning }];
  // Twelve at night is the begin of a day.
  const isMidnight = hour === 12 && (tokens[(inEvening ?? 0) - 1] ?? "").endsWith("night");
  if (inEvening !== null)
    return [{ minutes: isMidnight ? half : half + DAY_MINUTES / 2, end: inEvening }];
  const isTold = hour === 0 || hour > 12 || /noon|midday/.test(tokens[end - 1] ?? "");
  if (isTold) return [{ minutes, end }];
  const isPast = half <= nowMinutes && half + DAY_MINUTES / 2 > nowMinutes;
  return [{ minutes: isPast ? half + DAY_MINUTES / 2 : half, end }];
}

/** What is listened for: hours with five minutes, halves and quarters, and spans of time. */
export function spokenTimes(): Phrase {
  const hours = anyOf(...HOURS);
  const half = optional(choice(anyOf(...MORNING), anyOf(...EVENING)));
  const minutes = anyOf(...MINUTES);
  return choice(
    sequence(choice(anyOf(...PARTS), minutes), anyOf("past", "to"), hours, half),
    sequence(hours, optional(choice(anyOf("oclock"), minutes)), half),
    sequence(anyOf(...LATE_HOURS), minutes),
    anyOf("noon", "midday", "midnight"),
    sequence(words("in"), spokenDurations()),
  );
}

/** Spans of time that are listened for. */
export function spokenDurations(): Phrase {
  return choice(
    anyOf(...DURATIONS.map(([text]) => text)),
    sequence(anyOf(...HOURS, ...MINUTES.slice(2)), anyOf("minutes", "minute", "hours", "hour")),
  );
}
