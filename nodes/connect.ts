import type { Node, NodeAPI, NodeDef, NodeMessage } from "node-red";
import {
  approvalRequestIn,
  canonicalType,
  DEFAULT_KEY,
  eventMatcher,
  RealtimeError,
  type EventInfo,
  type Observable,
  type RealtimeEvent,
  type SessionState,
  type UnknownEvent,
} from "../lib/index";
import { afterDeploys } from "./after-deploys";
import { choiceOf, listOf } from "./form-values";
import type { LiveSessions, SessionListener } from "./live-sessions";
import { actionIn, realtimeIn } from "./message-members";
import { asRealtimeError, endWith, reportError } from "./realtime-error";
import type { SessionNode } from "./session";
import { ownKeyOf, sessionKeyOf } from "./session-key";
import { useSession } from "./session-user";
import { showState } from "./status";
import { sayUnusable } from "./unusable-form";

interface ConnectDef extends NodeDef {
  session: string;
  /** Key of the one session whose events are emitted; blank for all. */
  key: string;
  start: "demand" | "deploy";
  emit: "all" | "no-audio" | "chosen";
  /** With `chosen`: event types in either dialect, prefixes such as `response.*`, or groups. */
  events?: string[];
  /** Whether events that this package sends are emitted too. */
  echo: boolean;
  /** Whether those are of a connection that is being told the settings and the talk so far. */
  restoring?: boolean;
}

type Event = RealtimeEvent | UnknownEvent;
type ControlMessage = NodeMessage & { action?: unknown; payload?: unknown };

/** What a control message may ask for. */
const ACTIONS = ["connect", "disconnect", "reconnect", "update", "status", "misbehave"] as const;

/** Events that are emitted only where they are chosen by name: each doubles others. */
const ON_DEMAND = ["conversation.updated", "realtime.event"] as const;

/** What the answer to the action `status` is called. It has a type, as a filter may be behind. */
const STATUS = "realtime.status";

const AUDIO: ReadonlySet<string> = new Set([
  "response.output_audio.delta",
  "input_audio_buffer.append",
]);

export default function register(RED: NodeAPI): void {
  function ConnectConstructor(this: Node, config: ConnectDef): void {
    RED.nodes.createNode(this, config);
    const ownKey = ownKeyOf(config);
    let chosen: readonly string[];
    let start: ConnectDef["start"] | undefined;
    try {
      chosen = chosenEvents(config);
      start = choiceOf(config, "start", ["demand", "deploy"]);
    } catch (error) {
      sayUnusable(RED, this, error);
      return;
    }
    const isEmitted = emissionRule(config, chosen);
    const listener: SessionListener = {
      observes: observedBy(config, chosen),
      event: (key, event, info) => {
        if ((ownKey === "" || ownKey === key) && isEmitted(event, info))
          this.send(messageOf(RED, key, event, info));
      },
      error: (key, error) => {
        if (ownKey !== "" && ownKey !== key) return false;
        reportError(RED, this, error, { realtime: { session: key } });
        return true;
      },
    };

    useSession(RED, this, config.session, (node) => {
      const { sessions } = node;
      const unsubscribe = sessions.subscribe(listener);
      const stopShowing = showState(this, node, ownKey, (text, live) =>
        RED._("status.live", { state: RED._(text), live: String(live) }),
      );

      /** Carries a control message out; resolves when that has happened. */
      const control = async (
        message: ControlMessage,
        send: (answer: NodeMessage) => void,
      ): Promise<void> => {
        const action = actionIn(message, ACTIONS);
        const key = sessionKeyOf(message, ownKey);
        switch (action) {
          case "connect":
            return await openAndConnect(sessions, key, callIdOf(message));
          case "disconnect": {
            const callId = callIdOf(message);
            // The end of a call, such as of one that was rejected, is none of another one's session.
            if (callId !== undefined && callId !== sessions.callIdOf(key)) return;
            return await sessions.peek(key)?.disconnect();
          }
          case "reconnect": {
            // One beside a call comes back beside it: there is nothing else to talk about.
            const callId = callIdOf(message) ?? sessions.callIdOf(key);
            await sessions.peek(key)?.disconnect();
            return await openAndConnect(sessions, key, callId);
          }
          case "update":
            await sessions.open(key).update(patchOf(message));
            return;
          case "status":
            send(statusMessage(RED, node, key));
            return;
          case "misbehave":
            return await node.misbehave(message.payload, "msg.payload");
        }
      };

      // Only after the deploy are the tools known that the session is to have.
      const connectAfterDeploy = (): void => {
        stopConnecting?.();
        const key = ownKey || DEFAULT_KEY;
        const told = new Set<string>();
        const stopListening = sessions.subscribe({
          observes: [],
          error: (of, { code }) => {
            if (of === key) told.add(code);
            return false;
          },
        });
        openAndConnect(sessions, key)
          .catch((error: unknown) => {
            const failure = asRealtimeError(error);
            // Of a server that is away the session tells at once, and goes on trying.
            if (!told.has(failure.code)) listener.error?.(key, failure);
          })
          .finally(stopListening);
      };
      const stopConnecting = start === "deploy" ? afterDeploys(RED, connectAfterDeploy) : undefined;

      return {
        input: (message, send, done) => endWith(RED, this, control(message, send), done),
        close: () => {
          stopConnecting?.();
          unsubscribe();
          stopShowing();
        },
      };
    });
  }

  RED.nodes.registerType("openai-realtime-connect", ConnectConstructor);
}

