import type { Extent } from "./result";
import { median, pairedRatios, spread, upperBound } from "./statistics";

/** Frames a second in every pass. */
export const RATE = 5000;

/** One side of a comparison: measures `frames` frames and returns the CPU time of each, in µs. */
export type Pass = (frames: number) => Promise<number>;

export interface Comparison {
  /** Medians of the passes, in µs of CPU per frame. */
  readonly subject: number;
  readonly reference: number;
  /** The upper 95 % bound of the median of the paired ratios. */
  readonly bound: number;
  readonly spread: number;
}

/** Measures two sides in turns, ABBA, so that a slow drift of the machine falls on both. */
export async function compare(
  subject: Pass,
  reference: Pass,
  { pairs, passSeconds, warmUpSeconds }: Extent,
): Promise<Comparison> {
  const subjects: number[] = [];
  const references: number[] = [];
  await reference(warmUpSeconds * RATE);
  await subject(warmUpSeconds * RATE);
  const frames = passSeconds * RATE;
  for (let pair = 0; pair < pairs; pair += 1) {
    if (pair % 2 === 0) {
      references.push(await reference(frames));
      subjects.push(await subject(frames));
    } else {
      subjects.push(await subject(frames));
      references.push(await reference(frames));
    }
  }
  const ratios = pairedRatios(subjects, references);
  return {
    subject: median(subjects),
    reference: median(references),
    bound: upperBound(ratios),
    spread: spread(ratios),
  };
}

/** A number of microseconds as the table shows it. */
export function micros(value: number): string {
  return `${value.toFixed(1)} µs`;
}
