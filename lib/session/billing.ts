import { isObject } from "../protocol/members";
import { ASSUMED_PRICES } from "./price-list";
import type { ModelPrices } from "./prices";

/** Tokens by what they stand for. */
export interface TokenCounts {
  readonly text: number;
  readonly audio: number;
  readonly image: number;
}

export interface TokenUsage {
  /** Without those from the cache. */
  readonly input: TokenCounts;
  readonly cached: TokenCounts;
  readonly output: TokenCounts;
}

/** What was used, and what it costs. */
export interface Charge extends TokenUsage {
  /** Audio that is billed by its length, in seconds. */
  readonly seconds: number;
  /** In US dollars. */
  readonly cost: number;
  /** True when the price or the usage is not known and something had to be assumed. */
  readonly estimated: boolean;
}

/** What a server says that was used; either, both or nothing. */
interface Reported {
  readonly tokens?: TokenUsage;
  /** Length of the audio, in seconds. */
  readonly seconds?: number;
  /** False when the server gave sums without their parts. */
  readonly isExact: boolean;
}

/** What went over the line, for servers that do not report what was used. */
export interface Observed {
  /** Audio of the user, in seconds. */
  readonly heard: number;
  /** Audio of the answer, in seconds. */
  readonly spoken: number;
  /** Characters of the answer, spoken or written. */
  readonly characters: number;
}

/** The user's audio has a token per 100 ms, the answer's one per 50 ms, a text one per 4 letters. */
const HEARD_TOKENS_PER_SECOND = 10;
const SPOKEN_TOKENS_PER_SECOND = 20;
const CHARACTERS_PER_TOKEN = 4;

const MILLION = 1_000_000;
const KINDS = ["text", "audio", "image"] as const;
const NONE: TokenCounts = { text: 0, audio: 0, image: 0 };

/**
 * What a response costs.
 *
 * @param event its `response.done`; some servers have the usage beside the response
 * @param prices undefined when they are not known
 */
export function chargeForResponse(
  event: { readonly response: object },
  prices: ModelPrices | undefined,
  observed: Observed,
): Charge {
  const inside = reportedBy(Reflect.get(event.response, "usage"), observed);
  const reported = isEmpty(inside) ? reportedBy(Reflect.get(event, "usage"), observed) : inside;
  return chargeFor(reported, prices, ASSUMED_PRICES.model, observed);
}

/**
 * What a transcription costs.
 *
 * @param usage that of the `completed` event, of either kind
 */
export function chargeForTranscription(
  usage: unknown,
  prices: ModelPrices | undefined,
  observed: Observed,
): Charge {
  return chargeFor(reportedBy(usage, observed), prices, ASSUMED_PRICES.transcription, observed);
}

function chargeFor(
  reported: Reported,
  prices: ModelPrices | undefined,
  assumed: Required<ModelPrices>,
  observed: Observed,
): Charge {
  const rates: ModelPrices = prices ?? assumed;
  const byMinute = rates.minute ?? assumed.minute;
  const hasTokenRates = KINDS.some((kind) => rates[kind] !== undefined);
  const isReported = !isEmpty(reported);
  const tokens = reported.tokens ?? tokensOf(observed, reported.seconds);
  let estimated = prices === undefined || !isReported || !reported.isExact;

  const isByLength =
    reported.seconds !== undefined &&
    (reported.tokens === undefined || prices?.minute !== undefined);
  if (rates.minute !== undefined && (isByLength || !hasTokenRates)) {
    if (!isByLength) estimated = true;
    const seconds = reported.seconds ?? secondsOf(tokens);
    const counted = reported.tokens ?? { input: NONE, cached: NONE, output: NONE };
    return { ...counted, seconds, cost: (seconds / 60) * byMinute, estimated };
  }

  let cost = 0;
  for (const kind of KINDS) {
    const input = tokens.input[kind];
    const cached = tokens.cached[kind];
    const output = tokens.output[kind];
    if (input + cached + output === 0) continue;
    const rate = rates[kind] ?? assumed[kind];
    if (rates[kind] === undefined) estimated = true;
    cost += input * rate.input + cached * (rate.cached ?? rate.input) + output * (rate.output ?? 0);
  }
  if (reported.tokens === undefined) estimated = true;
  return { ...tokens, seconds: reported.seconds ?? 0, cost: cost / MILLION, estimated };
}

const isEmpty = ({ tokens, seconds }: Reported): boolean =>
  tokens === undefined && seconds === undefined;

