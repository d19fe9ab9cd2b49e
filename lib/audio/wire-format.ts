import { decodeALaw, decodeMuLaw, encodeALaw, encodeMuLaw } from "./g711";
import {
  bytesToInt16,
  float32ToInt16,
  float32ToPcm16,
  G711_SAMPLE_RATE,
  int16ToBytes,
  int16ToFloat32,
  pcm16ToFloat32,
  PCM_SAMPLE_RATE,
  type AudioEncoding,
} from "./pcm";
import type { SampleRoom } from "./sample-room";

/** Samples per second of an encoding on the wire, Hz. */
export function wireSampleRate(encoding: AudioEncoding): number {
  return encoding === "audio/pcm" ? PCM_SAMPLE_RATE : G711_SAMPLE_RATE;
}

/** Samples as they travel, in memory of their own. */
export function encodeWire(encoding: AudioEncoding, samples: Int16Array): Buffer {
  switch (encoding) {
    case "audio/pcm":
      return int16ToBytes(samples);
    case "audio/pcmu":
      return Buffer.from(encodeMuLaw(samples).buffer);
    case "audio/pcma":
      return Buffer.from(encodeALaw(samples).buffer);
  }
}

/** Samples of bytes as they travel; half a sample at the end is left out. */
export function decodeWire(encoding: AudioEncoding, bytes: Uint8Array): Int16Array {
  switch (encoding) {
    case "audio/pcm":
      return bytesToInt16(bytes);
    case "audio/pcmu":
      return decodeMuLaw(bytes);
    case "audio/pcma":
      return decodeALaw(bytes);
  }
}

/** Floats, -1 to 1, as they travel; in `room`, if there is one and the encoding is the usual one. */
export function encodeFloats(
  encoding: AudioEncoding,
  samples: Float32Array,
  room?: SampleRoom,
): Buffer {
  // What nearly every session takes makes less garbage.
  if (encoding === "audio/pcm") return float32ToPcm16(samples, room);
  return encodeWire(encoding, float32ToInt16(samples));
}

/**
 * What travelled as floats, -1 to 1; half a sample at the end is left out. In `room`, if there is one and
 * the encoding is the usual one.
 */
export function decodeFloats(
  encoding: AudioEncoding,
  bytes: Uint8Array,
  room?: SampleRoom,
): Float32Array {
  if (encoding === "audio/pcm") return pcm16ToFloat32(bytes, room);
  return int16ToFloat32(decodeWire(encoding, bytes));
}
