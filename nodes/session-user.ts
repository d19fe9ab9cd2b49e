import type { Node, NodeAPI, NodeMessage } from "node-red";
import { RealtimeError } from "../lib/index";
import { afterDeploys } from "./after-deploys";
import type { EndpointNode } from "./endpoint";
import { fail } from "./realtime-error";
import { findSession, type SessionNode } from "./session";

/** What a node does with a session's config node. */
export interface SessionUse {
  /** Takes a message, as Node-RED gives it. */
  input(
    message: NodeMessage,
    send: (message: NodeMessage) => void,
    done: (error?: Error) => void,
  ): void;
  /**
   * Ends the use. `isDeployedAnew`: Node-RED makes the node anew, as far as it says so; false where it
   * is gone, and where it stays and its session is another.
   */
  close(isDeployedAnew: boolean): void;
}

/**
 * Has a node use the session's config node of this id for as long as the node lives. Node-RED starts a
 * node anew when its config node was changed; not when that, or the endpoint, comes back under its old
 * id, nor where the id is a variable's value: then one use ends with the deploy, and the next begins.
 *
 * Without such a config node, as where it is disabled, the node says so on the canvas and to each
 * message.
 *
 * @param use begins a use of the session that there is
 */
export function useSession(
  RED: NodeAPI,
  node: Node,
  id: string,
  use: (session: SessionNode) => SessionUse,
): void {
  let session: SessionNode | undefined;
  let endpoint: EndpointNode | undefined;
  let current: SessionUse;
  const begin = (): void => {
    session = findSession(RED, id);
    endpoint = session?.endpoint;
    session?.register(node);
    current = session === undefined ? withoutSession(RED, node) : use(session);
  };
  const end = (isDeployedAnew: boolean): void => {
    current.close(isDeployedAnew);
    session?.deregister(node);
  };
  begin();
  const stopFollowing = afterDeploys(RED, () => {
    const found = findSession(RED, id);
    if (found === session && found?.endpoint === endpoint) return;
    end(false);
    begin();
  });
  node.on("input", (message, send, done) => {
    current.input(message, send, done);
  });
  node.on("close", (removed: boolean, done: () => void) => {
    stopFollowing();
    end(!removed);
    done();
  });
}

function withoutSession(RED: NodeAPI, node: Node): SessionUse {
  node.status({ fill: "red", shape: "ring", text: "status.no-session" });
  return {
    input: (_message, _send, done) => {
      const text = "This node has no session, or it is disabled";
      fail(RED, node, new RealtimeError("no_session", text), done);
    },
    // A node that is deployed anew keeps its last status until it has another one.
    close: () => node.status({}),
  };
}
