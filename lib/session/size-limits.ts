import { CHUNK_LIMIT } from "./audio-pre-roll";
import { ITEM_LIMIT, TEXT_LIMIT } from "./conversation";
import { WAITING_LIMIT } from "./waiting-sends";
import { AUDIO_CHUNK_LIMIT, AUDIO_LIMIT, EVENT_BYTES_LIMIT, EVENT_LIMIT } from "./outbox";
import { REQUEST_LIMIT } from "./pending-requests";
import { CANCEL_LIMIT } from "./pending-cancels";
import { RESPONSE_LIMIT } from "./response-queue";
import type { SessionSizes } from "./realtime-session";
import { OPEN_CALL_LIMIT } from "./tool-calls";
import { UNSENT_LIMIT } from "./tool-outputs";

/** A frame of the largest event that the protocol allows, 15 MiB of base64 and what is around it. */
const LARGEST_FRAME = 16 * 1024 * 1024;

/** What `sizes()` never exceeds, whatever a server or a flow does: where to look for leaks. */
export const SIZE_LIMITS: Readonly<Record<keyof SessionSizes, number>> = {
  items: ITEM_LIMIT,
  text: TEXT_LIMIT,
  requests: REQUEST_LIMIT,
  // The reactions to tools, which are one, come on top of what callers ask for.
  responses: RESPONSE_LIMIT + 1,
  waiting: WAITING_LIMIT,
  calls: OPEN_CALL_LIMIT + UNSENT_LIMIT,
  // The pre-roll and the overlap of a rollover.
  preRoll: 2 * CHUNK_LIMIT,
  // Requests for responses are limited where they wait, not by the line.
  unsent: AUDIO_CHUNK_LIMIT + EVENT_LIMIT + RESPONSE_LIMIT + 1 + CANCEL_LIMIT,
  // Each limit lets one event more through.
  unsentBytes: AUDIO_LIMIT + EVENT_BYTES_LIMIT + 2 * LARGEST_FRAME,
};
