import type { Node, NodeAPI, NodeDef } from "node-red";
import {
  RealtimeError,
  RealtimeSession,
  validateSettings,
  type EndpointTarget,
} from "../lib/index";
import { findEndpoint } from "./endpoint";
import { LiveSessions } from "./live-sessions";
import { settingsOf, type SessionForm } from "./session-settings";

interface SessionDef extends NodeDef, SessionForm {
  endpoint: string;
  maxSessions: string | number;
}

/** Sessions at the same time where the form says nothing. */
const DEFAULT_LIMIT = 8;

export interface SessionNode extends Node {
  /** The nodes that use it, by id: Node-RED forwards its status and errors to their tabs. */
  users: Record<string, Node>;
  readonly sessions: LiveSessions;
  /** What keeps its sessions from being opened, as far as it is known before one is tried. */
  readonly problem: RealtimeError | undefined;
  register(user: Node): void;
  /** Closes the sessions when the last user was removed; one that is only redeployed comes back. */
  deregister(user: Node, removed: boolean, done: () => void): void;
}

/** Finds a session's config node; undefined when it is missing or disabled. */
export function findSession(RED: NodeAPI, id: string): SessionNode | undefined {
  const node = RED.nodes.getNode(id) as Partial<SessionNode> | undefined | null;
  return node?.sessions === undefined ? undefined : (node as SessionNode);
}

export default function register(RED: NodeAPI): void {
  function SessionConstructor(this: SessionNode, config: SessionDef): void {
    RED.nodes.createNode(this, config);
    const settings = settingsOf(config);
    const model = (config.model ?? "").trim();
    const target = async (): Promise<EndpointTarget> => {
      const endpoint = findEndpoint(RED, config.endpoint);
      if (endpoint === undefined) throw noEndpoint();
      const found = await endpoint.target(model);
      // A value from ${ENV} passes every validator of the form.
      const [problem] = validateSettings(settings, found.strictness);
      if (problem === undefined) return found;
      throw new RealtimeError("invalid_settings", problem.message, { param: problem.path });
    };
    const sessions = new LiveSessions({
      // Without tools the server is not told of any: some know no such setting.
      makeSession: (tools) =>
        new RealtimeSession({ target, settings, ...(tools.length > 0 ? { tools } : {}) }),
      limit: Number(config.maxSessions) || DEFAULT_LIMIT,
      onUnheardError: (key, error) => {
        this.error(error, { _msgid: RED.util.generateId(), realtime: { session: key } });
      },
    });

    this.users = {};
    Object.defineProperties(this, {
      sessions: { value: sessions },
      problem: {
        get: () => {
          const endpoint = findEndpoint(RED, config.endpoint);
          return endpoint === undefined ? noEndpoint() : endpoint.problem(model);
        },
      },
    });
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
      sessions.close().then(done, done);
    });
  }

  RED.nodes.registerType("openai-realtime-session", SessionConstructor);
}

function noEndpoint(): RealtimeError {
  return new RealtimeError("no_endpoint", "The session has no endpoint, or it is disabled", {
    param: "endpoint",
  });
}
