/** The voices of the speech engine: slt is a woman's, the others are men's. */
const ENGINE_VOICES = ["slt", "rms", "awb", "kal"] as const;
export type EngineVoice = (typeof ENGINE_VOICES)[number];

const DEFAULT_VOICE: EngineVoice = "slt";

/** The protocol's voices, so that a session written for another server keeps voices apart here too. */
const PROTOCOL_VOICES: ReadonlyMap<string, EngineVoice> = new Map([
  ["alloy", "slt"],
  ["ash", "rms"],
  ["ballad", "awb"],
  ["cedar", "awb"],
  ["coral", "slt"],
  ["echo", "rms"],
  ["marin", "slt"],
  ["sage", "slt"],
  ["shimmer", "slt"],
  ["verse", "rms"],
]);

/** Names of voices that `speak` tells apart: the engine's own, then the protocol's. */
export const voiceNames: readonly string[] = [...ENGINE_VOICES, ...PROTOCOL_VOICES.keys()];

/** The engine's voice for a name of either kind; the default for any other. */
export function engineVoice(name: string): EngineVoice {
  const lower = name.toLowerCase();
  return (
    ENGINE_VOICES.find((voice) => voice === lower) ?? PROTOCOL_VOICES.get(lower) ?? DEFAULT_VOICE
  );
}
