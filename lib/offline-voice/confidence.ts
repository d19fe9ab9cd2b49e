import type { Segment } from "soundswallower";

/**
 * How much worse the words that were found fit the sound than the best that any words could do, in
 * 0.0001 of the natural logarithm of a likelihood, per frame of 10 ms. Measured: eight recordings of
 * people in Debian's package pocketsphinx-testdata, also with white noise 10 dB below the speech, 16
 * to 38; synthetic voices 15 to 46; other sentences that the grammar was forced upon mostly 44 to 72.
 *
 * The same holds for French: recordings of numbers, days and months in Debian's packages
 * asterisk-core-sounds-fr-wav and asterisk-prompt-fr-armelle, put together to dates, 25 to 44 and, through
 * a telephone's codec, 33 to 50; espeak-ng's commands 37 to 50; the other 321 recordings of these packages,
 * where they were taken for a command of a home at all, 49 and more.
 */
const WORST_MEAN = 48;

/** The same of one word. Short words are too often swallowed to say anything. */
const WORST_WORD = 90;
const SHORTEST_WORD = 4;

/** The least likelihood that the recogniser's three digits can tell from none. */
const LEAST_LIKELIHOOD = 0.0005;

/** The word that fits the sound of a recognised sentence too badly; null when it all fits. */
export function misfit(sentence: Segment): string | null {
  const words = (sentence.w ?? []).filter(({ t }) => !/^[<(]/.test(t)).map(fitOf);
  const [first] = words;
  if (first === undefined) return null;
  const frames = words.reduce((sum, word) => sum + word.frames, 0);
  const mean = words.reduce((sum, word) => sum + word.cost * word.frames, 0) / frames;
  const long = words.filter(({ word }) => word.length >= SHORTEST_WORD);
  const worst = [...(long.length === 0 ? words : long)].reduce((worse, word) =>
    word.cost > worse.cost ? word : worse,
  );
  const isLong = worst.word.length >= SHORTEST_WORD;
  return mean > WORST_MEAN || (isLong && worst.cost > WORST_WORD) ? worst.word : null;
}

function fitOf({ t, d, p }: Segment): { word: string; frames: number; cost: number } {
  const frames = Math.max(1, d * 100);
  const cost = (-10_000 * Math.log(Math.max(p, LEAST_LIKELIHOOD))) / frames;
  // "latte(2)" is the second way to say it.
  return { word: t.replace(/\(\d+\)$/, ""), frames, cost };
}
