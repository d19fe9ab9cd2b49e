import type { Read, TimeWords } from "./language";

/** What the times of day of all languages share. */

export const DAY_MINUTES = 24 * 60;

/** Minutes since midnight. */
export type ReadTime = Read<number> & {
  /** True where the words leave no choice between morning and evening: "noon", "0:15". */
  readonly isTold?: boolean;
};

/** Words after a time. */
interface DayHalves {
  readonly morning: readonly string[];
  readonly evening: readonly string[];
  /** Those of the evening that may mean the begin of a day: "three at night". */
  readonly night: readonly string[];
}

function minutesOfDay(now: Date): number {
  return now.getHours() * 60 + now.getMinutes();
}

/** Minutes since midnight, of any day, as "07:30:00". */
function clock(minutes: number): string {
  const inDay = ((minutes % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES;
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(Math.floor(inDay / 60))}:${two(inDay % 60)}:00`;
}

function follows(tokens: readonly string[], at: number, text: string): boolean {
  return text.split(" ").every((word, index) => tokens[at + index] === word);
}

/** Where the first of these texts that stands at `at` ends. */
export function endOf(
  tokens: readonly string[],
  at: number,
  texts: readonly string[],
): number | null {
  const found = texts.find((text) => follows(tokens, at, text));
  return found === undefined ? null : at + found.split(" ").length;
}

/** Texts and the minutes that they mean. Of texts that begin alike the longer stands first. */
export type MinuteWords = readonly (readonly [text: string, minutes: number])[];

/** The minutes of the first of these texts that stands at `start`. */
export function readMinuteWords(
  tokens: readonly string[],
  start: number,
  texts: MinuteWords,
): Read<number> | undefined {
  const found = texts.find(([text]) => follows(tokens, start, text));
  if (found === undefined) return undefined;
  const [text, minutes] = found;
  return { value: minutes, end: start + text.split(" ").length };
}

/** The last hour of the night: "five at night" is said of the afternoon, if at all. */
const LAST_NIGHT_HOUR = 4;

export function isHour(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 24;
}

/** How a language tells the time. */
interface ClockWords {
  readonly halves: DayHalves;
  /** Before a span of time that makes it a time: "in". */
  readonly fromNow: string;
  readonly readDuration: TimeWords["readDuration"];
  /** Times on the clock, in every way to read them. */
  readonly readClock: (tokens: readonly string[], start: number) => readonly ReadTime[];
}

export function timeReader(language: ClockWords): TimeWords["readTimes"] {
  const { fromNow, halves, readClock, readDuration } = language;
  return (tokens, start, now) => {
    const nowMinutes = minutesOfDay(now);
    const later = tokens[start] === fromNow ? readDuration(tokens, start + 1) : undefined;
    if (later !== undefined)
      return [{ value: clock(nowMinutes + Math.round(later.value)), end: later.end }];
    return readClock(tokens, start)
      .flatMap((time) => withHalf(tokens, time, nowMinutes, halves))
      .map(({ value, end }) => ({ value: clock(value), end }))
      .toSorted((one, other) => other.end - one.end);
  };
}

/** Morning or evening, as it is said, or else whichever comes next; none for fifteen in the morning. */
function withHalf(
  tokens: readonly string[],
  { value: minutes, end, isTold = false }: ReadTime,
  nowMinutes: number,
  { morning, evening, night }: DayHalves,
): readonly Read<number>[] {
  const hour = Math.floor(minutes / 60);
  const inMorning = endOf(tokens, end, morning);
  const inEvening = endOf(tokens, end, evening);
  const half = minutes % (DAY_MINUTES / 2);
  if (inMorning !== null) return hour > 12 ? [] : [{ value: half, end: inMorning }];
  if (inEvening !== null) {
    const isNight = endOf(tokens, end, night) !== null;
    const beginsDay = isNight && (hour === 12 || hour <= LAST_NIGHT_HOUR);
    return [{ value: beginsDay ? half : half + DAY_MINUTES / 2, end: inEvening }];
  }
  if (isTold || hour > 12) return [{ value: minutes, end }];
  const isPast = half <= nowMinutes && half + DAY_MINUTES / 2 > nowMinutes;
  return [{ value: isPast ? half + DAY_MINUTES / 2 : half, end }];
}
