import { Type } from "./schema-builder";
import { ItemSchema } from "./items";
import { described, nullable } from "./schema";
import { LogProbabilitySchema } from "./transcription";

/** Members that many events of servers have. */

export const event_id = Type.String({ description: "Id of the event, chosen by the server." });
export const item_id = Type.String({ description: "Id of the item." });
export const response_id = Type.String({ description: "Id of the response." });
export const output_index = Type.Integer({
  minimum: 0,
  description: "Index of the item in the response's output, from 0.",
});
export const content_index = Type.Integer({
  minimum: 0,
  description: "Index of the part in the item's content, from 0.",
});
export const previous_item_id = Type.Optional(
  nullable(
    Type.String(),
    "The item before it; null at the front, or when the server does not say.",
  ),
);
export const call_id = Type.String({ description: "Id of the call." });
export const audio_start_ms = Type.Integer({
  minimum: 0,
  description: "Where it starts, in milliseconds of audio sent in this session.",
});
export const audio_end_ms = Type.Integer({
  minimum: 0,
  description: "Where it ends, in milliseconds of audio sent in this session.",
});
export const logprobs = Type.Optional(
  nullable(Type.Array(LogProbabilitySchema), "Log probabilities of the tokens, if asked for."),
);
export const item = described(ItemSchema, "The item as the server has it.");
export const ofItem = { event_id, item_id };
export const ofOutput = { event_id, response_id, item_id, output_index };
export const ofPart = { ...ofOutput, content_index };
export const withResponse = { event_id, response_id };

export const gaOnly = ["ga"] as const;
export const betaOnly = ["beta"] as const;
