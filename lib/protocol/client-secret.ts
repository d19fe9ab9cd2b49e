import type { Static } from "@sinclair/typebox";
import { Type } from "./schema-builder";
import { described } from "./schema";
import { CreatedSessionSchema, SessionSettingsSchema } from "./session-settings";

/** When a secret expires. */
export const ExpiresAfterSchema = Type.Object(
  {
    anchor: Type.Optional(
      Type.Literal("created_at", { description: "Counted from now: always created_at." }),
    ),
    seconds: Type.Optional(
      Type.Integer({
        minimum: 10,
        maximum: 7200,
        description: "How long one can connect with it, 10 to 7200 seconds. Default 600.",
      }),
    ),
  },
  { description: "When the secret expires. An open session outlives it." },
);

/** Members that every answer with a secret has. */
export const secretMembers = {
  value: Type.String({ description: 'The secret, "ek_...", to connect with instead of a key.' }),
  expires_at: Type.Integer({ description: "Until when one can connect with it, Unix seconds." }),
};

/** Body of `POST /v1/realtime/client_secrets`. */
export const ClientSecretRequestSchema = Type.Object(
  {
    expires_after: Type.Optional(ExpiresAfterSchema),
    session: Type.Optional(
      described(SessionSettingsSchema, "Settings that sessions opened with the secret start from."),
    ),
  },
  { $id: "ClientSecretRequest", description: "What the secret shall open, and for how long." },
);
/** What a client secret is to be good for; its lifetime in seconds. */
export type ClientSecretRequest = Static<typeof ClientSecretRequestSchema>;

/** Answer of `POST /v1/realtime/client_secrets`. */
export const ClientSecretResponseSchema = Type.Object(
  { ...secretMembers, session: CreatedSessionSchema },
  { $id: "ClientSecretResponse", description: "A short-lived key for one kind of session." },
);
/** A client secret; `expires_at` in seconds since the Unix epoch. */
export type ClientSecretResponse = Static<typeof ClientSecretResponseSchema>;
