import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { SessionOptions } from "./session";

/** Why a request for a socket is turned down, as an HTTP answer. */
export interface Refused {
  readonly ok: false;
  readonly status: 400 | 401 | 403 | 404 | 429 | 500 | 503;
  readonly code: string;
  readonly message: string;
  /** What the Retry-After header asks for, in seconds. */
  readonly retryAfter?: number;
}

export type Handshake =
  { readonly ok: true; readonly purpose: SessionOptions["purpose"] } | Refused;

/** Whether a client asks for the beta dialect, which OpenAI has switched off. */
export function asksForBeta({ headers }: Pick<IncomingMessage, "headers">): boolean {
  return headers["openai-beta"] !== undefined;
}

export const SESSION_PATH = "/v1/realtime";

const MAX_MODEL_LENGTH = 256;

/**
 * Looks at a request for a socket. No page in a browser may get one, wherever it comes from: it
 * would have an Origin, or with a rebound name a Host that is not this machine.
 */
export function checkHandshake(
  request: Pick<IncomingMessage, "headers" | "url">,
  options: { readonly token: string | null; readonly model: string },
): Handshake {
  const { headers } = request;
  if (headers.origin !== undefined) {
    return refused(403, "origin_not_allowed", "Requests with an Origin are not allowed.");
  }
  if (!isLoopback(headers.host)) {
    return refused(403, "host_not_allowed", "The Host must be this machine's loopback address.");
  }
  const url = URL.parse(request.url ?? "", "ws://localhost");
  if (url?.pathname !== SESSION_PATH) {
    return refused(404, "not_found", `Sessions are at ${SESSION_PATH}.`);
  }
  if (options.token !== null && !isBearer(headers.authorization, options.token)) {
    return refused(401, "invalid_api_key", "Incorrect or missing API key.");
  }
  return purposeOf(url.searchParams, options.model);
}

function purposeOf(query: URLSearchParams, defaultModel: string): Handshake {
  const model = query.get("model");
  const intent = query.get("intent");
  if (intent === null) {
    const name = model ?? defaultModel;
    if (name !== "" && name.length <= MAX_MODEL_LENGTH) {
      return { ok: true, purpose: { model: name } };
    }
    return refused(400, "invalid_value", "The model must have a name of at most 256 characters.");
  }
  if (model !== null) {
    return refused(400, "invalid_value", "Give either a model or an intent, not both.");
  }
  if (intent === "transcription") return { ok: true, purpose: "transcription" };
  return refused(400, "invalid_value", 'The only intent is "transcription".');
}

function refused(status: Refused["status"], code: string, message: string): Refused {
  return { ok: false, status, code, message };
}

function isLoopback(host: string | undefined): boolean {
  const name = URL.parse(`http://${host ?? ""}`)?.hostname;
  if (name === undefined) return false;
  return name === "localhost" || name === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(name);
}

function isBearer(header: string | undefined, token: string): boolean {
  const given = Buffer.from(/^Bearer +(\S+) *$/i.exec(header ?? "")?.[1] ?? "");
  const expected = Buffer.from(token);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
