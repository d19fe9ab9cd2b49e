import { RealtimeError, reasonOf } from "../protocol/errors";
import type { RealtimeEvent, UnknownEvent } from "../protocol/event-types";
import type { SessionSettings } from "../protocol/session-settings";
import type { BackoffTimes } from "./backoff";
import { BoundedSet } from "./bounded-set";
import type { Clock } from "./clock";
import { Connection, type ConnectionTimeouts } from "./connection";
import type { EndpointTarget } from "./endpoint-target";
import type { Failure } from "./failure";
import { rejected } from "./ignorable";
import {
  publicState,
  type Attempt,
  type LifecycleState,
  type Opening,
  type Ready,
  type Recovering,
} from "./lifecycle-state";
import { Readiness } from "./readiness";
import { Retries } from "./retries";
import type { RestorationResult } from "./restoration";
import type { RestorationPlan } from "./restoration-plan";
import { Rollover, type RolloverTimes } from "./rollover";
import type { SessionState } from "./session-state";
import type { OpenSocket } from "./socket";
import { TargetLookup } from "./target-lookup";

/** How a connection became the session's. */
export type Beginning<Interruption> = {
  /** The settings that it was given; they may have changed since. */
  readonly settings: SessionSettings | null;
} & (
  | { readonly kind: "new" }
  /** It was told the talk so far. */
  | {
      readonly kind: "restored";
      readonly plan: RestorationPlan;
      readonly result: RestorationResult;
      /** What the connection before it left undone; undefined when it was given up in quiet. */
      readonly interruption: Interruption | undefined;
    }
);

export interface LifecycleOptions {
  readonly clock: Clock;
  readonly backoff: BackoffTimes;
  readonly rollover: RolloverTimes;
  readonly timeouts: ConnectionTimeouts;
  readonly openSocket: OpenSocket | undefined;
  /** Returns a number from 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  readonly target: () => EndpointTarget | Promise<EndpointTarget>;
  readonly nextEventId: () => string;
}

/** What the session does about its connections. `Interruption` is its own business. */
export interface LifecycleHandlers<Interruption> {
  /** What to set the session to; null when the server's defaults are wanted. */
  settings(): SessionSettings | null;
  /** The talk so far. */
  plan(): RestorationPlan;
  received(event: RealtimeEvent | UnknownEvent, from: EventOrigin): void;
  sent(event: RealtimeEvent | UnknownEvent, from: EventOrigin): void;
  audioDropped(dropped: { readonly chunks: number; readonly bytes: number }): void;
  /** True when nothing has gone on since this time (ms since the Unix epoch), nor goes on. */
  isQuietSince(time: number): boolean;
  /**
   * Runs a change of state. Listeners are called when it is done: what they ask for must not meet
   * one that is half done.
   */
  whole(change: () => void): void;
  /** A new talk begins. */
  begin(): void;
  /** The connection is live; the state is "ready" already, and nobody knows yet. */
  ready(beginning: Beginning<Interruption>): void;
  /** The connection broke: what waits for an answer is to be held. */
  interrupt(error: RealtimeError): Interruption;
  /** There will be no connection: everything is to be refused, what was held included. */
  refuse(error: RealtimeError, interruption: Interruption | undefined): void;
  /** A connection that others know of has ended. */
  ended(epoch: number, isError: boolean): void;
  /** What no promise reports. */
  failed(error: RealtimeError): void;
  changed(): void;
}

/** Where an event came from, or went to. */
export interface EventOrigin {
  readonly epoch: number;
  /** True for a connection that is being told the talk so far. */
  readonly isRestoring: boolean;
}

/** Warnings of one talk that are remembered at most. */
const WARNING_LIMIT = 64;

/** How long a connection that was replaced is still listened to, in ms. */
const RETIREMENT = 5000;

/** How long nothing may have gone on for a moment to be quiet, in ms. */
const QUIET_TIME = 500;

const NO_TALK: RestorationPlan = { items: [], withheld: new Map(), lost: 0 };

const NOTHING_TOLD: RestorationResult = {
  items: 0,
  lost: 0,
  told: new Set(),
  renamed: new Map(),
};

/**
 * The connections of a session, one after another.
 *
 *     idle ──connect()──▶ opening ──▶ ready ◀──▶ recovering
 *                            │           │            │
 *                            ▼           ▼            ▼
 *                         stopped      idle        stopped     (needs connect())
 *
 * A connection that cannot be made or that breaks is made again, with growing waits in between,
 * unless that cannot help. One that nears its server's cap is replaced in a quiet moment by a next
 * one that knows the talk already.
 */
export class Lifecycle<Interruption> {
  readonly #options: LifecycleOptions;
  readonly #handlers: LifecycleHandlers<Interruption>;
  readonly #clock: Clock;
  readonly #rollover: Rollover;
  readonly #readiness: Readiness;
  readonly #lookup: TargetLookup;
  readonly #retries: Retries;
  /** All sockets that have not ended. */
  readonly #connections = new Set<Connection>();
  #state: LifecycleState<Interruption> = { status: "idle" };
  #epoch = 0;
  /** What was warned of while connections of this talk were made; made with the first. */
  #warnings: BoundedSet<string> | undefined;
  #target: EndpointTarget | undefined;

