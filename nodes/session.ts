import type { Node, NodeAPI, NodeDef } from "node-red";
import { RealtimeError, RealtimeSession } from "../lib/index";
import { findEndpoint } from "./endpoint";
import { LiveSessions } from "./live-sessions";
import { settingsOf, type SessionForm } from "./session-settings";

interface SessionDef extends NodeDef, SessionForm {
  endpoint: string;
  maxSessions: string | number;
}

/** Sessions at the same time where the form says nothing. */
const DEFAULT_LIMIT = 8;

/** The key of a session where neither the message nor the node names one. */
const DEFAULT_KEY = "default";

export interface SessionNode extends Node {
  /** The nodes that use it, by id: Node-RED forwards its status and errors to their tabs. */
  users: Record<string, Node>;
  readonly sessions: LiveSessions;
  register(user: Node): void;
  /** Closes the sessions when the last user was removed; one that is only redeployed is waited for. */
  deregister(user: Node, removed: boolean, done: () => void): void;
}

/** Finds a session's config node; undefined when it is missing or disabled. */
export function findSession(RED: NodeAPI, id: string): SessionNode | undefined {
  const node = RED.nodes.getNode(id) as Partial<SessionNode> | undefined | null;
  return node?.sessions === undefined ? undefined : (node as SessionNode);
}

/**
 * The key of the session that a message is about: the message's, else the node's, else "default".
 *
 * @throws RealtimeError `bad_session_key` when the message names one that is no text.
 */
export function sessionKeyOf(message: object, nodeKey: string): string {
  const realtime: unknown = Reflect.get(message, "realtime");
  const key: unknown =
    typeof realtime === "object" && realtime !== null
      ? Reflect.get(realtime, "session")
      : undefined;
  if (key === undefined || key === null) return nodeKey || DEFAULT_KEY;
  if (typeof key === "string") return key;
  throw new RealtimeError("bad_session_key", "msg.realtime.session must be a text", {
    param: "msg.realtime.session",
  });
}

export default function register(RED: NodeAPI): void {
  function SessionConstructor(this: SessionNode, config: SessionDef): void {
    RED.nodes.createNode(this, config);
    const settings = settingsOf(config);
    const target = async () => {
      const endpoint = findEndpoint(RED, config.endpoint);
      if (endpoint !== undefined) return await endpoint.target((config.model ?? "").trim());
      throw new RealtimeError("no_endpoint", "The session has no endpoint, or it is disabled", {
        param: "endpoint",
      });
    };
    const sessions = new LiveSessions({
      makeSession: (tools) => new RealtimeSession({ target, settings, tools }),
      limit: Number(config.maxSessions) || DEFAULT_LIMIT,
    });

    this.users = {};
    Object.defineProperty(this, "sessions", { value: sessions });
    this.register = (user) => {
      this.users[user.id] = user;
    };
    this.deregister = (user, removed, done) => {
      delete this.users[user.id];
      if (!removed || Object.keys(this.users).length > 0) done();
      else sessions.closeAll().then(done, done);
    };

    // At the end of a deploy all tools have registered: one update tells of them.
    const applyTools = (): void => sessions.applyTools();
    RED.events.on("flows:started", applyTools);
    this.on("close", (_removed: boolean, done: () => void) => {
      RED.events.off("flows:started", applyTools);
      sessions.closeAll().then(done, done);
    });
  }

  RED.nodes.registerType("openai-realtime-session", SessionConstructor);
}
