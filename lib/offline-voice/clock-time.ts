import type { Read } from "./language";

/** What the times of day of all languages share. */

export const DAY_MINUTES = 24 * 60;

/** Minutes since midnight. */
export type ReadTime = Read<number> & {
  /** True where the words leave no choice between morning and evening: "noon". */
  readonly isTold?: boolean;
};

/** Words after a time. */
export interface DayHalves {
  readonly morning: readonly string[];
  readonly evening: readonly string[];
  /** Those of the evening with which twelve is the begin of a day. */
  readonly night: readonly string[];
}

export function minutesOfDay(now: Date): number {
  return now.getHours() * 60 + now.getMinutes();
}

/** Minutes since midnight, of any day, as "07:30:00". */
export function clock(minutes: number): string {
  const inDay = ((minutes % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES;
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(Math.floor(inDay / 60))}:${two(inDay % 60)}:00`;
}

export function follows(tokens: readonly string[], at: number, text: string): boolean {
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

export function isHour(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 24;
}

/** These times on the clock as times of a day, the longest in words first. */
export function clockTimes(
  times: readonly ReadTime[],
  tokens: readonly string[],
  nowMinutes: number,
  halves: DayHalves,
): readonly Read<string>[] {
  return times
    .map((time) => withHalf(tokens, time, nowMinutes, halves))
    .map(({ value, end }) => ({ value: clock(value), end }))
    .toSorted((one, other) => other.end - one.end);
}

/** Morning or evening, as it is said, or else whichever comes next. */
function withHalf(
  tokens: readonly string[],
  { value: minutes, end, isTold = false }: ReadTime,
  nowMinutes: number,
  { morning, evening, night }: DayHalves,
): Read<number> {
  const hour = Math.floor(minutes / 60);
  const inMorning = endOf(tokens, end, morning);
  const inEvening = endOf(tokens, end, evening);
  const half = minutes % (DAY_MINUTES / 2);
  if (inMorning !== null) return { value: half, end: inMorning };
  const isMidnight = hour === 12 && endOf(tokens, end, night) !== null;
  if (inEvening !== null)
    return { value: isMidnight ? half : half + DAY_MINUTES / 2, end: inEvening };
  if (isTold || hour === 0 || hour > 12) return { value: minutes, end };
  const isPast = half <= nowMinutes && half + DAY_MINUTES / 2 > nowMinutes;
  return { value: isPast ? half + DAY_MINUTES / 2 : half, end };
}
