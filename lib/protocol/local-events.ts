import type { Static } from "@sinclair/typebox";
import { Type } from "./schema-builder";
import { ItemSchema } from "./items";
import { defineEvents, described, type EventIn, oneOf } from "./schema";

const event_id = Type.String({ description: "Id made by this library." });
const audioBytes = (description: string) => Type.Unsafe<Uint8Array>({ description });

/** What a called function is and was given. */
export const FormattedToolSchema = Type.Object(
  {
    type: Type.Literal("function", { description: 'Always "function".' }),
    name: Type.String({ description: "Name of the function." }),
    call_id: Type.String({ description: "Id of the call." }),
    arguments: Type.String({ description: "Arguments as JSON text, as far as they came." }),
  },
  { description: "A function call." },
);

/** An item with what its parts add up to. */
export const FormattedItemSchema = Type.Object(
  {
    item: ItemSchema,
    formatted: Type.Optional(
      Type.Object(
        {
          text: Type.String({ description: "The text of all parts." }),
          transcript: Type.String({ description: "The transcript of all parts." }),
          audio: Type.Optional(audioBytes("The audio so far, bytes in the session's format.")),
          tool: Type.Optional(FormattedToolSchema),
          output: Type.Optional(Type.String({ description: "Output of a function call." })),
        },
        { description: "The sum of the item's parts." },
      ),
    ),
  },
  { $id: "FormattedItem", description: "An item and the sum of its parts." },
);
/** An item with its text, transcript and audio at hand. */
export type FormattedItem = Static<typeof FormattedItemSchema>;

/** What one event added to an item: one of the members. */
export const ItemDeltaSchema = Type.Object(
  {
    text: Type.Optional(Type.String({ description: "Text that was added." })),
    transcript: Type.Optional(Type.String({ description: "Transcript that was added." })),
    arguments: Type.Optional(Type.String({ description: "JSON text that was added." })),
    audio: Type.Optional(audioBytes("Audio that was added, bytes in the session's format.")),
  },
  { description: "What was added; one of the members." },
);

/** Events that this library makes; none of them is ever on the wire. */
export const localEvents = defineEvents({
  close: {
    description: "The connection is closed.",
    members: {
      event_id,
      error: Type.Boolean({ description: "Whether an error closed it." }),
    },
  },
  "conversation.interrupted": {
    description: "The user began to speak.",
    members: { event_id },
  },
  "conversation.updated": {
    description: "An item of the conversation changed.",
    members: {
      event_id,
      result: Type.Object(
        {
          item_id: Type.Optional(Type.String({ description: "Id of the item." })),
          item: Type.Optional(described(FormattedItemSchema, "The item as it is now.")),
          delta: Type.Optional(ItemDeltaSchema),
        },
        { description: "The item and what was added; no delta when its structure changed." },
      ),
    },
  },
  "conversation.item.appended": {
    description: "An item was added to the conversation.",
    members: { event_id, item: described(FormattedItemSchema, "The item.") },
  },
  "conversation.item.completed": {
    description: "An item is complete.",
    members: { event_id, item: described(FormattedItemSchema, "The item.") },
  },
  "realtime.event": {
    description: "Any event of the session, in either direction.",
    members: {
      event_id,
      source: Type.Optional(
        oneOf(["client", "server"], { description: "Who sent the event: client or server." }),
      ),
      time: Type.Optional(
        Type.String({ description: "When it was sent or received, ISO 8601 with milliseconds." }),
      ),
      event: Type.Object(
        { type: Type.String({ description: "Type of the event." }) },
        { description: "The event itself.", additionalProperties: Type.Unknown() },
      ),
    },
  },
});

/** Type of an event this library makes. */
export type LocalEventType = keyof typeof localEvents;
/** Any event this library makes. Narrows by `type`. */
export type LocalEvent = { [T in LocalEventType]: EventIn<typeof localEvents, T> }[LocalEventType];
