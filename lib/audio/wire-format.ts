import { decodeALaw, decodeMuLaw, encodeALaw, encodeMuLaw } from "./g711";
import {
  bytesToInt16,
  G711_SAMPLE_RATE,
  int16ToBytes,
  PCM_SAMPLE_RATE,
  type AudioEncoding,
} from "./pcm";

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
