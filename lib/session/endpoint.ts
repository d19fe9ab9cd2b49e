import { BlockList, isIP } from "node:net";
import { RealtimeError } from "../protocol/errors";
import type { Dialect } from "../protocol/event-types";
import type { EndpointTarget } from "./endpoint-target";
import { FREE, parsePrices } from "./prices";

/** A server as a person describes it. */
export type Endpoint =
  | (Credentials & { readonly kind: "openai" })
  | (Credentials & {
      readonly kind: "compatible";
      /** Address of the WebSocket; a query in it is kept. */
      readonly url: string;
      readonly dialect: Dialect;
    })
  /** The server of this package, on this machine; its token is the key. */
  | (Credentials & { readonly kind: "built-in"; readonly url: string });

interface Credentials {
  readonly apiKey?: string | undefined;
  /** Whom OpenAI bills, where a key belongs to several. */
  readonly organization?: string | undefined;
  readonly project?: string | undefined;
  /** Further headers of the handshake. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Prices as JSON, see `parsePrices`; they go before those of our list. */
  readonly prices?: string | undefined;
}

const OPENAI_URL = "wss://api.openai.com/v1/realtime";

/** How long OpenAI may take to its first event, in ms. */
const CLOUD_FIRST_EVENT_TIMEOUT = 15_000;

/** The same of a server that may load its models first, in ms. */
const LOCAL_FIRST_EVENT_TIMEOUT = 120_000;

/**
 * Where a session of `model` on this server connects to.
 *
 * @throws RealtimeError `no_key`, `no_model`, `invalid_url`, `insecure_url`, `invalid_header`,
 *   `invalid_prices`. No text of an error holds the address, as its query may hold a key.
 */
export function endpointTarget(endpoint: Endpoint, model: string): EndpointTarget {
  const apiKey = endpoint.apiKey?.trim() ?? "";
  const own = endpoint.kind === "built-in" ? FREE : parsePrices(endpoint.prices ?? "");
  const prices = own.size === 0 ? {} : { prices: own };
  switch (endpoint.kind) {
    case "openai": {
      if (apiKey === "")
        throw new RealtimeError("no_key", "The endpoint has no API key", { param: "apiKey" });
      if (model === "")
        throw new RealtimeError("no_model", "The session names no model", { param: "model" });
      return {
        url: withModel(new URL(OPENAI_URL), model).href,
        headers: headersOf(endpoint, apiKey),
        dialect: "ga",
        strictness: "openai",
        settingsAck: "required",
        firstEventTimeoutMs: CLOUD_FIRST_EVENT_TIMEOUT,
        ...prices,
      };
    }
    case "built-in":
      return {
        url: (model === "" ? new URL(endpoint.url) : withModel(new URL(endpoint.url), model)).href,
        headers: headersOf(endpoint, apiKey),
        dialect: "ga",
        strictness: "openai",
        settingsAck: "required",
        firstEventTimeoutMs: LOCAL_FIRST_EVENT_TIMEOUT,
        ...prices,
      };
    case "compatible": {
      const url = parseAddress(endpoint.url);
      const headers = headersOf(endpoint, apiKey);
      const hasSecret = apiKey !== "" || Object.keys(endpoint.headers ?? {}).length > 0;
      if (url.protocol === "ws:" && hasSecret && !isPrivateHost(url.hostname)) {
        throw new RealtimeError(
          "insecure_url",
          "A key may not travel unencrypted over the internet: use wss:// for this server",
          { param: "url" },
        );
      }
      if (endpoint.dialect === "beta") headers["OpenAI-Beta"] = "realtime=v1";
      return {
        url: (model === "" ? url : withModel(url, model)).href,
        headers,
        dialect: endpoint.dialect,
        strictness: "compatible",
        settingsAck: "optional",
        firstEventTimeoutMs: LOCAL_FIRST_EVENT_TIMEOUT,
        ...prices,
      };
    }
  }
}

/** The address with the model in its query, unless the address names one itself. */
function withModel(url: URL, model: string): URL {
  if (!url.searchParams.has("model")) url.searchParams.set("model", model);
  return url;
}

function parseAddress(text: string): URL {
  // Only the fact is told: the error of the URL parser holds the whole address.
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  if (url === undefined || !/^wss?:$/.test(url.protocol)) {
    throw new RealtimeError(
      "invalid_url",
      "The endpoint's address must begin with ws:// or wss:// and name a host",
      { param: "url" },
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new RealtimeError(
      "invalid_url",
      "The endpoint's address must not hold a user or password: use a header",
      { param: "url" },
    );
  }
  url.hash = "";
  return url;
}

/** A token of RFC 9110, and a value without line breaks or other control characters. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

function headersOf(endpoint: Endpoint, apiKey: string): Record<string, string> {
  const headers: Record<string, string> = {};
  if (apiKey !== "") headers["Authorization"] = `Bearer ${apiKey}`;
  if (endpoint.organization) headers["OpenAI-Organization"] = endpoint.organization;
  if (endpoint.project) headers["OpenAI-Project"] = endpoint.project;
  for (const [name, value] of Object.entries(endpoint.headers ?? {})) headers[name] = value;
  for (const [name, value] of Object.entries(headers)) {
    if (HEADER_NAME.test(name) && HEADER_VALUE.test(value)) continue;
    throw new RealtimeError("invalid_header", "A header of the endpoint cannot be sent", {
      param: HEADER_NAME.test(name) ? name : "headers",
    });
  }
  return headers;
}

const privateAddresses = new BlockList();
privateAddresses.addSubnet("10.0.0.0", 8, "ipv4");
privateAddresses.addSubnet("127.0.0.0", 8, "ipv4");
privateAddresses.addSubnet("169.254.0.0", 16, "ipv4");
privateAddresses.addSubnet("172.16.0.0", 12, "ipv4");
privateAddresses.addSubnet("192.168.0.0", 16, "ipv4");
privateAddresses.addAddress("::1", "ipv6");
privateAddresses.addSubnet("fc00::", 7, "ipv6");
privateAddresses.addSubnet("fe80::", 10, "ipv6");

/** True for this machine and for names and addresses that the internet does not route. */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const family = isIP(host);
  if (family !== 0) return privateAddresses.check(host, family === 6 ? "ipv6" : "ipv4");
  // A name without a dot is one of the local network, of a container, or "localhost".
  return !host.includes(".") || /\.(?:local|lan|home|internal|localhost|home\.arpa)$/.test(host);
}
