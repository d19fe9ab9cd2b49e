import { Resampler } from "../../lib/audio/resampler";
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

  /** What a microphone of this rate (Hz) gives: half a second of silence, the words, and a second more. */
  async say(words: string, sampleRate: number): Promise<Int16Array> {
    this.#voice ??= startOfflineVoice();
    const speech = await this.#voice.speak(words, "slt");
    const resampler = new Resampler(speech.sampleRate, sampleRate);
    const samples = resampler.process(int16ToFloat32(speech.samples));
    const rest = resampler.flush();
    const start = sampleRate / 2;
    const all = new Float32Array(start + samples.length + rest.length + sampleRate);
    all.set(samples, start);
    all.set(rest, start + samples.length);
    return float32ToInt16(all);
  }
}
