import { RealtimeError } from "../protocol/errors";
import type { SocketEnd } from "./socket";

/** Why a connection ended, and whether trying again can help. */
export interface Failure {
  readonly error: RealtimeError;
  /**
   * True when the same attempt must fail again: a wrong key, an unknown model, refused settings.
   * Such a session stops until somebody changes something.
   */
  readonly fatal: boolean;
  /** True for what is rarely mended soon: attempts may be minutes apart. */
  readonly isSlow?: boolean;
  /** How long the server asked to be left alone, in ms. */
  readonly retryAfterMs?: number;
}

/** Server codes that no retry can mend. */
const FATAL_CODES: ReadonlySet<string> = new Set([
  "invalid_api_key",
  "account_deactivated",
  "model_not_found",
  "beta_api_shape_disabled",
]);

/**
 * TLS failures that a retry may mend: a machine without a battery for its clock starts in the past,
 * and every certificate is not valid yet until the clock is set.
 */
const CERTIFICATE_TIME_CODES: ReadonlySet<string> = new Set([
  "CERT_NOT_YET_VALID",
  "CERT_HAS_EXPIRED",
  "CRL_NOT_YET_VALID",
  "CRL_HAS_EXPIRED",
]);

/**
 * EPROTO: what came is no TLS, as from a server without it. ERR_OSSL: a certificate or key that does
 * not fit the connection. The others are OpenSSL's names for what is wrong with a certificate.
 */
const TLS_CODE =
  /^(?:EPROTO$|ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|CRL_|ERROR_IN_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|(?:INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)$)/;

/** True when an `error` event with this code ends the session for good. */
export function isFatalCode(code: string | null): boolean {
  return code !== null && FATAL_CODES.has(code);
}

/** Says what the end of a socket means. The error's text holds no address, header or payload. */
export function failureOf(end: SocketEnd): Failure {
  switch (end.kind) {
    case "refused":
      return refusal(end.status, end.code, end.retryAfterMs);
    case "proxy":
      return end.status === 407
        ? fatal("proxy_login", "The proxy asks for a name and password: HTTP 407")
        : recoverable("proxy_refused", `The proxy made no connection: HTTP ${end.status}`);
    case "tls":
      return fatal("tls_failed", end.problem);
    case "failed":
      return brokenLine(end.code);
    case "closed":
      return closing(end.code, end.reason);
    case "silent":
      return end.phase === "handshake"
        ? recoverable("handshake_timeout", "The server did not answer the handshake in time")
        : recoverable("peer_silent", "The server has gone silent: the connection was given up");
  }
}

/**
 * The same of the side of a call. Whoever hangs up ends it for good: the server closes, or does not
 * know the call any more.
 */
export function failureOfCall(end: SocketEnd): Failure {
  const isOver =
    (end.kind === "refused" && end.status === 404) || (end.kind === "closed" && end.code === 1000);
  return isOver ? fatal("call_ended", "The call is over") : failureOf(end);
}

function refusal(status: number, code: string | null, retryAfterMs: number | null): Failure {
  const said = code === null ? "" : ` (${code})`;
  if (status === 401 || status === 403) {
    return fatal(
      code ?? (status === 401 ? "unauthorized" : "forbidden"),
      `The server refused the key: HTTP ${status}${said}`,
    );
  }
  const isRedirect = status >= 300 && status < 400;
  const error = new RealtimeError(
    code ?? `http_${status}`,
    isRedirect
      ? `The server sends to another address (HTTP ${status}${said}), where the key is not taken: enter that address`
      : `The server refused the connection: HTTP ${status}${said}`,
  );
  return {
    error,
    fatal: isFatalCode(code),
    isSlow: status === 404,
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  };
}

function brokenLine(code: string): Failure {
  if (code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") {
    return recoverable(
      "frame_too_large",
      "The server sent a frame that is larger than the endpoint's limit",
    );
  }
  if (code === "ERR_INVALID_URL")
    return fatal("invalid_url", "The endpoint's address is not a WebSocket address");
  const text = `No connection to the server: ${code}`;
  if (TLS_CODE.test(code) && !CERTIFICATE_TIME_CODES.has(code)) return fatal("tls_failed", text);
  const isSlow = CERTIFICATE_TIME_CODES.has(code) || code === "ENOTFOUND" || code === "EAI_AGAIN";
  return { ...recoverable("connection_failed", text), isSlow };
}

function closing(code: number, reason: string): Failure {
  if (reason.includes("beta_api_shape_disabled")) {
    return fatal(
      "beta_api_shape_disabled",
      "The server no longer speaks the beta dialect: choose GA in the endpoint",
    );
  }
  return recoverable("connection_lost", `The connection was closed by the server: code ${code}`);
}

function fatal(code: string, message: string): Failure {
  return { error: new RealtimeError(code, message), fatal: true };
}

function recoverable(code: string, message: string): Failure {
  return { error: new RealtimeError(code, message), fatal: false };
}
