/** Limits the protocol states, for one event. Beyond them OpenAI's server refuses the event. */

/** Audio of one `input_audio_buffer.append`, in bytes before base64 (15 MiB). */
export const MAX_APPEND_BYTES = 15 * 1024 * 1024;

/** The same limit in base64 characters: four for each three bytes. */
export const MAX_APPEND_BASE64_LENGTH = Math.ceil(MAX_APPEND_BYTES / 3) * 4;

/** Characters of an `event_id` chosen by the client. */
export const MAX_EVENT_ID_LENGTH = 512;

/** Characters of an item id chosen by the client. */
export const MAX_ITEM_ID_LENGTH = 32;

/** Least audio of one `input_audio_buffer.commit`, in milliseconds. */
export const MIN_COMMIT_MS = 100;

/** Most output tokens of one response, unless "inf". */
export const MAX_OUTPUT_TOKENS = 4096;
