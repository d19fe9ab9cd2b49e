import assert from "node:assert/strict";
import { AudioOutput, isOutputRate } from "../../../lib/audio/audio-output";
import { int16ToBytes } from "../../../lib/audio/pcm";

const samples = Int16Array.from({ length: 2400 }, (_, n) => Math.round(9000 * Math.sin(n / 4)));
const bytes = int16ToBytes(samples);

describe("audio output", () => {
  it("leaves audio as it is where nothing is to change, however it is cut", () => {
    const output = new AudioOutput("audio/pcm", {
      encoding: "audio/pcm",
      sampleRate: 24_000,
      channels: 1,
    });
    const cuts = [0, 1, 4, 333, bytes.length];
    const parts = cuts.slice(1).map((to, n) => output.process(bytes.subarray(cuts[n], to)));
    assert.ok(Buffer.concat([...parts, output.flush()]).equals(bytes));
  });

  it("puts the same sound on both channels", () => {
    const output = new AudioOutput("audio/pcm", {
      encoding: "audio/pcm",
      sampleRate: 24_000,
      channels: 2,
    });
    const both = output.process(bytes.subarray(0, 4));
    assert.deepEqual(
      [0, 2, 4, 6].map((at) => both.readInt16LE(at)),
      [samples[0], samples[0], samples[1], samples[1]],
    );
  });

  it("passes G.711 through unchanged", () => {
    const coded = Buffer.from(Array.from({ length: 256 }, (_, code) => code));
    const output = new AudioOutput("audio/pcmu", {
      encoding: "audio/pcmu",
      sampleRate: 8000,
      channels: 1,
    });
    assert.ok(output.process(coded).equals(coded));
  });

  it("knows the rates that players have", () => {
    assert.deepEqual([7999, 8000, 44_100, 48_000, 48_001, 22_050.5].map(isOutputRate), [
      false,
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});
