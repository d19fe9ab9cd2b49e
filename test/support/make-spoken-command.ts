import { writeFileSync } from "node:fs";
import { PCM_SAMPLE_RATE } from "../../lib/audio/pcm";
import { encodeWav } from "../../lib/audio/wav";
import { startOfflineVoice } from "../../lib/offline-voice/voice";
import { recordingOf } from "./speech";

/**
 * Writes a spoken command as a WAV file (24 kHz, mono, 16 bit) with half a second of silence before and
 * a second after it: `tsx test/support/make-spoken-command.ts FILE ["turn on the kitchen light"]`.
 */
async function makeSpokenCommand(file: string, text: string): Promise<void> {
  const voice = startOfflineVoice();
  try {
    const samples = await recordingOf(voice, text, PCM_SAMPLE_RATE);
    writeFileSync(file, encodeWav(samples, PCM_SAMPLE_RATE));
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
