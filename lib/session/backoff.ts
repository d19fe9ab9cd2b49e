/** How long to wait between attempts, in ms. */
export interface BackoffTimes {
  /** Before the first repetition. */
  readonly initialMs: number;
  /** The longest wait. */
  readonly maximumMs: number;
  /** The longest wait for what is rarely mended soon: a name that is not found, a wrong clock. */
  readonly slowMaximumMs: number;
  /** How long a connection must have been ready for the waits to begin anew. */
  readonly stableMs: number;
}

export const DEFAULT_BACKOFF: BackoffTimes = {
  initialMs: 500,
  maximumMs: 30_000,
  slowMaximumMs: 300_000,
  stableMs: 60_000,
};

/** How far a wait is stretched or shortened, so that many clients do not come back at once. */
const JITTER = 0.2;

/**
 * The wait before an attempt, in ms: doubled each time up to a maximum, give or take a fifth. Less
 * jitter than is common elsewhere, because the full kind makes nearly ten attempts in a minute.
 *
 * @param repetition 0 for the first attempt after a failure.
 * @param random a number from 0 (inclusive) to 1 (exclusive).
 */
export function backoffDelay(
  repetition: number,
  random: number,
  { initialMs, maximumMs }: Pick<BackoffTimes, "initialMs" | "maximumMs">,
): number {
  const delay = Math.min(maximumMs, initialMs * 2 ** Math.min(repetition, 30));
  return delay * (1 - JITTER + 2 * JITTER * random);
}
