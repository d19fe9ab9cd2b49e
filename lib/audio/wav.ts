import { int16ToBytes } from "./pcm";

/** A file as parsed: stereo and more channels are mixed down to mono. */
export interface WavAudio {
  /** Hz. */
  readonly sampleRate: number;
  /** How many channels the file had. */
  readonly channels: number;
  /** Mono, -1 to 1. */
  readonly samples: Float32Array;
}

const FORMAT_PCM = 1;
const FORMAT_FLOAT = 3;
/** The real format is the start of a GUID further on in the chunk. */
const FORMAT_EXTENSIBLE = 0xfffe;

interface WavFormat {
  readonly sampleRate: number;
  readonly channels: number;
  readonly bytesPerSample: number;
  readonly read: (view: DataView, offset: number) => number;
}

function sampleReader(format: number, bits: number): WavFormat["read"] | undefined {
  if (format === FORMAT_FLOAT) {
    if (bits === 32) return (view, offset) => view.getFloat32(offset, true);
    if (bits === 64) return (view, offset) => view.getFloat64(offset, true);
    return undefined;
  }
  if (format !== FORMAT_PCM) return undefined;
  switch (bits) {
    case 8:
      return (view, offset) => (view.getUint8(offset) - 128) / 128;
    case 16:
      return (view, offset) => view.getInt16(offset, true) / 32_768;
    case 24:
      return (view, offset) =>
        ((view.getInt8(offset + 2) << 16) | view.getUint16(offset, true)) / 8_388_608;
    case 32:
      return (view, offset) => view.getInt32(offset, true) / 2_147_483_648;
    default:
      return undefined;
  }
}

function parseFormat(view: DataView, offset: number, size: number): WavFormat {
  if (size < 16) throw new Error(`WAV: the fmt chunk has ${size} bytes, at least 16 are needed`);
  const tag = view.getUint16(offset, true);
  const format = tag === FORMAT_EXTENSIBLE && size >= 26 ? view.getUint16(offset + 24, true) : tag;
  const channels = view.getUint16(offset + 2, true);
  const sampleRate = view.getUint32(offset + 4, true);
  const bits = view.getUint16(offset + 14, true);
  if (channels === 0) throw new Error("WAV: the file says that it has no channel");
  if (sampleRate === 0) throw new Error("WAV: the file says that its sample rate is 0 Hz");
  const read = sampleReader(format, bits);
  if (read === undefined) {
    throw new Error(
      `WAV: format ${format} with ${bits} bits is not supported; ` +
        "PCM with 8, 16, 24 or 32 bits and float with 32 or 64 bits are",
    );
  }
  return { sampleRate, channels, bytesPerSample: bits / 8, read };
}

function mixDown(view: DataView, offset: number, size: number, format: WavFormat): Float32Array {
  const { channels, bytesPerSample, read } = format;
  const frameBytes = channels * bytesPerSample;
  const samples = new Float32Array(Math.floor(size / frameBytes));
  for (let frame = 0; frame < samples.length; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) {
      sum += read(view, offset + frame * frameBytes + channel * bytesPerSample);
    }
    samples[frame] = sum / channels;
  }
  return samples;
}

function chunkId(view: DataView, offset: number): string {
  return String.fromCharCode(
    view.getUint8(offset),
    view.getUint8(offset + 1),
    view.getUint8(offset + 2),
    view.getUint8(offset + 3),
  );
}

/**
 * Reads a RIFF WAVE file: chunks in any order, plain or extensible format, PCM of 8, 16, 24 or 32 bits
 * or float. A data chunk longer than the file (a recorder that was cut off, or a stream whose length
 * nobody knew) is read as far as it goes. Throws an Error that says what is wrong.
 */
export function parseWav(bytes: Uint8Array): WavAudio {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 12 || chunkId(view, 0) !== "RIFF" || chunkId(view, 8) !== "WAVE") {
    throw new Error("WAV: this is not a RIFF WAVE file");
  }
  let format: WavFormat | undefined;
  let data: { offset: number; size: number } | undefined;
  for (let offset = 12; offset + 8 <= bytes.byteLength;) {
    const id = chunkId(view, offset);
    const start = offset + 8;
    const size = Math.min(view.getUint32(offset + 4, true), bytes.byteLength - start);
    if (id === "fmt ") format = parseFormat(view, start, size);
    if (id === "data") data ??= { offset: start, size };
    // Chunks begin at even offsets.
    offset = start + size + (size & 1);
  }
  if (format === undefined) throw new Error("WAV: the file has no fmt chunk");
  if (data === undefined) throw new Error("WAV: the file has no data chunk");
  return {
    sampleRate: format.sampleRate,
    channels: format.channels,
    samples: mixDown(view, data.offset, data.size, format),
  };
}

/** A complete mono 16-bit PCM WAV file; `sampleRate` in Hz. */
export function encodeWav(samples: Int16Array, sampleRate: number): Buffer {
  const header = Buffer.alloc(44);
  const dataBytes = samples.length * 2;
  header.write("RIFF", 0, "latin1");
  header.writeUInt32LE(36 + dataBytes, 4);
  header.write("WAVEfmt ", 8, "latin1");
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(FORMAT_PCM, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36, "latin1");
  header.writeUInt32LE(dataBytes, 40);
  return Buffer.concat([header, int16ToBytes(samples)]);
}
