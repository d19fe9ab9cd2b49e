import type { RealtimeSession } from "../../lib/index";
import { APPENDS_PER_QUESTION } from "./talk-server";

/** A person who asks, and a flow that answers the model's tool calls, without any pause. */
export class Talk {
  readonly #session: RealtimeSession;
  readonly #audio: string;
  #spoken: () => void = () => undefined;

  constructor(session: RealtimeSession, audio: string) {
    this.#session = session;
    this.#audio = audio;
    session.on("event", (event) => {
      if (event.type !== "response.done") return;
      if (event.response.output?.some(({ type }) => type === "message") === true) this.#spoken();
    });
    session.on("toolCall", ({ id }) => {
      session.answer(id, { done: true }).catch((error: unknown) => console.error(error));
    });
    session.on("error", (error) => console.error(`talk: ${error.code}: ${error.message}`));
  }

  /** Asks one question; resolves when the spoken answer is over. */
  turn(): Promise<void> {
    const answered = new Promise<void>((resolve) => {
      this.#spoken = resolve;
    });
    for (let append = 0; append < APPENDS_PER_QUESTION; append += 1)
      void this.#session.send({ type: "input_audio_buffer.append", audio: this.#audio });
    return answered;
  }
}
