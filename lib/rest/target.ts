import type { ConnectionOptions } from "node:tls";
import { RealtimeError } from "../protocol/errors";
import type { Strictness } from "../protocol/validate";

/** How a server is reached, for sockets and for calls over HTTP alike. */
interface ServerAddress {
  /** Its address, query included. Never logged. */
  readonly url: string;
  /** Headers of each request, the key's among them. Never logged. */
  readonly headers: Readonly<Record<string, string>>;
  readonly tls?: ConnectionOptions;
  /** Address of the HTTP proxy to go through, its login included. Never logged. */
  readonly proxy?: string;
  /** How strictly settings are checked before they are sent. */
  readonly strictness: Strictness;
}

/**
 * Where a server takes calls over HTTP: `url` is the address below which all of them stand, such as
 * `https://api.openai.com/v1/realtime`. Made anew for each call, as a key may change.
 */
export interface RestTarget extends ServerAddress {}

/** What a WebSocket's address says of the session that it opens: no call over HTTP is about it. */
const SESSION_MEMBERS = ["model", "deployment", "call_id", "intent"];

/**
 * The calls of the server that a WebSocket's address leads to: the same host and key, and its path
 * up to `/realtime`. What else is in its query stays, such as an `api-version`.
 *
 * @throws RealtimeError `no_http_address` where the path holds no `/realtime`, `invalid_url` where it
 *   is no address of a server at all.
 */
export function restTarget(socket: ServerAddress): RestTarget {
  const { headers, tls, proxy, strictness } = socket;
  const url = addressOf(socket.url);
  const path = /^.*\/realtime(?=\/|$)/.exec(url.pathname)?.[0];
  if (path === undefined) {
    throw new RealtimeError(
      "no_http_address",
      "The endpoint's address holds no /realtime, so the address of its calls over HTTP is not known",
      { param: "url" },
    );
  }
  url.pathname = path;
  for (const name of SESSION_MEMBERS) url.searchParams.delete(name);
  return {
    url: url.href,
    // It chooses the beta dialect, which these calls do not have.
    headers: Object.fromEntries(
      Object.entries(headers).filter(([name]) => name.toLowerCase() !== "openai-beta"),
    ),
    ...(tls === undefined ? {} : { tls }),
    ...(proxy === undefined ? {} : { proxy }),
    strictness,
  };
}

/** Only the fact is told: the error of the URL parser holds the whole address. */
function addressOf(socketUrl: string): URL {
  const text = String(socketUrl).replace(/^ws/i, "http");
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw new RealtimeError("invalid_url", "The endpoint's address is not one of a server", {
    param: "url",
  });
}