  constructor(options: LifecycleOptions, handlers: LifecycleHandlers<Interruption>) {
    this.#options = options;
    this.#handlers = handlers;
    this.#clock = options.clock;
    this.#readiness = new Readiness(options.clock);
    this.#lookup = new TargetLookup(options.target, options.clock);
    this.#retries = new Retries(options.backoff, options.random);
    this.#rollover = new Rollover({
      clock: options.clock,
      times: options.rollover,
      isQuiet: () => handlers.isQuietSince(this.#clock.now() - QUIET_TIME),
      renew: () => void this.#renew(),
      force: () => this.#replaceNow(),
    });
  }

  get state(): SessionState {
    return publicState(this.#state);
  }

  /** The number of the connection that is ready, or of the last one that was made. */
  get epoch(): number {
    return this.ready?.epoch ?? this.#epoch;
  }

  /** The connection that events are sent over; undefined while there is none that is ready. */
  get ready(): Connection | undefined {
    return this.#state.status === "ready" ? this.#state.connection : undefined;
  }

  /**
   * The server that was last connected to, or is being connected to. What ends with a connection is
   * still charged by its prices.
   */
  get target(): EndpointTarget | undefined {
    return this.#target;
  }

  /** True while the first connection of a talk is being made, and not only waited for. */
  get isOpening(): boolean {
    return this.#state.status === "opening" && this.#state.timer === undefined;
  }

  /** True when the connection may be replaced soon. */
  get isRolloverDue(): boolean {
    return this.#rollover.isDue;
  }

  /** Resolves when the session is ready; begins the next attempt at once when none is running. */
  connect(): Promise<void> {
    const state = this.#state;
    switch (state.status) {
      case "ready":
        return Promise.resolve();
      case "closed":
        return rejected(sessionClosed());
      case "opening":
      case "recovering": {
        const promise = this.#readiness.wait();
        if (state.timer !== undefined) {
          state.timer.stop();
          state.timer = undefined;
          void this.#begin(state);
        }
        return promise;
      }
      case "idle":
      case "stopped":
        return this.#open();
    }
  }

  /** Ends the connection on our own wish. Resolves when every socket has ended, in about 1 s. */
  leave(error: RealtimeError, status: "idle" | "closed"): Promise<void> {
    // A listener may open the next talk at once: its connection is not waited for.
    const left = [...this.#connections];
    if (this.#state.status !== "closed") this.#handlers.whole(() => this.#leave(error, status));
    return Promise.all(left.map(({ ended }) => ended)).then(() => undefined);
  }

  #leave(error: RealtimeError, status: "idle" | "closed"): void {
    const state = this.#state;
    const connection = "connection" in state ? state.connection : undefined;
    this.#rollover.stop();
    this.#lookup.forget();
    if ("timer" in state) state.timer?.stop();
    this.#retries.reset();
    this.#state = { status };
    this.#handlers.refuse(error, state.status === "recovering" ? state.interruption : undefined);
    this.#readiness.reject(error);
    for (const open of this.#connections) open.close();
    if (connection !== undefined) this.#handlers.ended(connection.epoch, false);
    this.#handlers.changed();
  }

  /** Ends the connection for a reason that only `connect()`, or the reason's own end, takes away. */
  stop(error: RealtimeError): void {
    const state = this.#state;
    if (state.status === "closed" || state.status === "stopped") return;
    this.#handlers.whole(() => {
      this.#rollover.stop();
      if ("timer" in state) state.timer?.stop();
      this.#halt(error, state.status === "recovering" ? state.interruption : undefined);
      for (const connection of this.#connections) connection.close();
      if (state.status === "ready") this.#handlers.ended(state.connection.epoch, true);
      this.#handlers.changed();
    });
  }

  #open(): Promise<void> {
    const opening: Opening = {
      status: "opening",
      attempt: 1,
      retryAt: this.#clock.date(),
      isSlow: false,
      reason: undefined,
      timer: undefined,
      connection: undefined,
    };
    this.#handlers.begin();
    this.#warnings = undefined;
    this.#state = opening;
    const promise = this.#readiness.wait();
    this.#handlers.changed();
    void this.#begin(opening);
    return promise;
  }

  /** Makes a connection; what becomes of it is told to `#becomeReady` or `#fail`. */
  async #begin(attempt: Opening | Recovering<Interruption>): Promise<void> {
    // A listener that heard of it may have ended it.
    if (this.#state !== attempt) return;
    this.#readiness.attempt();
    let target: EndpointTarget;
    try {
      target = await this.#lookup.find();
    } catch (error) {
      if (this.#state === attempt) this.#fail(failureOfLookup(error));
      return;
    }
    // Disconnected or closed while the target was looked up.
    if (this.#state !== attempt) return;
    const settings = this.#handlers.settings();
    const plan = attempt.status === "recovering" ? this.#planFor(target) : null;
    this.#target = target;
    attempt.connection = this.#connect(target, settings, plan, {
      isCurrent: (connection) =>
        "connection" in this.#state && this.#state.connection === connection,
      live: (connection, result) => {
        const state = this.#state;
        if (state.status !== "opening" && state.status !== "recovering") return;
        if (state.connection !== connection) return;
        this.#becomeReady(
          connection,
          state.status === "recovering" && plan !== null
            ? {
                kind: "restored",
                plan,
                settings,
                result: result ?? NOTHING_TOLD,
                interruption: state.interruption,
              }
            : { kind: "new", settings },
        );
      },
      dead: (_, failure) => this.#fail(failure),
    });
  }

