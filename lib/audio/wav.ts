import { int16ToBytes } from "./pcm";
import {
  bytesPerSample,
  decodeSamples,
  mixDown,
  type SampleEncoding,
  type SampleFormat,
} from "./sample-format";

/** A file as parsed: stereo and more channels are mixed down to mono. */
export interface WavAudio {
  /** Hz. */
  readonly sampleRate: number;
  /** How many channels the file had. */
  readonly channels: number;
  /** Mono, -1 to 1. */
  readonly samples: Float32Array;
}

/** What the chunks of a file say of its samples. */
export interface WavLayout {
  readonly format: SampleFormat;
  /** Where the samples begin, in bytes. */
  readonly offset: number;
  /** How many bytes of samples the file says that it has; Infinity where its writer did not know. */
  readonly size: number;
}

/** A chunk is missing; where a file comes in pieces, it may still come. */
export class IncompleteWavError extends Error {
  override readonly name = "IncompleteWavError";
}

/**
 * A recorder that writes into a pipe does not know how much will come. It says 0, or so many bytes or
 * more: sox these, arecord 2 GiB, ffmpeg all that there can be. And it goes on when they have come,
 * which at 16 kHz takes less than a day.
 */
const ENDLESS = 0x7ffff000;

const FORMAT_PCM = 1;
const FORMAT_FLOAT = 3;
const FORMAT_ALAW = 6;
const FORMAT_MULAW = 7;
/** The real format is the start of a GUID further on in the chunk. */
const FORMAT_EXTENSIBLE = 0xfffe;

function encodingOf(format: number, bits: number): SampleEncoding | undefined {
  switch (`${format}/${bits}`) {
    case `${FORMAT_PCM}/8`:
      return "u8";
    case `${FORMAT_PCM}/16`:
      return "s16le";
    case `${FORMAT_PCM}/24`:
      return "s24le";
    case `${FORMAT_PCM}/32`:
      return "s32le";
    case `${FORMAT_FLOAT}/32`:
      return "f32le";
    case `${FORMAT_FLOAT}/64`:
      return "f64le";
    case `${FORMAT_ALAW}/8`:
      return "alaw";
    case `${FORMAT_MULAW}/8`:
      return "mulaw";
    default:
      return undefined;
  }
}

function parseFormat(view: DataView, offset: number, size: number): SampleFormat {
  if (size < 16) throw new Error(`WAV: the fmt chunk has ${size} bytes, at least 16 are needed`);
  const tag = view.getUint16(offset, true);
  const format = tag === FORMAT_EXTENSIBLE && size >= 26 ? view.getUint16(offset + 24, true) : tag;
  const channels = view.getUint16(offset + 2, true);
  const sampleRate = view.getUint32(offset + 4, true);
  const bits = view.getUint16(offset + 14, true);
  if (channels === 0) throw new Error("WAV: the file says that it has no channel");
  if (sampleRate === 0) throw new Error("WAV: the file says that its sample rate is 0 Hz");
  // As arecord writes S24_LE. Only there: what a sample takes is wrong in many headers.
  const isIn4Bytes = bits === 24 && view.getUint16(offset + 12, true) === 4 * channels;
  const encoding = format === FORMAT_PCM && isIn4Bytes ? "s24_32le" : encodingOf(format, bits);
  if (encoding === undefined) {
    throw new Error(
      `WAV: format ${format} with ${bits} bits is not supported; ` +
        "PCM with 8, 16, 24 or 32 bits, float with 32 or 64 bits and G.711 are",
    );
  }
  return { encoding, sampleRate, channels };
}

function chunkId(view: DataView, offset: number): string {
  return String.fromCharCode(
    view.getUint8(offset),
    view.getUint8(offset + 1),
    view.getUint8(offset + 2),
    view.getUint8(offset + 3),
  );
}

/** RIFF, and what is written for files of more than 4 GiB: their sizes stand in a chunk `ds64`. */
const RIFFS: ReadonlySet<string> = new Set(["RIFF", "RF64", "BW64"]);

/** Whether these bytes begin as a RIFF WAVE file does. */
export function isWav(bytes: Uint8Array): boolean {
  if (bytes.byteLength < 12) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return RIFFS.has(chunkId(view, 0)) && chunkId(view, 8) === "WAVE";
}

/**
 * Finds the samples of a RIFF WAVE file: chunks in any order, plain or extensible format, PCM of 8,
 * 16, 24 or 32 bits, float or G.711. The file may go on after these bytes. Throws an Error that says
 * what is wrong.
 */
export function findWavSamples(bytes: Uint8Array): WavLayout {
  if (!isWav(bytes)) throw new Error("WAV: this is not a RIFF WAVE file");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let format: SampleFormat | undefined;
  let data: { offset: number; size: number } | undefined;
  for (let offset = 12; offset + 8 <= bytes.byteLength;) {
    const id = chunkId(view, offset);
    const start = offset + 8;
    const declared = view.getUint32(offset + 4, true);
    const size = Math.min(declared, bytes.byteLength - start);
    if (id === "fmt " && size === declared) format = parseFormat(view, start, size);
    if (id === "data") {
      const isEndless = declared === 0 || declared >= ENDLESS;
      data ??= { offset: start, size: isEndless ? Infinity : declared };
    }
    // Chunks begin at even offsets.
    offset = start + size + (size & 1);
  }
  if (format === undefined) throw new IncompleteWavError("WAV: the file has no fmt chunk");
  if (data === undefined) throw new IncompleteWavError("WAV: the file has no data chunk");
  return { format, ...data };
}

/**
 * Reads a RIFF WAVE file, as `findWavSamples` does. A data chunk longer than the file (a recorder
 * that was cut off, or a stream whose length nobody knew) is read as far as it goes. Throws an Error
 * that says what is wrong.
 */
export function parseWav(bytes: Uint8Array): WavAudio {
  const { format, offset, size } = findWavSamples(bytes);
  const { encoding, sampleRate, channels } = format;
  const data = bytes.subarray(offset, Math.min(offset + size, bytes.byteLength));
  const width = bytesPerSample(encoding) * channels;
  const whole = data.subarray(0, data.length - (data.length % width));
  return { sampleRate, channels, samples: mixDown(decodeSamples(encoding, whole), channels) };
}

/** A complete 16-bit PCM WAV file; `sampleRate` in Hz, the samples of the channels interleaved. */
export function encodeWav(samples: Int16Array, sampleRate: number, channels: 1 | 2 = 1): Buffer {
  const header = Buffer.alloc(44);
  const dataBytes = samples.length * 2;
  header.write("RIFF", 0, "latin1");
  header.writeUInt32LE(36 + dataBytes, 4);
  header.write("WAVEfmt ", 8, "latin1");
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(FORMAT_PCM, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * 2 * channels, 28);
  header.writeUInt16LE(2 * channels, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36, "latin1");
  header.writeUInt32LE(dataBytes, 40);
  return Buffer.concat([header, int16ToBytes(samples)]);
}
