import type { Clock, Timer } from "./clock";

/**
 * Finds a peer that is gone without a word (a half-open connection).
 *
 * Each period it asks for a sign of life by a ping; when a whole period brought nothing at all, the
 * peer is dead. Any inbound byte counts as life, so a slow answer or a large frame that is still on
 * its way never looks like a dead line.
 */
export class Liveness {
  readonly #clock: Clock;
  readonly #period: number;
  readonly #bytesRead: () => number;
  readonly #ping: () => void;
  readonly #onDead: () => void;
  #timer: Timer | undefined;
  #seen = 0;
  #due = 0;
  #asked = false;

  /** `period` in ms; `bytesRead` counts all bytes ever received. */
  constructor(
    clock: Clock,
    period: number,
    bytesRead: () => number,
    ping: () => void,
    onDead: () => void,
  ) {
    this.#clock = clock;
    this.#period = period;
    this.#bytesRead = bytesRead;
    this.#ping = ping;
    this.#onDead = onDead;
  }

  start(): void {
    this.#seen = this.#bytesRead();
    this.#arm();
  }

  stop(): void {
    this.#timer?.stop();
    this.#timer = undefined;
  }

  #arm(): void {
    this.#due = this.#clock.now() + this.#period;
    this.#timer = this.#clock.start(() => this.#check(), this.#period);
  }

  #check(): void {
    const seen = this.#bytesRead();
    // A timer this late means that this process stood still (a blocked loop, a suspended machine):
    // the pong may wait unread in the kernel, so the silence says nothing about the peer.
    const late = this.#clock.now() - this.#due > this.#period / 2;
    if (seen === this.#seen && this.#asked && !late) {
      this.#timer = undefined;
      this.#onDead();
      return;
    }
    this.#seen = seen;
    this.#asked = true;
    this.#ping();
    this.#arm();
  }
}
