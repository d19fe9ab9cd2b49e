import type { ClientEvent } from "../protocol/event-types";

/**
 * What becomes of an event that is sent while there is no connection:
 *
 * - `wait`: it is sent with the next one, unless that comes too late.
 * - `moot`: it is about something that no server has; what is done about it is done here.
 * - `refuse`: it is about what the lost connection had.
 */
export type Fate = "wait" | "moot" | "refuse";

/** Audio has a rule of its own: it is kept for a while, and opens nothing. */
type Sendable = Exclude<ClientEvent["type"], "input_audio_buffer.append">;

/** `isRecovering`: there was a connection, and it is being made again. */
export function fateWithoutConnection(type: Sendable, isRecovering: boolean): Fate {
  switch (type) {
    case "response.cancel":
      return "moot";
    // The next connection is told what was heard: it has no sound that could be cut off.
    case "conversation.item.truncate":
      return isRecovering ? "moot" : "wait";
    case "input_audio_buffer.clear":
    case "input_audio_buffer.commit":
    case "conversation.item.retrieve":
      return isRecovering ? "refuse" : "wait";
    case "session.update":
    case "transcription_session.update":
    case "conversation.item.create":
    case "conversation.item.delete":
    case "response.create":
    case "output_audio_buffer.clear":
      return "wait";
  }
}
