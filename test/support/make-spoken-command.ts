import { writeFileSync } from "node:fs";
import { float32ToInt16, int16ToFloat32, PCM_SAMPLE_RATE } from "../../lib/audio/pcm";
import { Resampler } from "../../lib/audio/resampler";
import { encodeWav } from "../../lib/audio/wav";
import { startOfflineVoice } from "../../lib/offline-voice/voice";

/**
 * Writes a spoken command as a WAV file (24 kHz, mono, 16 bit) with half a second of silence before and
 * a second after it: `tsx test/support/make-spoken-command.ts FILE ["turn on the kitchen light"]`.
 */
async function makeSpokenCommand(file: string, text: string): Promise<void> {
  const voice = startOfflineVoice();
  try {
    const { samples, sampleRate } = await voice.speak(text, "slt");
    const resampler = new Resampler(sampleRate, PCM_SAMPLE_RATE);
    const parts = [
      new Float32Array(PCM_SAMPLE_RATE / 2),
      resampler.process(int16ToFloat32(samples)),
      resampler.flush(),
      new Float32Array(PCM_SAMPLE_RATE),
    ];
    const all = Float32Array.from(parts.flatMap((part) => Array.from(part)));
    writeFileSync(file, encodeWav(float32ToInt16(all), PCM_SAMPLE_RATE));
  } finally {
    await voice.close();
  }
}

const [file, text = "turn on the kitchen light"] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: tsx test/support/make-spoken-command.ts FILE ["WORDS"]');
  process.exitCode = 2;
} else {
  void makeSpokenCommand(file, text);
}
