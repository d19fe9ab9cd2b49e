import { writeFileSync } from "node:fs";
import { encodeMuLaw } from "../../lib/audio/g711";
import { float32ToInt16, int16ToFloat32 } from "../../lib/audio/pcm";
import { resampled } from "../../lib/audio/resampler";
import { startOfflineVoice } from "../../lib/offline-voice/voice";

/** Of G.711, Hz. */
const SAMPLE_RATE = 8_000;

/** WAVE_FORMAT_MULAW. */
const FORMAT_MU_LAW = 7;

/**
 * Writes spoken sentences as a WAV file (G.711 µ-law, 8 kHz, mono) with half a second of silence before
 * the first and a second after each: `tsx test/support/make-dictation.ts FILE "WORDS" …`.
 */
async function makeDictation(file: string, sentences: readonly string[]): Promise<void> {
  const voice = startOfflineVoice();
  try {
    const parts: Float32Array[] = [new Float32Array(SAMPLE_RATE / 2)];
    for (const sentence of sentences) {
      const { samples, sampleRate } = await voice.speak(sentence, "slt");
      parts.push(resampled(int16ToFloat32(samples), sampleRate, SAMPLE_RATE));
      parts.push(new Float32Array(SAMPLE_RATE));
    }
    const all = float32ToInt16(Float32Array.from(parts.flatMap((part) => Array.from(part))));
    writeFileSync(file, encodeMuLawWav(encodeMuLaw(all)));
  } finally {
    await voice.close();
  }
}

function encodeMuLawWav(sound: Uint8Array): Buffer {
  const header = Buffer.alloc(46);
  header.write("RIFF", 0, "latin1");
  header.writeUInt32LE(38 + sound.length, 4);
  header.write("WAVEfmt ", 8, "latin1");
  header.writeUInt32LE(18, 16);
  header.writeUInt16LE(FORMAT_MU_LAW, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(SAMPLE_RATE, 24);
  header.writeUInt32LE(SAMPLE_RATE, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write("data", 38, "latin1");
  header.writeUInt32LE(sound.length, 42);
  return Buffer.concat([header, sound]);
}

const [file, ...sentences] = process.argv.slice(2);
if (file === undefined || sentences.length === 0) {
  console.error('usage: tsx test/support/make-dictation.ts FILE "WORDS" …');
  process.exitCode = 2;
} else {
  void makeDictation(file, sentences);
}
