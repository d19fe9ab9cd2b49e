import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import { AudioInputError } from "../../../lib/audio/audio-input-error";
import {
  MicrophoneStream,
  type MicrophoneStreamOptions,
} from "../../../lib/audio/microphone-stream";
import { encodeALaw, encodeMuLaw } from "../../../lib/audio/g711";
import { float32ToInt16, int16ToBytes } from "../../../lib/audio/pcm";
import { Resampler } from "../../../lib/audio/resampler";
import type { SampleEncoding, SampleFormat } from "../../../lib/audio/sample-format";
import { encodeWav } from "../../../lib/audio/wav";

const RAGGED = [1, 7, 333, 2048, 160, 3];

function stream(
  format: Partial<SampleFormat> = {},
  others: Partial<MicrophoneStreamOptions> = {},
): MicrophoneStream {
  return new MicrophoneStream({
    input: "auto",
    format: { encoding: "s16le", sampleRate: 24_000, channels: 1, ...format },
    frameMs: 20,
    ...others,
  });
}

function inPieces(bytes: Buffer, sizes: readonly number[] = RAGGED): Buffer[] {
  const pieces: Buffer[] = [];
  for (let start = 0, turn = 0; start < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    pieces.push(bytes.subarray(start, start + size));
    start += size;
  }
  return pieces;
}

/** As core's exec node sends a chunk: text where it is valid UTF-8. */
function asExec(piece: Buffer): Buffer | string {
  const text = piece.toString();
  return Buffer.from(text).equals(piece) ? text : piece;
}

function through(microphone: MicrophoneStream, payloads: readonly unknown[]): Buffer {
  const frames = payloads.flatMap((payload) => microphone.push(payload));
  return Buffer.concat([...frames, ...microphone.flush()]);
}

/** Speech-like: silence, then tones of many levels; 16-bit samples. */
function sound(rate: number, seconds = 0.5): Int16Array {
  return Int16Array.from({ length: rate * seconds }, (_, index) =>
    index < rate / 10
      ? 0
      : Math.round(
          (index % 9000) * Math.sin(index / 11) + 8000 * Math.sin((index * 440) / rate) + 20,
        ),
  );
}

function resampled(samples: Int16Array, rate: number): Buffer {
  const resampler = new Resampler(rate, 24_000);
  const floats = Float32Array.from(samples, (sample) => sample / 32_768);
  return int16ToBytes(
    Int16Array.from([
      ...float32ToInt16(resampler.process(floats)),
      ...float32ToInt16(resampler.flush()),
    ]),
  );
}

function problemOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof AudioInputError, String(error));
    return `${error.problem}: ${error.message}`;
  }
  return assert.fail("nothing was thrown");
}

