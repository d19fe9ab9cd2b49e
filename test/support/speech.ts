import { resampled } from "../../lib/audio/resampler";
import { float32ToInt16, int16ToFloat32 } from "../../lib/audio/pcm";
import { startOfflineVoice, type OfflineVoice } from "../../lib/offline-voice/voice";

/** A person who can say anything, for the tests of a `describe`. */
export class Speaker {
  #voice: OfflineVoice | undefined;

  /** For a `describe`: the voice ends with it. */
  static use(): Speaker {
    const speaker = new Speaker();
    after(() => speaker.#voice?.close());
    return speaker;
  }

  /** As `recordingOf`. */
  say(words: string, sampleRate: number): Promise<Int16Array> {
    this.#voice ??= startOfflineVoice();
    return recordingOf(this.#voice, words, sampleRate);
  }
}

/** What a microphone of this rate (Hz) gives: half a second of silence, the words, and a second more. */
export async function recordingOf(
  voice: OfflineVoice,
  words: string,
  sampleRate: number,
): Promise<Int16Array> {
  const speech = await voice.speak(words, "slt");
  const sound = resampled(int16ToFloat32(speech.samples), speech.sampleRate, sampleRate);
  const start = sampleRate / 2;
  const all = new Float32Array(start + sound.length + sampleRate);
  all.set(sound, start);
  return float32ToInt16(all);
}
