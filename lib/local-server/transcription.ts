import type { Heard } from "./hearing";
import type { OutgoingEvent } from "./outgoing";

type WithoutPart<E> = E extends { item_id: string; content_index?: number }
  ? Omit<E, "item_id" | "content_index">
  : never;
type TranscriptionEvent = WithoutPart<
  Extract<OutgoingEvent, { type: `conversation.item.input_audio_transcription.${string}` }>
>;

/** How the user's audio is transcribed in events, by what was heard. `durationMs` of the audio. */
export function transcriptionEvents(
  heard: Heard,
  durationMs: number,
): readonly TranscriptionEvent[] {
  switch (heard.kind) {
    case "silence":
      return [];
    case "understood": {
      const { transcript } = heard;
      return [
        { type: "conversation.item.input_audio_transcription.delta", delta: transcript },
        {
          type: "conversation.item.input_audio_transcription.completed",
          transcript,
          usage: { type: "duration", seconds: Math.ceil(durationMs / 1000) },
        },
      ];
    }
    case "rejected":
      return [failed("audio_unintelligible", heard.reason)];
    case "unavailable":
      return [failed("transcription_unavailable", heard.reason)];
  }
}

function failed(code: string, message: string): TranscriptionEvent {
  return {
    type: "conversation.item.input_audio_transcription.failed",
    error: { type: "transcription_error", code, message },
  };
}
