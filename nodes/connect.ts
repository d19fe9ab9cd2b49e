import type { Node, NodeAPI, NodeDef, NodeMessage } from "node-red";
import {
  canonicalType,
  RealtimeError,
  type EventInfo,
  type Observable,
  type RealtimeEvent,
  type SessionState,
  type UnknownEvent,
} from "../lib/index";
import type { SessionListener } from "./live-sessions";
import { findSession, sessionKeyOf, type SessionNode } from "./session";
import { showMissingSession, statusOf } from "./status";

interface ConnectDef extends NodeDef {
  session: string;
  /** Key of the one session whose events are emitted; blank for all. */
  key: string;
  start: "demand" | "deploy";
  emit: "all" | "no-audio" | "chosen";
  /** With `chosen`: event types in either dialect, or groups such as `response.*`. */
  events: string[];
  /** Whether events that this package sends are emitted too. */
  echo: boolean;
}

type ControlMessage = NodeMessage & { action?: unknown; payload?: unknown };

/** What a control message may ask for. */
const ACTIONS = ["connect", "disconnect", "reconnect", "update", "status"] as const;
type Action = (typeof ACTIONS)[number];

/** Events that are emitted only where they are chosen by name: each doubles others. */
const ON_DEMAND: readonly string[] = ["conversation.updated", "realtime.event"];

const AUDIO: ReadonlySet<string> = new Set([
  "response.output_audio.delta",
  "input_audio_buffer.append",
]);

export default function register(RED: NodeAPI): void {
  function ConnectConstructor(this: Node, config: ConnectDef): void {
    RED.nodes.createNode(this, config);
    const found = findSession(RED, config.session);
    if (found === undefined) {
      showMissingSession(this);
      this.on("input", (_message, _send, done) => {
        done(new RealtimeError("no_session", "This node has no session, or it is disabled"));
      });
      return;
    }
    const node: SessionNode = found;
    const { sessions } = node;
    const ownKey = config.key?.trim() ?? "";
    const isEmitted = emissionRule(config);

    const showState = (key: string): void => {
      const session = sessions.peek(key);
      this.status(
        session === undefined
          ? statusOf({ status: "idle" }, "quiet")
          : statusOf(session.state, session.activity),
      );
    };
    const listener: SessionListener = {
      observes: observedBy(config),
      event: (key, event, info) => {
        if ((ownKey === "" || ownKey === key) && isEmitted(event.type, info))
          this.send(messageOf(RED, key, event, info));
      },
      state: (key, state: SessionState, activity) => {
        if (ownKey === "" || ownKey === key) this.status(statusOf(state, activity));
      },
      error: (key, error) => {
        if (ownKey === "" || ownKey === key)
          this.error(error, { _msgid: RED.util.generateId(), realtime: { session: key } });
      },
    };

    node.register(this);
    const unsubscribe = sessions.subscribe(listener);
    showState(ownKey || (sessions.keys[0] ?? "default"));

    /** Carries a control message out; resolves when that has happened. */
    const control = async (message: ControlMessage): Promise<void> => {
      const action = actionOf(message);
      const key = sessionKeyOf(message, ownKey);
      switch (action) {
        case "connect":
          return await sessions.open(key).connect();
        case "disconnect":
          return await sessions.peek(key)?.disconnect();
        case "reconnect":
          await sessions.peek(key)?.disconnect();
          return await sessions.open(key).connect();
        case "update":
          await sessions.open(key).update(patchOf(message));
          return;
        case "status":
          this.send(statusMessage(RED, sessions, key));
      }
    };

    this.on("input", (message: ControlMessage, _send, done) => {
      control(message).then(() => done(), done);
    });
    this.on("close", (removed: boolean, done: () => void) => {
      unsubscribe();
      node.deregister(this, removed, done);
    });

    if (config.start === "deploy") {
      const key = ownKey || "default";
      // After the deploy: only then are the tools known that the session is to have.
      setImmediate(() => {
        control({ action: "connect", realtime: { session: key } } as ControlMessage).catch(
          (error: unknown) => listener.error?.(key, asRealtimeError(error)),
        );
      });
    }
  }

  RED.nodes.registerType("openai-realtime-connect", ConnectConstructor);
}

function emissionRule(config: ConnectDef): (type: string, info: EventInfo) => boolean {
  const chosen = (config.events ?? []).map((name) => canonicalType(name.trim()));
  const names = new Set(chosen.filter((name) => !name.endsWith("*")));
  const prefixes = chosen.filter((name) => name.endsWith("*")).map((name) => name.slice(0, -1));
  const isChosen = (type: string): boolean =>
    names.has(type) ||
    (!ON_DEMAND.includes(type) && prefixes.some((prefix) => type.startsWith(prefix)));
  return (type, { source }) => {
    if (source === "client" && !config.echo) return false;
    switch (config.emit) {
      case "chosen":
        return isChosen(type);
      case "no-audio":
        return !AUDIO.has(type);
      case "all":
      default:
        return true;
    }
  };
}

function observedBy(config: ConnectDef): Observable[] {
  const names = config.emit === "chosen" ? (config.events ?? []).map((name) => name.trim()) : [];
  return [
    ...(config.echo ? (["client"] as const) : []),
    ...(["conversation.updated", "realtime.event"] as const).filter((name) => names.includes(name)),
  ];
}

function messageOf(
  RED: NodeAPI,
  session: string,
  event: RealtimeEvent | UnknownEvent,
  { source, at }: EventInfo,
): NodeMessage & { realtime: object } {
  return {
    _msgid: RED.util.generateId(),
    topic: event.type,
    payload: event,
    realtime: { session, source, at },
  };
}

function statusMessage(
  RED: NodeAPI,
  sessions: SessionNode["sessions"],
  key: string,
): NodeMessage & { realtime: object } {
  const session = sessions.peek(key);
  const state = session?.state ?? { status: "idle" as const };
  const reason = "reason" in state ? state.reason : undefined;
  return {
    _msgid: RED.util.generateId(),
    topic: "realtime.status",
    payload: {
      state: state.status,
      ...(reason === undefined ? {} : { reason: { code: reason.code, message: reason.message } }),
      activity: session?.activity ?? "quiet",
      items: session?.conversation.size ?? 0,
      openCalls: session?.openCalls.length ?? 0,
      sessions: sessions.keys,
    },
    realtime: { session: key, source: "local", at: Date.now() },
  };
}

function actionOf({ action }: ControlMessage): Action {
  const known = ACTIONS.find((name) => name === action);
  if (known !== undefined) return known;
  throw new RealtimeError("unknown_action", `msg.action must be one of ${ACTIONS.join(", ")}`, {
    param: "msg.action",
  });
}

function patchOf({ payload }: ControlMessage): Record<string, unknown> {
  if (typeof payload === "object" && payload !== null && !Array.isArray(payload))
    return { ...payload };
  throw new RealtimeError("invalid_event", "msg.payload must hold the settings to change", {
    param: "msg.payload",
  });
}

function asRealtimeError(error: unknown): RealtimeError {
  return error instanceof RealtimeError
    ? error
    : new RealtimeError("failed", error instanceof Error ? error.message : String(error));
}
