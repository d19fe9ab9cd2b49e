import { bytesToInt16, float32ToInt16 } from "../audio/pcm";
import { resampled } from "../audio/resampler";
import { findWavSamples, parseWav } from "../audio/wav";
import { dataOfOthers } from "./voice-data";
import { engineVoice } from "./voice-names";
import { MemoryFile, OUTPUT_PATH, runWasi } from "./wasi-host";
import { WasmProgram } from "./wasm-program";

/** Rate of all spoken audio, Hz; one of the voices speaks at 8 kHz and is resampled. */
export const SPEECH_SAMPLE_RATE = 16_000;

/** Longer texts are refused: they would hold the worker, and with it the ears, for seconds. */
const MAXIMUM_CHARACTERS = 5_000;

/** The engine reads ASCII: accents are dropped, signs that are words become words. */
function speakable(text: string): string {
  return text
    .replaceAll(/°\s*C\b/g, " degrees Celsius")
    .replaceAll(/°\s*F\b/g, " degrees Fahrenheit")
    .replaceAll("°", " degrees")
    .replaceAll("%", " percent")
    .replaceAll("€", " euros ")
    .replaceAll(/[‘’]/g, "'")
    .replaceAll(/\s*[–—]\s*/g, ", ")
    .normalize("NFKD")
    .replaceAll(/\p{Mark}/gu, "")
    .replaceAll(/[^\x21-\x7e]+/g, " ")
    .trim();
}

/** A copy of the samples of a WAV file, mono at SPEECH_SAMPLE_RATE. */
function samplesOf(wav: Uint8Array): Int16Array {
  const { format, offset, size } = findWavSamples(wav);
  const { encoding, sampleRate, channels } = format;
  if (encoding === "s16le" && sampleRate === SPEECH_SAMPLE_RATE && channels === 1) {
    return bytesToInt16(wav.subarray(offset, offset + size));
  }
  const { samples } = parseWav(wav);
  return float32ToInt16(resampled(samples, sampleRate, SPEECH_SAMPLE_RATE));
}

/** Text to speech with flite's WebAssembly build. Runs where it is called: in the worker. */
export class Mouth {
  readonly #programFile: string;
  readonly #wav = new MemoryFile();
  #program: Promise<WasmProgram> | undefined;

  /** `programFile`: path of flite.wasm. It is compiled at the first use. */
  constructor(programFile: string) {
    this.#programFile = programFile;
  }

  /** Mono speech at SPEECH_SAMPLE_RATE; no samples for a text without anything to say. */
  async speak(text: string, voice: string): Promise<Int16Array> {
    if (text.length > MAXIMUM_CHARACTERS) {
      throw new RangeError(
        `The text to speak has ${text.length} characters, at most ${MAXIMUM_CHARACTERS} are spoken`,
      );
    }
    const words = speakable(text);
    if (!/[a-z0-9]/i.test(words)) return new Int16Array(0);
    this.#program ??= WasmProgram.load(this.#programFile);
    const program = await this.#program;
    const name = engineVoice(voice);
    const args = ["flite", "-voice", name, "-t", words, "-o", OUTPUT_PATH];
    runWasi(program, args, this.#wav, dataOfOthers(name, program.dataLength));
    return samplesOf(this.#wav.content);
  }
}
