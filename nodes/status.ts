import type { Node, NodeStatus } from "node-red";
import { RealtimeError, type Activity, type SessionState } from "../lib/index";
import type { SessionNode } from "./session";

/** The look of each activity of a ready session; texts are keys of the nodes' catalogues. */
const ACTIVITIES: Readonly<Record<Activity, NodeStatus>> = {
  quiet: { fill: "green", shape: "dot", text: "status.ready" },
  listening: { fill: "blue", shape: "dot", text: "status.listening" },
  thinking: { fill: "blue", shape: "dot", text: "status.thinking" },
  speaking: { fill: "blue", shape: "dot", text: "status.speaking" },
};

const IDLE: NodeStatus = { fill: "grey", shape: "ring", text: "status.idle" };

/** Texts for what keeps a session from being connected; a code of a server's own is shown as it is. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ["no_endpoint", "status.no-endpoint"],
  ["no_key", "status.no-key"],
  ["no_model", "status.no-model"],
  ["invalid_url", "status.invalid-address"],
  ["insecure_url", "status.insecure-address"],
  ["invalid_header", "status.invalid-header"],
  ["invalid_settings", "status.invalid-settings"],
  ["invalid_prices", "status.invalid-prices"],
  ["invalid_budget", "status.invalid-budget"],
  ["missing_secret", "status.missing-secret"],
  ["invalid_secrets", "status.missing-secret"],
  ["budget_reached", "status.budget-reached"],
  ["invalid_api_key", "status.invalid-api-key"],
  ["unauthorized", "status.unauthorized"],
  ["forbidden", "status.forbidden"],
  ["account_deactivated", "status.account-deactivated"],
  ["model_not_found", "status.model-not-found"],
  ["beta_api_shape_disabled", "status.beta-refused"],
  ["settings_refused", "status.settings-refused"],
  ["tls_failed", "status.tls-failed"],
  ["insufficient_quota", "status.no-quota"],
  ["frame_too_large", "status.frame-too-large"],
  ["connection_failed", "status.no-connection"],
  ["not_found", "status.not-found"],
  ["http_404", "status.not-found"],
  ["no_target", "status.no-target"],
  ["target_timeout", "status.no-target"],
  ["wrong_purpose", "status.wrong-purpose"],
  ["unknown_server", "status.unknown-server"],
  ["no_call", "status.no-call"],
  ["no_tls_config", "status.no-tls-config"],
  ["no_proxy_config", "status.no-proxy-config"],
  ["invalid_proxy", "status.invalid-proxy"],
  ["call_ended", "status.call-ended"],
  ["proxy_login", "status.proxy-login"],
  ["proxy_refused", "status.proxy-refused"],
  ["invalid_fault", "status.invalid-fault"],
]);

/** A session's state as core's nodes would show it. */
export function statusOf(state: SessionState, activity: Activity): NodeStatus {
  switch (state.status) {
    case "idle":
    case "closed":
      return IDLE;
    case "opening":
      if (state.isSlow && state.reason !== undefined) return failed(state.reason);
      return { fill: "yellow", shape: "ring", text: "status.connecting" };
    case "recovering":
      return state.isSlow
        ? failed(state.reason)
        : { fill: "yellow", shape: "ring", text: "status.reconnecting" };
    case "ready":
      return ACTIVITIES[activity];
    case "stopped":
      return failed(state.reason);
  }
}

/** The text of a status in the catalogue's language, when so many sessions are connected. */
export type DescribeLive = (text: string, live: number) => string;

/**
 * Shows on a node how the session of a key stands, from now on until the returned function is
 * called. Without a key it is the session that changed last, and with `describeLive` how many are
 * connected, where that is more than one.
 */
export function showState(
  node: Pick<Node, "status">,
  sessionNode: Pick<SessionNode, "sessions" | "problem">,
  key: string,
  describeLive?: DescribeLive,
): () => void {
  const { sessions } = sessionNode;
  const show = (of: string | undefined): void => {
    const session = of === undefined ? undefined : sessions.peek(of);
    const status =
      session === undefined
        ? statusWithout(sessionNode)
        : statusOf(session.state, session.activity);
    const live = key === "" ? sessions.liveCount : 0;
    const { text = "" } = status;
    node.status(
      describeLive === undefined || live < 2
        ? status
        : { ...status, text: describeLive(text, live) },
    );
  };
  // A node that is deployed later has missed all that happened before.
  show(key || sessions.keys.at(-1));
  return sessions.subscribe({
    state: (changed) => {
      if (key !== "") {
        if (key === changed) show(key);
      } else show(sessions.peek(changed) === undefined ? sessions.keys.at(-1) : changed);
    },
  });
}

/** Without a session. What is in its way is asked anew: a key may come or go while the flows run. */
function statusWithout({ problem }: Pick<SessionNode, "problem">): NodeStatus {
  return problem === undefined ? IDLE : failed(problem);
}

function failed({ code }: RealtimeError): NodeStatus {
  return { fill: "red", shape: "ring", text: textOfReason(code) ?? code };
}

/** The key of the words for what is in the way, in a node's catalogue; undefined where it has none. */
export function textOfReason(code: string): string | undefined {
  return REASONS.get(code);
}
