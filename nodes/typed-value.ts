import type { Node, NodeAPI, NodeMessage } from "node-red";
import { RealtimeError } from "../lib/index";

/** A field of the editor's `typedInput`: what stands in it, and what that is. */
export interface TypedValue {
  readonly value: string;
  readonly type: string;
}

/** Not what the parser says, which quotes the value. */
const REASONS: Readonly<Record<string, string>> = {
  json: ": it is no JSON",
  jsonata: ": the JSONata expression has a mistake, or fails",
  msg: ": it is no path of a property",
};

/**
 * What a field holds for a message; undefined for a property in an object that the message lacks, as
 * for any other that it lacks.
 *
 * @param name what an error calls the field
 * @throws RealtimeError `invalid_value` as a rejection.
 */
export function readTypedValue(
  RED: NodeAPI,
  node: Node,
  name: string,
  { value, type }: TypedValue,
  message: NodeMessage,
): Promise<unknown> {
  return new Promise<unknown>((resolve, reject) => {
    const fail = (): void => {
      reject(
        new RealtimeError(
          "invalid_value",
          `The value of "${name}" cannot be read${REASONS[type] ?? ""}`,
          {
            param: type === "msg" ? `msg.${value}` : name,
          },
        ),
      );
    };
    try {
      // Throws at once for some values, calls back for all else.
      RED.util.evaluateNodeProperty(value, type, node, message, (error, result: unknown) => {
        if (!error || isLacking(type, error)) resolve(result);
        else fail();
      });
    } catch {
      fail();
    }
  });
}

/** Whether a message has no such property, in which case core's nodes take it for undefined. */
function isLacking(type: string, error: Error): boolean {
  return type === "msg" && Reflect.get(error, "code") !== "INVALID_EXPR";
}