/** Tokens that so much audio and text must have been; never none, as nothing is for nothing. */
function tokensOf({ heard, spoken, characters }: Observed, seconds?: number): TokenUsage {
  const input = (seconds ?? heard) * HEARD_TOKENS_PER_SECOND;
  const isNothing = input + spoken + characters === 0;
  return {
    input: { ...NONE, audio: isNothing ? HEARD_TOKENS_PER_SECOND : Math.ceil(input) },
    cached: NONE,
    output:
      seconds === undefined
        ? {
            ...NONE,
            text: Math.ceil(characters / CHARACTERS_PER_TOKEN),
            audio: Math.ceil(spoken * SPOKEN_TOKENS_PER_SECOND),
          }
        : NONE,
  };
}

/** How much audio so many tokens are, in seconds; a second at least. */
function secondsOf({ input, cached, output }: TokenUsage): number {
  const heard = (input.audio + cached.audio) / HEARD_TOKENS_PER_SECOND;
  return Math.max(1, heard + output.audio / SPOKEN_TOKENS_PER_SECOND);
}

/** Reads a usage object of either kind. Nothing in it can be relied on: servers differ. */
function reportedBy(usage: unknown, { spoken }: Observed): Reported {
  if (!isObject(usage)) return { isExact: true };
  const seconds = count(usage["seconds"]) ?? count(usage["billable_audio_seconds"]);
  const tokens = reportedTokens(usage, Math.ceil(spoken * SPOKEN_TOKENS_PER_SECOND));
  return {
    ...(seconds === undefined ? {} : { seconds }),
    ...(tokens === undefined ? {} : { tokens: tokens.usage }),
    isExact: tokens?.isExact ?? true,
  };
}

/** @param spoken tokens of audio that the answer must have been, where the server gives no parts */
function reportedTokens(
  usage: Readonly<Record<string, unknown>>,
  spoken: number,
): { readonly usage: TokenUsage; readonly isExact: boolean } | undefined {
  const inputTotal = count(usage["input_tokens"]);
  const outputTotal = count(usage["output_tokens"]);
  if (inputTotal === undefined && outputTotal === undefined) return undefined;
  const details = usage["input_token_details"];
  const all = countsOf(details);
  const outputParts = countsOf(usage["output_token_details"]);
  const output = outputParts ?? { ...NONE, audio: Math.min(spoken, outputTotal ?? 0) };
  const cachedTotal = count(memberOf(details, "cached_tokens")) ?? 0;
  const cachedParts = countsOf(memberOf(details, "cached_tokens_details"));
  // Cached text saves least: without the parts, that is what it counts as.
  const cached = cachedParts ?? splitCached(cachedTotal, all ?? NONE);
  const rest = (total: number | undefined, parts: TokenCounts | undefined): number =>
    Math.max(0, (total ?? 0) - sum(parts ?? NONE));
  const input = all ?? { ...NONE, audio: inputTotal ?? 0 };
  return {
    usage: {
      input: {
        // What belongs to no kind, such as tokens of reasoning, is text.
        text: Math.max(0, input.text - cached.text) + rest(inputTotal, input),
        audio: Math.max(0, input.audio - cached.audio),
        image: Math.max(0, input.image - cached.image),
      },
      cached,
      output: { ...output, text: output.text + rest(outputTotal, output) },
    },
    isExact:
      (all !== undefined || !inputTotal) &&
      (cachedParts !== undefined || cachedTotal === 0) &&
      // Of an answer that was not spoken all is text.
      (outputParts !== undefined || output.audio === 0),
  };
}

function splitCached(total: number, all: TokenCounts): TokenCounts {
  const text = Math.min(total, all.text);
  const audio = Math.min(total - text, all.audio);
  return { text, audio, image: Math.min(total - text - audio, all.image) };
}

/** Undefined when the server does not say any of them. */
function countsOf(details: unknown): TokenCounts | undefined {
  const text = count(memberOf(details, "text_tokens"));
  const audio = count(memberOf(details, "audio_tokens"));
  const image = count(memberOf(details, "image_tokens"));
  if (text === undefined && audio === undefined && image === undefined) return undefined;
  return { text: text ?? 0, audio: audio ?? 0, image: image ?? 0 };
}

const sum = ({ text, audio, image }: TokenCounts): number => text + audio + image;

const memberOf = (value: unknown, name: string): unknown =>
  isObject(value) ? value[name] : undefined;

/** Undefined for what nobody can have used, too: sums with it would be no numbers any more. */
const count = (value: unknown): number | undefined =>
  typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : undefined;
