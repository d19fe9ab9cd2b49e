import { BlockList, isIP } from "node:net";
import { RealtimeError } from "../protocol/errors";
import {
  endpointPresets,
  isPresetName,
  type Preset,
  type PresetName,
  type SessionPurpose,
} from "./endpoint-presets";
import type { DialectChoice, EndpointTarget } from "./endpoint-target";
import { FREE, parsePrices } from "./prices";

/** A server as a person describes it. */
export interface Endpoint {
  /** Which server it is; `compatible` for one that is not known by name. */
  readonly kind: PresetName;
  /**
   * Address of the WebSocket, where the preset has none of its own; a query in it is kept. For
   * Azure the name of the resource, or its address.
   */
  readonly url?: string | undefined;
  /** The key, or the token that stands for it; spaces around it are left out. Default: none. */
  readonly apiKey?: string | undefined;
  /** The header that carries the key, where it is not the preset's. */
  readonly keyHeader?: string | undefined;
  /** What the server speaks, where it is not the preset's. */
  readonly dialect?: DialectChoice | undefined;
  /** Azure preview: the `api-version` of the address. */
  readonly apiVersion?: string | undefined;
  /** Offered in the handshake. */
  readonly subprotocols?: readonly string[] | undefined;
  /** Whom OpenAI bills, where a key belongs to several. */
  readonly organization?: string | undefined;
  readonly project?: string | undefined;
  /** Further headers of the handshake. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Prices as JSON, see `parsePrices`; they go before those of our list. */
  readonly prices?: string | undefined;
}

/** What Azure's preview speaks where nothing is said, the last one there was. */
const AZURE_PREVIEW_VERSION = "2025-04-01-preview";

/**
 * Where a session for this purpose on this server connects to.
 *
 * @throws RealtimeError `unknown_server`, `no_key`, `no_model`, `no_call`, `wrong_purpose`,
 *   `invalid_url`, `insecure_url`, `invalid_header`, `invalid_prices`. No text of an error holds the
 *   address, as its query may hold a key.
 */
export function endpointTarget(endpoint: Endpoint, purpose: SessionPurpose): EndpointTarget {
  if (!isPresetName(endpoint.kind)) throw unknownServer();
  const preset: Preset = endpointPresets[endpoint.kind];
  const apiKey = endpoint.apiKey?.trim() ?? "";
  if (preset.needsKey && apiKey === "")
    throw new RealtimeError("no_key", "The endpoint has no API key", { param: "apiKey" });
  checkPurpose(preset, purpose);
  const url = addressOf(preset, endpoint);
  addPurpose(url, preset, purpose);
  const headers = headersOf(preset, endpoint, apiKey);
  if (url.protocol === "ws:" && hasSecret(endpoint, apiKey) && !isPrivateHost(url.hostname)) {
    throw new RealtimeError(
      "insecure_url",
      "A key may not travel unencrypted over the internet: use wss:// for this server",
      { param: "url" },
    );
  }
  const dialect = endpoint.dialect ?? preset.dialect;
  // OpenAI has closed it, and Azure chooses by the address; others may ask for it.
  if (dialect === "beta" && preset.address.kind === "own") headers["OpenAI-Beta"] ??= "realtime=v1";
  const prices = endpoint.kind === "built-in" ? FREE : parsePrices(endpoint.prices ?? "");
  return {
    url: url.href,
    headers,
    dialect,
    ...(endpoint.subprotocols?.length ? { subprotocols: endpoint.subprotocols } : {}),
    strictness: preset.strictness,
    settingsAck: preset.settingsAck,
    ...modelInUpdates(preset, purpose),
    ...(preset.needsFormats === true ? { needsFormats: true } : {}),
    firstEventTimeoutMs: preset.firstEventTimeoutMs,
    ...(prices.size === 0 ? {} : { prices }),
    ...(purpose.kind === "call" ? { isCall: true } : {}),
    ...(preset.address.kind === "built-in" ? { takesSentences: true } : {}),
  };
}

