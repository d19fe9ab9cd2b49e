import type { RealtimeError } from "../protocol/errors";
import type { Timer } from "./clock";
import type { Connection } from "./connection";
import type { SessionState } from "./session-state";

/** A connection that is being made, or waits for its time. */
export interface Attempt {
  readonly attempt: number;
  /** When it begins, in ms since the Unix epoch. */
  readonly retryAt: number;
  readonly isSlow: boolean;
  /** Runs until it begins. */
  timer: Timer | undefined;
  connection: Connection | undefined;
}

/** Towards the first connection of a talk. */
export type Opening = Attempt & {
  readonly status: "opening";
  readonly reason: RealtimeError | undefined;
};

/** Towards one that takes up the talk of a connection that broke. */
export type Recovering<Interruption> = Attempt & {
  readonly status: "recovering";
  readonly reason: RealtimeError;
  readonly interruption: Interruption;
};

export interface Ready {
  readonly status: "ready";
  readonly connection: Connection;
  readonly since: number;
  /** The connection that is to take its place. */
  next: Connection | undefined;
}

/** The state of a session's connections, with what belongs to each. */
export type LifecycleState<Interruption> =
  | { readonly status: "idle" }
  | Opening
  | Ready
  | Recovering<Interruption>
  | { readonly status: "stopped"; readonly reason: RealtimeError }
  | { readonly status: "closed" };

/** What others know of it. */
export function publicState(state: LifecycleState<unknown>): SessionState {
  switch (state.status) {
    case "opening": {
      const { attempt, retryAt, reason, isSlow } = state;
      return { status: "opening", attempt, retryAt, isSlow, ...(reason && { reason }) };
    }
    case "ready":
      return { status: "ready", epoch: state.connection.epoch };
    case "recovering": {
      const { attempt, retryAt, reason, isSlow } = state;
      return { status: "recovering", attempt, retryAt, isSlow, reason };
    }
    case "idle":
    case "stopped":
    case "closed":
      return state;
  }
}
