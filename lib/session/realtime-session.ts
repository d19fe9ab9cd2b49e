import { randomBytes } from "node:crypto";
import { BYTES_PER_SECOND } from "../audio/pcm";
import { RealtimeError } from "../protocol/errors";
import type { ClientEvent, EventOf, RealtimeEvent, UnknownEvent } from "../protocol/event-types";
import { isKnown } from "../protocol/event-types";
import type { FunctionCallItem } from "../protocol/items";
import type { SessionSettings } from "../protocol/session-settings";
import type { Strictness } from "../protocol/validate";
import { KEPT, MOOT, WRITTEN, type Acknowledgement, type Settlement } from "./acknowledgement";
import { ActivityTracker, type Activity } from "./activity";
import { AudioPreRoll } from "./audio-pre-roll";
import { backoffDelay, DEFAULT_BACKOFF, type BackoffTimes } from "./backoff";
import { systemClock, type Clock, type Timer } from "./clock";
import { Connection, errorOf, type ConnectionTimeouts } from "./connection";
import { Conversation, type LocalEventBody } from "./conversation";
import type { EndpointTarget } from "./endpoint-target";
import type { Failure } from "./failure";
import { GuardedEmitter } from "./guarded-emitter";
import { checkEvent, type CheckedEvent, type OutboundEvent } from "./outbound-event";
import { PendingRequests, type UnacknowledgedItem } from "./pending-requests";
import { ResponseQueue } from "./response-queue";
import type { RestorationResult } from "./restoration";
import {
  DEFAULT_RESTORATION_BUDGET,
  planRestoration,
  type RestorationBudget,
  type RestorationPlan,
} from "./restoration-plan";
import { RoutingTable } from "./routes";
import { SessionConfiguration, type SettingsPatch } from "./session-configuration";
import type { SessionState } from "./session-state";
import type { OpenSocket } from "./socket";
import { ToolCalls, type AnswerOptions, type ToolCall } from "./tool-calls";
import { ToolSchemas, type RejectedTool, type ToolDefinition } from "./tool-schemas";
import { WaitingSends } from "./waiting-sends";

export interface SessionOptions {
  /** Where to connect to; asked anew for every attempt. */
  readonly target: () => EndpointTarget | Promise<EndpointTarget>;
  /** What differs from the server's defaults. Default: a realtime session as the server has it. */
  readonly settings?: SessionSettings;
  /** Tools that are told to the server and whose calls are emitted. Default: none. */
  readonly tools?: readonly ToolDefinition[];
  /** How much audio of answers the conversation keeps, in bytes. Default 0: none. */
  readonly keepAudioBytes?: number;
  /** In ms. Defaults: handshake 15,000, settings 10,000, ping 30,000. */
  readonly timeouts?: Partial<ConnectionTimeouts>;
  /** Waits between attempts to make a broken connection anew. */
  readonly backoff?: Partial<BackoffTimes>;
  /** How much of the talk a new connection is told at most. */
  readonly restoration?: Partial<RestorationBudget>;
  /** How much audio is kept while there is no connection, in ms. Default 2,000. */
  readonly preRollMs?: number;
  /** Returns a number from 0 (inclusive) to 1 (exclusive). Default: `Math.random`. */
  readonly random?: () => number;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Default: a WebSocket of the `ws` package. */
  readonly openSocket?: OpenSocket;
  /** Makes ids unique: returns 24 characters. Default: random hexadecimal digits. */
  readonly randomId?: () => string;
}

/** Where an event came from, and when. */
export interface EventInfo {
  readonly source: "server" | "client" | "local";
  /** When it was received or sent, in ms since the Unix epoch. */
  readonly at: number;
  /** The number of the connection, from 1. */
  readonly epoch: number;
  /** Set for events of a new connection being told the settings and the talk so far. */
  readonly cause?: "restore";
}

/** Events that are only made when somebody wants them. */
export type Observable = "client" | "conversation.updated" | "realtime.event";

export interface SessionEvents {
  /** A known event, always in its GA form; what the server sent, ours to give away. */
  event: [event: RealtimeEvent, info: EventInfo];
  /** An event of a type that the protocol's table does not have, as it came. */
  unknown: [event: UnknownEvent, info: EventInfo];
  state: [state: SessionState];
  activity: [activity: Activity];
  /** A tool is called; `answer` is to follow. */
  toolCall: [call: ToolCall];
  /** A call of this tool is no longer open. */
  toolCallEnd: [toolName: string];
  /** What no promise reports: a broken frame, a lost connection, an error tied to no request. */
  error: [error: RealtimeError];
}

