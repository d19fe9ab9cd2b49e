import { randomBytes } from "node:crypto";
import { RealtimeError, reasonOf } from "../protocol/errors";
import type { EventOf, RealtimeEvent, UnknownEvent } from "../protocol/event-types";
import type { SessionSettings } from "../protocol/session-settings";
import type { Acknowledgement } from "./acknowledgement";
import { ActivityTracker, type Activity } from "./activity";
import { DEFAULT_BACKOFF } from "./backoff";
import { BudgetGuard } from "./budget";
import { systemClock, type Clock } from "./clock";
import type { ConnectionTimeouts } from "./connection";
import { Conversation } from "./conversation";
import { EventDelivery } from "./event-delivery";
import { Handover, type HandoverParts, type Interruption } from "./handover";
import { hostedTools } from "./hosted-tools";
import { DEFAULT_IDLE_TIMES, IdleClock } from "./idle-clock";
import { ignorable, rejected } from "./ignorable";
import { Lifecycle, sessionClosed, type EventOrigin } from "./lifecycle";
import type { OutboundEvent } from "./outbound-event";
import { McpCalls } from "./mcp-calls";
import { OutstandingTranscriptions } from "./outstanding-transcriptions";
import { PendingRequests } from "./pending-requests";
import { ResponseQueue } from "./response-queue";
import { DEFAULT_ROLLOVER } from "./rollover";
import { route, RoutingTable } from "./routes";
import { SessionConfiguration, type SettingsPatch } from "./session-configuration";
import { Sender, type SenderParts } from "./sender";
import { errorOf } from "./server-error";
import type { SessionEvents } from "./session-events";
import { DEFAULT_KEY, type SendOptions, type SessionOptions } from "./session-options";
import type { SessionState } from "./session-state";
import { Spending } from "./spending";
import { DEFAULT_CALLS_PER_TURN, ToolCalls, type AnswerOptions, type ToolCall } from "./tool-calls";
import { ToolSchemas, type RejectedTool, type ToolDefinition } from "./tool-schemas";
import { UsageTracker, type SessionUsage } from "./usage";
import { withDefaults } from "./with-defaults";

/** How much a session holds of each kind. */
export interface SessionSizes {
  readonly items: number;
  /** Text of the items, in characters of JSON. */
  readonly text: number;
  readonly requests: number;
  readonly responses: number;
  readonly waiting: number;
  readonly calls: number;
  /** Append events kept for the next connection. */
  readonly preRoll: number;
  /** Events that wait for a slow line, and the bytes of their frames. */
  readonly unsent: number;
  readonly unsentBytes: number;
}

const NO_TOOLS: readonly ToolDefinition[] = [];

/** How long what is sent waits for a connection, in ms. */
const DEFAULT_EXPIRY = 30_000;

const DEFAULT_TIMEOUTS: ConnectionTimeouts = { handshake: 15_000, settings: 10_000, ping: 30_000 };

/**
 * A live session with a server of the OpenAI Realtime protocol.
 *
 * It is made of parts with one job each: its connections (`Lifecycle`), what was said
 * (`Conversation`), who may speak (`ResponseQueue`), what was asked (`PendingRequests`), which tools
 * were called (`ToolCalls`), what is sent (`Sender`). This class ties them, and hands each event that
 * comes to the parts that want it.
 *
 * "Ready" means that `session.created` came and the server has acknowledged our settings. A send in
 * idle opens the session; audio never does. No listener and no frame can make a method throw out of
 * a socket callback.
 */
