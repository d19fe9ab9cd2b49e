import { PCM_SAMPLE_RATE } from "../audio/pcm";
import type { SessionSettings } from "../protocol/session-settings";
import { mergeSettings } from "./settings-merge";

/** What a session has that is told nothing of its formats. */
const FORMAT = { type: "audio/pcm", rate: PCM_SAMPLE_RATE } as const;

/** The settings with the formats named that they leave to the server; null stands for no settings. */
export function withFormats(settings: SessionSettings | null): SessionSettings {
  const formats: SessionSettings =
    settings?.type === "transcription"
      ? { type: "transcription", audio: { input: { format: FORMAT } } }
      : { type: "realtime", audio: { input: { format: FORMAT }, output: { format: FORMAT } } };
  return settings === null ? formats : mergeSettings(formats, settings);
}