/** A promise that callers of `connect()` wait for, with its ends. */
interface Opened {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: RealtimeError) => void;
}

type InnerState =
  | { readonly status: "idle"; readonly reason?: RealtimeError }
  | {
      readonly status: "opening";
      readonly opened: Opened;
      /** Undefined while the target is looked up. */
      connection?: Connection;
    }
  | { readonly status: "ready"; readonly connection: Connection; readonly since: number }
  | {
      readonly status: "recovering";
      readonly opened: Opened;
      readonly reason: RealtimeError;
      readonly attempt: number;
      readonly retryAt: number;
      readonly interrupted: Interruption;
      /** Runs until the attempt begins. */
      timer: Timer | undefined;
      connection?: Connection;
      plan?: RestorationPlan;
      settings?: SessionSettings;
    }
  | { readonly status: "stopped"; readonly reason: RealtimeError }
  | { readonly status: "closed" };

/** What a broken connection left undone. */
interface Interruption {
  readonly items: readonly UnacknowledgedItem[];
  /** Since when an answer is owed to what was said, in ms since the Unix epoch. */
  readonly owedSince: number | undefined;
}

type Attempt = InnerState & { readonly status: "opening" | "recovering" };

export interface SendOptions {
  /** How strictly the event is checked; the endpoint's own when absent. */
  readonly strictness?: Strictness;
}

/** How long a connection must have been ready for the waits to begin anew, in ms. */
const STABLE_TIME = 60_000;

/** How long an answer is owed: nobody waits longer for one, in ms. */
const OWED_TIME = 30_000;

/** How long `connect()` waits for a connection that is being recovered, in ms. */
const CONNECT_TIMEOUT = 30_000;

const DEFAULT_PRE_ROLL = 2000;

const DEFAULT_TIMEOUTS: ConnectionTimeouts = { handshake: 15_000, settings: 10_000, ping: 30_000 };

/**
 * A live session with a server of the OpenAI Realtime protocol.
 *
 *     idle ──connect()──▶ opening ──▶ ready ◀──▶ recovering
 *                            │           │            │
 *                            ▼           ▼            ▼
 *                   idle with a reason  idle       stopped (needs connect())
 *
 * A connection that breaks is made again, with growing waits in between; it is told the settings,
 * the tools and the talk so far before anything new is sent.
 *
 * "Ready" means that `session.created` came and the server has acknowledged our settings. A send in
 * idle opens the session; audio never does. No listener and no frame can make a method throw out of
 * a socket callback.
 */
export class RealtimeSession extends GuardedEmitter<SessionEvents> {
  readonly conversation: Conversation;
  readonly #options: SessionOptions;
  readonly #clock: Clock;
  readonly #randomId: () => string;
  readonly #eventIdPrefix: string;
  readonly #routing: RoutingTable;
  readonly #requests: PendingRequests;
  readonly #configuration: SessionConfiguration;
  readonly #responses: ResponseQueue;
  readonly #toolCalls: ToolCalls;
  readonly #activity: ActivityTracker;
  readonly #waiting: WaitingSends;
  readonly #observed = new Map<Observable, number>();
  /** What follows from the event being taken, to be emitted after it; undefined in between. */
  #consequences: (() => void)[] | undefined;
  #ended: Promise<void> = Promise.resolve();
  #tools: ToolSchemas;
  #state: InnerState = { status: "idle" };
  #epoch = 0;
  #eventCount = 0;
  /** Attempts since the last connection that lasted. */
  #repetitions = 0;
  /** Calls that the connection does not know yet: they are told together with their outputs. */
  #withheld = new Map<string, FunctionCallItem>();
  readonly #preRoll: AudioPreRoll;

