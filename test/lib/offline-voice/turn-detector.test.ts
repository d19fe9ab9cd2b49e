import assert from "node:assert/strict";
import { EnergyDetector } from "../../../lib/offline-voice/energy-detector";
import { type SpeechDetector, TurnDetector } from "../../../lib/offline-voice/turn-detector";

const settings = { silenceDurationMs: 500, threshold: 0.5, prefixPaddingMs: 300 };

/** Speech is what is not zero; frames of 10 ms; sure after three frames. */
class ObviousDetector implements SpeechDetector {
  readonly frameSize = 160;
  #speech = false;
  #contrary = 0;
  #frames = 0;
  #changedAtMs = 0;

  process(frame: Float32Array): { readonly speech: boolean; readonly changedAtMs: number } {
    this.#frames += 1;
    this.#contrary = (frame[0] !== 0) === this.#speech ? 0 : this.#contrary + 1;
    if (this.#contrary === 3) {
      this.#speech = !this.#speech;
      this.#changedAtMs = (this.#frames - 3) * 10;
      this.#contrary = 0;
    }
    return { speech: this.#speech, changedAtMs: this.#changedAtMs };
  }
}

function audio(...parts: readonly (readonly [ms: number, level: number])[]): Float32Array {
  return Float32Array.from(
    parts.flatMap(([ms, level]) =>
      Array.from({ length: ms * 16 }, (_, index) => level * (index % 2 === 0 ? 1 : -1)),
    ),
  );
}

function turnsIn(
  samples: Float32Array,
  options: Partial<typeof settings> = {},
  detector: SpeechDetector = new ObviousDetector(),
  chunk = samples.length,
): string[] {
  const events: string[] = [];
  const turns = new TurnDetector(
    detector,
    { ...settings, ...options },
    {
      speechStarted: (ms) => events.push(`start ${ms}`),
      speechStopped: (ms) => events.push(`stop ${ms}`),
    },
  );
  for (let at = 0; at < samples.length; at += chunk) turns.append(samples.subarray(at, at + chunk));
  return events;
}

describe("TurnDetector", () => {
  it("starts a turn before its speech by the padding and ends it after the silence", () => {
    assert.deepEqual(turnsIn(audio([1000, 0], [800, 0.5], [1000, 0])), ["start 700", "stop 2300"]);
  });

  it("never starts before the stream or inside the turn before", () => {
    assert.deepEqual(turnsIn(audio([100, 0], [200, 0.5], [600, 0], [200, 0.5], [600, 0])), [
      "start 0",
      "stop 800",
      "start 800",
      "stop 1600",
    ]);
  });

  it("keeps a pause shorter than the silence inside the turn", () => {
    assert.deepEqual(turnsIn(audio([500, 0], [300, 0.5], [470, 0], [300, 0.5], [600, 0])), [
      "start 200",
      "stop 2070",
    ]);
  });

  it("honours a short silence as soon as the detector knows of it", () => {
    const samples = audio([500, 0], [300, 0.5], [600, 0]);
    assert.deepEqual(turnsIn(samples, { silenceDurationMs: 0 }), ["start 200", "stop 830"]);
    assert.deepEqual(turnsIn(samples, { silenceDurationMs: 200 }), ["start 200", "stop 1000"]);
  });

  it("finds the same turns however the audio is cut", () => {
    const samples = audio([1000, 0], [800, 0.5], [1000, 0]);
    for (const chunk of [1, 159, 161, 320, 4000]) {
      assert.deepEqual(turnsIn(samples, {}, new ObviousDetector(), chunk), [
        "start 700",
        "stop 2300",
      ]);
    }
  });
});

describe("EnergyDetector", () => {
  const quiet = 0.001;

  it("finds speech against the noise of a room", () => {
    const samples = audio([1000, quiet], [800, 0.1], [1000, quiet]);
    assert.deepEqual(turnsIn(samples, {}, new EnergyDetector(0.5)), ["start 700", "stop 2300"]);
  });

  it("finds speech after digital silence", () => {
    const samples = audio([1000, 0], [800, 0.1], [1000, 0]);
    assert.deepEqual(turnsIn(samples, {}, new EnergyDetector(0.5)), ["start 700", "stop 2300"]);
  });

  it("takes neither steady noise, nor a click, nor silence for speech", () => {
    for (const samples of [
      audio([3000, 0.05]),
      audio([1000, quiet], [40, 0.5], [1000, quiet]),
      audio([3000, 0]),
    ]) {
      assert.deepEqual(turnsIn(samples, {}, new EnergyDetector(0.5)), []);
    }
  });

  it("gets used to a fan that is switched on", () => {
    const samples = audio([500, quiet], [12_000, 0.01], [800, 0.1], [1000, 0.01]);
    const events = turnsIn(samples, {}, new EnergyDetector(0.5));
    assert.deepEqual(events.slice(-2), ["start 12200", "stop 13800"]);
  });

  it("needs louder speech with a higher threshold", () => {
    const samples = audio([1000, 0.01], [800, 0.04], [1000, 0.01]);
    assert.equal(turnsIn(samples, {}, new EnergyDetector(0)).length, 2);
    assert.equal(turnsIn(samples, {}, new EnergyDetector(1)).length, 0);
  });
});
