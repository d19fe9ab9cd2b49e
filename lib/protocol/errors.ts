/** What may accompany the code and message of a `RealtimeError`. */
export interface RealtimeErrorDetails {
  /** Path of the member at fault, as in `session.audio.output.voice`. */
  param?: string | null;
  /** `event_id` of the client event that caused it. */
  eventId?: string | null;
  /** Class of the error as a server names it, as in `invalid_request_error`. */
  type?: string | null;
  /** Whether nothing of the event has left. */
  isUnsent?: boolean;
  /** The error this one was made from. Must not hold a secret: loggers print it. */
  cause?: unknown;
}

/** Whatever was thrown, in words for a message. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Any failure this library reports: a refusal by the server (its `error` event), or one of our own.
 * `code` is for programs, `message` for people. The message never holds a payload, a secret or the
 * query of a URL.
 */
export class RealtimeError extends Error {
  /** The server's own where it refused something, else one that is told of the call that failed. */
  readonly code: string;
  /** Path of the member or option at fault, as in `session.audio.output.voice`; null without one. */
  readonly param: string | null;
  /** `event_id` of the client event that caused it; null where no single one did. */
  readonly eventId: string | null;
  /** Class of the error as the server names it, as in `invalid_request_error`; null of our own. */
  readonly type: string | null;
  /** True of an event of which nothing has left: to send it again cannot double it. */
  readonly isUnsent: boolean;

  constructor(code: string, message: string, details: RealtimeErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "RealtimeError";
    this.code = code;
    this.param = details.param ?? null;
    this.eventId = details.eventId ?? null;
    this.type = details.type ?? null;
    this.isUnsent = details.isUnsent ?? false;
  }
}