  constructor(options: SessionOptions) {
    super();
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#randomId = options.randomId ?? (() => randomBytes(12).toString("hex"));
    this.#eventIdPrefix = `evt_${this.#randomId().slice(0, 8)}`;
    this.#tools = new ToolSchemas(options.tools ?? []);
    const clock = this.#clock;
    const nextEventId = (): string => this.#nextEventId();
    const write = (event: ClientEvent): void => this.#write(event);
    this.#configuration = new SessionConfiguration(
      clock,
      options.settings ?? { type: "realtime" },
      write,
    );
    this.#responses = new ResponseQueue({
      clock,
      write,
      nextEventId,
      echoesMetadata: () => this.#connection?.target.strictness === "openai",
      answersSpeech: () => this.#answersSpeech(),
      onAbandoned: (error) => this.#emitAfter("error", error),
    });
    this.#requests = new PendingRequests(clock, () => this.#responses.isActive);
    this.conversation = new Conversation({
      onLocalEvent: (event) => this.#emitLocal(event),
      wantsUpdates: () => this.#observed.has("conversation.updated"),
      outputBytesPerSecond: () => this.#outputBytesPerSecond(),
      keepAudioBytes: options.keepAudioBytes ?? 0,
    });
    this.#toolCalls = new ToolCalls({
      clock,
      schemas: () => this.#tools,
      sendOutput: (callId, output) => this.#sendOutput(callId, output),
      followUp: (response, isObsolete) => this.#followUp(response, isObsolete),
      createdCount: () => this.#responses.createdCount,
      onCall: (call) => this.#emitAfter("toolCall", call),
      onEnd: (toolName) => this.#emitAfter("toolCallEnd", toolName),
      onWarning: (error) => this.#emitAfter("error", error),
    });
    this.#activity = new ActivityTracker((activity) => this.#emitAfter("activity", activity));
    this.#waiting = new WaitingSends(clock);
    this.#preRoll = new AudioPreRoll(clock, options.preRollMs ?? DEFAULT_PRE_ROLL);
    this.#routing = new RoutingTable(
      this.#requests.routes,
      this.#configuration.routes,
      this.conversation.routes,
      this.#responses.routes,
      this.#toolCalls.routes,
      this.#activity.routes,
    );
    if (options.tools !== undefined) this.#configuration.prepare(this.#toolSettings());
  }

  get state(): SessionState {
    const state = this.#state;
    switch (state.status) {
      case "opening":
        return { status: "opening" };
      case "ready":
        return { status: "ready", epoch: state.connection.epoch };
      case "recovering": {
        const { attempt, retryAt, reason } = state;
        return { status: "recovering", attempt, retryAt, reason };
      }
      case "idle":
      case "stopped":
      case "closed":
        return state;
    }
  }

  get activity(): Activity {
    return this.#activity.current;
  }

  /** Tool calls that wait for an answer, oldest first. */
  get openCalls(): readonly ToolCall[] {
    return this.#toolCalls.open;
  }

  /** The settings that the server has, or gets with the next connection. */
  get settings(): SessionSettings {
    return structuredClone(this.#configuration.wanted);
  }

  /** Tools that were left out for a wrong name or schema. */
  get rejectedTools(): readonly RejectedTool[] {
    return this.#tools.rejected;
  }

  /** How much of each kind is held, to watch that nothing grows without a bound. */
  sizes(): {
    readonly items: number;
    readonly requests: number;
    readonly responses: number;
    readonly waiting: number;
    readonly calls: number;
  } {
    return {
      items: this.conversation.size,
      requests: this.#requests.size,
      responses: this.#responses.size,
      waiting: this.#waiting.size,
      calls: this.#toolCalls.open.length,
    };
  }

  /** Asks for events that are only made on demand, until the returned function is called. */
  observe(kind: Observable): () => void {
    this.#observed.set(kind, (this.#observed.get(kind) ?? 0) + 1);
    let isObserving = true;
    return () => {
      if (!isObserving) return;
      isObserving = false;
      const others = (this.#observed.get(kind) ?? 1) - 1;
      if (others > 0) this.#observed.set(kind, others);
      else this.#observed.delete(kind);
    };
  }

  /**
   * Opens the session, unless it is open. Resolves when it is ready.
   *
   * @throws RealtimeError why it could not be opened; `closed` after `close()`. As a rejection.
   */
  connect(): Promise<void> {
    switch (this.#state.status) {
      case "ready":
        return Promise.resolve();
      case "opening":
        return this.#state.opened.promise;
      case "recovering":
        return this.#hasten(this.#state);
      case "closed":
        return rejected(isClosed());
      case "idle":
      case "stopped":
        return this.#open();
    }
  }

  /**
   * Ends the connection; the session can be opened again. Everything that waits for an answer is
   * refused at once; resolves when the socket has ended, within about a second.
   */
  disconnect(): Promise<void> {
    if (this.#state.status === "closed") return this.#ended;
    return this.#leave(new RealtimeError("disconnected", "The session was disconnected"), {
      status: "idle",
    });
  }

  /** As `disconnect`, but for good. */
  close(): Promise<void> {
    return this.#state.status === "closed"
      ? this.#ended
      : this.#leave(isClosed(), { status: "closed" });
  }

  /**
   * Sends a client event, in the shape of either dialect. Where it has none, it gets an `event_id`,
   * and a created item an id, so that the answer can be found.
   *
   * Resolves when the server has acknowledged it, or at once where the protocol has no answer.
   *
   * @throws RealtimeError as a rejection: the server's own code when it refuses; `invalid_event`,
   *   `not_connected`, `not_acknowledged`, `queue_full`, `closed`, or why the session cannot open.
   */
  send(event: OutboundEvent, options: SendOptions = {}): Promise<Acknowledgement> {
    const state = this.#state;
    switch (state.status) {
      case "closed":
        return rejected(isClosed());
      case "stopped":
        return rejected(state.reason);
      case "ready":
        return this.#checkAndDispatch(event, options);
      case "idle":
      case "opening":
      case "recovering":
        return this.#sendWhenReady(event, options);
    }
  }

  /** Changes settings of the session; the members that are present replace what was. */
  update(patch: Record<string, unknown>): Promise<Acknowledgement> {
    return this.send({ type: "session.update", session: patch });
  }

  /**
   * Replaces the tools, now or with the next connection. Tools with a wrong name or schema are left
   * out and returned.
   *
   * @throws RealtimeError when the server refuses the update, as a rejection.
   */
  async setTools(tools: readonly ToolDefinition[]): Promise<readonly RejectedTool[]> {
    const schemas = new ToolSchemas(tools);
    this.#tools = schemas;
    const patch = this.#toolSettings();
    if (this.#state.status === "ready")
      await this.#configuration.update(patch, this.#nextEventId()).promise;
    else this.#configuration.prepare(patch);
    return schemas.rejected;
  }

  /**
   * Gives the output of a tool call to the model. Text stays as it is, other values become JSON.
   *
   * @throws RealtimeError as a rejection: `no_such_call`, `call_already_answered`, `call_expired`,
   *   `call_void`, `tool_output_invalid`, or the server's code when it refuses the output.
   */
  answer(callId: string, output: unknown, options?: AnswerOptions): Promise<Acknowledgement> {
    return this.#toolCalls.answer(callId, output, options);
  }

  protected onListenerError(name: keyof SessionEvents, error: unknown): void {
    if (name === "error") return;
    const reason = error instanceof Error ? error.message : String(error);
    this.emit(
      "error",
      new RealtimeError("listener_failed", `A listener of "${name}" failed: ${reason}`),
    );
  }

  get #connection(): Connection | undefined {
    return "connection" in this.#state ? this.#state.connection : undefined;
  }

  #open(): Promise<void> {
    const opened = withResolvers();
    const opening: Attempt = { status: "opening", opened };
    this.conversation.clear();
    this.#withheld.clear();
    this.#enter(opening);
    void this.#begin(opening);
    return opened.promise;
  }

  /** Makes a connection; what becomes of it is told to `#becomeReady` or `#lose`. */
  async #begin(attempt: Attempt): Promise<void> {
    this.#epoch += 1;
    const epoch = this.#epoch;
    let target: EndpointTarget;
    try {
      target = await this.#options.target();
    } catch (error) {
      if (this.#state === attempt)
        this.#lose({ error: asRealtimeError(error), fatal: true }, epoch);
      return;
    }
    // Disconnected or closed while the target was looked up.
    if (this.#state !== attempt) return;
    if (attempt.status === "recovering") {
      attempt.settings = this.#configuration.wanted;
      attempt.plan = this.#planRestoration();
    }
    attempt.connection = new Connection(
      {
        target,
        epoch,
        settings: this.#initialSettings(),
        plan: attempt.status === "recovering" ? (attempt.plan ?? null) : null,
        clock: this.#clock,
        openSocket: this.#options.openSocket,
        timeouts: { ...DEFAULT_TIMEOUTS, ...this.#options.timeouts },
        nextEventId: () => this.#nextEventId(),
      },
      {
        event: (event) => {
          if (epoch === this.#epoch) this.#receive(event);
        },
        sent: (event) => {
          if (epoch === this.#epoch) this.#echo(event);
        },
        warning: (error) => this.emit("error", error),
        live: (result) => {
          if (this.#state === attempt) this.#becomeReady(attempt, result);
        },
        dead: (failure, closedByUs) => {
          if (epoch === this.#epoch && !closedByUs) this.#lose(failure, epoch);
        },
      },
    );
  }

  /** Null when nothing differs from the server's defaults: there is nothing to send then. */
  #initialSettings(): SessionSettings | null {
    const { wanted } = this.#configuration;
    return Object.keys(wanted).some((name) => name !== "type") ? wanted : null;
  }

  #planRestoration(): RestorationPlan {
    return planRestoration(
      this.conversation.items,
      (callId) => this.#toolCalls.isUnanswered(callId),
      { ...DEFAULT_RESTORATION_BUDGET, ...this.#options.restoration },
      () => this.#newItemId(),
    );
  }

  #becomeReady(attempt: Attempt, result: RestorationResult | undefined): void {
    const { connection, opened } = attempt;
    if (connection === undefined) return;
    this.#state = { status: "ready", connection, since: this.#clock.now() };
    if (attempt.status === "recovering") this.#resume(attempt, result);
    for (const event of this.#preRoll.drain()) this.#write(event);
    // What was sent before goes out before what a listener of the new state sends.
    this.#waiting.flush();
    if (attempt.status === "recovering") this.#resumeResponses(attempt.interrupted);
    opened.resolve();
    this.emit("state", this.state);
  }

  /** Tells the new connection what the old one left undone, but for the responses. */
  #resume(
    { plan, settings, interrupted }: Attempt & { readonly status: "recovering" },
    result: RestorationResult | undefined,
  ): void {
    for (const [itemId, newId] of result?.renamed ?? []) this.conversation.rename(itemId, newId);
    this.#withheld = new Map(plan?.withheld);
    const { items = 0, lost = 0 } = result ?? {};
    this.#notice({ type: "local.connection.changed", connection: { epoch: this.#epoch } });
    this.#notice({ type: "local.session.restored", items, lost });
    this.#configuration.resume();
    // The tools changed while the connection was made with the old ones.
    if (settings !== this.#configuration.wanted)
      void this.#configuration.update(this.#toolSettings(), this.#nextEventId());
    for (const { event, settlement } of interrupted.items) void this.#createItem(event, settlement);
  }

  #resumeResponses({ owedSince }: Interruption): void {
    const isOwed = owedSince !== undefined && this.#clock.now() - owedSince < OWED_TIME;
    if (isOwed && !this.#responses.isAsked && !this.#toolCalls.isBusy)
      this.#responses.request({ type: "response.create", event_id: this.#nextEventId() });
    this.#responses.resume();
  }

  #enter(state: InnerState): void {
    this.#state = state;
    this.emit("state", this.state);
  }

  /** The connection has ended, or could not be made. */
  #lose(failure: Failure, epoch: number): void {
    const state = this.#state;
    const { error } = failure;
    // An attempt at recovering is no connection that anybody knew of.
    const hadConnection = this.#connection !== undefined && state.status !== "recovering";
    if (!failure.fatal && (state.status === "ready" || state.status === "recovering")) {
      this.#recover(failure, state);
    } else {
      this.#refuseAll(error);
      this.#state = failure.fatal
        ? { status: "stopped", reason: error }
        : { status: "idle", reason: error };
      if (state.status === "opening" || state.status === "recovering") state.opened.reject(error);
      if (state.status === "recovering") refuseItems(state.interrupted, error);
    }
    if (hadConnection) this.#emitClose(true, epoch);
    // An opening that fails is reported by its promises; a connection that breaks has none.
    if (state.status === "ready") this.emit("error", error);
    else if (state.status === "recovering" && failure.fatal) this.emit("error", error);
    this.emit("state", this.state);
  }

  /** Plans the next attempt. */
  #recover(
    { error, isSlow, retryAfterMs }: Failure,
    state: InnerState & { readonly status: "ready" | "recovering" },
  ): void {
    if (state.status === "ready" && this.#clock.now() - state.since >= STABLE_TIME)
      this.#repetitions = 0;
    const { initialMs, maximumMs, slowMaximumMs } = {
      ...DEFAULT_BACKOFF,
      ...this.#options.backoff,
    };
    const random = (this.#options.random ?? Math.random)();
    const wait = backoffDelay(this.#repetitions, random, {
      initialMs,
      maximumMs: isSlow === true ? slowMaximumMs : maximumMs,
    });
    const delay = Math.max(wait, retryAfterMs ?? 0);
    this.#repetitions += 1;
    const recovering: Attempt = {
      status: "recovering",
      opened: state.status === "recovering" ? state.opened : withResolvers(),
      reason: error,
      attempt: this.#repetitions,
      retryAt: this.#clock.now() + delay,
      interrupted: state.status === "recovering" ? state.interrupted : this.#interrupt(error),
      timer: undefined,
    };
    recovering.timer = this.#clock.start(() => {
      recovering.timer = undefined;
      void this.#begin(recovering);
    }, delay);
    this.#state = recovering;
  }

  /** Holds everything that waits for an answer, for the next connection. */
  #interrupt(error: RealtimeError): Interruption {
    const items = this.#requests.takeItems(error);
    const owesAnswer = this.#responses.suspend();
    this.#configuration.suspend();
    this.#toolCalls.suspend();
    this.#activity.reset();
    return { items, owedSince: owesAnswer ? this.#clock.now() : undefined };
  }

  /** Begins the attempt now that somebody asks, and waits for its end, but not for ever. */
  #hasten(state: InnerState & { readonly status: "recovering" }): Promise<void> {
    if (state.timer !== undefined) {
      state.timer.stop();
      state.timer = undefined;
      void this.#begin(state);
    }
    const { promise, resolve, reject } = withResolvers();
    const deadline = this.#clock.start(() => reject(state.reason), CONNECT_TIMEOUT);
    state.opened.promise.then(resolve, reject).finally(() => deadline.stop());
    return promise;
  }

  /** Ends the connection on our own wish. */
  #leave(error: RealtimeError, next: InnerState & { status: "idle" | "closed" }): Promise<void> {
    const state = this.#state;
    const connection = this.#connection;
    const epoch = this.#epoch;
    // From here on nothing of the old connection reaches this session.
    this.#epoch += 1;
    if (state.status === "recovering") {
      state.timer?.stop();
      refuseItems(state.interrupted, error);
    }
    this.#refuseAll(error);
    this.#preRoll.clear();
    this.#repetitions = 0;
    this.#state = next;
    if (state.status === "opening" || state.status === "recovering") state.opened.reject(error);
    connection?.close();
    if (connection !== undefined) this.#emitClose(false, epoch);
    this.emit("state", this.state);
    this.#ended = connection?.ended ?? this.#ended;
    return this.#ended;
  }

  #refuseAll(error: RealtimeError): void {
    this.#waiting.refuseAll(error);
    this.#requests.refuseAll(error);
    this.#configuration.refuseAll(error);
    this.#responses.refuseAll(error);
    this.#toolCalls.voidAll();
    this.#activity.reset();
  }

  /** A local event beyond those of the protocol's table. */
  #notice(event: UnknownEvent): void {
    this.emit(
      "unknown",
      { ...event, event_id: this.#nextEventId() },
      { source: "local", at: this.#clock.now(), epoch: this.#epoch },
    );
  }

  #emitClose(isError: boolean, epoch: number): void {
    this.emit(
      "event",
      { type: "close", event_id: this.#nextEventId(), error: isError },
      { source: "local", at: this.#clock.now(), epoch },
    );
  }

  #receive(event: RealtimeEvent | UnknownEvent): void {
    const info = this.#infoOf("server");
    if (info.cause === "restore") {
      // It is the connection's business what they mean; the talk is known already.
      if (isKnown(event)) this.emit("event", event, info);
      else this.emit("unknown", event, info);
      return;
    }
    if (!isKnown(event)) {
      this.emit("unknown", event, info);
      this.#generic("server", event, info.at);
      return;
    }
    const consequences: (() => void)[] = [];
    this.#consequences = consequences;
    try {
      this.#routing.dispatch(event);
      if (event.type === "error") this.#serverError(event);
    } catch (error) {
      // The event still reaches the flow: only our own books may lag behind a broken one.
      this.#emitAfter(
        "error",
        new RealtimeError(
          "event_not_understood",
          `An event "${event.type}" is broken: ${reasonOf(error)}`,
        ),
      );
    }
    this.#consequences = undefined;
    this.emit("event", event, info);
    this.#generic("server", event, info.at);
    for (const consequence of consequences) consequence();
  }

  #infoOf(source: EventInfo["source"]): EventInfo {
    const info = { source, at: this.#clock.now(), epoch: this.#epoch };
    return this.#state.status === "recovering" ? { ...info, cause: "restore" } : info;
  }

  /** Emits at once, or after the event that is being taken: a cause comes before its effects. */
  #emitAfter<Name extends keyof SessionEvents>(name: Name, ...values: SessionEvents[Name]): void {
    if (this.#consequences === undefined) this.emit(name, ...values);
    else this.#consequences.push(() => this.emit(name, ...values));
  }

  #serverError(event: EventOf<"error">): void {
    const error = errorOf(event);
    const { eventId } = error;
    if (this.#responses.refuse(error)) return;
    if (eventId !== null && this.#requests.refuse(eventId, error)) return;
    if (eventId !== null && this.#configuration.refuse(eventId, error)) return;
    // While opening, the connection judges it.
    if (this.#state.status === "ready") this.#emitAfter("error", error);
  }

  #emitLocal(body: LocalEventBody): void {
    this.#emitAfter(
      "event",
      { ...body, event_id: this.#nextEventId() },
      { source: "local", at: this.#clock.now(), epoch: this.#epoch },
    );
  }

  #generic(source: "server" | "client", event: RealtimeEvent | UnknownEvent, at: number): void {
    if (!this.#observed.has("realtime.event")) return;
    this.#emitLocal({
      type: "realtime.event",
      source,
      time: new Date(at).toISOString(),
      event: structuredClone(event),
    });
  }

  #echo(event: RealtimeEvent | UnknownEvent): void {
    const at = this.#clock.now();
    if (this.#observed.has("client")) {
      // A copy: what is emitted belongs to the listener, what was sent to its sender.
      const copy = structuredClone(event);
      const info = this.#infoOf("client");
      if (isKnown(copy)) this.#emitAfter("event", copy, info);
      else this.#emitAfter("unknown", copy, info);
    }
    this.#generic("client", event, at);
  }

  #sendWhenReady(event: OutboundEvent, options: SendOptions): Promise<Acknowledgement> {
    // What is wrong in itself must not open a session, which a server may bill.
    const checked = this.#check(event, "compatible");
    if (!checked.ok) return rejected(checked.error);
    const isRecovering = this.#state.status === "recovering";
    switch (checked.event.type) {
      case "input_audio_buffer.append":
        // A microphone must not open a session; what it hears just before one opens belongs to it.
        this.#preRoll.add({ ...checked.event, event_id: this.#nextEventId() });
        return Promise.resolve(KEPT);
      case "response.cancel":
        if (isRecovering) return Promise.resolve(MOOT);
        break;
      case "input_audio_buffer.commit":
      case "input_audio_buffer.clear":
      case "conversation.item.retrieve":
        // They are about what the lost connection had.
        if (isRecovering)
          return rejected(
            new RealtimeError("not_connected", "The connection is being made again: not sent"),
          );
        break;
      case "session.update":
      case "transcription_session.update":
      case "conversation.item.create":
      case "conversation.item.delete":
      case "conversation.item.truncate":
      case "response.create":
      case "output_audio_buffer.clear":
        break;
    }
    const sent = this.#waiting.add(() => this.#checkAndDispatch(event, options));
    // A failure to open refuses everything that waits; that is where it is reported.
    if (!isRecovering) this.connect().catch(() => undefined);
    return sent;
  }

  #checkAndDispatch(event: OutboundEvent, options: SendOptions): Promise<Acknowledgement> {
    const strictness = options.strictness ?? this.#connection?.target.strictness ?? "compatible";
    const checked = this.#check(event, strictness);
    return checked.ok ? this.#dispatch(checked.event) : rejected(checked.error);
  }

  #check(event: OutboundEvent, strictness: Strictness): CheckedEvent {
    return checkEvent(event, strictness, {
      sessionType: this.#configuration.wanted.type,
      newItemId: () => this.#newItemId(),
    });
  }

  #dispatch(event: ClientEvent): Promise<Acknowledgement> {
    const event_id = event.event_id ?? this.#nextEventId();
    switch (event.type) {
      case "input_audio_buffer.append":
      case "output_audio_buffer.clear":
        this.#write({ ...event, event_id });
        return Promise.resolve(WRITTEN);
      case "response.create":
        this.#toolCalls.beginTurn();
        return this.#responses.request({ ...event, event_id }).promise;
      case "response.cancel":
        return this.#responses.cancel({ ...event, event_id }).promise;
      case "session.update":
        return this.#configuration.update(event.session, event_id).promise;
      case "conversation.item.create":
        return this.#createItem({ ...event, event_id });
      case "conversation.item.delete":
      case "conversation.item.retrieve":
      case "conversation.item.truncate":
      case "input_audio_buffer.clear":
      case "input_audio_buffer.commit": {
        const { promise } = this.#requests.add({ ...event, event_id });
        this.#write({ ...event, event_id });
        return promise;
      }
      case "transcription_session.update":
        // Only the beta dialect has it, and it is `session.update` by the time it comes here.
        return rejected(
          new RealtimeError("invalid_event", "Send session.update with the type transcription"),
        );
    }
  }

  #createItem(
    event: EventOf<"conversation.item.create"> & { event_id: string },
    settlement?: Settlement,
  ): Promise<Acknowledgement> {
    const { item } = event;
    if (item.type === "message" && item.role === "user") this.#toolCalls.beginTurn();
    if (event.previous_item_id === "root" && item.id !== undefined)
      this.conversation.noteRoot(item.id);
    if (item.type === "function_call_output") this.#createWithheldCall(item.call_id);
    const { promise } = this.#requests.add(event, settlement);
    this.#write(event);
    return promise;
  }

  #createWithheldCall(callId: string): void {
    const call = this.#withheld.get(callId);
    if (call === undefined) return;
    this.#withheld.delete(callId);
    const { id = this.#newItemId(), name, arguments: text } = call;
    void this.#createItem({
      type: "conversation.item.create",
      event_id: this.#nextEventId(),
      item: { type: "function_call", id, call_id: callId, name, arguments: text },
    });
  }

  #sendOutput(callId: string, output: string): Promise<Acknowledgement> {
    const create = (): Promise<Acknowledgement> =>
      this.#createItem({
        type: "conversation.item.create",
        event_id: this.#nextEventId(),
        item: { type: "function_call_output", id: this.#newItemId(), call_id: callId, output },
      });
    return this.#state.status === "ready" ? create() : this.#waiting.add(create);
  }

  #newItemId(): string {
    return `item_${this.#randomId()}`;
  }

  #followUp(response: AnswerOptions["response"], isObsolete: () => boolean): void {
    const { wanted } = this.#configuration;
    const choice = "tool_choice" in wanted ? wanted.tool_choice : undefined;
    // A session that must call a tool would call one again instead of telling the result.
    const isForced = choice === "required" || (typeof choice === "object" && choice !== null);
    const params = isForced ? { tool_choice: "auto" as const, ...response } : response;
    this.#responses.followUp(params, isObsolete).promise.catch((error: unknown) => {
      if (error instanceof RealtimeError) this.emit("error", error);
    });
  }

  #write(event: ClientEvent): void {
    if (this.#state.status === "ready") this.#state.connection.send(event);
  }

  #toolSettings(): SettingsPatch {
    return this.#configuration.wanted.type === "transcription"
      ? { type: "transcription" }
      : { type: "realtime", tools: this.#tools.wire };
  }

  #answersSpeech(): boolean {
    const { wanted } = this.#configuration;
    if (wanted.type === "transcription") return false;
    const detection = wanted.audio?.input?.turn_detection;
    // A server's own default is to detect turns and to answer them.
    return detection !== null && (detection?.create_response ?? true);
  }

  #outputBytesPerSecond(): number {
    const { wanted } = this.#configuration;
    const format = wanted.type === "realtime" ? wanted.audio?.output?.format?.type : undefined;
    return BYTES_PER_SECOND[format ?? "audio/pcm"];
  }

  #nextEventId(): string {
    this.#eventCount += 1;
    return `${this.#eventIdPrefix}_${this.#eventCount}`;
  }
}

function refuseItems({ items }: Interruption, error: RealtimeError): void {
  for (const { settlement } of items) settlement.reject(error);
}

function withResolvers(): Opened {
  let resolve: () => void = () => undefined;
  let reject: (error: RealtimeError) => void = () => undefined;
  const promise = new Promise<void>((resolvePromise, rejectPromise) => {
    resolve = resolvePromise;
    reject = rejectPromise;
  });
  // Nobody needs to wait for it: a rejection that is not handled would end the process.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

function rejected(error: RealtimeError): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(() => undefined);
  return promise;
}

function isClosed(): RealtimeError {
  return new RealtimeError("closed", "The session is closed");
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function asRealtimeError(error: unknown): RealtimeError {
  return error instanceof RealtimeError
    ? error
    : new RealtimeError(
        "no_target",
        `The endpoint has no address to connect to: ${reasonOf(error)}`,
      );
}
