import type { Clock } from "./clock";

/** What one key has spent today. Its day begins at midnight, local time. */
export interface SpendingAccount {
  /** In US dollars. */
  readonly today: number;
  /** True when any part of it is an assumption. */
  readonly isEstimated: boolean;
  /** Adds a cost, in US dollars. */
  add(cost: number, isEstimated: boolean): void;
  /** Notes that a limit was reached; true only for the first time today. */
  noteReached(limit: number): boolean;
}

interface DaySum {
  usd: number;
  estimated: boolean;
  /** The limit, in US dollars, that is known to have been reached. */
  reached?: number;
}

/** The sums as they are stored: by day (`2026-11-21`), then by account. */
export interface StoredSpending {
  readonly days: Readonly<Record<string, Readonly<Record<string, Readonly<DaySum>>>>>;
}

/**
 * Days that are kept. More than one, as a machine without a clock of its own starts in the past:
 * the sums of the real day must survive until it knows the time.
 */
const DAY_LIMIT = 7;

/** Accounts of one day; what more of them spend is put together. */
const ACCOUNT_LIMIT = 1000;
const OTHERS = "others";

/** What was spent, by day and account. */
export class Spending {
  readonly #clock: Clock;
  readonly #onChange: () => void;
  readonly #calendar = new Calendar();
  #days = new Map<string, Map<string, DaySum>>();

  /** @param onChange told of every change */
  constructor(clock: Clock, onChange: () => void = () => undefined) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** @param id tells accounts apart; any text */
  account(id: string): SpendingAccount {
    return new Account(this, id);
  }

  /** What an account spent today; undefined when that is nothing. */
  today(id: string): Readonly<DaySum> | undefined {
    const sums = this.#days.get(this.#calendar.day(this.#clock.date()));
    return sums?.get(sums.has(id) || sums.size < ACCOUNT_LIMIT ? id : OTHERS);
  }

  /** Changes what an account spent today. */
  change(id: string, apply: (sum: DaySum) => void): void {
    apply(this.#sumOf(id));
    this.#onChange();
  }

  /** Everything, to be stored as JSON. */
  get stored(): StoredSpending {
    return {
      days: Object.fromEntries(
        [...this.#days].map(([day, sums]) => [day, Object.fromEntries(sums)]),
      ),
    };
  }

  /**
   * Takes what was stored before; what was spent since then is added to it.
   *
   * @throws Error when it is something else
   */
  restore(value: unknown): void {
    const before = this.#days;
    this.#days = readDays(value);
    for (const [day, sums] of before) {
      for (const [id, { usd, estimated }] of sums) {
        const sum = this.#sumOf(id, day);
        sum.usd = roundedUsd(sum.usd + usd);
        sum.estimated ||= estimated;
      }
    }
  }

  #sumOf(id: string, day = this.#calendar.day(this.#clock.date())): DaySum {
    const sums = this.#days.get(day) ?? this.#addDay(day);
    const known = sums.get(id);
    if (known !== undefined) return known;
    const name = sums.size < ACCOUNT_LIMIT ? id : OTHERS;
    const sum = sums.get(name) ?? { usd: 0, estimated: false };
    sums.set(name, sum);
    return sum;
  }

  #addDay(day: string): Map<string, DaySum> {
    const sums = new Map<string, DaySum>();
    this.#days.set(day, sums);
    const oldest = [...this.#days.keys()].filter((other) => other !== day).toSorted()[0];
    if (this.#days.size > DAY_LIMIT && oldest !== undefined) this.#days.delete(oldest);
    return sums;
  }
}

/**
 * A sum of money without the remainders of binary fractions, which grow with each part of it: ten
 * times ten cents are to be a dollar, and reach a limit of one. Far finer than any price of a token.
 */
function roundedUsd(usd: number): number {
  return Math.min(Math.round(usd * PARTS_PER_USD) / PARTS_PER_USD, MOST_USD);
}

const PARTS_PER_USD = 1e12;

/** Beyond any budget. JSON has no Infinity: one such sum would make the file of all unreadable. */
const MOST_USD = 1e12;

/** One account of a `Spending`. */
class Account implements SpendingAccount {
  readonly #spending: Spending;
  readonly #id: string;

  constructor(spending: Spending, id: string) {
    this.#spending = spending;
    this.#id = id;
  }

  get today(): number {
    return this.#spending.today(this.#id)?.usd ?? 0;
  }

  get isEstimated(): boolean {
    return this.#spending.today(this.#id)?.estimated ?? false;
  }

  add(cost: number, isEstimated: boolean): void {
    if (cost === 0) return;
    this.#spending.change(this.#id, (day) => {
      day.usd = roundedUsd(day.usd + cost);
      day.estimated ||= isEstimated;
    });
  }

  noteReached(limit: number): boolean {
    if (this.#spending.today(this.#id)?.reached === limit) return false;
    this.#spending.change(this.#id, (day) => {
      day.reached = limit;
    });
    return true;
  }
}

/** Tells the day of a moment; it is asked several times in each turn, mostly on the same day. */
class Calendar {
  #day = "";
  /** From its first millisecond to the first of the next day, in ms since the Unix epoch. */
  #begin = Infinity;
  #end = -Infinity;

  /** In local time, as `2026-11-21`. */
  day(now: number): string {
    if (now >= this.#begin && now < this.#end) return this.#day;
    const date = new Date(now);
    const [year, month, day] = [date.getFullYear(), date.getMonth(), date.getDate()];
    this.#day = localDay(now);
    this.#begin = new Date(year, month, day).getTime();
    this.#end = new Date(year, month, day + 1).getTime();
    return this.#day;
  }
}

/** The day in local time, as `2026-11-21`. */
export function localDay(now: number): string {
  const date = new Date(now);
  const digits = (value: number, length: number): string => String(value).padStart(length, "0");
  return [
    digits(date.getFullYear(), 4),
    digits(date.getMonth() + 1, 2),
    digits(date.getDate(), 2),
  ].join("-");
}

function readDays(value: unknown): Map<string, Map<string, DaySum>> {
  const days = Object.entries(objectIn(objectIn(value)["days"])).slice(-DAY_LIMIT);
  return new Map(
    days.map(([day, sums]) => [
      day,
      new Map(
        Object.entries(objectIn(sums))
          // With the one of all others.
          .slice(0, ACCOUNT_LIMIT + 1)
          .map(([id, sum]) => [id, readSum(objectIn(sum))]),
      ),
    ]),
  );
}

function readSum({ usd, estimated, reached }: Readonly<Record<string, unknown>>): DaySum {
  if (typeof usd !== "number" || !(usd >= 0)) throw new Error("a sum is not a number");
  return {
    usd,
    estimated: estimated === true,
    ...(typeof reached === "number" ? { reached } : {}),
  };
}

function objectIn(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>;
  throw new Error("it holds something else");
}
