import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { decodeALaw, decodeMuLaw, encodeALaw, encodeMuLaw } from "../../../lib/audio/g711";
import { MicrophoneStream } from "../../../lib/audio/microphone-stream";
import { bytesToInt16, int16ToBytes } from "../../../lib/audio/pcm";
import type { SampleEncoding } from "../../../lib/audio/sample-format";
import { parseWav } from "../../../lib/audio/wav";

const SOX = "/usr/bin/sox";

/** What sox makes of its input, without dither. */
function sox(input: Buffer, ...options: readonly string[]): Buffer {
  const { stdout, stderr, status } = spawnSync(SOX, ["-D", ...options], {
    input,
    maxBuffer: 2 ** 26,
  });
  assert.equal(status, 0, stderr.toString());
  return stdout;
}

const raw = (type: string, rate = 8000, channels = 1): string[] => [
  "-t",
  type,
  "-r",
  String(rate),
  "-c",
  String(channels),
];

describe("beside sox", function () {
  before(function () {
    if (existsSync(SOX)) return;
    console.log("    sox is not installed: our own reading of the formats is not compared");
    this.skip();
  });

  const everySample = Int16Array.from({ length: 65_536 }, (_, index) => index - 32_768);

  for (const [name, type, decode, encode] of [
    ["mu-law", "ul", decodeMuLaw, encodeMuLaw],
    ["A-law", "al", decodeALaw, encodeALaw],
  ] as const) {
    it(`decodes every code of ${name} to the same sample`, () => {
      const codes = Buffer.from(Array.from({ length: 256 }, (_, code) => code));
      const theirs = bytesToInt16(sox(codes, ...raw(type), "-", "-t", "s16", "-"));
      assert.deepEqual(decode(codes), theirs);
    });

    it(`encodes every sample to the same code of ${name}, but where one lies between two`, () => {
      const theirs = sox(int16ToBytes(everySample), ...raw("s16"), "-", "-t", type, "-");
      const ours = encode(everySample);
      const different = everySample.filter((_, index) => ours[index] !== theirs[index]);
      assert.ok(different.length <= 1020, `${different.length} samples differ`);
      const [heard, theirHeard] = [decode(ours), decode(theirs)];
      for (const [index, sample] of everySample.entries()) {
        const apart = Math.abs((heard[index] ?? 0) - (theirHeard[index] ?? 0));
        assert.ok(apart <= 16 + Math.abs(sample) / 15, `${sample}: ${apart} apart`);
      }
    });
  }

  const stereo = Int16Array.from({ length: 24_000 }, (_, index) =>
    Math.round((index % 20_000) * Math.sin(index / 7)),
  );

  for (const [what, options] of [
    ["8 bits", ["-b", "8"]],
    ["16 bits", ["-b", "16"]],
    ["24 bits, extensible", ["-b", "24"]],
    ["32 bits, extensible", ["-b", "32"]],
    ["float of 32 bits", ["-e", "floating-point", "-b", "32"]],
    ["float of 64 bits", ["-e", "floating-point", "-b", "64"]],
    ["mu-law", ["-e", "mu-law"]],
    ["A-law", ["-e", "a-law"]],
  ] as const) {
    it(`reads its WAV with ${what}, in stereo, to the same samples`, () => {
      const input = [...raw("s16", 44_100, 2), "-", "-t", "wav", ...options, "-"];
      const file = sox(int16ToBytes(stereo), ...input);
      const wav = parseWav(file);
      const mixed = sox(file, "-t", "wav", "-", "-t", "f64", "-", "remix", "1,2");
      assert.deepEqual([wav.sampleRate, wav.channels], [44_100, 2]);
      assert.equal(wav.samples.length, mixed.length / 8);
      for (const [index, sample] of wav.samples.entries())
        assert.ok(Math.abs(sample - mixed.readDoubleLE(index * 8)) < 2 ** -22, `sample ${index}`);
    });
  }

  for (const [encoding, type, ...options] of [
    ["u8", "u8"],
    ["s8", "s8"],
    ["s16be", "s16", "-B"],
    ["s24le", "s24", "-L"],
    ["s24be", "s24", "-B"],
    ["s32le", "s32", "-L"],
    ["s32be", "s32", "-B"],
    ["f32le", "f32", "-L"],
    ["f32be", "f32", "-B"],
    ["f64le", "f64", "-L"],
    ["mulaw", "ul"],
    ["alaw", "al"],
  ] as const satisfies readonly (readonly [SampleEncoding, ...string[]])[]) {
    it(`hears its raw ${encoding} in odd pieces as it does itself`, () => {
      const pcm = int16ToBytes(stereo);
      const bytes = sox(pcm, ...raw("s16", 24_000), "-", "-t", type, ...options, "-");
      const wanted = sox(bytes, ...raw(type, 24_000), ...options, "-", "-t", "s16", "-");
      const format = { encoding, sampleRate: 24_000, channels: 1 };
      const microphone = new MicrophoneStream({ input: "raw", format, frameMs: 20 });
      const frames: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += 1021)
        frames.push(...microphone.push(bytes.subarray(at, at + 1021)));
      assert.ok(Buffer.concat([...frames, ...microphone.flush()]).equals(wanted));
    });
  }
});
