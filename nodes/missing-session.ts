import type { Node, NodeAPI } from "node-red";
import { RealtimeError } from "../lib/index";
import { fail } from "./realtime-error";
import { findSession, type SessionNode } from "./session";

/**
 * The session's config node that a node is to use. Undefined where it is missing or disabled: then
 * the node says so on the canvas, and to each message.
 */
export function sessionFor(RED: NodeAPI, node: Node, id: string): SessionNode | undefined {
  const session = findSession(RED, id);
  if (session === undefined) {
    node.status({ fill: "red", shape: "ring", text: "status.no-session" });
    node.on("input", (_message, _send, done) => {
      const text = "This node has no session, or it is disabled";
      fail(RED, node, new RealtimeError("no_session", text), done);
    });
  }
  return session;
}
