import { RealtimeError } from "../protocol/errors";
import type { EventOf } from "../protocol/event-types";
import type { Clock } from "./clock";

/** How often a server is asked again that has answered that the account is out of credit, in ms. */
const PROBE_EVERY = 15 * 60_000;

/** Errors of failed responses that only a payment mends. */
const QUOTA_CODES: ReadonlySet<string> = new Set([
  "insufficient_quota",
  "billing_hard_limit_reached",
  "credit_balance_exhausted",
]);

/**
 * Whether the account has credit, as far as the server's answers tell: one that is not paid answers
 * every request with the same refusal.
 */
export class Quota {
  readonly #clock: Clock;
  /** Why requests are refused, and from when on one is let through to see whether it holds. */
  #exhausted: { readonly error: RealtimeError; probeAt: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Why a request is not to be sent; undefined for one that is. */
  admit(): RealtimeError | undefined {
    const exhausted = this.#exhausted;
    if (exhausted === undefined) return undefined;
    const now = this.#clock.now();
    if (now < exhausted.probeAt) return exhausted.error;
    exhausted.probeAt = now + PROBE_EVERY;
    return undefined;
  }

  /** A response has ended; returns the error, and whether it is news, when the credit has too. */
  note({
    status,
    status_details: details,
  }: EventOf<"response.done">["response"]): { error: RealtimeError; isNew: boolean } | undefined {
    if (status === "completed") this.#exhausted = undefined;
    const code = details?.error?.code;
    if (status !== "failed" || typeof code !== "string" || !QUOTA_CODES.has(code)) return undefined;
    const isNew = this.#exhausted === undefined;
    const text = "The account is out of credit: responses are refused until it is paid";
    const error = new RealtimeError(code, text);
    this.#exhausted = { error, probeAt: this.#clock.now() + PROBE_EVERY };
    return { error, isNew };
  }
}