function unknownServer(): RealtimeError {
  const text = "The endpoint is for a kind of server not known here";
  return new RealtimeError("unknown_server", text, { param: "kind" });
}

/** What sessions of each kind are called. */
const SESSIONS: Readonly<Record<SessionPurpose["kind"], string>> = {
  model: "sessions with a model",
  call: "sessions beside a phone call",
  transcription: "sessions that only transcribe",
};

function checkPurpose(preset: Preset, purpose: SessionPurpose): void {
  if (!preset.purposes.includes(purpose.kind)) {
    throw new RealtimeError(
      "wrong_purpose",
      `${preset.name} has no ${SESSIONS[purpose.kind]}, but ${preset.purposes.map((kind) => SESSIONS[kind]).join(" and ")}`,
      { param: "endpoint" },
    );
  }
  if (purpose.kind === "call" && purpose.callId === "")
    throw new RealtimeError("no_call", "The session names no call", { param: "callId" });
  if (purpose.kind === "model" && purpose.model === "" && preset.needsModel)
    throw new RealtimeError("no_model", "The session names no model", { param: "model" });
}

function addressOf({ address }: Preset, { url = "", apiVersion }: Endpoint): URL {
  switch (address.kind) {
    case "fixed":
      return new URL(address.url);
    case "own":
    case "built-in":
      return parseAddress(url);
    case "azure": {
      const resource = azureResource(url);
      // Azure shows the address of the resource, or that below which all its interfaces stand.
      const shown = resource.pathname.replace(/\/?$/, "/");
      if (`${address.path}/`.startsWith(shown)) resource.pathname = address.path;
      const query = resource.searchParams;
      const version = apiVersion?.trim() || query.get("api-version") || AZURE_PREVIEW_VERSION;
      if (address.isPreview) query.set("api-version", version);
      return resource;
    }
  }
}

/** The host of an Azure resource, given as its name or as an address in any of its spellings. */
function azureResource(text: string): URL {
  const name = text.trim();
  if (/^[a-z0-9][a-z0-9-]{0,62}$/i.test(name))
    return new URL(`wss://${name.toLowerCase()}.openai.azure.com/`);
  return parseAddress(name.replace(/^http/i, "ws"));
}

/** Exactly one of model, call and intent, but for what the address itself names. */
function addPurpose(url: URL, { address }: Preset, purpose: SessionPurpose): void {
  const query = url.searchParams;
  const modelMember = address.kind === "azure" && address.isPreview ? "deployment" : "model";
  const setModel = (model: string): void => {
    if (model !== "" && !query.has(modelMember)) query.set(modelMember, model);
  };
  switch (purpose.kind) {
    case "model":
      setModel(purpose.model);
      return;
    case "call":
      query.delete(modelMember);
      query.set("call_id", purpose.callId);
      return;
    case "transcription":
      query.set("intent", "transcription");
      // In the cloud the model of a transcription is a setting; at home it is what is loaded.
      if (address.kind === "own") setModel(purpose.model ?? "");
      else query.delete(modelMember);
  }
}

function modelInUpdates(
  { takesModelInUpdates }: Preset,
  purpose: SessionPurpose,
): Pick<EndpointTarget, "modelInUpdates"> {
  const model = purpose.kind === "call" ? undefined : purpose.model;
  return takesModelInUpdates === true && model ? { modelInUpdates: model } : {};
}

function hasSecret({ headers }: Endpoint, apiKey: string): boolean {
  return apiKey !== "" || Object.keys(headers ?? {}).length > 0;
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

function headersOf(preset: Preset, endpoint: Endpoint, apiKey: string): Record<string, string> {
  const headers: Record<string, string> = {};
  const keyHeader = endpoint.keyHeader?.trim() || preset.keyHeader;
  const isBearer = keyHeader.toLowerCase() === "authorization";
  if (apiKey !== "") headers[keyHeader] = isBearer ? `Bearer ${apiKey}` : apiKey;
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
// Of networks behind a provider's own translation, and of private networks laid over the internet.
privateAddresses.addSubnet("100.64.0.0", 10, "ipv4");
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
