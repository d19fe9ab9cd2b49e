import { RealtimeError } from "../protocol/errors";
import { isObject } from "../protocol/members";
import { joined, kindOf, shortened, shown } from "../protocol/problem";
import { PRICE_LIST } from "./price-list";

/** In US dollars per million tokens. */
export interface TokenPrices {
  readonly input: number;
  /** Of input that the server had in its cache; as `input` when absent. */
  readonly cached?: number;
  /** Nothing when absent: pictures are never output. */
  readonly output?: number;
}

/** What a model costs: by tokens of each kind, or by the length of the audio. */
export interface ModelPrices {
  readonly text?: TokenPrices;
  readonly audio?: TokenPrices;
  readonly image?: TokenPrices;
  /** In US dollars per minute of audio. */
  readonly minute?: number;
}

/** Prices by the name of the model; "*" stands for every model that is not named. */
export type PriceTable = ReadonlyMap<string, ModelPrices>;

/** The price of a server that takes no money, whatever the model is called. */
export const FREE: PriceTable = new Map([
  [
    "*",
    {
      text: { input: 0, output: 0 },
      audio: { input: 0, output: 0 },
      image: { input: 0 },
      minute: 0,
    },
  ],
]);

/**
 * What a model costs; undefined when nobody knows. A dated name such as `gpt-realtime-2025-08-28`
 * costs what the plain one does.
 *
 * @param own prices that go before those of our list
 */
export function pricesOf(
  model: string | undefined,
  own: PriceTable = new Map(),
): ModelPrices | undefined {
  if (model === undefined) return own.get("*");
  const exact = own.get(model);
  if (exact !== undefined) return exact;
  const plain = model.replace(/-\d{4}-\d{2}-\d{2}$/, "");
  return own.get(plain) ?? own.get("*") ?? PRICE_LIST.get(model) ?? PRICE_LIST.get(plain);
}

const KINDS = ["text", "audio", "image"] as const;
const TOKEN_MEMBERS = ["input", "cached", "output"] as const;

/** Models that one endpoint may price. */
const MODEL_LIMIT = 100;

/**
 * Reads prices that a person has written as JSON, such as
 * `{"my-model": {"audio": {"input": 10, "cached": 0.3, "output": 20}, "minute": 0.006}}`.
 *
 * @param text empty for no prices
 * @throws RealtimeError `invalid_prices`; the text names the member and what it must be.
 */
export function parsePrices(text: string): PriceTable {
  if (text.trim() === "") return new Map();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid("prices", "The prices are not valid JSON");
  }
  if (!isObject(value)) throw mustBe("prices", value, "an object with the names of models");
  const models = Object.entries(value);
  if (models.length > MODEL_LIMIT)
    throw invalid("prices", `The prices name more than ${MODEL_LIMIT} models`);
  return new Map(models.map(([model, prices]) => [model, modelPrices(prices, shortened(model))]));
}

function modelPrices(value: unknown, path: string): ModelPrices {
  if (!isObject(value)) throw mustBe(path, value, "an object with text, audio, image or minute");
  const allowed: readonly string[] = [...KINDS, "minute"];
  refuseOthers(value, path, allowed);
  const kinds = KINDS.filter((kind) => value[kind] !== undefined);
  const { minute } = value;
  if (kinds.length === 0 && minute === undefined)
    throw mustBe(path, value, "an object with text, audio, image or minute");
  return {
    ...Object.fromEntries(
      kinds.map((kind) => [kind, tokenPrices(value[kind], joined(path, kind))]),
    ),
    ...(minute === undefined ? {} : { minute: price(minute, joined(path, "minute")) }),
  };
}

function tokenPrices(value: unknown, path: string): TokenPrices {
  if (!isObject(value)) throw mustBe(path, value, "an object with input, cached and output");
  refuseOthers(value, path, TOKEN_MEMBERS);
  const { input, cached, output } = value;
  return {
    input: price(input, joined(path, "input")),
    ...(cached === undefined ? {} : { cached: price(cached, joined(path, "cached")) }),
    ...(output === undefined ? {} : { output: price(output, joined(path, "output")) }),
  };
}

function price(value: unknown, path: string): number {
  if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
  throw mustBe(path, value, "a number of US dollars, 0 or more");
}

function refuseOthers(value: object, path: string, allowed: readonly string[]): void {
  const other = Object.keys(value).find((name) => !allowed.includes(name));
  if (other === undefined) return;
  throw invalid(joined(path, other), `${joined(path, other)} is not one of ${allowed.join(", ")}`);
}

function mustBe(path: string, value: unknown, allowed: string): RealtimeError {
  const received = typeof value === "number" ? shown(value) : kindOf(value);
  return invalid(path, `${path} is ${received}, but must be ${allowed}`);
}

function invalid(param: string, message: string): RealtimeError {
  return new RealtimeError("invalid_prices", message, { param });
}