describe("MicrophoneStream", () => {
  const pcm = int16ToBytes(sound(24_000));

  it("gives the same samples at the session's rate, cut to frames of one length", () => {
    const microphone = stream();
    const frames = inPieces(pcm).flatMap((piece) => microphone.push(piece));
    assert.deepEqual([...new Set(frames.map(({ length }) => length))], [960]);
    assert.ok(Buffer.concat([...frames, ...microphone.flush()]).equals(pcm));
  });

  for (const rate of [8000, 16_000, 22_050, 44_100, 48_000]) {
    it(`gives of ragged ${rate} Hz what one pass gives`, () => {
      const samples = sound(rate);
      const output = through(stream({ sampleRate: rate }), inPieces(int16ToBytes(samples)));
      assert.ok(output.equals(resampled(samples, rate)));
    });
  }

  for (const input of ["auto", "raw"] as const) {
    it(`takes chunks that an exec node made strings of, set to ${input}`, () => {
      for (const sizes of [RAGGED, [640], [1], [2048, 5]]) {
        const payloads = inPieces(pcm, sizes).map(asExec);
        assert.ok(payloads.some((payload) => typeof payload === "string"));
        assert.ok(through(stream({}, { input }), payloads).equals(pcm));
      }
    });
  }

  it("takes base64, with auto too, in any alphabet and as a data URL", () => {
    const text = pcm.toString("base64");
    for (const payload of [
      text,
      pcm.toString("base64url"),
      `data:audio/pcm;base64,${text}`,
      `${text.replace(/.{76}/g, "$&\r\n")}\r\n`,
    ]) {
      assert.ok(through(stream(), [payload]).equals(pcm));
      assert.ok(through(stream({}, { input: "base64" }), [payload]).equals(pcm));
    }
    const pieces = inPieces(pcm, [960]).map((piece) => piece.toString("base64"));
    assert.ok(through(stream(), pieces).equals(pcm), "each message for itself");
    assert.ok(through(stream({}, { input: "base64" }), [Buffer.from(text)]).equals(pcm));
  });

  it("takes base64, with auto too, after a file that was refused", () => {
    const ogg = Buffer.concat([Buffer.from("OggS"), Buffer.alloc(100)]);
    const microphone = stream();
    assert.match(
      problemOf(() => microphone.push(ogg)),
      /^unsupported_file/,
    );
    assert.ok(through(microphone, [pcm.toString("base64")]).equals(pcm));
  });

  it("takes base64, with auto too, in a stream after a raw one", () => {
    const microphone = stream();
    assert.ok(through(microphone, [pcm]).equals(pcm));
    microphone.restart();
    assert.ok(through(microphone, [pcm.toString("base64")]).equals(pcm));
  });

  it("takes a WAV file in base64, with auto too, whatever came before", () => {
    const file = encodeWav(sound(24_000), 24_000).toString("base64");
    for (const encoding of ["s16le", "mulaw"] as const) {
      const microphone = stream({ encoding });
      microphone.skip(pcm);
      assert.ok(through(microphone, [file]).equals(pcm), encoding);
    }
  });

  it("refuses to guess what a text of 8-bit samples is, until the stream has shown it", () => {
    const silence = "U".repeat(160);
    const microphone = stream({ encoding: "alaw", sampleRate: 8000 });
    assert.match(
      problemOf(() => microphone.push(silence)),
      /ambiguous_text.*alaw.*"raw" or "base64"/,
    );
    microphone.push(Buffer.from([0xd5, 0xd5]));
    microphone.setEncoding("audio/pcma");
    assert.equal(microphone.push(silence)[0]?.toString("latin1"), silence);
  });

  for (const [encoding, hex] of [
    ["u8", "c040"],
    ["s8", "40c0"],
    ["s16le", "004000c0"],
    ["s16be", "4000c000"],
    ["s24le", "0000400000c0"],
    ["s24be", "400000c00000"],
    ["s32le", "00000040000000c0"],
    ["s24_32le", "000040000000c000"],
    ["s32be", "40000000c0000000"],
    ["f32le", "0000003f000000bf"],
    ["f32be", "3f000000bf000000"],
    ["f64le", "000000000000e03f000000000000e0bf"],
    ["f64be", "3fe0000000000000bfe0000000000000"],
  ] as const satisfies readonly (readonly [SampleEncoding, string])[]) {
    it(`reads ${encoding}, in single bytes too`, () => {
      const bytes = Buffer.from(hex, "hex");
      for (const pieces of [[bytes], inPieces(bytes, [1])]) {
        const output = through(stream({ encoding }, { input: "raw" }), pieces);
        assert.equal(output.toString("hex"), "004000c0");
      }
    });
  }

  it("passes G.711 through unchanged where the session takes it", () => {
    const all = Buffer.from(Array.from({ length: 320 }, (_, index) => index & 0xff));
    for (const [encoding, wire] of [
      ["mulaw", "audio/pcmu"],
      ["alaw", "audio/pcma"],
    ] as const) {
      const microphone = stream({ encoding, sampleRate: 8000 }, { input: "raw" });
      microphone.setEncoding(wire);
      assert.ok(through(microphone, inPieces(all)).equals(all));
    }
  });

  it("makes G.711 of anything else", () => {
    const samples = sound(8000);
    for (const [wire, encode] of [
      ["audio/pcmu", encodeMuLaw],
      ["audio/pcma", encodeALaw],
    ] as const) {
      const microphone = stream({ sampleRate: 8000 });
      microphone.setEncoding(wire);
      assert.ok(through(microphone, inPieces(int16ToBytes(samples))).equals(encode(samples)));
    }
  });

  it("mixes channels down, and keeps what is cut in the middle of a moment", () => {
    const stereo = Buffer.from("0040002000c000e0", "hex");
    const output = through(stream({ channels: 2 }), inPieces(stereo, [3]));
    assert.deepEqual([output.readInt16LE(0), output.readInt16LE(2)], [12_288, -12_288]);
  });

  describe("WAV", () => {
    const samples = sound(16_000);
    const wanted = resampled(samples, 16_000);
    const file = encodeWav(samples, 16_000);

    it("takes one whole file per message as one stream, whatever raw audio would be", () => {
      const files = inPieces(int16ToBytes(samples), [2048]).map((piece) =>
        encodeWav(new Int16Array(Uint8Array.from(piece).buffer), 16_000),
      );
      for (const input of ["auto", "wav"] as const) {
        assert.ok(through(stream({ encoding: "f32le" }, { input }), files).equals(wanted));
        const texts = files.map((each) => each.toString("base64"));
        assert.ok(through(stream({ encoding: "f32le" }, { input }), texts).equals(wanted));
      }
    });

    it("takes one file of unknown length in pieces, as a recorder writes it into a pipe", () => {
      for (const size of [0, 0xffffffff, file.length]) {
        const endless = Buffer.from(file);
        endless.writeUInt32LE(size, 40);
        for (const sizes of [[44, 333], [30, 20, 1000], [2049]])
          assert.ok(
            through(stream({ sampleRate: 8000 }), inPieces(endless, sizes).map(asExec)).equals(
              wanted,
            ),
            `${size}, ${sizes.join("+")}`,
          );
      }
    });

    it("takes a file of unknown length in pieces that an exec node made texts of", () => {
      const endless = Buffer.from(file);
      // 8,000 Hz: all of such a header is valid UTF-8.
      const slow = encodeWav(sound(8000), 8000);
      slow.writeUInt16LE(0x3e00, 28);
      for (const bytes of [endless, slow]) {
        bytes.writeUInt32LE(0, 4);
        bytes.writeUInt32LE(0, 40);
        const rate = bytes === slow ? 8000 : 16_000;
        for (const sizes of [
          [44, 333],
          [12, 8, 16, 8, 1000],
        ])
          for (const input of ["auto", "wav"] as const) {
            const payloads = inPieces(bytes, sizes).map(asExec);
            assert.ok(payloads.some((payload) => typeof payload === "string"));
            const output = through(stream({ sampleRate: 48_000 }, { input }), payloads);
            assert.ok(
              output.equals(resampled(sound(rate), rate)),
              `${rate} ${input} ${sizes.join("+")}`,
            );
          }
      }
    });

    it("takes a file in pieces whose long format is cut anywhere", () => {
      const format = Buffer.concat([file.subarray(12, 36), Buffer.alloc(24)]);
      format.writeUInt32LE(40, 4);
      format.writeUInt16LE(0xfffe, 8);
      format.writeUInt16LE(22, 24);
      format.writeUInt16LE(16, 26);
      format.writeUInt16LE(1, 32);
      const long = Buffer.concat([file.subarray(0, 12), format, file.subarray(36)]);
      for (let cut = 12; cut <= 68; cut += 1)
        assert.ok(
          through(stream(), [long.subarray(0, cut), long.subarray(cut)]).equals(wanted),
          `cut at ${cut}`,
        );
    });

    it("takes a file as base64 after one that was cut off", () => {
      const microphone = stream({}, { input: "wav" });
      const cut = through(microphone, [file.subarray(0, 44)]);
      assert.equal(cut.length, 0);
      assert.ok(through(microphone, [file.toString("base64")]).equals(wanted));
      const url = `data:audio/wav;base64,${file.toString("base64")}`;
      assert.ok(through(microphone, [file.subarray(0, 44), url]).equals(wanted));
    });

    it("takes nothing behind the samples for sound, in whatever pieces the file comes", () => {
      const whole = Buffer.concat([
        encodeWav(sound(24_000), 24_000),
        Buffer.from("LIST\x05\0\0\0tags!\0"),
      ]);
      whole.writeUInt32LE(whole.length - 8, 4);
      for (const cut of [100, whole.length - 14, whole.length - 13, whole.length - 5]) {
        const pieces = [whole.subarray(0, cut), whole.subarray(cut)];
        assert.ok(through(stream({}, { input: "wav" }), pieces).equals(pcm), `cut at ${cut}`);
        assert.ok(through(stream(), pieces).equals(pcm), `cut at ${cut}`);
      }
    });

    it("takes nothing behind the samples for sound", () => {
      const trailer = Buffer.concat([Buffer.from("LIST\x04\0\0\0INFO", "latin1")]);
      assert.ok(through(stream(), [Buffer.concat([file, trailer])]).equals(wanted));
    });

    it("says what is wrong with one, and reads the next", () => {
      const microphone = stream({}, { input: "wav" });
      const odd = Buffer.from(file);
      odd.writeUInt16LE(85, 20);
      const fast = Buffer.from(file);
      fast.writeUInt32LE(4_000_000_000, 24);
      assert.match(
        problemOf(() => microphone.push(odd)),
        /unsupported_wav.*format 85/,
      );
      assert.match(
        problemOf(() => microphone.push(fast)),
        /unsupported_wav.*4000000000 Hz/,
      );
      assert.match(
        problemOf(() => microphone.push(Buffer.alloc(100))),
        /not_wav/,
      );
      assert.match(
        problemOf(() => microphone.push("no base64!")),
        /not_base64/,
      );
      assert.ok(through(microphone, [file]).equals(wanted));
    });
  });

  describe("arrays", () => {
    const floats = [0.5, -0.5, 0, 0.25];
    const hex = "004000c000000020";

    it("takes every kind that a browser or JSON makes", () => {
      const integers = floats.map((value) => value * 32_768);
      const bytes = Buffer.from(hex, "hex");
      for (const payload of [
        Float32Array.from(floats),
        Float64Array.from(floats),
        Int16Array.from(integers),
        Int32Array.from(floats, (value) => value * 2 ** 31),
        Int8Array.from(floats, (value) => value * 128),
        Uint8Array.from(bytes),
        Uint8Array.from(bytes).buffer,
        new DataView(Uint8Array.from([0, ...bytes]).buffer, 1),
        floats,
        integers,
        JSON.parse(JSON.stringify(bytes)) as unknown,
        JSON.parse(JSON.stringify(Float32Array.from(floats))) as unknown,
        JSON.parse(JSON.stringify(Int16Array.from(integers))) as unknown,
      ])
        assert.equal(through(stream(), [payload]).toString("hex"), hex);
    });

    for (const made of [
      "new Float32Array([0.5, -0.5, 0, 0.25])",
      "new Float64Array([0.5, -0.5, 0, 0.25])",
      "new Int16Array([16384, -16384, 0, 8192])",
      "new Int32Array([2 ** 30, -(2 ** 30), 0, 2 ** 29])",
      "new Int8Array([64, -64, 0, 32])",
      "new Uint8Array([0, 0x40, 0, 0xc0, 0, 0, 0, 0x20])",
      "new Uint8ClampedArray([0, 0x40, 0, 0xc0, 0, 0, 0, 0x20])",
      "new Uint8Array([0, 0x40, 0, 0xc0, 0, 0, 0, 0x20]).buffer",
      "new DataView(new Uint8Array([0, 0x40, 0, 0xc0, 0, 0, 0, 0x20]).buffer)",
    ])
      it(`takes ${made} of another context, as a function node makes it`, () => {
        assert.equal(through(stream(), [runInNewContext(made)]).toString("hex"), hex);
      });

    it("takes whole numbers in a float stream for floats", () => {
      const output = through(stream({ encoding: "f32le" }), [[0, 0.5, -1]]);
      assert.equal(output.toString("hex"), "000000400080");
      assert.equal(through(stream(), [[1, 0, -1]]).toString("hex"), "01000000ffff");
    });

    it("takes whole numbers in a stream of 8 bits or G.711 for its bytes", () => {
      assert.equal(through(stream({ encoding: "u8" }), [[192, 64]]).toString("hex"), "004000c0");
      const bytes = Array.from({ length: 320 }, (_, index) => index & 0xff);
      for (const encoding of ["mulaw", "alaw"] as const) {
        const phone = (): MicrophoneStream =>
          stream({ encoding, sampleRate: 8000 }, { input: "raw" });
        const wanted = through(phone(), [Buffer.from(bytes)]);
        assert.ok(through(phone(), [bytes]).equals(wanted));
      }
    });

    it("names what is wrong and where, and shows nothing of what came", () => {
      assert.match(
        problemOf(() => stream().push([0, "secret"])),
        /wrong_value.*\[1\] stands a string$/,
      );
      assert.match(
        problemOf(() => stream().push([0.5, 40_000])),
        /from -1 to 1; it holds 40000/,
      );
      assert.match(
        problemOf(() => stream().push([NaN])),
        /\[0\] stands NaN/,
      );
      assert.match(
        problemOf(() => stream().push({ type: "Buffer", data: [256] })),
        /0 to 255.*256/,
      );
      for (const payload of [undefined, null, true, 7, { secret: 1 }, new Uint16Array(2)])
        assert.match(
          problemOf(() => stream().push(payload)),
          /^wrong_type: .*, not (?!.*secret)/,
        );
      assert.match(
        problemOf(() => stream().push(Buffer.alloc(33 * 2 ** 20))),
        /^too_large/,
      );
    });
  });

  describe("files that are no WAV", () => {
    const others: readonly (readonly [string, string])[] = [
      ["WebM", "1a45dfa39f4286810142f781"],
      ["Ogg", "4f67675300020000000000000000"],
      ["MP4", "0000001866747970697363350000"],
      ["FLAC", "664c614300000022"],
      ["MP3", "49443304000000000023"],
      ["AIFF", "464f524d0000008041494646"],
      ["AU", "2e736e640000001800000064"],
      ["CAF", "636166660001000064657363"],
      ["RIFX", "524946580000008057415645"],
    ];

    for (const [kind, hex] of others)
      it(`are named: ${kind}`, () => {
        const bytes = Buffer.concat([Buffer.from(hex, "hex"), Buffer.alloc(100, 7)]);
        for (const input of ["auto", "wav", "base64"] as const)
          for (const payload of [bytes, bytes.toString("base64")]) {
            if (input === "base64" && payload === bytes) continue;
            const microphone = stream({}, { input });
            for (let message = 0; message < 2; message += 1)
              assert.match(
                problemOf(() => microphone.push(payload)),
                new RegExp(`unsupported_file: .*kind ${kind}:`),
              );
          }
      });

    it("are not looked for in samples that go on, nor where samples are said to come", () => {
      const bytes = Buffer.from("1a45dfa3", "hex");
      assert.ok(through(stream({}, { input: "raw" }), [bytes]).equals(bytes));
      const microphone = stream();
      assert.ok(through(microphone, [pcm, bytes]).equals(Buffer.concat([pcm, bytes])));
      microphone.restart();
      assert.match(
        problemOf(() => microphone.push(bytes)),
        /^unsupported_file/,
      );
    });
  });

  it("keeps its place in the stream while nobody is to hear it", () => {
    const microphone = stream();
    microphone.skip(pcm.subarray(0, 9601));
    assert.ok(through(microphone, [pcm.subarray(9601)]).equals(pcm.subarray(9600)));
  });

  it("gives silence that lasts as long as what nobody is to hear, and keeps its place", () => {
    const microphone = stream();
    const frames = microphone.silence(pcm.subarray(0, 9601));
    assert.equal(Buffer.concat(frames).length, 9600);
    assert.ok(Buffer.concat(frames).every((byte) => byte === 0));
    assert.ok(through(microphone, [pcm.subarray(9601)]).equals(pcm.subarray(9600)));
  });

  it("gives silence in G.711 where that passes unchanged", () => {
    const microphone = stream({ encoding: "mulaw", sampleRate: 8000 }, { input: "raw" });
    microphone.setEncoding("audio/pcmu");
    const heard = Buffer.alloc(160, 7);
    assert.ok(Buffer.concat(microphone.push(heard)).equals(heard));
    assert.ok(Buffer.concat(microphone.silence(heard)).equals(Buffer.alloc(160, 0xff)));
    assert.ok(Buffer.concat(microphone.push(heard)).equals(heard));
  });

  it("does not keep memory of its sender", () => {
    const microphone = stream();
    const chunk = Buffer.from("0040" + "00", "hex");
    microphone.push(chunk);
    chunk.fill(0xff);
    assert.equal(through(microphone, [Buffer.from("c0", "hex")]).toString("hex"), "004000c0");
  });

  it("measures the level since the last time", () => {
    const microphone = stream();
    assert.equal(microphone.takeLevel(), -120);
    microphone.push(Float32Array.from({ length: 2400 }, (_, index) => Math.sin(index / 4)));
    assert.ok(Math.abs(microphone.takeLevel() + 3) < 0.1);
    assert.equal(microphone.takeLevel(), -120);
  });
});
