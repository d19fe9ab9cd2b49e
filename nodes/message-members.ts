import { RealtimeError } from "../lib/index";

/** `msg.realtime`, whatever a flow has made of it: without members where it is no object. */
export function realtimeIn(message: object): Readonly<Record<string, unknown>> {
  const realtime: unknown = Reflect.get(message, "realtime");
  const isObject = typeof realtime === "object" && realtime !== null;
  return isObject ? (realtime as Record<string, unknown>) : {};
}

/** @throws RealtimeError `unknown_action` when `msg.action` is none of these. */
export function actionIn<Action extends string>(
  message: object,
  actions: readonly Action[],
): Action {
  const action: unknown = Reflect.get(message, "action");
  const known = actions.find((name) => name === action);
  if (known !== undefined) return known;
  throw new RealtimeError("unknown_action", `msg.action must be one of ${actions.join(", ")}`, {
    param: "msg.action",
  });
}
