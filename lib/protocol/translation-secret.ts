import type { Static } from "@sinclair/typebox";
import { Type } from "./schema-builder";
import { NoiseReductionSchema } from "./audio-input";
import { ExpiresAfterSchema, secretMembers } from "./client-secret";
import { nullable, settings } from "./schema";

const translationAudio = Type.Optional(
  settings(
    {
      input: Type.Optional(
        settings(
          {
            transcription: Type.Optional(
              nullable(
                settings(
                  { model: Type.String({ description: "Model of the transcription." }) },
                  { description: "Transcription of what is said." },
                ),
                "Transcription of what is said, in its own language; null for off.",
              ),
            ),
            noise_reduction: Type.Optional(
              nullable(NoiseReductionSchema, "Noise reduction on the audio; null for off."),
            ),
          },
          { description: "Audio in the language that is spoken." },
        ),
      ),
      output: Type.Optional(
        settings(
          {
            language: Type.Optional(
              Type.String({ description: "Language to translate into, such as es." }),
            ),
          },
          { description: "Audio in the other language." },
        ),
      ),
    },
    { description: "Audio in both directions." },
  ),
);

const model = Type.String({
  description: "Model of the translation.",
  examples: ["gpt-realtime-translate"],
});

/** Settings of a session that translates, a protocol of its own beside this one. */
export const TranslationSettingsSchema = settings(
  { model, audio: translationAudio },
  { $id: "TranslationSettings", description: "Settings of a session that translates." },
);
/** What a session that translates can be set to. */
export type TranslationSettings = Static<typeof TranslationSettingsSchema>;

/** Body of `POST /v1/realtime/translations/client_secrets`. */
export const TranslationSecretRequestSchema = Type.Object(
  { expires_after: Type.Optional(ExpiresAfterSchema), session: TranslationSettingsSchema },
  { $id: "TranslationSecretRequest", description: "What the secret shall open, and how long." },
);
/** As `ClientSecretRequest`, for a session that translates. */
export type TranslationSecretRequest = Static<typeof TranslationSecretRequestSchema>;

/** Answer of `POST /v1/realtime/translations/client_secrets`. */
export const TranslationSecretResponseSchema = Type.Object(
  {
    ...secretMembers,
    session: Type.Object(
      {
        id: Type.String({ description: "Id of the session." }),
        type: Type.Literal("translation", { description: "A session that translates." }),
        model,
        expires_at: Type.Optional(
          Type.Integer({ description: "When the server will end the session, Unix seconds." }),
        ),
        audio: translationAudio,
      },
      { description: "The session with all its settings." },
    ),
  },
  { $id: "TranslationSecretResponse", description: "A short-lived key for a translation." },
);
/** As `ClientSecretResponse`, for a session that translates. */
export type TranslationSecretResponse = Static<typeof TranslationSecretResponseSchema>;
