import { route, type Route } from "./routes";

/** What a person in the room would notice of the session. */
export type Activity = "quiet" | "listening" | "thinking" | "speaking";

/** Derives the activity from the events of speech and of responses in the conversation. */
export class ActivityTracker {
  readonly #onChange: (activity: Activity) => void;
  #activity: Activity = "quiet";

  constructor(onChange: (activity: Activity) => void) {
    this.#onChange = onChange;
  }

  static readonly routes: readonly Route<ActivityTracker>[] = [
    route("input_audio_buffer.speech_started", (part) => part.#enter("listening")),
    route("input_audio_buffer.speech_stopped", (part) => part.#enter("quiet")),
    route("response.created", (part) => part.#enter("thinking")),
    route("response.output_audio.delta", (part) => part.#enter("speaking")),
    route("response.output_text.delta", (part) => part.#enter("speaking")),
    // Speech that interrupts an answer goes on after the answer's end.
    route("response.done", (part) => {
      if (part.#activity !== "listening") part.#enter("quiet");
    }),
  ];

  get current(): Activity {
    return this.#activity;
  }

  /** Back to quiet, when the connection has ended. */
  reset(): void {
    this.#enter("quiet");
  }

  #enter(activity: Activity): void {
    if (activity === this.#activity) return;
    this.#activity = activity;
    this.#onChange(activity);
  }
}
