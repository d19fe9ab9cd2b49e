import { decodeALaw, decodeMuLaw } from "./g711";
import { int16ToFloat32, pcm16ToFloat32 } from "./pcm";
import type { SampleRoom } from "./sample-room";

/**
 * How a sample is written: signed, unsigned or float, its bits, those of its place where they are
 * more, and the order of its bytes.
 */
export const SAMPLE_ENCODINGS = [
  "s16le",
  "s16be",
  "u8",
  "s8",
  "s24le",
  "s24be",
  "s24_32le",
  "s32le",
  "s32be",
  "f32le",
  "f32be",
  "f64le",
  "f64be",
  "mulaw",
  "alaw",
] as const;
/** One of `SAMPLE_ENCODINGS`. */
export type SampleEncoding = (typeof SAMPLE_ENCODINGS)[number];

/** What has to be known of raw audio, as nothing in it tells. */
export interface SampleFormat {
  readonly encoding: SampleEncoding;
  /** Hz. */
  readonly sampleRate: number;
  /** Samples of all channels at one moment stand side by side. */
  readonly channels: number;
}

interface Reader {
  /** Bytes that one sample takes. */
  readonly bytes: number;
  /** The sample at an offset, -1 to 1. */
  readonly read: (view: DataView, offset: number) => number;
}

const READERS: Readonly<Record<Exclude<SampleEncoding, "mulaw" | "alaw">, Reader>> = {
  u8: { bytes: 1, read: (view, at) => (view.getUint8(at) - 128) / 128 },
  s8: { bytes: 1, read: (view, at) => view.getInt8(at) / 128 },
  s16le: { bytes: 2, read: (view, at) => view.getInt16(at, true) / 32_768 },
  s16be: { bytes: 2, read: (view, at) => view.getInt16(at, false) / 32_768 },
  s24le: { bytes: 3, read: readInt24 },
  s24be: {
    bytes: 3,
    read: (view, at) => ((view.getInt8(at) << 16) | view.getUint16(at + 1, false)) / 8_388_608,
  },
  // In the low three bytes: what stands in the fourth is nothing.
  s24_32le: { bytes: 4, read: readInt24 },
  s32le: { bytes: 4, read: (view, at) => view.getInt32(at, true) / 2_147_483_648 },
  s32be: { bytes: 4, read: (view, at) => view.getInt32(at, false) / 2_147_483_648 },
  f32le: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  f32be: { bytes: 4, read: (view, at) => view.getFloat32(at, false) },
  f64le: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
  f64be: { bytes: 8, read: (view, at) => view.getFloat64(at, false) },
};

function readInt24(view: DataView, at: number): number {
  return ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 8_388_608;
}

/** Bytes that one sample of one channel takes. */
export function bytesPerSample(encoding: SampleEncoding): number {
  return encoding === "mulaw" || encoding === "alaw" ? 1 : READERS[encoding].bytes;
}

/**
 * Whole samples as they stand, -1 to 1; what is left over at the end is left out. In `room`, if there is
 * one and the encoding is the usual one.
 */
export function decodeSamples(
  encoding: SampleEncoding,
  bytes: Uint8Array,
  room?: SampleRoom,
): Float32Array {
  if (encoding === "mulaw") return int16ToFloat32(decodeMuLaw(bytes));
  if (encoding === "alaw") return int16ToFloat32(decodeALaw(bytes));
  // What nearly every microphone gives has a faster way.
  if (encoding === "s16le") return pcm16ToFloat32(bytes, room);
  const { bytes: width, read } = READERS[encoding];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const samples = new Float32Array(Math.floor(bytes.byteLength / width));
  for (let index = 0; index < samples.length; index++) samples[index] = read(view, index * width);
  return samples;
}

/** The mean of the channels at each moment; samples of an incomplete last moment are left out. */
export function mixDown(samples: Float32Array, channels: number): Float32Array {
  if (channels === 1) return samples;
  const mono = new Float32Array(Math.floor(samples.length / channels));
  for (let index = 0; index < mono.length; index++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++)
      sum += samples[index * channels + channel] ?? 0;
    mono[index] = sum / channels;
  }
  return mono;
}
