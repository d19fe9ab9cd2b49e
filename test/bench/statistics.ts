/** The middle value, or the mean of the two in the middle. @throws RangeError without values. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const middle = Math.floor(sorted.length / 2);
  const upper = at(sorted, middle);
  return sorted.length % 2 === 1 ? upper : (at(sorted, middle - 1) + upper) / 2;
}

/**
 * The upper 95 % bound of the median of what the values are samples of, without assuming any
 * distribution: each sample is below the median with probability 1/2, so the k-th smallest of n is
 * above it with the probability that fewer than k of n tosses of a coin are heads. Of 12 values it
 * is the third largest. Below 5 values no bound holds with 95 %; the largest value is returned.
 *
 * @throws RangeError without values.
 */
export function upperBound(values: readonly number[]): number {
  const sorted = ascending(values);
  const count = sorted.length;
  let probability = 0;
  for (let heads = 0; heads < count; heads += 1) {
    probability += binomial(count, heads) / 2 ** count;
    if (probability >= 0.95) return at(sorted, heads);
  }
  return at(sorted, count - 1);
}

/** Each pass of the subject over the pass of the reference beside it. */
export function pairedRatios(
  subject: readonly number[],
  reference: readonly number[],
): readonly number[] {
  if (subject.length !== reference.length) throw new RangeError("Passes must come in pairs");
  return subject.map((value, index) => value / at(reference, index));
}

/** How far the middle half of the values reaches, as a share of their median. */
export function spread(values: readonly number[]): number {
  const sorted = ascending(values);
  return (percentile(sorted, 75) - percentile(sorted, 25)) / median(sorted);
}

/** The value that `share` percent of the values do not exceed, by the nearest rank. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = ascending(values);
  return at(sorted, Math.max(0, Math.ceil((share / 100) * sorted.length) - 1));
}

function ascending(values: readonly number[]): readonly number[] {
  return values.toSorted((one, other) => one - other);
}

function at(values: readonly number[], index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError("There are no values");
  return value;
}

function binomial(count: number, chosen: number): number {
  let result = 1;
  for (let step = 1; step <= chosen; step += 1) result *= (count - chosen + step) / step;
  return result;
}
