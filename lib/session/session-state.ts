import type { RealtimeError } from "../protocol/errors";

/** Where a session stands, for everyone outside of it. */
export type SessionState =
  /** Not connected; opens when something is sent. */
  | { readonly status: "idle" }
  /** The first connection of a talk is being made. */
  | {
      readonly status: "opening";
      /** From 1. */
      readonly attempt: number;
      /** When this attempt begins, in ms since the Unix epoch. */
      readonly retryAt: number;
      /** True when attempts may be minutes apart: what is wrong is rarely mended soon. */
      readonly isSlow: boolean;
      /** Why the attempt before it failed. */
      readonly reason?: RealtimeError;
    }
  /** The server has our settings. `epoch` numbers the connections of a session. */
  | { readonly status: "ready"; readonly epoch: number }
  /** The connection broke; it is made again, with the settings and the talk so far. */
  | {
      readonly status: "recovering";
      /** From 1. */
      readonly attempt: number;
      /** When this attempt begins, in ms since the Unix epoch. */
      readonly retryAt: number;
      /** True when attempts may be minutes apart: what is wrong is rarely mended soon. */
      readonly isSlow: boolean;
      readonly reason: RealtimeError;
    }
  /** Trying again cannot help: only `connect()` leaves this state. */
  | { readonly status: "stopped"; readonly reason: RealtimeError }
  /** For good. */
  | { readonly status: "closed" };
