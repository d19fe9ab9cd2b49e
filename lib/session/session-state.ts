import type { RealtimeError } from "../protocol/errors";

/** Where a session stands, for everyone outside of it. */
export type SessionState =
  /** Not connected; opens when something is sent. `reason`: why the last connection ended. */
  | { readonly status: "idle"; readonly reason?: RealtimeError }
  | { readonly status: "opening" }
  /** The server has our settings. `epoch` numbers the connections of a session. */
  | { readonly status: "ready"; readonly epoch: number }
  /** The connection broke; it is made again, with the settings and the talk so far. */
  | {
      readonly status: "recovering";
      /** From 1. */
      readonly attempt: number;
      /** When this attempt begins, in ms since the Unix epoch. */
      readonly retryAt: number;
      readonly reason: RealtimeError;
    }
  /** Trying again cannot help: only `connect()` leaves this state. */
  | { readonly status: "stopped"; readonly reason: RealtimeError }
  /** For good. */
  | { readonly status: "closed" };
