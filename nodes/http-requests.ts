import type { Node, NodeAPI, NodeMessage } from "node-red";
import { RealtimeError, RestError } from "../lib/index";
import { endWith } from "./realtime-error";
import type { SessionNode } from "./session";
import { useSession } from "./session-user";
import { textOfReason } from "./status";

/** What is done over HTTP for one message. */
export type HttpWork = (
  message: NodeMessage,
  session: SessionNode,
  signal: AbortSignal,
) => Promise<NodeMessage>;

/** Requests of one node at the same time, at most: a server that is slow must not gather them. */
const MAX_AT_ONCE = 16;

/** Texts for what only happens over HTTP. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ["timeout", "status.no-answer"],
  ["no_http_address", "status.no-http-address"],
  ["session_limit", "status.session-limit"],
  ["session_in_use", "status.session-in-use"],
]);

/**
 * Lets a node do its work over HTTP for each message that comes, and send what comes of it. The node
 * shows as core's `http request` does that it waits, and why the last one failed. What still waits
 * when the node is closed is given up.
 */
export function serveOverHttp(RED: NodeAPI, node: Node, sessionId: string, work: HttpWork): void {
  useSession(RED, node, sessionId, (session) => {
    const closing = new AbortController();
    let running = 0;

    const serve = async (message: NodeMessage, send: (answer: NodeMessage) => void) => {
      if (running >= MAX_AT_ONCE) {
        throw new RealtimeError(
          "too_many_requests",
          `${MAX_AT_ONCE} requests of this node are waiting for the server already`,
        );
      }
      running += 1;
      node.status({ fill: "blue", shape: "dot", text: "status.requesting" });
      let answer: NodeMessage;
      try {
        answer = await work(message, session, closing.signal);
      } catch (error) {
        const text = textOf(error);
        if (!closing.signal.aborted) node.status({ fill: "red", shape: "ring", text });
        throw error;
      } finally {
        running -= 1;
      }
      if (running === 0 && !closing.signal.aborted) node.status({});
      // Beyond the work: what Node-RED cannot hand on was still answered, once.
      send(answer);
    };

    return {
      input: (message, send, done) => endWith(RED, node, serve(message, send), done),
      close: () => {
        closing.abort();
        // As core's node has it: the one that is deployed in its place waits for nothing, and failed at nothing.
        node.status({});
      },
    };
  });
}

/** A code of a server's own is shown as it is. What is wrong with a message, Catch nodes are told. */
function textOf(error: unknown): string {
  if (!(error instanceof RealtimeError)) return "status.failed";
  const { code } = error;
  const isServers = error instanceof RestError && error.status !== null;
  return REASONS.get(code) ?? textOfReason(code) ?? (isServers ? code : "status.failed");
}
