import type { BenchEvent } from "../tally";

/** A client of the protocol, as far as the bench needs one. */
export interface Client {
  /** Sends 20 ms of audio, given as base64, under an id of its own. */
  append(audio: string): void;
  close(): void | Promise<void>;
}

/**
 * Connects to `url` under a name; resolves when the session may be used. `onEvent` gets each event
 * of the server.
 */
export type Connect = (
  url: string,
  name: string,
  onEvent: (event: BenchEvent) => void,
) => Promise<Client>;