export class RealtimeSession extends EventDelivery {
  /** The talk so far. */
  readonly conversation: Conversation;
  readonly #clock: Clock;
  readonly #randomId: () => string;
  static readonly #routing = new RoutingTable<RealtimeSession>()
    .add((session) => session.#requests, PendingRequests.routes)
    .add((session) => session.#configuration, SessionConfiguration.routes)
    .add((session) => session.conversation, Conversation.routes)
    // Before the next response is asked for, the budget has to know of the last one.
    .add((session) => session.#usage, UsageTracker.routes)
    .add((session) => session.#budget, BudgetGuard.routes)
    .add((session) => session.#responses, ResponseQueue.routes)
    .add((session) => session.#toolCalls, ToolCalls.routes)
    .add((session) => session.#mcp, McpCalls.routes)
    .add((session) => session.#activity, ActivityTracker.routes)
    .add((session) => session.#transcriptions, OutstandingTranscriptions.routes)
    .add((session) => session.#idle, IdleClock.routes)
    .add(
      (session) => session.#lifecycle,
      [
        route("input_audio_buffer.committed", (lifecycle: Lifecycle<Interruption>) =>
          lifecycle.ready?.outbox.endTurn(),
        ),
      ],
    );
  static readonly #partFailed = (
    session: RealtimeSession,
    event: RealtimeEvent,
    error: unknown,
  ): void => session.emitAfter("error", notUnderstood(event, reasonOf(error)));
  readonly #sender: Sender;
  readonly #requests: PendingRequests;
  readonly #configuration: SessionConfiguration;
  readonly #responses: ResponseQueue;
  readonly #toolCalls: ToolCalls;
  /** Made with the first item: an idle session is to cost little. */
  #mcpCalls: McpCalls | undefined;
  readonly #activity: ActivityTracker;
  readonly #usage: UsageTracker;
  readonly #budget: BudgetGuard;
  readonly #lifecycle: Lifecycle<Interruption>;
  readonly #handover: Handover;
  readonly #transcriptions: OutstandingTranscriptions;
  readonly #idle: IdleClock;
  #tools: ToolSchemas;
  /** When something last came since the connection may be replaced, in ms since the Unix epoch. */
  #lastEventAt = 0;

  constructor(options: SessionOptions) {
    const clock = options.clock ?? systemClock;
    const randomId = options.randomId ?? (() => randomBytes(12).toString("hex"));
    super(clock, `evt_${randomId().slice(0, 8)}`);
    this.#clock = clock;
    this.#randomId = randomId;
    this.#tools = ToolSchemas.of(options.tools ?? NO_TOOLS);
    const nextEventId = (): string => this.nextEventId();
    // Those that several parts want are made once: a session has many of them.
    const takeBack = (eventId: string): boolean => this.#takeBack(eventId);
    const { expiryMs = DEFAULT_EXPIRY } = options;
    const isResponseActive = (): boolean => this.#responses.isActive;
    this.#configuration = new SessionConfiguration(
      clock,
      options.settings ?? { type: "realtime" },
      (event) => {
        this.#sender.write(event);
        return this.#lifecycle.target?.settingsAck !== "none";
      },
      takeBack,
      expiryMs,
    );
    this.conversation = new Conversation({
      onLocalEvent: (event) => this.emitLocal(event),
      wantsUpdates: () => this.isObserved("conversation.updated"),
      outputBytesPerSecond: () => this.#configuration.outputBytesPerSecond,
      keepAudioBytes: options.keepAudioBytes ?? 0,
    });
    this.#responses = new ResponseQueue({
      clock,
      write: (event) =>
        this.#sender.write(event.type === "response.create" ? this.#budget.limit(event) : event),
      expiryMs,
      nextEventId,
      takeBack,
      echoesMetadata: () => this.#lifecycle.target?.strictness === "openai",
      configuration: this.#configuration,
      conversation: this.conversation,
      onGone: (responseId, isCancelled) => {
        this.#toolCalls.responseGone(responseId, isCancelled);
        if (!this.#responses.isActive) this.#activity.endAnswer();
      },
      onAbandoned: (eventId, error) => this.#requestAbandoned(eventId, error),
    });
    this.#requests = new PendingRequests(clock, {
      isResponseActive,
      isKnownItem: (itemId) => this.conversation.has(itemId),
      takeBack,
      expiryMs,
    });
    this.#toolCalls = new ToolCalls({
      clock,
      schemas: () => this.#tools,
      key: options.key ?? DEFAULT_KEY,
      sender: () => this.#sender,
      followUp: (response, isObsolete) => this.#followUp(response, isObsolete),
      createdCount: () => this.#responses.createdCount,
      callsPerTurn: options.callsPerTurn ?? DEFAULT_CALLS_PER_TURN,
      onCall: (call) => this.#offer("toolCall", call),
      onApprovalNeeded: (call) => this.#offer("toolApproval", call),
      onChange: (toolName) => this.emitAfter("toolCallsChanged", toolName),
      onWarning: (error, toolName) => this.#reportOfTool(error, toolName),
    });
    this.#activity = new ActivityTracker((activity) =>
      this.afterTaking(() => {
        // A listener of the event may have changed it again, and others have been told.
        if (this.activity === activity) this.emit("activity", activity);
      }),
    );
    this.#transcriptions = new OutstandingTranscriptions(
      clock,
      () => this.#configuration.transcribes,
    );
    this.#idle = new IdleClock(
      clock,
      withDefaults(DEFAULT_IDLE_TIMES, options.idle),
      (time) => this.#isBusy || this.#lifecycle.isOpening || this.#sender.hasOpenTurnSince(time),
      () => {
        this.notice({ type: "local.session.unused" });
        void this.disconnect();
      },
    );
    this.#lifecycle = new Lifecycle<Interruption>(
      {
        clock,
        backoff: withDefaults(DEFAULT_BACKOFF, options.backoff),
        rollover: withDefaults(DEFAULT_ROLLOVER, options.rollover),
        timeouts: withDefaults(DEFAULT_TIMEOUTS, options.timeouts),
        openSocket: options.openSocket,
        random: options.random ?? Math.random,
        target: options.target,
        nextEventId,
      },
      {
        settings: () => this.#configuration.initial,
        plan: () => this.#handover.plan(),
        received: (event, from) => this.#receive(event, from),
        sent: (event, from) => {
          if (!from.isRestoring) this.conversation.told(event);
          this.emitSent(event, from);
        },
        audioDropped: (dropped) => this.notice({ type: "local.audio.dropped", ...dropped }),
        isQuietSince: (time) => this.#isQuietSince(time),
        whole: (change) => this.whole(change),
        begin: () => this.#handover.begin(),
        ready: (beginning) => this.#handover.becomeReady(beginning),
        interrupt: (error) => this.#handover.interrupt(error),
        refuse: (error, interruption) => this.#handover.refuse(error, interruption),
        ended: (epoch, isError) => this.emitClose(isError, epoch),
        failed: (error) => this.emitAfter("error", error),
        // As it is by then: a listener that was called before may have changed it again.
        changed: () => this.afterTaking(() => this.emit("state", this.state)),
      },
    );
    this.#budget = this.#makeBudgetGuard(options, isResponseActive);
    this.#usage = new UsageTracker({
      clock,
      prices: () => this.#lifecycle.target?.prices,
      inputBytesPerSecond: () => this.#configuration.inputBytesPerSecond,
      outputBytesPerSecond: () => this.#configuration.outputBytesPerSecond,
      onCharge: (charge) => this.#budget.charge(charge),
    });
    const parts: SenderParts & HandoverParts = {
      clock,
      preRollMs: options.preRollMs,
      expiryMs,
      lifecycle: this.#lifecycle,
      configuration: this.#configuration,
      requests: this.#requests,
      responses: this.#responses,
      toolCalls: this.#toolCalls,
      conversation: this.conversation,
      budget: this.#budget,
      usage: this.#usage,
      nextEventId,
      newItemId: () => this.#newItemId(),
      activity: this.#activity,
      transcriptions: this.#transcriptions,
      idle: this.#idle,
      mcpCalls: () => this.#mcpCalls,
      restoration: options.restoration,
      connect: () => this.connect(),
      refusedByBudget: () => this.#refusedByBudget(),
      notice: (event) => this.notice(event),
      report: (error) => this.#report(error),
    };
    this.#sender = new Sender(parts);
    this.#handover = new Handover(parts, this.#sender);
    if (options.tools !== undefined) this.#configuration.prepare(this.#toolSettings());
  }

  /** Where the session stands; "state" tells of each change. */
  get state(): SessionState {
    return this.#lifecycle.state;
  }

  /** What a person would notice of it now; "activity" tells of each change. */
  get activity(): Activity {
    return this.#activity.current;
  }

  /** What was used so far, what it cost, and how long answers took; a copy. */
  get usage(): SessionUsage & BudgetGuard["status"] {
    return structuredClone({ ...this.#usage.current, ...this.#budget.status });
  }

  /** Tool calls that wait for an answer, oldest first. */
  get openCalls(): readonly ToolCall[] {
    return this.#toolCalls.open;
  }

  /** Tool calls that wait for their approval, oldest first. */
  get undecidedCalls(): readonly ToolCall[] {
    return this.#toolCalls.undecided;
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
  sizes(): SessionSizes {
    const outbox = this.#lifecycle.ready?.outbox;
    return {
      items: this.conversation.size,
      text: this.conversation.textSize,
      requests: this.#requests.size,
      responses: this.#responses.size,
      waiting: this.#sender.waiting,
      calls: this.#toolCalls.size,
      preRoll: this.#sender.keptAudio,
      unsent: outbox?.size ?? 0,
      unsentBytes: outbox?.bytes ?? 0,
    };
  }

  /**
   * Opens the session, unless it is open. Resolves when it is ready.
   *
   * @throws RealtimeError why it could not be opened; `closed` after `close()`. As a rejection.
   */
  connect(): Promise<void> {
    // Whoever says this again is there: that is worth as much as a turn.
    this.#idle.noteTurn();
    const refusal = this.#refusedByBudget();
    return refusal === undefined ? this.#lifecycle.connect() : rejected(refusal);
  }

  /**
   * Ends the connection; the session can be opened again. Everything that waits for an answer is
   * refused at once; resolves when the socket has ended, within about a second.
   */
  disconnect(): Promise<void> {
    const error = new RealtimeError("disconnected", "The session was disconnected");
    return this.#lifecycle.leave(error, "idle");
  }

  /** As `disconnect`, but for good. */
  close(): Promise<void> {
    return this.#lifecycle.leave(sessionClosed(), "closed");
  }

  /**
   * Sends a client event, in the shape of either dialect. Where it has none, it gets an `event_id`,
   * and a created item an id, so that the answer can be found; it gets another `event_id` while an
   * event with its own one waits for an answer.
   *
   * Resolves when the server has acknowledged it, or at once where the protocol has no answer.
   *
   * @throws RealtimeError as a rejection: the server's own code when it refuses; `invalid_event`,
   *   `not_connected`, `not_acknowledged`, `queue_full`, `closed`, or why the session cannot open.
   */
  send(event: OutboundEvent, options?: SendOptions): Promise<Acknowledgement> {
    // A program without types may say null: it would fail only when there is a connection.
    return this.#sender.send(event, options ?? undefined);
  }

  /**
   * Changes settings of the session; the members that are present replace what was.
   *
   * @throws RealtimeError as `send`, as a rejection.
   */
  update(patch: Record<string, unknown>): Promise<Acknowledgement> {
    return this.send({ type: "session.update", session: patch });
  }

  /**
   * Replaces the tools, now or with the next connection. Tools with a wrong name or schema are left
   * out and returned.
   *
   * @throws RealtimeError as a rejection: `invalid_tool` for what is no list; when the server refuses
   *   the update; or when it does not answer, and then the next connection is given the tools.
   */
  setTools(tools: readonly ToolDefinition[]): Promise<readonly RejectedTool[]> {
    return ignorable(this.#setTools(tools));
  }

  /**
   * Gives the output of a tool call to the model. Text stays as it is, other values become JSON.
   *
   * A call whose output is refused stays open until its deadline: it can be answered again.
   *
   * @throws RealtimeError as a rejection: `call_not_approved`, `tool_output_invalid`, why the call
   *   is not open (as `approve`), `queue_full`, `not_connected`, `not_acknowledged`, or the server's
   *   code when it refuses the output. After `not_acknowledged` the server may have it: the call has
   *   ended, unless the output never left (`isUnsent`).
   */
  answer(callId: string, output: unknown, options?: AnswerOptions): Promise<Acknowledgement> {
    return ignorable(this.#toolCalls.answer(callId, output, options));
  }

  /**
   * Lets a call run whose tool needs an approval: "toolCall" follows.
   *
   * @throws RealtimeError `call_already_approved`, `tool_changed`, or why the call is not open:
   *   `no_such_call`, `call_already_answered`, `call_denied`, `call_refused`, `call_expired`,
   *   `call_void`.
   */
  approve(callId: string): void {
    this.#toolCalls.approve(callId);
  }

  /**
   * Refuses such a call; the model is told, with the reason if there is one.
   *
   * @throws RealtimeError as `approve`, as a rejection.
   */
  deny(callId: string, reason?: string): Promise<Acknowledgement> {
    return ignorable(this.#toolCalls.deny(callId, reason));
  }

  protected get epoch(): number {
    return this.#lifecycle.epoch;
  }

  protected onListenerError(name: keyof SessionEvents, error: unknown): void {
    if (name === "error") return;
    this.emit(
      "error",
      new RealtimeError("listener_failed", `A listener of "${name}" failed: ${reasonOf(error)}`),
    );
  }

  async #setTools(tools: readonly ToolDefinition[]): Promise<readonly RejectedTool[]> {
    const schemas = ToolSchemas.of(tools);
    this.#tools = schemas;
    const patch = this.#toolSettings();
    if (this.#lifecycle.ready !== undefined)
      await this.#configuration.update(patch, this.nextEventId(), true).promise;
    else this.#configuration.prepare(patch);
    return schemas.rejected;
  }

  #makeBudgetGuard({ budget, account }: SessionOptions, isAnswering: () => boolean): BudgetGuard {
    const clock = this.#clock;
    return new BudgetGuard({
      clock,
      budget,
      account: account ?? new Spending(clock).account(""),
      settings: () => this.#configuration.wanted,
      prepare: (patch) => this.#configuration.prepare(patch),
      update: (patch) => {
        if (this.#lifecycle.ready === undefined) {
          this.#configuration.prepare(patch);
          return;
        }
        const update = this.#configuration.update(patch, this.nextEventId(), true);
        update.promise.catch((error: unknown) => this.#report(error));
      },
      isAnswering,
      refuseWaiting: (error) => this.#responses.refuseWaiting(error),
      cancelResponse: (id) => {
        const event_id = this.nextEventId();
        const response = id === undefined ? {} : { response_id: id };
        this.#responses.cancel({ type: "response.cancel", event_id, ...response });
      },
      afterEvent: (call) => this.afterTaking(call),
      onReached: (reached) => this.notice({ type: "local.budget.reached", ...reached }),
      stop: (reason) => this.#lifecycle.stop(reason),
    });
  }

  /** Why the day's budget keeps the session closed, which stops it; undefined when it does not. */
  #refusedByBudget(): RealtimeError | undefined {
    const { status } = this.state;
    if (status !== "idle" && status !== "stopped") return undefined;
    const reason = this.#budget.refusal;
    if (reason !== undefined) this.#lifecycle.stop(reason);
    return reason;
  }

  /** True while something goes on that somebody waits for. */
  get #isBusy(): boolean {
    return (
      this.#activity.current !== "quiet" ||
      !this.#responses.isQuiet ||
      this.#requests.size + this.#requests.held + this.#sender.waiting > 0 ||
      this.#configuration.isBusy ||
      this.#toolCalls.isBusy ||
      this.#transcriptions.isAwaited
    );
  }

  #isQuietSince(time: number): boolean {
    return (
      this.#lastEventAt < time &&
      this.#sender.lastSentAt < time &&
      !this.#isBusy &&
      !this.#sender.hasUncommittedAudio &&
      // What waits for a slow line, such as the beginning of a sentence, goes with the connection.
      this.#lifecycle.ready?.outbox.size === 0 &&
      this.#mcpCalls?.isUndecided !== true
    );
  }

  /** Hands out a call, unless a listener of its event has ended it: then nobody may run it. */
  #offer(name: "toolCall" | "toolApproval", call: ToolCall): void {
    this.afterTaking(() => {
      if (this.#toolCalls.isOpen(call.id)) this.emit(name, call);
    });
  }

  #takeBack(eventId: string): boolean {
    return this.#lifecycle.ready?.outbox.takeBack(eventId) ?? false;
  }

  /** A request was given up: by its sender's promise, and here for flows that watch. */
  #requestAbandoned(eventId: string | null, error: RealtimeError): void {
    this.notice({
      type: "local.request.abandoned",
      request: { event_id: eventId, code: error.code, message: error.message },
    });
    if (eventId === null) this.emitAfter("error", error);
  }

  #receive(event: RealtimeEvent | UnknownEvent, from: EventOrigin): void {
    const info = this.infoOf("server", from);
    // While restoring, it is the connection's business what they mean; the talk is known already.
    const routes = from.isRestoring ? undefined : RealtimeSession.#routing.of(event.type);
    if (!routes?.areOf(event)) {
      this.passOn(event, info);
      return;
    }
    // Nobody asks before, and to read the steady clock costs a delta more than most parts do.
    if (this.#lifecycle.isRolloverDue && event.type !== "rate_limits.updated")
      this.#lastEventAt = this.#clock.now();
    this.beginTaking();
    // A broken event still reaches the flow: only our own books may lag behind it.
    if (routes.isReadable(event)) routes.dispatch(this, event, RealtimeSession.#partFailed);
    else this.emitAfter("error", notUnderstood(event, "a member is missing or of another type"));
    if (event.type === "error") this.#serverError(event);
    const usage = this.#usage.takeReport();
    this.endTaking(event, usage === undefined ? info : { ...info, usage });
  }

  #serverError(event: EventOf<"error">): void {
    const error = errorOf(event);
    const { eventId } = error;
    if (this.#responses.refuse(error)) return;
    if (eventId !== null && this.#requests.refuse(eventId, error)) return;
    if (eventId !== null && this.#configuration.refuse(eventId, error)) return;
    const onRefused = eventId === null ? undefined : this.#sender.takeRefused(eventId);
    if (onRefused !== undefined) {
      this.afterTaking(() => this.#tellSender(onRefused, error));
      return;
    }
    // While opening, the connection judges it.
    if (this.#lifecycle.ready !== undefined) this.emitAfter("error", error);
  }

  #tellSender(onRefused: (error: RealtimeError) => void, error: RealtimeError): void {
    try {
      onRefused(error);
    } catch (failure) {
      const text = `A listener for a refusal failed: ${reasonOf(failure)}`;
      this.emit("error", new RealtimeError("listener_failed", text));
    }
  }

  #newItemId(): string {
    return `item_${this.#randomId()}`;
  }

  #followUp(response: AnswerOptions["response"], isObsolete: () => boolean): void {
    // The local event has told why; outputs are no request of anybody.
    if (this.#budget.refusal !== undefined) return;
    this.#responses
      .followUp(response, isObsolete)
      .promise.catch((error: unknown) => this.#reportOfTool(error));
  }

  /** Emits an error that no caller waits for. */
  #report(error: unknown): void {
    if (error instanceof RealtimeError) this.emit("error", error);
  }

  /** The same of a tool's output or the reaction to it, unless it only says that the talk has ended. */
  #reportOfTool(error: unknown, toolName?: string): void {
    if (!(error instanceof RealtimeError) || WISHES.has(error.code)) return;
    const { state } = this;
    if (state.status === "stopped" && state.reason === error) return;
    this.emitAfter("error", error, toolName);
  }

  get #mcp(): McpCalls {
    return (this.#mcpCalls ??= new McpCalls({
      createdCount: () => this.#responses.createdCount,
      followUp: (isObsolete) => this.#toolCalls.followUp(undefined, isObsolete),
    }));
  }

  #toolSettings(): SettingsPatch {
    const { wanted } = this.#configuration;
    return wanted.type === "transcription"
      ? { type: "transcription" }
      : { type: "realtime", tools: [...hostedTools(wanted), ...this.#tools.wire] };
  }
}

/** Codes of what ended because somebody wanted that, who needs not be told of it. */
const WISHES: ReadonlySet<string> = new Set(["cancelled", "closed", "disconnected"]);

function notUnderstood({ type }: RealtimeEvent, reason: string): RealtimeError {
  return new RealtimeError("event_not_understood", `An event "${type}" is broken: ${reason}`);
}
