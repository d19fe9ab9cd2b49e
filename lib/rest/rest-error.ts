import { RealtimeError } from "../protocol/errors";

/** What an HTTP answer says of a failure. */
export interface RestErrorDetails {
  /** Path of the member at fault, as in `session.audio.output.voice`. */
  readonly param?: string | null;
  /** Class of the error as the server names it, as in `invalid_request_error`. */
  readonly type?: string | null;
  readonly status?: number | null;
  readonly requestId?: string | null;
  readonly retryAfterMs?: number | null;
}

/**
 * A call over HTTP that failed. Neither its text nor its members hold the key, the query of the
 * address, or anything of the request's or the answer's body but the server's code and the path of
 * the member at fault.
 *
 * Its code is the server's own, or `unauthorized`, `forbidden`, `redirected` or `http_<status>` where
 * the server gives none; else `invalid_url`, `tls_failed`, `connection_failed`, `proxy_login`,
 * `proxy_refused`, `timeout`, `answer_cut_off`, `answer_too_large`, `bad_answer` or `aborted`.
 */
export class RestError extends RealtimeError {
  /** HTTP status of the answer; null where none came. */
  readonly status: number | null;
  /** What the server calls the request in its own records, for a question to its support. */
  readonly requestId: string | null;
  /** How long the server asked to be left alone, in ms. */
  readonly retryAfterMs: number | null;

  constructor(code: string, message: string, details: RestErrorDetails = {}) {
    const { status = null, requestId = null, retryAfterMs = null } = details;
    super(code, message, { param: details.param ?? null, type: details.type ?? null });
    this.name = "RestError";
    this.status = status;
    this.requestId = requestId;
    this.retryAfterMs = retryAfterMs;
  }
}
