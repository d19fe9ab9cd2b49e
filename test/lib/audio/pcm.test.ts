import assert from "node:assert/strict";
import {
  bytesToInt16,
  bytesToMilliseconds,
  float32ToInt16,
  float32ToPcm16,
  int16ToBytes,
  int16ToFloat32,
  millisecondsToBytes,
  pcm16ToFloat32,
} from "../../../lib/audio/pcm";

describe("pcm", () => {
  it("writes samples as little-endian bytes and reads them back", () => {
    const samples = Int16Array.of(0, 1, -1, 32767, -32768, 258);
    const bytes = int16ToBytes(samples);
    assert.equal(bytes.toString("hex"), "00000100ffffff7f00800201");
    assert.deepEqual(bytesToInt16(bytes), samples);
  });

  it("encodes a part of a larger array as that part alone", () => {
    const part = Int16Array.of(1, 2, 3, 4).subarray(1, 3);
    assert.deepEqual(bytesToInt16(int16ToBytes(part)), Int16Array.of(2, 3));
    assert.equal(int16ToBytes(part).toString("hex"), "02000300");
  });

  it("leaves out half a sample at the end and reads from an odd address", () => {
    const bytes = Buffer.from("ff0100020003", "hex").subarray(1);
    assert.deepEqual(bytesToInt16(bytes), Int16Array.of(1, 2));
  });

  it("reads every 16-bit sample as a float, from an odd address and without half a sample", () => {
    const samples = Int16Array.from({ length: 65_536 }, (_, index) => index - 32_768);
    const bytes = Buffer.concat([Buffer.of(7), int16ToBytes(samples), Buffer.of(9)]).subarray(1);
    assert.deepEqual(pcm16ToFloat32(bytes), int16ToFloat32(samples));
  });

  it("copies the samples, so that writing to the bytes afterwards changes nothing", () => {
    const samples = Int16Array.of(7);
    const bytes = int16ToBytes(samples);
    bytes.fill(0);
    assert.deepEqual(samples, Int16Array.of(7));
  });

  it("brings every 16-bit value through floats unchanged", () => {
    const samples = Int16Array.from({ length: 65_536 }, (_, index) => index - 32_768);
    const back = float32ToInt16(int16ToFloat32(samples));
    assert.ok(samples.every((sample, index) => sample === back[index]));
  });

  it("writes floats as bytes like the samples between them", () => {
    const floats = Float32Array.from({ length: 70_000 }, (_, index) => (index - 35_000.3) / 32_768);
    for (const samples of [floats, Float32Array.of(NaN, Infinity, -Infinity, -0)])
      assert.deepEqual(float32ToPcm16(samples), int16ToBytes(float32ToInt16(samples)));
  });

  it("clips what is too loud and turns NaN into silence", () => {
    assert.deepEqual(
      float32ToInt16(Float32Array.of(1, 2, -3, NaN, Infinity)),
      Int16Array.of(32767, 32767, -32768, 0, 32767),
    );
  });

  it("converts between bytes and ms at each encoding's rate", () => {
    assert.equal(bytesToMilliseconds("audio/pcm", 48_000), 1000);
    assert.equal(bytesToMilliseconds("audio/pcmu", 160), 20);
    assert.equal(millisecondsToBytes("audio/pcm", 100), 4800);
    assert.equal(millisecondsToBytes("audio/pcma", 20), 160);
  });

  it("never cuts a sample in half when it turns ms into bytes", () => {
    assert.equal(millisecondsToBytes("audio/pcm", 0.03), 0);
    assert.equal(millisecondsToBytes("audio/pcm", 10.03), 480);
  });
});
