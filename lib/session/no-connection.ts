import { RealtimeError, type RealtimeErrorDetails } from "../protocol/errors";

/**
 * What came of something that waited for a connection in vain, with the code `not_connected`.
 * `waitedMs`: how long it had to wait, in ms; `outcome` in words, as in "the event was not sent".
 */
export function noConnectionWithin(
  waitedMs: number,
  outcome: string,
  details?: RealtimeErrorDetails,
): RealtimeError {
  const text = `There was no connection within ${waitedMs / 1000} s: ${outcome}`;
  return new RealtimeError("not_connected", text, details);
}
