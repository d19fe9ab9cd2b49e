/** One line of the table. */
export interface Result {
  /** The name by which the row is chosen. */
  readonly row: string;
  readonly what: string;
  /** What this package needs, with its unit. */
  readonly own: string;
  /** What stands beside it needs; "not installed" where there is nothing to measure. */
  readonly beside: string;
  /** The figure that is held against the bar, in its unit. */
  readonly measured?: number;
  readonly bar?: number;
  readonly unit?: string;
  /** How far the middle half of the passes reaches, as a share of the median. */
  readonly spread?: number;
}

/** How much is measured: the whole, or so much that one sees whether it works. */
export interface Extent {
  /** Pairs of passes, each in the order ABBA. */
  readonly pairs: number;
  readonly passSeconds: number;
  readonly warmUpSeconds: number;
  /** Passes of rows that have no pairs, each in a fresh process. */
  readonly repeats: number;
  /** Fresh processes that load the library. */
  readonly loads: number;
  readonly sessionCounts: readonly number[];
  readonly speakSeconds: number;
  readonly talks: number;
  /** Whether subjects write a CPU profile. */
  readonly profile: boolean;
}

export const WHOLE: Extent = {
  pairs: 12,
  passSeconds: 3,
  warmUpSeconds: 2,
  repeats: 5,
  loads: 12,
  sessionCounts: [1, 50, 200],
  speakSeconds: 60,
  talks: 3,
  profile: false,
};

export const QUICK: Extent = {
  pairs: 5,
  passSeconds: 1,
  warmUpSeconds: 2,
  repeats: 2,
  loads: 5,
  sessionCounts: [1, 50],
  speakSeconds: 5,
  talks: 1,
  profile: false,
};

/** Measures; one row may give several lines. */
export type Row = (extent: Extent) => Promise<readonly Result[]>;
