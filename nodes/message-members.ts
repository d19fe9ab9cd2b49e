import { type Members, RealtimeError, membersIn } from "../lib/index";

/** `msg.realtime`, whatever a flow has made of it: without members where it is no object. */
export function realtimeIn(message: object): Members {
  return membersIn(Reflect.get(message, "realtime"));
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