  /** What to tell a server of the talk so far: a call goes on without us, its server knows it. */
  #planFor({ isCall }: EndpointTarget): RestorationPlan {
    return isCall === true ? NO_TALK : this.#plan();
  }

  /** A talk that cannot be told must not keep the session from its next connection. */
  #plan(): RestorationPlan {
    try {
      return this.#handlers.plan();
    } catch (error) {
      this.#handlers.failed(
        new RealtimeError("not_restored", `The talk so far cannot be told: ${reasonOf(error)}`),
      );
      return NO_TALK;
    }
  }

  #connect(
    target: EndpointTarget,
    settings: SessionSettings | null,
    plan: RestorationPlan | null,
    // They last as long as the connection: a state, or an error, that they held would lead to the one
    // before it, which holds its own, and so to all that there ever were.
    ends: {
      isCurrent(connection: Connection): boolean;
      live(connection: Connection, result: RestorationResult | undefined): void;
      dead(connection: Connection, failure: Failure): void;
    },
  ): Connection {
    this.#epoch += 1;
    const epoch = this.#epoch;
    // Made once: every event comes from one of these two.
    const live: EventOrigin = { epoch, isRestoring: false };
    const restoring: EventOrigin = { epoch, isRestoring: true };
    const connection: Connection = new Connection(
      {
        target,
        epoch,
        settings,
        plan,
        clock: this.#clock,
        openSocket: this.#options.openSocket,
        timeouts: {
          ...this.#options.timeouts,
          ...(target.pingIntervalMs === undefined ? {} : { ping: target.pingIntervalMs }),
        },
        nextEventId: this.#options.nextEventId,
      },
      {
        event: (event, isRestoring) => {
          // Of one that was replaced, only what is about the account is as true as before.
          if (
            ends.isCurrent(connection) ||
            (connection.isRetired && event.type === "rate_limits.updated")
          )
            this.#handlers.received(event, isRestoring ? restoring : live);
        },
        sent: (event, isRestoring) => {
          if (ends.isCurrent(connection))
            this.#handlers.sent(event, isRestoring ? restoring : live);
        },
        audioDropped: (dropped) => {
          if (ends.isCurrent(connection)) this.#handlers.audioDropped(dropped);
        },
        warning: (error) => this.#warn(connection, error),
        live: (result) => ends.live(connection, result),
        dead: (failure, closedByUs) => {
          this.#connections.delete(connection);
          if (ends.isCurrent(connection) && !closedByUs) ends.dead(connection, failure);
        },
      },
    );
    this.#connections.add(connection);
    return connection;
  }

  /** Each connection of a talk is told the same, and has the same against it. */
  #warn(connection: Connection, error: RealtimeError): void {
    if (connection !== this.ready) {
      const warning = `${error.code} ${error.param}`;
      this.#warnings ??= new BoundedSet(WARNING_LIMIT);
      if (this.#warnings.has(warning)) return;
      this.#warnings.add(warning);
    }
    this.#handlers.failed(error);
  }

  #becomeReady(connection: Connection, beginning: Beginning<Interruption>): void {
    this.#handlers.whole(() => {
      this.#state = { status: "ready", connection, since: this.#clock.now(), next: undefined };
      this.#target = connection.target;
      // A call ends at its server's limit, whoever is connected beside it.
      if (connection.target.isCall !== true) this.#rollover.start(connection.expiresAt);
      this.#handlers.ready(beginning);
      this.#readiness.resolve();
      this.#handlers.changed();
    });
  }

  /** The connection of the present state has ended, or could not be made. */
  #fail(failure: Failure): void {
    this.#handlers.whole(() => this.#takeFailure(failure));
  }

  #takeFailure(failure: Failure): void {
    const state = this.#state;
    if (state.status !== "opening" && state.status !== "ready" && state.status !== "recovering")
      return;
    const { error } = failure;
    const { connection } = state;
    const interruption = state.status === "recovering" ? state.interruption : undefined;
    this.#rollover.stop();
    if (state.status === "ready") dropNext(state);
    if (state.status === "ready")
      this.#retries.noteReady(this.#clock.now() - state.since, state.connection.target);
    if (this.#retries.isWorthwhile(failure)) {
      const wait = this.#retries.nextWait(failure, connection?.target);
      this.#await(state, error, failure.isSlow ?? false, wait);
    } else this.#halt(error, interruption);
    const isFirst = state.status === "ready" || (state.status === "opening" && state.attempt === 1);
    if (isFirst && connection !== undefined) this.#handlers.ended(connection.epoch, true);
    // What `connect()` rejects with needs no other report.
    const isToldByPromise =
      this.#state.status === "stopped" && isFirst && state.status === "opening";
    const isStopped = this.#state.status === "stopped";
    if (!isToldByPromise && (isStopped || (isFirst && this.#retries.isNews(error))))
      this.#handlers.failed(error);
    this.#handlers.changed();
  }

  #halt(error: RealtimeError, interruption: Interruption | undefined): void {
    this.#lookup.forget();
    this.#state = { status: "stopped", reason: error };
    this.#retries.reset();
    this.#handlers.refuse(error, interruption);
    this.#readiness.reject(error);
  }

  /** Plans the next attempt. */
  #await(
    state: Opening | Ready | Recovering<Interruption>,
    reason: RealtimeError,
    isSlow: boolean,
    delay: number,
  ): void {
    const attempt: Attempt = {
      attempt: state.status === "ready" ? Math.max(1, this.#retries.waits) : state.attempt + 1,
      retryAt: this.#clock.date() + delay,
      isSlow,
      timer: undefined,
      connection: undefined,
    };
    const waiting: Opening | Recovering<Interruption> =
      state.status === "opening"
        ? { ...attempt, status: "opening", reason }
        : {
            ...attempt,
            status: "recovering",
            reason,
            interruption:
              state.status === "ready" ? this.#handlers.interrupt(reason) : state.interruption,
          };
    waiting.timer = this.#clock.start(() => {
      waiting.timer = undefined;
      void this.#begin(waiting);
    }, delay);
    this.#state = waiting;
    this.#readiness.fail(reason);
  }

  /** Makes the next connection while this one goes on, and changes over if it is still quiet. */
  async #renew(): Promise<void> {
    const state = this.#state;
    if (state.status !== "ready") return;
    const beganAt = this.#clock.now();
    let target: EndpointTarget;
    try {
      target = await this.#lookup.find();
    } catch {
      if (this.#state === state) this.#rollover.postpone();
      return;
    }
    if (this.#state !== state) return;
    const settings = this.#handlers.settings();
    const plan = this.#plan();
    state.next = this.#connect(target, settings, plan, {
      isCurrent: (connection) =>
        this.#stateBefore(connection) !== undefined || connection === this.ready,
      live: (connection, result) => {
        const before = this.#stateBefore(connection);
        if (before === undefined) return;
        before.next = undefined;
        if (!this.#handlers.isQuietSince(beganAt)) {
          connection.close();
          this.#rollover.postpone();
          return;
        }
        this.#retries.noteReady(this.#clock.now() - before.since, before.connection.target);
        before.connection.retire(RETIREMENT);
        this.#becomeReady(connection, {
          kind: "restored",
          plan,
          settings,
          result: result ?? NOTHING_TOLD,
          interruption: undefined,
        });
      },
      dead: (connection, failure) => {
        const before = this.#stateBefore(connection);
        if (before === undefined) {
          this.#fail(failure);
          return;
        }
        before.next = undefined;
        this.#rollover.postpone(failure);
      },
    });
  }

  /** The state whose connection this one is to replace; undefined where it is not to. */
  #stateBefore(connection: Connection): Ready | undefined {
    const state = this.#state;
    return state.status === "ready" && state.next === connection ? state : undefined;
  }

  /** Ends the connection before its server does, and makes the next one without a wait. */
  #replaceNow(): void {
    const state = this.#state;
    if (state.status !== "ready") return;
    const reason = new RealtimeError("session_expiring", "The server is about to end the session");
    this.#handlers.whole(() => {
      dropNext(state);
      this.#retries.reset();
      this.#await(state, reason, false, 0);
      state.connection.close();
      this.#handlers.ended(state.connection.epoch, false);
      this.#handlers.changed();
    });
  }
}

function dropNext(state: Ready): void {
  const { next } = state;
  state.next = undefined;
  next?.close();
}

/** What somebody is told who wants something of a session that was closed for good. */
export function sessionClosed(): RealtimeError {
  return new RealtimeError("closed", "The session is closed");
}

/** What an endpoint says is wrong with itself stays wrong; what it did not say in time, it may yet. */
function failureOfLookup(error: unknown): Failure {
  if (error instanceof RealtimeError) return { error, fatal: error.code !== "target_timeout" };
  const text = `The endpoint has no address to connect to: ${reasonOf(error)}`;
  return { error: new RealtimeError("no_target", text), fatal: true };
}
