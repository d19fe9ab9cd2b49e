/** Audio as the realtime protocol carries it: little-endian 16-bit PCM, mono. */

import { bytesIn, samplesIn, type SampleRoom } from "./sample-room";

/** Sample rate of `audio/pcm` in the realtime protocol, Hz. */
export const PCM_SAMPLE_RATE = 24_000;
/** Sample rate of `audio/pcmu` and `audio/pcma`, Hz. */
export const G711_SAMPLE_RATE = 8_000;

export type AudioEncoding = "audio/pcm" | "audio/pcmu" | "audio/pcma";

/** Bytes that one second of mono audio takes on the wire, before base64. */
export const BYTES_PER_SECOND: Readonly<Record<AudioEncoding, number>> = {
  "audio/pcm": PCM_SAMPLE_RATE * 2,
  "audio/pcmu": G711_SAMPLE_RATE,
  "audio/pcma": G711_SAMPLE_RATE,
};

const hostIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Reads little-endian samples; an odd last byte, half a sample, is left out. */
export function bytesToInt16(bytes: Uint8Array): Int16Array {
  const length = bytes.byteLength >> 1;
  const samples = new Int16Array(length);
  if (hostIsLittleEndian) {
    new Uint8Array(samples.buffer).set(bytes.subarray(0, length * 2));
    return samples;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let index = 0; index < length; index++) samples[index] = view.getInt16(index * 2, true);
  return samples;
}

/** Little-endian bytes of the samples, in memory of their own. */
export function int16ToBytes(samples: Int16Array): Buffer {
  if (hostIsLittleEndian) {
    return Buffer.from(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
  }
  const bytes = Buffer.alloc(samples.length * 2);
  samples.forEach((sample, index) => bytes.writeInt16LE(sample, index * 2));
  return bytes;
}

/** -32768..32767 to -1..1. */
export function int16ToFloat32(samples: Int16Array): Float32Array {
  const floats = new Float32Array(samples.length);
  for (let index = 0; index < samples.length; index++)
    floats[index] = (samples[index] ?? 0) / 32768;
  return floats;
}

/**
 * 16-bit little-endian samples as -1..1, without a copy between them; half a sample at the end is left
 * out. In `room`, if there is one.
 */
export function pcm16ToFloat32(bytes: Uint8Array, room?: SampleRoom): Float32Array {
  const floats = samplesIn(room, bytes.byteLength >> 1);
  for (let index = 0; index < floats.length; index++) {
    const low = bytes[index * 2] ?? 0;
    const high = bytes[index * 2 + 1] ?? 0;
    // Shifted to the sign bit and back.
    floats[index] = ((((high << 8) | low) << 16) >> 16) / 32768;
  }
  return floats;
}

/** -1..1 to -32768..32767, rounded; louder samples are clipped, NaN is silence. */
export function float32ToInt16(samples: Float32Array): Int16Array {
  const integers = new Int16Array(samples.length);
  for (let index = 0; index < samples.length; index++)
    integers[index] = toInt16(samples[index] ?? 0);
  return integers;
}

/**
 * -1..1 as 16-bit little-endian samples, without a copy between them: as `float32ToInt16`. In `room`, if
 * there is one, where they take half of that of the floats.
 */
export function float32ToPcm16(samples: Float32Array, room?: SampleRoom): Buffer {
  const bytes = bytesIn(room, samples.length * 2);
  for (let index = 0; index < samples.length; index++) {
    const integer = toInt16(samples[index] ?? 0);
    bytes[index * 2] = integer;
    bytes[index * 2 + 1] = integer >> 8;
  }
  return bytes;
}

function toInt16(sample: number): number {
  const scaled = Math.round(sample * 32768);
  return scaled > 32767 ? 32767 : scaled < -32768 ? -32768 : scaled;
}

/** Playing time in ms of so many bytes on the wire, not rounded. */
export function bytesToMilliseconds(encoding: AudioEncoding, bytes: number): number {
  return (bytes * 1000) / BYTES_PER_SECOND[encoding];
}

/** Bytes on the wire of so many ms, rounded down to whole samples. */
export function millisecondsToBytes(encoding: AudioEncoding, milliseconds: number): number {
  const bytesPerSample = encoding === "audio/pcm" ? 2 : 1;
  const samples = Math.floor(
    (milliseconds * BYTES_PER_SECOND[encoding]) / (1000 * bytesPerSample) + 1e-9,
  );
  return samples * bytesPerSample;
}
