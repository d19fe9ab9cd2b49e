/** How a gate behaves; all of it is needed. */
export interface HalfDuplexGateOptions {
  /** How long the room still sounds when the loudspeaker has ended, in ms. */
  readonly tailMs: number;
  /** The time in ms. */
  readonly now: () => number;
}

/**
 * Says whether a microphone is to be heard: not while the loudspeaker beside it plays, else it would
 * hear the answer as the next question.
 */
export class HalfDuplexGate {
  readonly #options: HalfDuplexGateOptions;
  #state: { readonly kind: "open"; readonly from: number } | { readonly kind: "muted" } = {
    kind: "open",
    from: -Infinity,
  };

  constructor(options: HalfDuplexGateOptions) {
    this.#options = options;
  }

  /** True while the loudspeaker sounds, and for the tail after it. */
  get isMuted(): boolean {
    return this.#state.kind === "muted" || this.#options.now() < this.#state.from;
  }

  /** The loudspeaker begins to sound. */
  mute(): void {
    this.#state = { kind: "muted" };
  }

  /** Opens when the tail is over. One that is open stays so. */
  unmute(): void {
    const { now, tailMs } = this.#options;
    if (this.#state.kind === "muted") this.#state = { kind: "open", from: now() + tailMs };
  }
}
