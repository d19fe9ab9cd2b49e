import { join } from "node:path";
import type { Node, NodeAPI, NodeDef, NodeStatus } from "node-red";
import {
  budgetRefusal,
  hangUpCall,
  RealtimeError,
  RealtimeSession,
  RestError,
  restTarget,
  SpendingFile,
  validateSettings,
  type Budget,
  type EndpointTarget,
  type RestTarget,
  type SessionPurpose,
  type SessionSettings,
  type SpendingAccount,
} from "../lib/index";
import { afterDeploys } from "./after-deploys";
import { findEndpoint, type EndpointNode } from "./endpoint";
import { numberWithin, textOf } from "./form-values";
import { LiveSessions } from "./live-sessions";
import { mcpToolsOf, type McpServerForm } from "./mcp-servers";
import { onOneLine, reportError } from "./realtime-error";
import { RoomSound } from "./room-sound";
import { budgetOf, type BudgetForm } from "./session-budget";
import { connectionOptionsOf, type ConnectionForm } from "./session-connection";
import { isDictation, settingsOf, type SessionForm } from "./session-settings";

interface SessionDef extends NodeDef, SessionForm, BudgetForm, ConnectionForm {
  endpoint: string;
  maxSessions: string | number;
  mcpServers: McpServerForm[];
}

interface SessionCredentials {
  /** JSON object: token and headers of each MCP server by its id. */
  mcpSecrets?: string;
}

/** Beside the flows, in Node-RED's user folder. */
const SPENDING_FILE = "openai-realtime-spending.json";

/** Sessions at the same time where the form says nothing. */
const DEFAULT_LIMIT = 8;

const MOST_SESSIONS = 1000;

const LIVE: NodeStatus = { fill: "green", shape: "dot" };
const NONE_LIVE: NodeStatus = { fill: "grey", shape: "ring" };

export interface SessionNode extends Node<SessionCredentials> {
  /** The nodes that use it, by id: Node-RED forwards its status and errors to their tabs. */
  users: Record<string, Node>;
  readonly sessions: LiveSessions;
  /** Joins the microphones and loudspeakers of its rooms. */
  readonly roomSound: RoomSound;
  /** As it is now; undefined where it is missing or disabled. */
  readonly endpoint: EndpointNode | undefined;
  /** What keeps its sessions from being opened, as far as it is known before one is tried. */
  readonly problem: RealtimeError | undefined;
  register(user: Node): void;
  /** The sessions close at the end of a deploy that leaves no user. */
  deregister(user: Node): void;
  /** As the endpoint's; also rejects with `no_endpoint`. */
  misbehave: EndpointNode["misbehave"];
  /**
   * Where its server takes calls over HTTP, and the settings of its sessions together with their
   * model. With the id of a call: of the session beside it.
   *
   * @throws RealtimeError as a rejection, e.g. `no_endpoint`, `no_key`, `no_http_address`.
   */
  overHttp(
    callId?: string,
  ): Promise<{ readonly endpoint: RestTarget; readonly settings: SessionSettings }>;
  /**
   * Keeps a place for the session beside a call, without which nobody may answer one. Returns what
   * gives it up.
   *
   * @throws RealtimeError `bad_session_key`, `session_in_use`, `closed`, `session_limit`,
   *   `budget_reached`.
   */
  admitCall(key: string, callId: string): () => void;
}

/** Finds a session's config node; undefined when it is missing or disabled. */
export function findSession(RED: NodeAPI, id: string): SessionNode | undefined {
  const node = RED.nodes.getNode(id) as Partial<SessionNode> | undefined | null;
  return node?.sessions === undefined ? undefined : (node as SessionNode);
}

