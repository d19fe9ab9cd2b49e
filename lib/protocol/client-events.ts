import { Type } from "./schema-builder";
import { BetaTranscriptionSessionSchema } from "./beta-session";
import { ItemSchema } from "./items";
import { MAX_EVENT_ID_LENGTH, MAX_ITEM_ID_LENGTH } from "./limits";
import { ResponseCreateParamsSchema } from "./response";
import { defineEvents, described, type EventIn } from "./schema";
import { SessionSettingsSchema } from "./session-settings";

const event_id = Type.Optional(
  Type.String({
    maxLength: MAX_EVENT_ID_LENGTH,
    description:
      "Id of our choice, up to 512 characters; an error that this event causes names it.",
  }),
);
const item_id = Type.String({
  maxLength: MAX_ITEM_ID_LENGTH,
  description: "Id of the item, up to 32 characters.",
});

/** Every event a client may send. */
export const clientEvents = defineEvents({
  "conversation.item.create": {
    description: "Adds an item to the conversation: a message, the output of a call, an approval.",
    members: {
      event_id,
      previous_item_id: Type.Optional(
        Type.String({
          maxLength: MAX_ITEM_ID_LENGTH,
          description:
            'Item it comes after, up to 32 characters; "root" for the front, the end when left out.',
        }),
      ),
      item: described(ItemSchema, "The item. Its id is ours to choose, up to 32 characters."),
    },
  },
  "conversation.item.delete": {
    description: "Removes an item from the conversation.",
    members: { event_id, item_id },
  },
  "conversation.item.retrieve": {
    description: "Asks for the server's copy of an item, its audio included.",
    members: { event_id, item_id },
  },
  "conversation.item.truncate": {
    description: "Cuts the audio of an assistant message to what was heard.",
    members: {
      event_id,
      item_id,
      content_index: Type.Integer({ minimum: 0, description: "Index of the audio part, from 0." }),
      audio_end_ms: Type.Integer({
        minimum: 0,
        description: "Audio that was heard, in milliseconds from its start.",
      }),
    },
  },
  "input_audio_buffer.append": {
    description: "Adds audio of the user to the input buffer. Never acknowledged.",
    members: {
      event_id,
      audio: Type.String({
        description: "Audio in the session's input format as base64, up to 15 MiB before base64.",
      }),
    },
  },
  "input_audio_buffer.clear": {
    description: "Empties the input buffer.",
    members: { event_id },
  },
  "output_audio_buffer.clear": {
    description: "Stops the audio that the server plays out (WebRTC and SIP only).",
    members: { event_id },
  },
  "input_audio_buffer.commit": {
    description: "Makes a user message of the input buffer, which must hold 100 ms of audio.",
    members: { event_id },
  },
  "response.cancel": {
    description: "Ends a running response.",
    members: {
      event_id,
      response_id: Type.Optional(
        Type.String({
          description: "Id of the response; the running one of the conversation when left out.",
        }),
      ),
    },
  },
  "response.create": {
    description: "Asks the model to answer now.",
    members: { event_id, response: Type.Optional(ResponseCreateParamsSchema) },
  },
  "session.update": {
    description: "Changes the settings of the session that it names.",
    members: {
      event_id,
      session: described(
        SessionSettingsSchema,
        "The settings to change; what is left out stays. Its type is always required.",
      ),
    },
  },
  "transcription_session.update": {
    description: "Changes the settings of a transcription session, in the beta dialect.",
    dialects: ["beta"],
    members: { event_id, session: BetaTranscriptionSessionSchema },
  },
});

/** Type of an event a client may send. */
export type ClientEventType = keyof typeof clientEvents;
/** Any event a client may send. Narrows by `type`. */
export type ClientEvent = {
  [T in ClientEventType]: EventIn<typeof clientEvents, T>;
}[ClientEventType];
