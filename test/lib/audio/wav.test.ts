import assert from "node:assert/strict";
import { encodeWav, findWavSamples, parseWav } from "../../../lib/audio/wav";

function chunk(id: string, body: Buffer, size = body.length): Buffer {
  const header = Buffer.alloc(8);
  header.write(id, 0, "latin1");
  header.writeUInt32LE(size, 4);
  return Buffer.concat([header, body, Buffer.alloc(body.length & 1)]);
}

function riff(...chunks: Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from("WAVE", "latin1"), ...chunks]);
  return chunk("RIFF", body);
}

/** `container`: bytes that a sample takes. */
function fmt(
  format: number,
  channels: number,
  rate: number,
  bits: number,
  container = bits / 8,
): Buffer {
  const body = Buffer.alloc(16);
  body.writeUInt16LE(format, 0);
  body.writeUInt16LE(channels, 2);
  body.writeUInt32LE(rate, 4);
  body.writeUInt32LE(rate * channels * container, 8);
  body.writeUInt16LE(channels * container, 12);
  body.writeUInt16LE(bits, 14);
  return chunk("fmt ", body);
}

function extensible(channels: number, rate: number, bits: number, format: number): Buffer {
  const plain = fmt(0xfffe, channels, rate, bits).subarray(8);
  const extension = Buffer.alloc(24);
  extension.writeUInt16LE(22, 0);
  extension.writeUInt16LE(bits, 2);
  extension.writeUInt16LE(format, 8);
  return chunk("fmt ", Buffer.concat([plain, extension]));
}

function samplesOf(file: Buffer): number[] {
  return Array.from(parseWav(file).samples);
}

describe("wav", () => {
  it("reads back what it wrote", () => {
    const samples = Int16Array.of(0, 16384, -32768, 32767);
    const file = encodeWav(samples, 24_000);
    assert.equal(file.length, 44 + 8);
    assert.equal(file.readUInt32LE(4), file.length - 8);
    const parsed = parseWav(file);
    assert.equal(parsed.sampleRate, 24_000);
    assert.equal(parsed.channels, 1);
    assert.deepEqual(Array.from(parsed.samples), [0, 0.5, -1, 32767 / 32768]);
  });

  it("finds the chunks in any order, between others, at even offsets", () => {
    const data = chunk("data", Buffer.from("00400040", "hex"));
    const file = riff(chunk("LIST", Buffer.from("abc")), data, fmt(1, 1, 8000, 16));
    assert.deepEqual(samplesOf(file), [0.5, 0.5]);
  });

  it("reads 8, 16, 24 and 32 bits and both floats", () => {
    const half: readonly (readonly [number, number, string])[] = [
      [1, 8, "c040"],
      [1, 16, "004000c0"],
      [1, 24, "0000400000c0"],
      [1, 32, "00000040000000c0"],
      [3, 32, "0000003f000000bf"],
      [3, 64, "000000000000e03f000000000000e0bf"],
    ];
    for (const [format, bits, hex] of half) {
      const file = riff(fmt(format, 1, 16_000, bits), chunk("data", Buffer.from(hex, "hex")));
      assert.deepEqual(samplesOf(file), [0.5, -0.5], `${bits} bits, format ${format}`);
    }
  });

  it("reads 24 bits in 4 bytes, as arecord writes S24_LE", () => {
    const data = chunk("data", Buffer.from("0000400000002000000060ff", "hex"));
    assert.deepEqual(samplesOf(riff(fmt(1, 1, 48_000, 24, 4), data)), [0.5, 0.25, 0.75]);
    const stereo = chunk("data", Buffer.from("00004000000020ff", "hex"));
    assert.deepEqual(samplesOf(riff(fmt(1, 2, 48_000, 24, 4), stereo)), [0.375]);
  });

  it("goes by the bits where what a sample takes is not told", () => {
    for (const container of [0, 1]) {
      const header = fmt(1, 1, 48_000, 16, container);
      assert.deepEqual(samplesOf(riff(header, chunk("data", Buffer.from("0040", "hex")))), [0.5]);
    }
  });

  it("reads the extensible format by its inner format", () => {
    const data = chunk("data", Buffer.from("0000003f", "hex"));
    assert.deepEqual(samplesOf(riff(extensible(1, 48_000, 32, 3), data)), [0.5]);
  });

  it("mixes stereo down and says that it was stereo", () => {
    const file = riff(fmt(1, 2, 44_100, 16), chunk("data", Buffer.from("00400020", "hex")));
    const parsed = parseWav(file);
    assert.equal(parsed.channels, 2);
    assert.deepEqual(Array.from(parsed.samples), [0.375]);
  });

  it("reads a cut-off file and a stream of unknown length as far as they go", () => {
    const data = chunk("data", Buffer.from("004000", "hex"), 0xffffffff);
    assert.deepEqual(samplesOf(riff(fmt(1, 1, 8000, 16), data).subarray(0, -1)), [0.5]);
  });

  it("takes no end from a recorder that does not know it, however long it goes on", () => {
    // Of GStreamer, sox, arecord and ffmpeg, each writing into a pipe.
    for (const size of [0, 0x7ffff000, 0x80000000, 0xffffffff]) {
      const stream = riff(fmt(1, 1, 16_000, 16), chunk("data", Buffer.alloc(4), size));
      assert.equal(findWavSamples(stream).size, Infinity, `${size}`);
    }
    const whole = riff(fmt(1, 1, 16_000, 16), chunk("data", Buffer.alloc(4)));
    assert.equal(findWavSamples(whole).size, 4);
  });

  it("reads a long recording's header, whose sizes stand in a chunk of their own", () => {
    const sizes = chunk("ds64", Buffer.alloc(28));
    const data = chunk("data", Buffer.from("00400040", "hex"), 0xffffffff);
    for (const id of ["RF64", "BW64"]) {
      const file = riff(sizes, fmt(1, 1, 8000, 16), data);
      file.write(id, "latin1");
      file.writeUInt32LE(0xffffffff, 4);
      assert.deepEqual(samplesOf(file), [0.5, 0.5]);
    }
  });

  it("reads a file that stands inside a larger buffer", () => {
    const file = encodeWav(Int16Array.of(16384), 8000);
    const inside = Buffer.concat([Buffer.from("x"), file]).subarray(1);
    assert.deepEqual(samplesOf(inside), [0.5]);
  });

  it("says what is wrong with other bytes", () => {
    const data = chunk("data", Buffer.alloc(4));
    const wrong: readonly (readonly [Buffer, RegExp])[] = [
      [Buffer.alloc(0), /not a RIFF WAVE file/],
      [Buffer.from("ID3 some music, not a wave"), /not a RIFF WAVE file/],
      [riff(data), /no fmt chunk/],
      [riff(fmt(1, 1, 8000, 16)), /no data chunk/],
      [riff(chunk("fmt ", Buffer.alloc(4)), data), /fmt chunk has 4 bytes/],
      [riff(fmt(1, 0, 8000, 16), data), /no channel/],
      [riff(fmt(1, 1, 0, 16), data), /0 Hz/],
      [riff(fmt(1, 1, 8000, 12), data), /format 1 with 12 bits is not supported/],
      [riff(fmt(85, 1, 8000, 16), data), /format 85 with 16 bits is not supported/],
    ];
    for (const [file, message] of wrong) assert.throws(() => parseWav(file), message);
  });
});
