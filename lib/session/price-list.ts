import type { ModelPrices } from "./prices";

/** When the list below was looked up. */
export const PRICE_LIST_DATE = "2026-11-21";

const GPT_REALTIME: ModelPrices = {
  text: { input: 4, cached: 0.4, output: 16 },
  audio: { input: 32, cached: 0.4, output: 64 },
  image: { input: 5, cached: 0.5 },
};

const GPT_REALTIME_2: ModelPrices = {
  ...GPT_REALTIME,
  text: { input: 4, cached: 0.4, output: 24 },
};

const GPT_REALTIME_MINI: ModelPrices = {
  text: { input: 0.6, cached: 0.06, output: 2.4 },
  audio: { input: 10, cached: 0.3, output: 20 },
  image: { input: 0.8, cached: 0.08 },
};

/**
 * What models cost, from their pages at https://developers.openai.com/api/docs/models. Azure names
 * the same models by them; its prices differ by region.
 *
 * The pages are those of the models that are sold now; `gpt-realtime` and `gpt-realtime-mini`, which
 * end on 2027-01-20, cost what 1.5 and 2.1-mini do.
 *
 * The pages of the two `gpt-4o-` transcription models give one price for all input, the price list
 * a higher one for audio: the higher one stands here, as a budget must not come out too low.
 */
export const PRICE_LIST: ReadonlyMap<string, ModelPrices> = new Map([
  ["gpt-realtime-2.1", GPT_REALTIME_2],
  ["gpt-realtime-2.1-mini", GPT_REALTIME_MINI],
  ["gpt-realtime-2", GPT_REALTIME_2],
  ["gpt-realtime-1.5", GPT_REALTIME],
  ["gpt-realtime", GPT_REALTIME],
  ["gpt-realtime-mini", GPT_REALTIME_MINI],
  ["gpt-realtime-whisper", { minute: 0.017 }],
  ["gpt-live-transcribe", { minute: 0.017 }],
  ["gpt-transcribe", { minute: 0.0045 }],
  ["gpt-4o-transcribe", { text: { input: 2.5, output: 10 }, audio: { input: 6 } }],
  ["gpt-4o-mini-transcribe", { text: { input: 1.25, output: 5 }, audio: { input: 3 } }],
  ["whisper-1", { minute: 0.006 }],
]);

/** Stands in for prices that are not known: the dearest of the list, kind by kind. */
export const ASSUMED_PRICES: {
  readonly model: Required<ModelPrices>;
  readonly transcription: Required<ModelPrices>;
} = {
  model: {
    text: { input: 4, cached: 0.4, output: 24 },
    audio: { input: 32, cached: 0.4, output: 64 },
    image: { input: 5, cached: 0.5 },
    minute: 0.0768,
  },
  transcription: {
    text: { input: 2.5, output: 10 },
    audio: { input: 6 },
    image: { input: 5 },
    minute: 0.017,
  },
};
