import type { NodeAPI } from "node-red";

const listeners = new Set<() => void>();

/**
 * Calls a listener after each deploy, when all nodes of the flows are there. The returned function
 * ends that. All nodes share one listener at Node-RED, because more than ten count as a leak.
 */
export function afterDeploys({ events }: NodeAPI, listener: () => void): () => void {
  if (listeners.size === 0) events.on("flows:started", callAll);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) events.off("flows:started", callAll);
  };
}

function callAll(): void {
  for (const listener of listeners) listener();
}
