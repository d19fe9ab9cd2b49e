import type { Node, NodeAPI } from "node-red";
import { RealtimeError } from "../lib/index";

/** Whatever was thrown, as an error that Catch nodes can tell apart; `code`: for one of another kind. */
export function asRealtimeError(error: unknown, code = "failed"): RealtimeError {
  if (error instanceof RealtimeError) return error;
  return new RealtimeError(code, error instanceof Error ? error.message : String(error));
}

/** As Node-RED types what `done` takes. */
type Done = (error?: Error) => void;

/**
 * A text without line breaks and other control characters. A server and a model may say anything: it
 * must not look like another line of the log, nor change the terminal that shows it.
 */
export function onOneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
}

/**
 * A `RealtimeError` as Node-RED shows it best. Of an Error the debug sidebar shows an object, folded
 * and each member cut after 30 characters; of an object with a text of its own, the text as any
 * other: up to 80 characters at once, a longer one whole when it is unfolded. Catch nodes get that
 * text as `msg.error.message`, and with it what the object has as `code` and `cause`.
 *
 * It must not be an Error, nor be called one: the sidebar goes by both.
 */
class Problem implements Error {
  readonly name = "Problem";
  readonly message: string;
  readonly code: string;
  declare readonly cause?: unknown;

  constructor({ message, code, cause }: RealtimeError) {
    this.message = onOneLine(message);
    this.code = code;
    if (cause !== undefined) this.cause = cause;
  }

  toString(): string {
    return this.message;
  }
}

/** What `done` and `node.error` are to get of whatever was thrown; what nobody expected stays whole. */
function shownError(error: unknown): Error {
  if (error instanceof RealtimeError) return new Problem(error);
  return error instanceof Error ? error : new Error(String(error));
}

/** What errors are told with. */
type Reporter = Pick<Node, "error">;

/** Tells Node-RED when the work on a message has ended, and how. */
export function endWith(RED: NodeAPI, node: Reporter, work: Promise<unknown>, done: Done): void {
  work.then(
    () => succeed(RED, node, done),
    (error: unknown) => fail(RED, node, error, done),
  );
}

/** Tells Complete nodes that the work on a message is done. */
export function succeed(RED: NodeAPI, node: Reporter, done: Done): void {
  try {
    done();
  } catch (error) {
    const text = `Complete nodes cannot be given this message: ${asRealtimeError(error).message}`;
    reportError(RED, node, new RealtimeError("message_not_copied", text));
  }
}

/**
 * Tells Catch nodes why the work on a message has failed. Node-RED gives them a copy of the message,
 * and cannot make one that is nested too deep, as a server's event may be. Its own error would end
 * the process: then they get ours without the message.
 */
export function fail(RED: NodeAPI, node: Reporter, error: unknown, done: Done): void {
  try {
    done(shownError(error));
  } catch {
    reportError(RED, node, error);
  }
}

/**
 * Reports what no message of a flow caused.
 *
 * @param about what a Catch node gets beside the error
 */
export function reportError(
  RED: NodeAPI,
  node: Reporter,
  error: unknown,
  about: { readonly topic?: string; readonly realtime?: { readonly session: string } } = {},
): void {
  node.error(shownError(error), { _msgid: RED.util.generateId(), ...about });
}
