import { type AudioEncoding, int16ToFloat32, PCM_SAMPLE_RATE } from "../audio/pcm";
import { resampled } from "../audio/resampler";
import { encodeFloats, wireSampleRate } from "../audio/wire-format";
import type { AudioFormat } from "../protocol/audio-format";

/** The encoding of a format; PCM when the format does not say. */
export function encodingOf(format: AudioFormat): AudioEncoding {
  return format.type ?? "audio/pcm";
}

/** A format as the server shows it, complete. */
export function formatOf(encoding: AudioEncoding): AudioFormat {
  return encoding === "audio/pcm" ? { type: encoding, rate: PCM_SAMPLE_RATE } : { type: encoding };
}

/** Speech as wire bytes. `sampleRate` in Hz. */
export function encodeSpeech(
  encoding: AudioEncoding,
  samples: Int16Array,
  sampleRate: number,
): Buffer {
  const floats = resampled(int16ToFloat32(samples), sampleRate, wireSampleRate(encoding));
  return encodeFloats(encoding, floats);
}
