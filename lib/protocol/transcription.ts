import type { Static } from "@sinclair/typebox";
import { Type } from "./schema-builder";

const count = (description: string) => Type.Integer({ minimum: 0, description });

/** What a transcription of the user's audio cost: by tokens or by length, as its model is billed. */
export const TranscriptionUsageSchema = Type.Union(
  [
    Type.Object(
      {
        type: Type.Literal("tokens", { description: "Billed by tokens." }),
        input_tokens: count("Input, in tokens."),
        output_tokens: count("Output, in tokens."),
        total_tokens: count("Both, in tokens."),
        input_token_details: Type.Optional(
          Type.Object(
            {
              audio_tokens: Type.Optional(count("Audio, in tokens.")),
              text_tokens: Type.Optional(count("Text, in tokens.")),
            },
            { description: "The input tokens by kind." },
          ),
        ),
      },
      { description: "Usage in tokens." },
    ),
    Type.Object(
      {
        type: Type.Literal("duration", { description: "Billed by length." }),
        seconds: Type.Number({ minimum: 0, description: "Length of the audio in seconds." }),
      },
      { description: "Usage in seconds." },
    ),
  ],
  { $id: "TranscriptionUsage", description: "What the transcription used." },
);
export type TranscriptionUsage = Static<typeof TranscriptionUsageSchema>;

/** Log probability of one token of a transcript. */
export const LogProbabilitySchema = Type.Object(
  {
    token: Type.String({ description: "The token." }),
    logprob: Type.Number({ description: "Its log probability, 0 or less." }),
    bytes: Type.Array(Type.Integer({ minimum: 0, maximum: 255, description: "A byte." }), {
      description: "The token as UTF-8 bytes.",
    }),
  },
  { description: "Log probability of one token." },
);
