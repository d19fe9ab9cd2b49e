import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { grammarOf } from "../../../lib/offline-voice/grammar";
import type { CommandTool } from "../../../lib/offline-voice/tool-schema";
import { understand } from "../../../lib/offline-voice/understanding";
import { type Order, orderDrink, randomOrder } from "./coffee-tool";
import { homeTools } from "./home-tools";
import { espeakIsMissing, speakByEspeak } from "./espeak";
import { offTopic } from "./off-topic";
import { type SideBySide, startSideBySide } from "./side-by-side";
import { seeded, speak, surrounded } from "./spoken";

const VOICES = ["slt", "rms", "awb", "kal"];
const STRETCHES = [1, 0.85, 1.2];

/** Of espeak-ng: no person sounds like them, and the recogniser knows people. */
const BAD_VOICES = ["en-gb-x-rp+f2", "en-us+f3"];

/** What the sentence of this number sounds like. */
type Say = (text: string, number: number) => Float32Array | Promise<Float32Array>;

const QUIET = { before: 0.5, after: 0.7, noise: null };

/** Voices and speeds take turns. */
function spoken(text: string, number: number): Promise<Float32Array> {
  return speak(text, VOICES[number % 4] ?? "slt", STRETCHES[number % 3]);
}

describe("spoken orders of a domain with six arguments and written sentences", function () {
  this.timeout(300_000);
  let voices: SideBySide;
  before(() => (voices = startSideBySide()));
  after(() => voices.close());

  /** What was heard of each sentence; a dash, and why, where it was none. */
  const heardOf = (
    sentences: readonly string[],
    say: Say,
    tools: readonly CommandTool[],
  ): Promise<readonly string[]> =>
    voices.map(sentences, async (voice, text, number) => {
      const heard = await voice.recognise(await say(text, number), grammarOf(tools));
      return heard.kind === "understood" ? heard.transcript : `— ${heard.reason}`;
    });

  /** What of these orders was not understood wholly. */
  const wrongOf = async (orders: readonly Order[], say: Say): Promise<readonly string[]> => {
    const sentences = orders.map(({ text }) => text);
    const heard = await heardOf(sentences, say, [orderDrink]);
    return orders.flatMap((order, number) => {
      const words = heard[number] ?? "";
      const understood = understand(words, [orderDrink]);
      const expected = [{ name: "order_drink", arguments: order.arguments }];
      const isRight = understood.kind === "calls" && isDeepStrictEqual(understood.calls, expected);
      return isRight ? [] : [`${order.text}: ${words}`];
    });
  };

  const ordersOf = (seed: number, count: number): readonly Order[] => {
    const random = seeded(seed);
    return Array.from({ length: count }, () => randomOrder(random));
  };

  it("are wholly right in 95 of 100, by four voices at three speeds", async () => {
    const orders = ordersOf(7, 60);
    const wrong = await wrongOf(orders, async (text, number) =>
      surrounded(await spoken(text, number), {
        before: number % 2,
        after: (number % 3) / 2,
        noise: null,
      }),
    );
    console.log(`      ${orders.length - wrong.length} of ${orders.length} orders`);
    assert.ok(wrong.length <= 0.05 * orders.length, wrong.join("\n"));
  });

  it("are mostly understood of voices that fit badly, as with an accent, and no other sentences", async function () {
    const missing = espeakIsMissing();
    if (missing !== null) {
      console.log(`      skipped: ${missing}`);
      this.skip();
    }
    const say: Say = (text, number) =>
      surrounded(speakByEspeak(text, BAD_VOICES[number % 2] ?? "", 150), QUIET);
    const orders = ordersOf(41, 20);
    const wrong = await wrongOf(orders, say);
    console.log(`      ${orders.length - wrong.length} of ${orders.length} orders`);
    const others = await heardOf(offTopic, say, [orderDrink]);
    const taken = others.filter((heard) => !heard.startsWith("—"));
    assert.deepEqual(taken, []);
    assert.ok(wrong.length <= 10, wrong.join("\n"));
  });

  for (const noise of [20, 10]) {
    it(`are mostly understood in white noise ${noise} dB below them`, async () => {
      const orders = ordersOf(9, 16);
      const wrong = await wrongOf(orders, async (text, number) =>
        surrounded(await spoken(text, number), { ...QUIET, noise }),
      );
      console.log(`      ${orders.length - wrong.length} of ${orders.length} orders`);
      assert.ok(wrong.length <= 3, wrong.join("\n"));
    });
  }

  for (const [what, tools] of [
    ["orders", [orderDrink]],
    ["commands of a home", homeTools],
  ] as const) {
    it(`are not heard in any of 40 other sentences, nor are ${what}`, async () => {
      const say: Say = async (text, number) => surrounded(await spoken(text, number), QUIET);
      const heard = await heardOf(offTopic, say, tools);
      const taken = heard.filter((words) => understand(words, tools).kind !== "not-understood");
      assert.deepEqual(taken, []);
    });
  }

  it("that do not fit are told with what came nearest, and the word that speaks against it", async () => {
    const say: Say = async (text) => surrounded(await speak(text, "slt"), QUIET);
    const [heard = ""] = await heardOf(
      ["turn on the television in the living room"],
      say,
      homeTools,
    );
    assert.match(
      heard,
      /^— What was said is not one of the commands\. Nearest is ".+", but ".+" does not fit\.$/,
    );
  });
});
