import { spawnSync } from "node:child_process";
import { Resampler } from "../../../lib/audio/resampler";
import { parseWav } from "../../../lib/audio/wav";

/** The one speaker of French in Debian's main archive: no voice of the package speaks it. */
const ESPEAK = "/usr/bin/espeak-ng";

/** Why there is no French speech here; null when there is. */
export function frenchIsMissing(): string | null {
  return spawnSync(ESPEAK, ["--version"]).status === 0
    ? null
    : "espeak-ng is not installed: French is not heard by ear";
}

/** What espeak-ng's French voice says, mono at 16 kHz, -1 to 1. `speed`: words per minute, 175 is its own. */
export function speakFrench(text: string, speed: number, voice = "fr"): Float32Array {
  const { status, stdout } = spawnSync(
    ESPEAK,
    ["-v", voice, "-s", String(speed), "--stdout", text],
    { maxBuffer: 1 << 24 },
  );
  if (status !== 0) throw new Error(`espeak-ng ended with ${status}`);
  const { samples, sampleRate } = parseWav(stdout);
  const resampler = new Resampler(sampleRate, 16_000);
  return Float32Array.from([...resampler.process(samples), ...resampler.flush()]);
}
