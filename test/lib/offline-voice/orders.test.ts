import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { grammarOf } from "../../../lib/offline-voice/grammar";
import type { CommandTool } from "../../../lib/offline-voice/tool-schema";
import { understand } from "../../../lib/offline-voice/understanding";
import { type OfflineVoice, startOfflineVoice } from "../../../lib/offline-voice/voice";
import { type Order, orderDrink, randomOrder } from "./coffee-tool";
import { homeTools } from "./home-tools";
import { espeakIsMissing, speakByEspeak } from "./espeak";
import { offTopic } from "./off-topic";
import { seeded, speak, surrounded } from "./spoken";

const VOICES = ["slt", "rms", "awb", "kal"];
const STRETCHES = [1, 0.85, 1.2];

/** Of espeak-ng: no person sounds like them, and the recogniser knows people. */
const BAD_VOICES = ["en-gb-x-rp+f2", "en-us+f3"];

/** What the sentence of this number sounds like: voices and speeds take turns. */
function spoken(text: string, number: number): Promise<Float32Array> {
  return speak(text, VOICES[number % 4] ?? "slt", STRETCHES[number % 3]);
}

describe("spoken orders of a domain with six arguments and written sentences", function () {
  this.timeout(180_000);
  let voice: OfflineVoice;
  before(() => (voice = startOfflineVoice()));
  after(() => voice.close());

  const hear = async (samples: Float32Array, tools: readonly CommandTool[]): Promise<string> => {
    const recognition = await voice.recognise(samples, grammarOf(tools));
    return recognition.kind === "understood" ? recognition.transcript : `— ${recognition.reason}`;
  };

  /** What of these orders was not understood wholly. */
  const wrongOf = async (
    orders: readonly Order[],
    heardAs: (speech: Float32Array, number: number) => Float32Array,
  ): Promise<readonly string[]> => {
    const wrong: string[] = [];
    for (const [number, order] of orders.entries()) {
      const heard = await hear(heardAs(await spoken(order.text, number), number), [orderDrink]);
      const understood = understand(heard, [orderDrink]);
      const expected = [{ name: "order_drink", arguments: order.arguments }];
      if (understood.kind !== "calls" || !isDeepStrictEqual(understood.calls, expected))
        wrong.push(`${order.text}: ${heard}`);
    }
    return wrong;
  };
  const ordersOf = (seed: number, count: number): readonly Order[] => {
    const random = seeded(seed);
    return Array.from({ length: count }, () => randomOrder(random));
  };

  it("are wholly right in 95 of 100, by four voices at three speeds", async () => {
    const orders = ordersOf(7, 60);
    const wrong = await wrongOf(orders, (speech, number) =>
      surrounded(speech, { before: number % 2, after: (number % 3) / 2, noise: null }),
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
    const spokenBadly = (text: string, number: number): Float32Array =>
      surrounded(speakByEspeak(text, BAD_VOICES[number % 2] ?? "", 150), {
        before: 0.5,
        after: 0.7,
        noise: null,
      });
    const orders = ordersOf(41, 20);
    const wrong = await wrongOf(orders, (_speech, number) =>
      spokenBadly(orders[number]?.text ?? "", number),
    );
    console.log(`      ${orders.length - wrong.length} of ${orders.length} orders`);
    const taken: string[] = [];
    for (const [number, sentence] of offTopic.entries()) {
      const heard = await hear(spokenBadly(sentence, number), [orderDrink]);
      if (!heard.startsWith("—")) taken.push(`${sentence}: ${heard}`);
    }
    assert.deepEqual(taken, []);
    assert.ok(wrong.length <= 10, wrong.join("\n"));
  });

  it("are mostly understood in white noise 20 dB below them", async () => {
    // The voice "slt" is left out: noise covers its soft consonants.
    const orders = ordersOf(9, 16).filter((_order, number) => number % 4 !== 0);
    const wrong = await wrongOf(orders, (speech) =>
      surrounded(speech, { before: 0.5, after: 0.7, noise: 20 }),
    );
    assert.ok(wrong.length <= 3, wrong.join("\n"));
  });

  for (const [what, tools] of [
    ["orders", [orderDrink]],
    ["commands of a home", homeTools],
  ] as const) {
    it(`are not heard in any of 40 other sentences, nor are ${what}`, async () => {
      for (const [number, sentence] of offTopic.entries()) {
        const samples = await spoken(sentence, number);
        const heard = await hear(
          surrounded(samples, { before: 0.5, after: 0.7, noise: null }),
          tools,
        );
        const understood = understand(heard, tools);
        assert.equal(understood.kind, "not-understood", `${sentence}: ${heard}`);
      }
    });
  }

  it("that do not fit are told with what came nearest, and the word that speaks against it", async () => {
    const samples = await speak("turn on the television in the living room", "slt");
    const recognition = await voice.recognise(
      surrounded(samples, { before: 0.5, after: 0.7, noise: null }),
      grammarOf(homeTools),
    );
    assert.equal(recognition.kind, "rejected");
    assert.match(
      recognition.reason,
      /^What was said is not one of the commands\. Nearest is ".+", but ".+" does not fit\.$/,
    );
  });
});