/** Rejects, and never throws, where the session cannot be opened. */
async function openAndConnect(sessions: LiveSessions, key: string, callId?: string): Promise<void> {
  await sessions.open(key, callId).connect();
}

/** The call that a message wants its session to be beside. */
function callIdOf(message: ControlMessage): string | undefined {
  const { callId } = realtimeIn(message);
  if (callId === undefined) return undefined;
  if (typeof callId === "string" && callId !== "") return callId;
  throw new RealtimeError("bad_call_id", "msg.realtime.callId must be a text", {
    param: "msg.realtime.callId",
  });
}

/**
 * The types and groups of events that were chosen by name.
 *
 * @throws RealtimeError `invalid_settings`.
 */
function chosenEvents(config: ConnectDef): readonly string[] {
  const emit = choiceOf(config, "emit", ["all", "no-audio", "chosen"]);
  const names = emit === "chosen" ? listOf(config, "events") : undefined;
  return (names ?? []).map((name) => name.trim());
}

function emissionRule(
  config: ConnectDef,
  chosen: readonly string[],
): (event: Event, info: EventInfo) => boolean {
  const isChosen = selectionOf(config, chosen);
  // Events of a connection that is made again tell the talk so far once more: few want them.
  return (event, { source, cause }) =>
    (cause === undefined || config.restoring === true) &&
    (source !== "client" || config.echo) &&
    isChosen(event);
}

const isOnDemand = ({ type }: Event): boolean => ON_DEMAND.some((name) => name === type);

function selectionOf({ emit }: ConnectDef, chosen: readonly string[]): (event: Event) => boolean {
  switch (emit) {
    case "chosen": {
      const matchers = chosen.map(eventMatcher);
      return (event) =>
        isOnDemand(event)
          ? chosen.includes(event.type)
          : matchers.some((matches) => matches(event));
    }
    case "no-audio":
      return (event) => !AUDIO.has(canonicalType(event.type)) && !isOnDemand(event);
    case "all":
    default:
      // Another connect node of this session may have chosen those that are made on demand.
      return (event) => !isOnDemand(event);
  }
}

function observedBy({ echo }: ConnectDef, chosen: readonly string[]): Observable[] {
  return [
    ...(echo ? (["client"] as const) : []),
    ...ON_DEMAND.filter((name) => chosen.includes(name)),
  ];
}

function messageOf(
  RED: NodeAPI,
  session: string,
  event: Event,
  { source, at, cause, usage }: EventInfo,
): NodeMessage & { realtime: object } {
  const approval = approvalRequestIn(event);
  return {
    _msgid: RED.util.generateId(),
    topic: event.type,
    payload: event,
    realtime: {
      session,
      source,
      at,
      ...(cause === undefined ? {} : { cause }),
      ...(approval === undefined ? {} : { approval }),
      // A copy: what is sent belongs to the flow.
      ...(usage === undefined ? {} : { usage: structuredClone(usage) }),
    },
  };
}

function statusMessage(
  RED: NodeAPI,
  { sessions, problem }: SessionNode,
  key: string,
): NodeMessage & { realtime: object } {
  const session = sessions.peek(key);
  const state: SessionState = session?.state ?? { status: "idle" };
  const known = "reason" in state ? state.reason : undefined;
  const reason = session === undefined ? problem : known;
  return {
    _msgid: RED.util.generateId(),
    topic: STATUS,
    payload: {
      type: STATUS,
      state: state.status,
      ...(reason === undefined ? {} : { reason: { code: reason.code, message: reason.message } }),
      activity: session?.activity ?? "quiet",
      items: session?.conversation.size ?? 0,
      openCalls: session?.openCalls.length ?? 0,
      sessions: sessions.keys,
      live: sessions.liveCount,
      ...(session === undefined ? {} : { usage: session.usage }),
    },
    realtime: { session: key, source: "local", at: Date.now() },
  };
}

function patchOf({ payload }: ControlMessage): Record<string, unknown> {
  if (typeof payload === "object" && payload !== null && !Array.isArray(payload))
    return { ...payload };
  throw new RealtimeError("invalid_event", "msg.payload must hold the settings to change", {
    param: "msg.payload",
  });
}
