import { type AudioEncoding, float32ToInt16, int16ToFloat32, PCM_SAMPLE_RATE } from "../audio/pcm";
import { Resampler } from "../audio/resampler";
import { encodeWire, wireSampleRate } from "../audio/wire-format";
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
  const rate = wireSampleRate(encoding);
  if (rate === sampleRate) return encodeWire(encoding, samples);
  const resampler = new Resampler(sampleRate, rate);
  const head = float32ToInt16(resampler.process(int16ToFloat32(samples)));
  const tail = float32ToInt16(resampler.flush());
  return Buffer.concat([encodeWire(encoding, head), encodeWire(encoding, tail)]);
}
