import type { Segment } from "soundswallower";

/** Short words are too often swallowed to say anything, letters. */
const SHORTEST_WORD = 4;

/** The least likelihood that the recogniser's three digits can tell from none. */
const LEAST_LIKELIHOOD = 0.0005;

/**
 * The word that fits its sound worst, where a recognised sentence fits too badly; null when it fits.
 *
 * Measured is how much worse the words fit than the best that any words could do, in 0.0001 of the natural
 * logarithm of a likelihood, per frame of 10 ms: the mean of the sentence, and a third of the worst word
 * besides. `limit`: the most that is taken for what was said. One of both measures alone lets more other
 * sentences pass where it refuses as few that were heard rightly.
 */
export function misfit(sentence: Segment, limit: number): string | null {
  const words = (sentence.w ?? []).filter(({ t }) => !/^[<(]/.test(t)).map(fitOf);
  const [first] = words;
  if (first === undefined) return null;
  const frames = words.reduce((sum, word) => sum + word.frames, 0);
  const mean = words.reduce((sum, word) => sum + word.cost * word.frames, 0) / frames;
  const long = words.filter(({ word }) => word.length >= SHORTEST_WORD);
  const worst = [...(long.length === 0 ? words : long)].reduce((worse, word) =>
    word.cost > worse.cost ? word : worse,
  );
  return mean + worst.cost / 3 > limit ? worst.word : null;
}

function fitOf({ t, d, p }: Segment): { word: string; frames: number; cost: number } {
  const frames = Math.max(1, d * 100);
  const cost = (-10_000 * Math.log(Math.max(p, LEAST_LIKELIHOOD))) / frames;
  // "latte(2)" is the second way to say it.
  return { word: t.replace(/\(\d+\)$/, ""), frames, cost };
}
