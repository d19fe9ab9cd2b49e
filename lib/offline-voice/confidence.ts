import type { Segment } from "soundswallower";
import { HEARING_SAMPLE_RATE } from "./hearing";

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
  const words = wordsOf(sentence).map(fitOf);
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

/** A silence that lasts so long, s, and has so much of the power of the words, is none. */
const LONGEST_LOUD_SILENCE = 0.5;
const LOUD = 0.4;

/**
 * True where a part of the speech that is as loud as the words was taken for silence: more was said than
 * the sentence. Pauses in 20 dB of noise have a sixth of the power, and a third of a second in a room
 * that echoes was as loud.
 */
export function saysLess(sentence: Segment, speech: Float32Array): boolean {
  const words = wordsOf(sentence);
  const spoken = words.reduce((sum, { d }) => sum + d, 0);
  const power = words.reduce((sum, word) => sum + energyOf(word, speech), 0) / spoken;
  return (sentence.w ?? [])
    .filter(({ t, d }) => t.startsWith("<") && d >= LONGEST_LOUD_SILENCE)
    .some((silence) => energyOf(silence, speech) / silence.d > LOUD * power);
}

/** Without silences and what stands for no sound. */
function wordsOf(sentence: Segment): readonly Segment[] {
  return (sentence.w ?? []).filter(({ t }) => !/^[<(]/.test(t));
}

/** Of a segment, per sample of which there are so many in a second. */
function energyOf({ b, d }: Segment, speech: Float32Array): number {
  const start = Math.max(0, Math.round(b * HEARING_SAMPLE_RATE));
  const end = Math.max(start, Math.round((b + d) * HEARING_SAMPLE_RATE));
  return speech.subarray(start, end).reduce((sum, sample) => sum + sample * sample, 0);
}

function fitOf({ t, d, p }: Segment): { word: string; frames: number; cost: number } {
  const frames = Math.max(1, d * 100);
  const cost = (-10_000 * Math.log(Math.max(p, LEAST_LIKELIHOOD))) / frames;
  // "latte(2)" is the second way to say it.
  return { word: t.replace(/\(\d+\)$/, ""), frames, cost };
}
