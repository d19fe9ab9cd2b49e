import { setImmediate as nextTurn } from "node:timers/promises";
import { WebSocket } from "ws";
import type { ServerEvent } from "../protocol/event-types";

type WithoutId<E> = E extends { event_id: string } ? Omit<E, "event_id"> : never;

/** A server event before it gets its `event_id`. */
export type OutgoingEvent = WithoutId<ServerEvent>;

/** Above this many unsent bytes responses wait. */
const HIGH_WATER_BYTES = 1024 * 1024;
/** A client that leaves so many bytes unread (answers to its own events) is dropped. */
const MAX_UNSENT_BYTES = 64 * 1024 * 1024;

/** The sending half of one socket, with bounds. */
export class Outgoing {
  readonly #socket: WebSocket;
  readonly #waiting: (() => void)[] = [];

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("close", () => this.#wake());
  }

  /** Sends one text frame; nothing once the socket is closing. */
  send(text: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (this.#socket.bufferedAmount > MAX_UNSENT_BYTES) {
      this.#socket.terminate();
      return;
    }
    this.#socket.send(text, () => this.#wake());
  }

  /**
   * Resolves when other events had their turn and the socket can take more, or is closed. A response
   * waits for it between two deltas: that is where a cancel or the user's voice gets through.
   */
  async ready(): Promise<void> {
    await nextTurn();
    while (this.#isFull()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #isFull(): boolean {
    return (
      this.#socket.readyState === WebSocket.OPEN && this.#socket.bufferedAmount > HIGH_WATER_BYTES
    );
  }

  #wake(): void {
    if (this.#isFull()) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
