import {
  DAY_MINUTES,
  type MinuteWords,
  type ReadTime,
  endOf,
  isHour,
  readMinuteWords,
  timeReader,
} from "./clock-time";
import { readNumber } from "./french-numbers";
import type { Read, TimeWords } from "./language";
import { type Phrase, anyOf, choice, optional, sequence, words } from "./phrase";

// What is read is bare: without accents and apostrophes.

const MORNING = ["du matin", "ce matin"];
const EVENING = ["du soir", "ce soir", "de l apres midi", "cet apres midi"];

const NIGHT = ["ce soir"];

/** Minutes that follow an hour with a name of their own. */
const PARTS: MinuteWords = [
  ["et demie", 30],
  ["et demi", 30],
  ["et quart", 15],
  ["un quart", 15],
  ["trois quarts", 45],
  ["moins le quart", -15],
  ["moins un quart", -15],
  ["moins quart", -15],
];

const HOUR_WORDS = ["heures", "heure"];
const MINUTE_WORDS = ["minutes", "minute"];

/** With minutes and without. */
function readClock(tokens: readonly string[], start: number): readonly ReadTime[] {
  const hour = readHour(tokens, start);
  if (hour === undefined) return [];
  const minutes = readMinutes(tokens, hour.end);
  if (minutes === undefined) return [hour];
  return [{ ...hour, value: hour.value + minutes.value, end: minutes.end }, hour];
}

/** "zéro sept heures": "07h30" as it is typed. */
function beginsWithZero(tokens: readonly string[], start: number): boolean {
  return tokens[start] === "zero" && HOUR_WORDS.includes(tokens[start + 2] ?? "");
}

function readHour(tokens: readonly string[], start: number): ReadTime | undefined {
  if (tokens[start] === "midi") return { value: DAY_MINUTES / 2, end: start + 1, isTold: true };
  if (tokens[start] === "minuit") return { value: 0, end: start + 1, isTold: true };
  // "07h30" is in the morning.
  const isLong = beginsWithZero(tokens, start);
  const hour = readNumber(tokens, isLong ? start + 1 : start);
  if (hour === undefined || !isHour(hour.value)) return undefined;
  const end = endOf(tokens, hour.end, HOUR_WORDS);
  if (end === null) return undefined;
  return { value: hour.value * 60, end, isTold: isLong || hour.value === 0 || hour.value >= 12 };
}

/** "et demie", "moins le quart", "dix", "moins dix" */
function readMinutes(tokens: readonly string[], start: number): Read<number> | undefined {
  const part = readMinuteWords(tokens, start, PARTS);
  if (part !== undefined) return part;
  const number = readNumber(tokens, start);
  if (number === undefined || Math.abs(number.value) >= 60 || !Number.isInteger(number.value))
    return undefined;
  return { value: number.value, end: endOf(tokens, number.end, MINUTE_WORDS) ?? number.end };
}

const DURATIONS: MinuteWords = [
  ["une demi heure", 30],
  ["un quart d' heure", 15],
  ["trois quarts d' heure", 45],
  ["une demi minute", 0.5],
];

const BARE_DURATIONS: MinuteWords = DURATIONS.map(([text, minutes]) => [
  text.replaceAll("'", ""),
  minutes,
]);

const UNITS: MinuteWords = [
  ["seconde", 1 / 60],
  ["secondes", 1 / 60],
  ["minute", 1],
  ["minutes", 1],
  ["heure", 60],
  ["heures", 60],
];

/** "dix minutes", "une demi-heure", "une heure et demie", "deux heures dix" */
function readDuration(tokens: readonly string[], start: number): Read<number> | undefined {
  const whole = readMinuteWords(tokens, start, BARE_DURATIONS);
  if (whole !== undefined) return whole;
  const number = readNumber(tokens, beginsWithZero(tokens, start) ? start + 1 : start);
  if (number === undefined) return undefined;
  const unit = readMinuteWords(tokens, number.end, UNITS);
  if (unit === undefined) return undefined;
  return withRest(tokens, { value: number.value * unit.value, end: unit.end }, unit.value);
}

/** "dix minutes" after hours, "dix secondes" after minutes too. */
function smallerSpan(
  tokens: readonly string[],
  start: number,
  unitMinutes: number,
): Read<number> | undefined {
  const number = readNumber(tokens, start);
  const unit = number === undefined ? undefined : readMinuteWords(tokens, number.end, UNITS);
  if (number === undefined || unit === undefined || unit.value >= unitMinutes) return undefined;
  return { value: number.value * unit.value, end: unit.end };
}

/** "et demie", "dix", "et dix minutes" after minutes or hours */
function withRest(
  tokens: readonly string[],
  whole: Read<number>,
  unitMinutes: number,
): Read<number> {
  if (unitMinutes < 1) return whole;
  const half = endOf(tokens, whole.end, ["et demie", "et demi"]);
  if (half !== null) return { value: whole.value + unitMinutes / 2, end: half };
  const rest =
    smallerSpan(tokens, endOf(tokens, whole.end, ["et"]) ?? whole.end, unitMinutes) ??
    (unitMinutes === 60 ? readMinutes(tokens, whole.end) : undefined);
  if (rest === undefined || rest.value < 0) return whole;
  return { value: whole.value + rest.value, end: rest.end };
}

const HOURS =
  "deux, trois, quatre, cinq, six, sept, huit, neuf, dix, onze, douze, treize, quatorze, quinze, seize, " +
  "dix sept, dix huit, dix neuf, vingt, vingt et une, vingt deux, vingt trois";
const MINUTES =
  "cinq, dix, quinze, vingt, vingt cinq, trente, trente cinq, quarante, quarante cinq, cinquante, cinquante cinq";

/** What is listened for: hours with five minutes, halves and quarters, and spans of time. */
function spokenTimes(): Phrase {
  const hours = choice(
    words("une", "heure"),
    sequence(anyOf(...HOURS.split(", ")), words("heures")),
    anyOf("midi", "minuit"),
  );
  const minutes = choice(
    anyOf("et demie", "et quart"),
    sequence(words("moins"), choice(words("le", "quart"), anyOf("cinq", "dix", "vingt"))),
    anyOf(...MINUTES.split(", ")),
  );
  const half = anyOf("du matin", "du soir", "ce soir", "de l' après midi");
  return choice(
    sequence(hours, optional(minutes), optional(half)),
    sequence(words("dans"), spokenDurations()),
  );
}

/** Spans of time that are listened for. */
function spokenDurations(): Phrase {
  const count = anyOf(..."une, ".concat(HOURS).split(", "), ...MINUTES.split(", ").slice(4));
  return choice(
    anyOf(...DURATIONS.map(([text]) => text)),
    sequence(count, anyOf("minutes", "minute")),
    sequence(
      anyOf("une heure", ...HOURS.split(", ").map((hours) => `${hours} heures`)),
      optional(anyOf("et demie", "et quart", ...MINUTES.split(", "))),
    ),
  );
}

/**
 * "sept heures et demie", "huit heures moins dix", "dix-neuf heures trente", "midi", and "dans dix
 * minutes", which is a time too.
 */
const readTimes = timeReader({
  halves: { morning: MORNING, evening: EVENING, night: NIGHT },
  fromNow: "dans",
  readDuration,
  readClock,
});

export const frenchTimes: TimeWords = { readTimes, readDuration, spokenTimes, spokenDurations };
