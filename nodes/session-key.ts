import { DEFAULT_KEY, RealtimeError } from "../lib/index";
import { realtimeIn } from "./message-members";

/**
 * The key in a node's form; empty where it holds none. A room's number stays one in a property of a
 * subflow, or in a variable of a tab.
 */
export function ownKeyOf({ key }: { readonly key?: string | number }): string {
  return String(key ?? "").trim();
}

/**
 * The key of the session that a message is about: the message's, else the node's, else "default".
 *
 * @throws RealtimeError `bad_session_key` when the message names one that is no text.
 */
export function sessionKeyOf(message: object, nodeKey: string): string {
  const { session: key } = realtimeIn(message);
  if (key === undefined || key === null) return nodeKey || DEFAULT_KEY;
  if (typeof key === "string") return key;
  throw new RealtimeError("bad_session_key", "msg.realtime.session must be a text", {
    param: "msg.realtime.session",
  });
}
