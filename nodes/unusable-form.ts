import type { Node, NodeAPI } from "node-red";
import { afterDeploys } from "./after-deploys";
import { asRealtimeError, fail, reportError } from "./realtime-error";

/**
 * Says that a node's form cannot be used, as it may be where a flow was written by hand or a field
 * names a variable: the node shows it, tells Catch nodes once they are there, and each message.
 */
export function sayUnusable(RED: NodeAPI, node: Node, problem: unknown): void {
  const error = asRealtimeError(problem, "invalid_settings");
  node.status({ fill: "red", shape: "ring", text: "status.invalid-settings" });
  const stop = afterDeploys(RED, () => {
    stop();
    reportError(RED, node, error);
  });
  node.on("input", (_message, _send, done) => {
    fail(RED, node, error, done);
  });
  node.on("close", stop);
}
