import type { RealtimeEvent } from "../protocol/event-types";
import { ignorable } from "./ignorable";

/** What became of a sent event. A refusal is not among them: it rejects the send. */
export type Acknowledgement =
  /** The server answered with this event. */
  | { readonly accepted: "acknowledged"; readonly by: RealtimeEvent }
  /** Handed to the network; the protocol has no answer to this event. */
  | { readonly accepted: "written" }
  /** Audio that is kept for the moment when there is a connection again, as long as it is fresh. */
  | { readonly accepted: "kept" }
  /** There is nothing left to do, e.g. a cancel when no response runs. */
  | { readonly accepted: "moot" };

export const WRITTEN: Acknowledgement = { accepted: "written" };
export const KEPT: Acknowledgement = { accepted: "kept" };
export const MOOT: Acknowledgement = { accepted: "moot" };

/**
 * A promise with its two ends in hand. Settling it twice has no effect, and nobody has to look at it.
 */
export class Settlement {
  readonly promise: Promise<Acknowledgement>;
  #resolve: (value: Acknowledgement) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor() {
    this.promise = ignorable(
      new Promise((resolve, reject) => {
        this.#resolve = resolve;
        this.#reject = reject;
      }),
    );
  }

  resolve(value: Acknowledgement): void {
    this.#resolve(value);
  }

  reject(error: Error): void {
    this.#reject(error);
  }
}
