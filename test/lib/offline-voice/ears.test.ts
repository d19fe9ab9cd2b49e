import assert from "node:assert/strict";
import type { EventEmitter } from "node:events";
import { Ears } from "../../../lib/offline-voice/ears";
import { english } from "../../../lib/offline-voice/english";
import { grammarOf } from "../../../lib/offline-voice/grammar";
import { homeTools } from "./home-tools";
import { speak } from "./spoken";

/** Without the listeners that the engine puts on the process: they would end that of the tests. */
async function loadEars(): Promise<Ears> {
  const emitter: EventEmitter = process;
  const events = ["uncaughtException", "unhandledRejection"];
  const before = new Set(events.flatMap((event) => emitter.rawListeners(event)));
  const ears = await Ears.load(require.resolve("soundswallower"), english);
  for (const event of events)
    for (const listener of emitter.rawListeners(event))
      if (!before.has(listener)) emitter.off(event, listener as () => void);
  return ears;
}
describe("ears", function () {
  this.timeout(60_000);

  let ears: Ears;
  beforeEach(async () => {
    ears = await loadEars();
  });

  it("know of what is no whole command that more is to come", async () => {
    for (const [text, mayBeOver] of [
      ["turn off the kitchen light and", false],
      ["turn off the kitchen light", true],
      ["turn off the kitchen light please", true],
    ] as const) {
      const followed = ears.follow(await speak(text, "rms", 1.3), grammarOf(homeTools));
      assert.equal(followed?.mayBeOver(), mayBeOver, text);
      followed?.drop();
    }
  });

  it("take what fits the words of commands badly for no beginning of one", async () => {
    for (const [text, voice, unfinished] of [
      ["my brother lives in another country", "rms", undefined],
      ["they moved to a bigger house last year", "slt", undefined],
      ["could you please turn off the kitchen light and open the garage door", "rms", true],
    ] as const) {
      const heard = ears.hear((await speak(text, voice)).slice(0, 28_000), grammarOf(homeTools));
      assert.ok(heard.kind === "rejected", text);
      assert.equal(heard.unfinished, unfinished, text);
    }
  });

  it("hear all of speech that they are given at once to follow", async () => {
    const text = "turn off the kitchen light and set the temperature to twenty one degrees";
    // Of 6.8 s, as when somebody goes on after a pause: the engine takes 2.56 s of it at a time.
    const speech = await speak(text, "rms", 1.5);
    const followed = ears.follow(speech.slice(), grammarOf(homeTools));
    assert.deepEqual(followed?.finish(speech), { kind: "understood", transcript: text });
  });
});
