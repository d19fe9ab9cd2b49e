import { spawnSync } from "node:child_process";
import { resampled } from "../../../lib/audio/resampler";
import { parseWav } from "../../../lib/audio/wav";

const ESPEAK = "/usr/bin/espeak-ng";

/** Why espeak-ng cannot speak here; null when it can. */
export function espeakIsMissing(): string | null {
  return spawnSync(ESPEAK, ["--version"]).status === 0 ? null : "espeak-ng is not installed";
}

/** What a voice of espeak-ng says, mono at 16 kHz, -1 to 1. `speed`: words per minute, 175 is its own. */
export function speakByEspeak(text: string, voice: string, speed: number): Float32Array {
  const args = ["-v", voice, "-s", String(speed), "--stdout", text];
  const { status, stdout } = spawnSync(ESPEAK, args, { maxBuffer: 1 << 24 });
  if (status !== 0) throw new Error(`espeak-ng ended with ${status}`);
  const { samples, sampleRate } = parseWav(stdout);
  return resampled(samples, sampleRate, 16_000);
}
