import type { Node, NodeStatus } from "node-red";
import type { Activity, SessionState } from "../lib/index";

/** The look of each activity of a ready session; texts are keys of the nodes' catalogues. */
const ACTIVITIES: Readonly<Record<Activity, NodeStatus>> = {
  quiet: { fill: "green", shape: "dot", text: "status.ready" },
  listening: { fill: "blue", shape: "dot", text: "status.listening" },
  thinking: { fill: "blue", shape: "dot", text: "status.thinking" },
  speaking: { fill: "blue", shape: "dot", text: "status.speaking" },
};

/** A session's state as core's nodes would show it. */
export function statusOf(state: SessionState, activity: Activity): NodeStatus {
  switch (state.status) {
    case "idle":
      return state.reason === undefined
        ? IDLE
        : { fill: "red", shape: "ring", text: "status.disconnected" };
    case "opening":
      return { fill: "yellow", shape: "ring", text: "status.connecting" };
    case "ready":
      return ACTIVITIES[activity];
    case "stopped":
      // The code says more than "error", and no catalogue can know every server's codes.
      return { fill: "red", shape: "ring", text: state.reason.code };
    case "closed":
      return IDLE;
  }
}

const IDLE: NodeStatus = { fill: "grey", shape: "ring", text: "status.idle" };

/** Says on the canvas that a node cannot work for want of its config node. */
export function showMissingSession(node: Pick<Node, "status">): void {
  node.status({ fill: "red", shape: "ring", text: "status.no-session" });
}
