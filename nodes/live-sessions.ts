import {
  RealtimeError,
  rejectedTools,
  type Activity,
  type EventInfo,
  type Observable,
  type RealtimeEvent,
  type RealtimeSession,
  type SessionState,
  type ToolCall,
  type ToolDefinition,
  type UnknownEvent,
} from "../lib/index";
import { asRealtimeError } from "./realtime-error";

/** What a node of the canvas wants to know of all sessions of a config node. */
export interface SessionListener {
  event?(key: string, event: RealtimeEvent | UnknownEvent, info: EventInfo): void;
  state?(key: string, state: SessionState, activity: Activity): void;
  /** Returns whether it has told of the error: it may listen to one key only. */
  error?(key: string, error: RealtimeError): boolean;
  /** A call of this tool is no longer open, or is open again. */
  callsChanged?(toolName: string): void;
  /** Events that are only made on demand, and are made while this listener listens. */
  readonly observes?: readonly Observable[];
}

/** A tool together with the flow that answers it. */
export interface ToolRegistration {
  readonly tool: ToolDefinition;
  onCall(key: string, call: ToolCall): void;
  /** Told of a call that somebody has to approve before it runs. */
  onApprovalNeeded(key: string, call: ToolCall): void;
  /** Told of what went wrong with a call: its arguments do not fit, or nobody answered it in time. */
  onCallError(key: string, error: RealtimeError): void;
  /** Told when the sessions offer the tool, again after every change of their tools. */
  onAccepted(): void;
  /** Told when the tool cannot work. */
  onRejected(error: RealtimeError): void;
}

export interface LiveSessionsOptions {
  readonly makeSession: (
    tools: readonly ToolDefinition[],
    key: string,
    callId: string | undefined,
  ) => RealtimeSession;
  /** Sessions that are connected at the same time, at most. */
  readonly limit: number;
  /** Whether there is a model that calls tools; false for sessions that only transcribe. */
  readonly callsTools: boolean;
  /** Told of an error that no listener takes. */
  readonly onUnheardError: (key: string, error: RealtimeError) => void;
}

interface LiveSession {
  readonly session: RealtimeSession;
  /** The call that it is beside; undefined for a talk of its own. */
  readonly callId: string | undefined;
  /** Ends what a listener observes of it. */
  readonly observed: Map<SessionListener, readonly (() => void)[]>;
}

/** A key is a short name: it travels in every message. */
const KEY_LENGTH = 64;

/** Why a session is refused its connection where too many others have one. */
const SESSION_LIMIT = "session_limit";

/** How long a session that is about to be connected has its place, in ms. */
const RESERVATION = 30_000;

/** Sessions that are not connected but kept, such as those of rooms that only listen for a wake word. */
const UNCONNECTED_LIMIT = 256;

/**
 * The live sessions of one config node, each under its key: a room, a caller, a user. All have the
 * same settings and tools; each has its own conversation.
 */
export class LiveSessions {
  readonly #options: LiveSessionsOptions;
  readonly #sessions = new Map<string, LiveSession>();
  /** Places of sessions that are about to be connected, by key. */
  readonly #reserved = new Map<string, NodeJS.Timeout>();
  /** Replaced, never changed, so that a listener may come or go while others are told. */
  #listeners: readonly SessionListener[] = [];
  #eventListeners: readonly SessionListener[] = [];
  readonly #registrations = new Set<ToolRegistration>();
  #tools: readonly ToolDefinition[] = [];
  #areToolsStale = false;
  #isClosed = false;

  constructor(options: LiveSessionsOptions) {
    this.#options = options;
  }

