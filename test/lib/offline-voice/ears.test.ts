import assert from "node:assert/strict";
import { Ears } from "../../../lib/offline-voice/ears";
import { english } from "../../../lib/offline-voice/english";
import { grammarOf } from "../../../lib/offline-voice/grammar";
import { homeTools } from "./home-tools";
import { speak } from "./spoken";

/** Without the listeners that the engine puts on the process: they would end that of the tests. */
async function loadEars(): Promise<Ears> {
  const events = ["uncaughtException", "unhandledRejection"] as const;
  const before = events.map((event) => new Set<unknown>(process.listeners(event)));
  const ears = await Ears.load(require.resolve("soundswallower"), english);
  events.forEach((event, index) => {
    for (const listener of process.listeners(event))
      if (!before[index]?.has(listener)) process.removeListener(event, listener);
  });
  return ears;
}

describe("ears", function () {
  this.timeout(60_000);

  it("hear all of speech that they are given at once to follow", async () => {
    const text = "turn off the kitchen light and set the temperature to twenty one degrees";
    const ears = await loadEars();
    // Of 6.8 s, as when somebody goes on after a pause: the engine takes 2.56 s of it at a time.
    const speech = await speak(text, "rms", 1.5);
    const followed = ears.follow(speech.slice(), grammarOf(homeTools));
    assert.deepEqual(followed?.finish(speech), { kind: "understood", transcript: text });
  });
});
