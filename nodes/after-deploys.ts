import type { NodeAPI } from "node-red";
import { asRealtimeError } from "./realtime-error";

/** What is called, and who is told when it fails. */
const listeners = new Map<() => void, (error: unknown) => void>();

/**
 * Calls a listener after each deploy, when all nodes of the flows are there. The returned function
 * ends that. One that another one adds is called after all others, by the same deploy. All nodes share
 * one listener at Node-RED, because more than ten count as a leak.
 */
export function afterDeploys(
  { events, log }: Pick<NodeAPI, "events" | "log">,
  listener: () => void,
): () => void {
  if (listeners.size === 0) events.on("flows:started", callAll);
  listeners.set(listener, (error) => log.error(asRealtimeError(error).message));
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) events.off("flows:started", callAll);
  };
}

function callAll(): void {
  // A Map gives what is added to it meanwhile, too.
  for (const [listener, onFailure] of listeners) {
    try {
      listener();
    } catch (error) {
      // One node's trouble keeps nothing from the others, and does not end Node-RED.
      onFailure(error);
    }
  }
}
