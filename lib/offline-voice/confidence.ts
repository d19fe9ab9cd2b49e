import type { Segment } from "soundswallower";
import { HEARING_SAMPLE_RATE } from "./hearing";

/** How badly a word or a sound fits, in the measure of `misfit`, and what it weighs beside others. */
interface Fit {
  readonly cost: number;
  readonly weight: number;
}

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
  const words = wordsOf(sentence);
  const [first, ...others] = longWordsOf(words).map((word) => ({ word, cost: fitOf(word).cost }));
  if (first === undefined) return null;
  const worst = others.reduce((worse, other) => (other.cost > worse.cost ? other : worse), first);
  return meanOf(words.map(fitOf)) + worst.cost / 3 > limit ? nameOf(worst.word) : null;
}

/** Sounds in any order fit hardly any voice worse than so. */
const WORST_SOUNDS = 46;

/**
 * A sentence may be further from sounds by `LENIENCE` for each by which those fit worse than this, and must
 * be nearer where they fit better: the words of a voice that fits well do, too.
 */
const USUAL_SOUNDS = 40;
const LENIENCE = 0.75;

/** What the word that is furthest from its sounds counts beside the mean of the sentence. */
const FURTHEST_WORD = 0.25;

/**
 * A sentence that is shorter than this, s, must be nearer: it has less that could speak against it. With
 * half the length it must by `SHORTNESS`.
 */
const LONG_SENTENCE = 10 / 3;
const SHORTNESS = 9;

/** By how much further from sounds that fit so badly a sentence of these words may be than a usual one. */
function lenienceFor(words: readonly Segment[], costOfSounds: number): number {
  const seconds = words.reduce((sum, { d }) => sum + d, 0);
  const shortness = Math.max(0, SHORTNESS * (LONG_SENTENCE / seconds - 1));
  return LENIENCE * (costOfSounds - USUAL_SOUNDS) - shortness;
}

/**
 * Whether `fitsAsSounds` is worth its work: not where it says no even if sounds fit as badly as they may.
 * Supposes that the long word that is furthest from its sounds is no nearer than all words are in the mean:
 * a sentence whose short words fit worst may be refused unheard, which befell none of 78 that fit as sounds.
 */
export function mayFitAsSounds(sentence: Segment, limit: number): boolean {
  const words = wordsOf(sentence);
  const nearest = meanOf(words.map(fitOf)) - WORST_SOUNDS;
  return nearest * (1 + FURTHEST_WORD) <= limit + lenienceFor(words, WORST_SOUNDS);
}

/**
 * Whether a sentence fits about as well as sounds in any order do: then it is the voice that fits badly,
 * as one with an accent does, and not what was said. `sounds`: the same speech, recognised as phonemes.
 * Measured is how much worse than these the words fit, as in `misfit`: the mean of the sentence, and a
 * quarter of the word that is furthest from them. `limit`: the most that is taken for what was said where
 * the sentence is long and the voice usual.
 */
export function fitsAsSounds(sentence: Segment, sounds: Segment, limit: number): boolean {
  const words = wordsOf(sentence);
  const [first, last] = [words[0], words.at(-1)];
  if (first === undefined || last === undefined) return false;
  const costOfSounds = costDuring({ start: first.b, end: last.b + last.d }, sounds);
  const mean = meanOf(words.map(fitOf)) - costOfSounds;
  const furthest = Math.max(
    ...longWordsOf(words).map(
      (word) => fitOf(word).cost - costDuring({ start: word.b, end: word.b + word.d }, sounds),
    ),
  );
  return (
    costOfSounds <= WORST_SOUNDS &&
    mean + furthest * FURTHEST_WORD <= limit + lenienceFor(words, costOfSounds)
  );
}

/** How badly sounds fit on average from one time to another, in s. */
function costDuring(
  span: { readonly start: number; readonly end: number },
  sounds: Segment,
): number {
  const parts = wordsOf(sounds).map((sound) => ({
    cost: fitOf(sound).cost,
    weight: Math.max(0, Math.min(span.end, sound.b + sound.d) - Math.max(span.start, sound.b)),
  }));
  const heard = parts.filter(({ weight }) => weight > 0);
  return heard.length === 0 ? 0 : meanOf(heard);
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

/** Those that say something, where there are any. */
function longWordsOf(words: readonly Segment[]): readonly Segment[] {
  const long = words.filter((word) => nameOf(word).length >= SHORTEST_WORD);
  return long.length === 0 ? words : long;
}

/** "latte(2)" is the second way to say it. */
function nameOf({ t }: Segment): string {
  return t.replace(/\(\d+\)$/, "");
}

/** How badly they fit on average, the long ones more. */
function meanOf(fits: readonly Fit[]): number {
  const weight = fits.reduce((sum, fit) => sum + fit.weight, 0);
  return fits.reduce((sum, fit) => sum + fit.cost * fit.weight, 0) / weight;
}

function fitOf({ d, p }: Segment): Fit {
  const frames = Math.max(1, d * 100);
  return { cost: (-10_000 * Math.log(Math.max(p, LEAST_LIKELIHOOD))) / frames, weight: frames };
}
