import type { Node, NodeAPI } from "node-red";
import type { RealtimeError } from "../lib/index";
import { afterDeploys } from "./after-deploys";
import { asRealtimeError, fail, reportError } from "./realtime-error";

/**
 * Reports what is wrong with a node's form: later, as Catch nodes are made after all others, unless the
 * returned function is called before.
 */
export function reportForm(RED: NodeAPI, node: Node, error: RealtimeError): () => void {
  const stop = afterDeploys(RED, () => {
    stop();
    reportError(RED, node, error);
  });
  return stop;
}

/**
 * Says that a node's form cannot be used, as it may be where a flow was written by hand or a field
 * names a variable: the node shows it, tells Catch nodes once they are there, and each message.
 */
export function sayUnusable(RED: NodeAPI, node: Node, problem: unknown): void {
  const error = asRealtimeError(problem, "invalid_settings");
  node.status({ fill: "red", shape: "ring", text: "status.invalid-settings" });
  const stop = reportForm(RED, node, error);
  node.on("input", (_message, _send, done) => {
    fail(RED, node, error, done);
  });
  node.on("close", () => {
    stop();
    // A node that is deployed anew keeps its last status until it has another one.
    node.status({});
  });
}
