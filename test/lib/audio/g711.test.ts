import assert from "node:assert/strict";
import { decodeALaw, decodeMuLaw, encodeALaw, encodeMuLaw } from "../../../lib/audio/g711";

const codes = Uint8Array.from({ length: 256 }, (_, code) => code);

/** 20 log10 of the signal against the error, dB. */
function signalToNoise(original: Int16Array, decoded: Int16Array): number {
  let signal = 0;
  let noise = 0;
  original.forEach((sample, index) => {
    signal += sample ** 2;
    noise += (sample - (decoded[index] ?? 0)) ** 2;
  });
  return 10 * Math.log10(signal / noise);
}

const speechLike = Int16Array.from({ length: 8000 }, (_, index) =>
  Math.round(12_000 * Math.sin(index / 5) * Math.sin(index / 700)),
);

describe("g711", () => {
  it("decodes the known points of mu-law", () => {
    assert.deepEqual(
      decodeMuLaw(Uint8Array.of(0xff, 0x7f, 0x00, 0x80, 0xfe, 0x8f)),
      Int16Array.of(0, 0, -32124, 32124, 8, 16764),
    );
  });

  it("decodes the known points of A-law", () => {
    assert.deepEqual(
      decodeALaw(Uint8Array.of(0xd5, 0x55, 0xaa, 0x2a)),
      Int16Array.of(8, -8, 32256, -32256),
    );
  });

  it("encodes each decoded code to itself again", () => {
    const muLaw = encodeMuLaw(decodeMuLaw(codes));
    // Mu-law has two zeros; the encoder uses the positive one.
    assert.deepEqual(
      muLaw,
      codes.map((code) => (code === 0x7f ? 0xff : code)),
    );
    assert.deepEqual(encodeALaw(decodeALaw(codes)), codes);
  });

  it("keeps the order of loudness at the ends of the range", () => {
    const ends = Int16Array.of(-32768, -32767, 32766, 32767);
    assert.deepEqual(decodeMuLaw(encodeMuLaw(ends)), Int16Array.of(-32124, -32124, 32124, 32124));
    assert.deepEqual(decodeALaw(encodeALaw(ends)), Int16Array.of(-32256, -32256, 32256, 32256));
  });

  it("encodes every 16-bit sample to the nearest code, give or take one step", () => {
    const all = Int16Array.from({ length: 65_536 }, (_, index) => index - 32_768);
    for (const decoded of [decodeMuLaw(encodeMuLaw(all)), decodeALaw(encodeALaw(all))]) {
      all.forEach((sample, index) => {
        const error = Math.abs(sample - (decoded[index] ?? 0));
        assert.ok(error <= 16 + Math.abs(sample) / 31, `${sample} became ${decoded[index]}`);
      });
    }
  });

  it("carries a signal with at least 35 dB", () => {
    assert.ok(signalToNoise(speechLike, decodeMuLaw(encodeMuLaw(speechLike))) > 35);
    assert.ok(signalToNoise(speechLike, decodeALaw(encodeALaw(speechLike))) > 35);
  });
});