  get keys(): readonly string[] {
    return [...this.#sessions.keys()];
  }

  /** How many are connected, or being connected. */
  get liveCount(): number {
    return [...this.#sessions.values()].filter(({ session }) => isLive(session)).length;
  }

  peek(key: string): RealtimeSession | undefined {
    return this.#sessions.get(key)?.session;
  }

  /** The call that the session of this key is beside; undefined for a talk of its own. */
  callIdOf(key: string): string | undefined {
    return this.#sessions.get(key)?.callId;
  }

  /**
   * The session of this key, a new and idle one where there is none. Of those that are not connected
   * the oldest makes room for a new one where there are very many. A talk that has stopped, as when
   * its call is over, makes room for a call.
   *
   * @param callId the call that the session is to be beside, e.g. a phone call
   * @throws RealtimeError `bad_session_key`, `session_in_use`, `closed`.
   */
  open(key: string, callId?: string): RealtimeSession {
    const known = this.#sessions.get(key);
    if (known !== undefined && (callId === undefined || callId === known.callId))
      return known.session;
    this.check(key, callId);
    void known?.session.close();
    this.#makeRoom();
    this.applyTools();
    const session = this.#options.makeSession(this.#tools, key, callId);
    const observed = new Map(
      this.#listeners.map((listener) => [listener, observe(session, listener)]),
    );
    this.#sessions.set(key, { session, callId, observed });
    this.#follow(key, session);
    return session;
  }

  /**
   * Whether `open` could open one, for who must know it before.
   *
   * @throws RealtimeError as `open`
   */
  check(key: string, callId?: string): void {
    const known = this.#sessions.get(key);
    const isAnother = known !== undefined && callId !== undefined && callId !== known.callId;
    if (isAnother && known.session.state.status !== "stopped") {
      throw new RealtimeError(
        "session_in_use",
        "The session of this key is another talk: disconnect it, or use another key",
        { param: "msg.realtime.session" },
      );
    }
    // A message that was on its way when its node was closed must not open what nobody closes.
    if (this.#isClosed) throw new RealtimeError("closed", "The session's node is closed");
    if (key === "" || key.length > KEY_LENGTH) {
      throw new RealtimeError(
        "bad_session_key",
        `The key of a session is a text of 1 to ${KEY_LENGTH} characters`,
        { param: "msg.realtime.session" },
      );
    }
  }

  /**
   * Asked by a session that is about to be connected.
   *
   * @throws RealtimeError `session_limit` where as many others are connected as may be.
   */
  admit(key: string): void {
    // One whose connection broke, or is to be renewed, has its place.
    if (this.peek(key)?.state.status === "opening") this.#checkPlace(key);
  }

  /**
   * Keeps a place for the session of this key, which is about to be connected, for as long as that may
   * take. Returns what gives it up.
   *
   * @throws RealtimeError as `admit`
   */
  reserve(key: string): () => void {
    this.#checkPlace(key);
    this.#giveUp(key);
    this.#reserved.set(key, setTimeout(() => this.#giveUp(key), RESERVATION).unref());
    return () => this.#giveUp(key);
  }

  #giveUp(key: string): void {
    clearTimeout(this.#reserved.get(key));
    this.#reserved.delete(key);
  }

  /** Whether the session of this key could be connected beside the others. */
  #checkPlace(key: string): void {
    const { limit } = this.#options;
    const live = [...this.#sessions].filter(([, { session }]) => isLive(session));
    const others = new Set([...live.map(([name]) => name), ...this.#reserved.keys()]);
    others.delete(key);
    if (others.size < limit) return;
    throw new RealtimeError(
      SESSION_LIMIT,
      `${limit} sessions are open already: close one, or raise the limit in the session's node`,
    );
  }

  /** Adds a listener for the events of all keys; the returned function removes it. */
  subscribe(listener: SessionListener): () => void {
    this.#setListeners([...this.#listeners, listener]);
    for (const { session, observed } of this.#sessions.values())
      observed.set(listener, observe(session, listener));
    return () => {
      this.#setListeners(this.#listeners.filter((other) => other !== listener));
      for (const { observed } of this.#sessions.values()) {
        for (const stop of observed.get(listener) ?? []) stop();
        observed.delete(listener);
      }
    };
  }

  /**
   * Adds a tool; the returned function removes it. Live sessions are told by `applyTools`, so that
   * all changes of one deploy become one update.
   */
  registerTool(registration: ToolRegistration): () => void {
    this.#registrations.add(registration);
    this.#areToolsStale = true;
    return () => {
      this.#registrations.delete(registration);
      this.#areToolsStale = true;
    };
  }

  /** Tells the live sessions of tools that were added and removed since the last time. */
  applyTools(): void {
    if (!this.#areToolsStale) return;
    this.#areToolsStale = false;
    const registrations = [...this.#registrations];
    if (!this.#options.callsTools) {
      for (const registration of registrations) registration.onRejected(noModel());
      return;
    }
    const tools = registrations.map(({ tool }) => tool);
    const rejected = rejectedTools(tools);
    this.#tools = tools.filter((tool) => !rejected.some((other) => other.tool === tool));
    for (const registration of registrations) {
      const reason = rejected.find(({ tool }) => tool === registration.tool)?.error;
      if (reason === undefined) registration.onAccepted();
      else registration.onRejected(reason);
    }
    for (const [key, { session }] of this.#sessions) {
      session.setTools(this.#tools).catch((error: unknown) => {
        if (error instanceof RealtimeError) this.#report(key, error);
      });
    }
  }

  /** The open calls of a tool, in all sessions. */
  openCalls(toolName: string): readonly { readonly key: string; readonly call: ToolCall }[] {
    return [...this.#sessions].flatMap(([key, { session }]) =>
      session.openCalls.filter(({ name }) => name === toolName).map((call) => ({ key, call })),
    );
  }

  /** The calls of a tool that wait for their approval, in all sessions. */
  undecidedCalls(toolName: string): readonly { readonly key: string; readonly call: ToolCall }[] {
    return [...this.#sessions].flatMap(([key, { session }]) =>
      session.undecidedCalls.filter(({ name }) => name === toolName).map((call) => ({ key, call })),
    );
  }

  /** Closes all sessions; resolves when their sockets have ended. */
  async closeAll(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map(({ session }) => session.close()));
  }

  /** As `closeAll`, and opens no more. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.closeAll();
  }

  /** Forgets the oldest session that is not connected where there are very many. */
  #makeRoom(): void {
    const unconnected = [...this.#sessions.values()].filter(({ session }) => !isLive(session));
    if (unconnected.length >= UNCONNECTED_LIMIT) void unconnected[0]?.session.close();
  }

  #setListeners(listeners: readonly SessionListener[]): void {
    this.#listeners = listeners;
    this.#eventListeners = listeners.filter((listener) => listener.event !== undefined);
  }

  #follow(key: string, session: RealtimeSession): void {
    session.on("event", (event, info) => this.#deliver(key, event, info));
    session.on("unknown", (event, info) => this.#deliver(key, event, info));
    session.on("activity", (activity) => {
      this.#tell(key, (listener) => listener.state?.(key, session.state, activity));
    });
    session.on("error", (error, toolName) => {
      const registration = toolName === undefined ? undefined : this.#registrationOf(toolName);
      if (registration === undefined) this.#report(key, error);
      else registration.onCallError(key, error);
    });
    session.on("toolCall", (call) => this.#registrationOf(call.name)?.onCall(key, call));
    session.on("toolApproval", (call) => {
      this.#registrationOf(call.name)?.onApprovalNeeded(key, call);
    });
    session.on("toolCallsChanged", (name) => {
      this.#tell(key, (listener) => listener.callsChanged?.(name));
    });
    session.on("state", (state) => {
      // It has a place of its own now, until it ends.
      if (isLive(session)) this.#giveUp(key);
      // A session that was ended on purpose, or never had its place, has nothing left to keep: its
      // next opening is a new one.
      const isOver =
        state.status === "closed" ||
        state.status === "idle" ||
        (state.status === "stopped" && state.reason.code === SESSION_LIMIT);
      if (isOver && this.peek(key) === session) this.#sessions.delete(key);
      this.#tell(key, (listener) => listener.state?.(key, state, session.activity));
      if (isOver) void session.close();
    });
  }

  /** The node whose tool is called. */
  #registrationOf(name: string): ToolRegistration | undefined {
    return [...this.#registrations].find(
      ({ tool }) => tool.name === name && this.#tools.includes(tool),
    );
  }

  /**
   * Each listener gets an event of its own, as each may change what it gets: the last one what came
   * from the wire, the others copies of it, made before anybody had it.
   */
  #deliver(key: string, event: RealtimeEvent | UnknownEvent, info: EventInfo): void {
    const listeners = this.#eventListeners;
    for (const [index, listener] of listeners.entries()) {
      try {
        const isLast = index === listeners.length - 1;
        listener.event?.(key, isLast ? event : structuredClone(event), info);
      } catch (error) {
        this.#report(key, listenerFailed(error));
      }
    }
  }

  #report(key: string, error: RealtimeError): void {
    let isTold = false;
    this.#tell(key, (listener) => {
      if (listener.error?.(key, error) === true) isTold = true;
    });
    if (!isTold) this.#options.onUnheardError(key, error);
  }

  /** One listener that throws keeps nothing from the others. */
  #tell(key: string, tell: (listener: SessionListener) => void): void {
    for (const listener of this.#listeners) {
      try {
        tell(listener);
      } catch (error) {
        this.#options.onUnheardError(key, listenerFailed(error));
      }
    }
  }
}

function observe(session: RealtimeSession, { observes }: SessionListener): readonly (() => void)[] {
  return (observes ?? []).map((kind) => session.observe(kind));
}

/** One that could not be opened and is tried again does not stand in the way of others. */
function isLive({ state }: RealtimeSession): boolean {
  switch (state.status) {
    case "ready":
    case "recovering":
      return true;
    case "opening":
      return state.reason === undefined;
    case "idle":
    case "stopped":
    case "closed":
      return false;
  }
}

function noModel(): RealtimeError {
  return new RealtimeError(
    "no_tools",
    "This session only transcribes: it has no model that could call a tool",
  );
}

function listenerFailed(error: unknown): RealtimeError {
  const { message } = asRealtimeError(error);
  return new RealtimeError("listener_failed", `An event did not reach the flow: ${message}`);
}
