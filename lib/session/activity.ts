import { route, type Route } from "./routes";

/** What a person in the room would notice of the session. */
export type Activity = "quiet" | "listening" | "thinking" | "speaking";

/** Derives the activity from the events of speech and of responses in the conversation. */
export class ActivityTracker {
  readonly #onChange: (activity: Activity) => void;
  /** Somebody speaks, whatever the server does meanwhile. */
  #isSpeech = false;
  #answer: Exclude<Activity, "listening"> = "quiet";

  constructor(onChange: (activity: Activity) => void) {
    this.#onChange = onChange;
  }

  static readonly routes: readonly Route<ActivityTracker>[] = [
    route("input_audio_buffer.speech_started", (part) => part.#enter(true, part.#answer)),
    route("input_audio_buffer.speech_stopped", (part) => part.#enter(false, part.#answer)),
    // Some servers end speech by these alone.
    route("input_audio_buffer.cleared", (part) => part.#enter(false, part.#answer)),
    route("input_audio_buffer.committed", (part) => part.#enter(false, part.#answer)),
    route("response.created", (part) => part.#enter(part.#isSpeech, "thinking")),
    route("response.output_audio.delta", (part) => part.#enter(part.#isSpeech, "speaking")),
    route("response.output_text.delta", (part) => part.#enter(part.#isSpeech, "speaking")),
    route("response.done", (part) => part.#enter(part.#isSpeech, "quiet")),
  ];

  get current(): Activity {
    return this.#isSpeech ? "listening" : this.#answer;
  }

  /** The answer is over, although its end did not come. */
  endAnswer(): void {
    this.#enter(this.#isSpeech, "quiet");
  }

  /** Back to quiet, when the connection has ended. */
  reset(): void {
    this.#enter(false, "quiet");
  }

  #enter(isSpeech: boolean, answer: Exclude<Activity, "listening">): void {
    if (isSpeech === this.#isSpeech && answer === this.#answer) return;
    const before = this.current;
    this.#isSpeech = isSpeech;
    this.#answer = answer;
    if (this.current !== before) this.#onChange(this.current);
  }
}
