import type { RealtimeError } from "../protocol/errors";

/**
 * The same promise, whose rejection need not be handled: whoever asked for something may not look at
 * what became of it, and a rejection that nobody handles would end the process.
 */
export function ignorable<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => undefined);
  return promise;
}

/** A rejection that need not be handled. */
export function rejected(error: RealtimeError): Promise<never> {
  return ignorable(Promise.reject(error));
}