export default function register(RED: NodeAPI): void {
  const { userDir } = RED.settings;
  // One file for all session nodes. Without a user folder the sums are lost at a restart.
  const spending = new SpendingFile({ path: userDir ? join(userDir, SPENDING_FILE) : undefined });

  function SessionConstructor(this: SessionNode, config: SessionDef): void {
    RED.nodes.createNode(this, config);
    const {
      settings,
      purpose,
      budget,
      connection,
      limit,
      problem: formProblem,
    } = readForm(config, this.credentials);
    const purposeFor = (callId?: string): SessionPurpose =>
      callId === undefined ? purpose : { kind: "call", callId };
    const targetOf = async (callId?: string): Promise<EndpointTarget> => {
      if (formProblem !== undefined) throw formProblem;
      const { endpoint } = this;
      if (endpoint === undefined) throw noEndpoint();
      const found = await endpoint.target(purposeFor(callId));
      // A value from ${ENV} passes every validator of the form.
      const [problem] = validateSettings(settings, found.strictness);
      if (problem === undefined) return found;
      throw new RealtimeError("invalid_settings", problem.message, { param: problem.path });
    };
    /** Ends a call, which the server would go on with when nobody is connected beside it. */
    const hangUp = (key: string, callId: string): void => {
      targetOf(callId)
        .then((target) => hangUpCall(restTarget(target), callId))
        .catch((error: unknown) => {
          // It is over: the caller was first.
          if (error instanceof RestError && error.status === 404) return;
          reportError(RED, this, error, { realtime: { session: key } });
        });
    };
    const accountOf = (key: string): SpendingAccount => spending.account(`${this.id}/${key}`);
    const sessions = new LiveSessions({
      makeSession: (tools, key, callId) => {
        const session = new RealtimeSession({
          target: async () => {
            sessions.admit(key);
            return await targetOf(callId);
          },
          settings,
          key,
          ...connection,
          // Without tools the server is not told of any: some know no such setting.
          ...(tools.length > 0 ? { tools } : {}),
          ...(budget === undefined ? {} : { budget }),
          account: accountOf(key),
        });
        session.on("unknown", ({ type }) => {
          const isSpent = type === "local.budget.reached";
          if (isSpent)
            this.warn(
              RED._("warning.budget", { key: onOneLine(key), budget: String(budget?.limit) }),
            );
          const isOver = type === "local.session.unused" || (isSpent && budget?.action === "close");
          if (callId !== undefined && isOver) hangUp(key, callId);
        });
        return session;
      },
      limit: limit ?? DEFAULT_LIMIT,
      callsTools: settings.type === "realtime",
      onUnheardError: (key, error) => {
        reportError(RED, this, error, { realtime: { session: key } });
      },
    });

    // The sidebar of config nodes shows no status, but a Status node on a tab of its users gets it.
    let shown = 0;
    const showLive = (): void => {
      const live = sessions.liveCount;
      if (live === shown) return;
      shown = live;
      const look = live > 0 ? LIVE : NONE_LIVE;
      this.status({ ...look, text: RED._("status.live", { live: String(live) }) });
    };
    sessions.subscribe({ state: showLive });

    let isClosing = false;
    this.users = {};
    const roomSound = new RoomSound();
    Object.defineProperties(this, {
      sessions: { value: sessions },
      roomSound: { value: roomSound },
      endpoint: { get: () => findEndpoint(RED, config.endpoint) },
      problem: {
        get: () => {
          // In a subflow all nodes close at once: that its endpoint is gone is then no problem.
          if (isClosing) return undefined;
          const { endpoint } = this;
          if (endpoint === undefined) return noEndpoint();
          return formProblem ?? endpoint.problem(purpose);
        },
      },
    });
    this.overHttp = async (callId) => {
      if (this.endpoint?.isBuiltIn) throw nothingOverHttp();
      return {
        endpoint: restTarget(await targetOf(callId)),
        settings: withModel(settings, purpose),
      };
    };
    this.admitCall = (key, callId) => {
      sessions.check(key, callId);
      const refusal = budgetRefusal(budget, accountOf(key));
      if (refusal !== undefined) throw refusal;
      return sessions.reserve(key);
    };
    this.register = (user) => {
      this.users[user.id] = user;
    };
    this.deregister = (user) => {
      delete this.users[user.id];
    };

    this.misbehave = async (faults, path) => {
      const { endpoint } = this;
      if (endpoint === undefined) throw noEndpoint();
      await endpoint.misbehave(faults, path);
    };

    const stopHearing = spending.onError((error) => reportError(RED, this, error));
    // At the end of a deploy all tools have registered: one update tells of them. And all users are
    // back that were only changed. Node-RED does not say which are gone for good: those of a subflow
    // that was removed count as changed.
    let usedEndpoint = this.endpoint;
    const stopFollowing = afterDeploys(RED, () => {
      sessions.applyTools();
      const { endpoint } = this;
      // One that comes back under its old id: a session that stopped without it may be opened again.
      const isAnother = endpoint !== usedEndpoint;
      usedEndpoint = endpoint;
      if (isAnother || Object.keys(this.users).length === 0) void sessions.closeAll();
    });
    this.on("close", (_removed: boolean, done: () => void) => {
      isClosing = true;
      stopFollowing();
      roomSound.close();
      const closed = sessions.close().then(() => spending.flush());
      closed.finally(stopHearing).then(() => done(), done);
    });
  }

  RED.nodes.registerType<SessionNode, SessionDef, object, SessionCredentials>(
    "openai-realtime-session",
    SessionConstructor,
    { credentials: { mcpSecrets: { type: "password" } } },
  );
}

/** What the form says; with a problem, no session opens. */
function readForm(
  config: SessionDef,
  credentials: SessionCredentials,
): {
  readonly settings: SessionSettings;
  readonly purpose: SessionPurpose;
  readonly budget?: Budget | undefined;
  readonly connection?: ReturnType<typeof connectionOptionsOf>;
  readonly limit?: number | undefined;
  readonly problem?: RealtimeError;
} {
  try {
    // A session that only transcribes has no tools: what its form does not show of them does not count.
    const tools = isDictation(config) ? { mcpServers: [], callsPerTurn: "" } : {};
    const form = { ...config, ...tools };
    return {
      settings: settingsOf(form, mcpToolsOf(form, credentials.mcpSecrets)),
      purpose: purposeOf(form),
      budget: budgetOf(form),
      connection: connectionOptionsOf(form),
      limit: numberWithin(config, "maxSessions", { least: 1, most: MOST_SESSIONS, isWhole: true }),
    };
  } catch (error) {
    if (!(error instanceof RealtimeError)) throw error;
    const kind = config.kind === "transcription" ? config.kind : "conversation";
    return { settings: settingsOf({ kind }), purpose: purposeOf({ kind }), problem: error };
  }
}

/** Over HTTP no address names the model. */
function withModel(settings: SessionSettings, purpose: SessionPurpose): SessionSettings {
  const hasModel = settings.type === "realtime" && purpose.kind === "model" && purpose.model !== "";
  return hasModel ? { ...settings, model: purpose.model } : settings;
}

/** What the sessions are for that stand beside no call. */
function purposeOf(form: Partial<SessionForm>): SessionPurpose {
  return isDictation(form)
    ? { kind: "transcription", model: textOf(form, "transcriptionModel") ?? "" }
    : { kind: "model", model: textOf(form, "model") ?? "" };
}

function nothingOverHttp(): RealtimeError {
  return new RealtimeError(
    "no_http_address",
    "The built-in server creates no secrets and takes no calls: choose another endpoint",
    { param: "endpoint" },
  );
}

function noEndpoint(): RealtimeError {
  return new RealtimeError("no_endpoint", "The session has no endpoint, or it is disabled", {
    param: "endpoint",
  });
}
