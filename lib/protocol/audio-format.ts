import type { Static } from "@sinclair/typebox";
import { Type } from "./schema-builder";
import { settings } from "./schema";

export const PcmFormatSchema = settings(
  {
    type: Type.Optional(Type.Literal("audio/pcm", { description: "Linear PCM." })),
    rate: Type.Optional(
      Type.Literal(24000, { description: "Samples per second (Hz). 24000 is the only rate." }),
    ),
  },
  { description: "16-bit signed little-endian PCM, mono, 24000 Hz: 48000 bytes per second." },
);

export const MuLawFormatSchema = settings(
  { type: Type.Optional(Type.Literal("audio/pcmu", { description: "G.711 mu-law." })) },
  { description: "G.711 mu-law, mono, 8000 Hz, one byte per sample: 8000 bytes per second." },
);

export const ALawFormatSchema = settings(
  { type: Type.Optional(Type.Literal("audio/pcma", { description: "G.711 A-law." })) },
  { description: "G.711 A-law, mono, 8000 Hz, one byte per sample: 8000 bytes per second." },
);

/** Format of audio bytes on the wire, before base64. */
export const AudioFormatSchema = Type.Union(
  [PcmFormatSchema, MuLawFormatSchema, ALawFormatSchema],
  {
    $id: "AudioFormat",
    description:
      "Format of the audio bytes: audio/pcm (24000 Hz), audio/pcmu or audio/pcma (8000 Hz).",
  },
);
export type AudioFormat = Static<typeof AudioFormatSchema>;

/** Names of the voices known today; the member itself takes any string. */
export const voiceNames = [
  "alloy",
  "ash",
  "ballad",
  "coral",
  "echo",
  "sage",
  "shimmer",
  "verse",
  "marin",
  "cedar",
] as const;

/** A voice: its name, or the id of a custom one. */
export const VoiceSchema = Type.Union(
  [
    Type.String({ description: "Name of a voice.", examples: [...voiceNames] }),
    settings(
      { id: Type.String({ description: 'Id of a custom voice, starting with "voice_".' }) },
      { description: "A custom voice." },
    ),
  ],
  {
    $id: "Voice",
    description: "A voice by name, or a custom one by id. Cannot change after the first audio.",
  },
);
export type Voice = Static<typeof VoiceSchema>;
