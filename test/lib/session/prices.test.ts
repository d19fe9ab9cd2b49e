import assert from "node:assert/strict";
import { RealtimeError } from "../../../lib/protocol/errors";
import { PRICE_LIST } from "../../../lib/session/price-list";
import { FREE, parsePrices, pricesOf } from "../../../lib/session/prices";

/** The path and the text of what is wrong with prices. */
function problemOf(prices: unknown): [string | null, string] {
  try {
    parsePrices(typeof prices === "string" ? prices : JSON.stringify(prices));
  } catch (error) {
    assert.ok(error instanceof RealtimeError, String(error));
    assert.equal(error.code, "invalid_prices");
    return [error.param, error.message];
  }
  throw new Error("the prices were accepted");
}

describe("prices", () => {
  it("gives a dated model the price of the plain one, and none to a model it does not know", () => {
    assert.equal(pricesOf("gpt-realtime-2025-08-28"), PRICE_LIST.get("gpt-realtime"));
    assert.equal(pricesOf("gpt-realtime-2.1-mini")?.audio?.input, 10);
    assert.equal(pricesOf("gpt-realtime-global-standard"), undefined);
    assert.equal(pricesOf(undefined), undefined);
    assert.equal(pricesOf("constructor"), undefined);
  });

  it("takes an endpoint's own prices before the list, the model's before those of all", () => {
    const own = parsePrices('{"gpt-realtime": {"minute": 1}, "*": {"minute": 2}}');
    assert.equal(pricesOf("gpt-realtime", own)?.minute, 1);
    assert.equal(pricesOf("gpt-realtime-2025-08-28", own)?.minute, 1);
    assert.equal(pricesOf("gpt-realtime-2", own)?.minute, 2);
    assert.equal(pricesOf(undefined, own)?.minute, 2);
  });

  it("charges nothing for a server that is free", () => {
    const free = pricesOf("any", FREE);
    assert.deepEqual(
      [free?.text?.input, free?.audio?.output, free?.image?.input, free?.minute],
      [0, 0, 0, 0],
    );
  });

  it("reads prices that a person wrote", () => {
    const prices = { text: { input: 1, cached: 0.1, output: 2 }, audio: { input: 3 }, minute: 0 };
    assert.deepEqual(parsePrices(JSON.stringify({ m: prices })).get("m"), prices);
    assert.equal(parsePrices(" ").size, 0);
  });

  it("names what is wrong with prices, and where", () => {
    assert.deepEqual(problemOf("{"), ["prices", "The prices are not valid JSON"]);
    assert.deepEqual(problemOf([]), [
      "prices",
      "prices is an array, but must be an object with the names of models",
    ]);
    assert.deepEqual(problemOf({ m: { txt: { input: 1 } } }), [
      "m.txt",
      "m.txt is not one of text, audio, image, minute",
    ]);
    assert.deepEqual(problemOf({ m: { text: { input: "4" } } }), [
      "m.text.input",
      "m.text.input is a text, but must be a number of US dollars, 0 or more",
    ]);
    assert.deepEqual(problemOf({ m: { text: { output: 4 } } })[0], "m.text.input");
    assert.deepEqual(problemOf({ m: { text: { input: 1, ouput: 4 } } })[0], "m.text.ouput");
    assert.deepEqual(problemOf({ m: { minute: -1 } })[1].slice(0, 14), "m.minute is -1");
    assert.deepEqual(problemOf({ m: {} })[0], "m");
    assert.deepEqual(problemOf({ m: 4 })[0], "m");
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, at) => [at, { minute: 1 }]));
    assert.deepEqual(problemOf(many)[0], "prices");
  });
});
