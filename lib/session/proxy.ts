import { BlockList, isIP } from "node:net";
import { RealtimeError } from "../protocol/errors";

/** The proxies that a machine's environment names, and for whom there is none. */
export interface ProxyRules {
  /** Address of the proxy, login included; undefined to look in the environment. */
  readonly url?: string | undefined;
  /** Hosts that are reached without it, where the address is given. */
  readonly except?: readonly string[];
  /** The variables of the environment by name, such as `process.env`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** As in Node-RED's setting `proxyOptions`: names of the environment in small letters only. */
  readonly lowerCaseOnly?: boolean | undefined;
  /** The same: names in capitals go before those in small letters. */
  readonly favourUpperCase?: boolean | undefined;
}

/**
 * The proxy for a WebSocket; undefined for a direct connection. A proxy that is given goes before
 * the environment's: `wss_proxy`, `https_proxy` and `all_proxy` for `wss://`, `ws_proxy`,
 * `http_proxy` and `all_proxy` for `ws://`, in small letters or capitals, with `no_proxy`.
 *
 * @throws RealtimeError `invalid_proxy`, without the address, which may hold a password.
 */
export function proxyFor(target: string, rules: ProxyRules): string | undefined {
  const { url, except } = rules;
  const { protocol, hostname, port } = new URL(target);
  const isSecure = protocol === "wss:";
  const portNumber = Number(port) || (isSecure ? 443 : 80);
  const read = (name: string): string => readFrom(rules, name);
  const names = isSecure ? ["wss_proxy", "https_proxy"] : ["ws_proxy", "http_proxy"];
  const found = url ?? names.map(read).find((value) => value !== "") ?? read("all_proxy");
  const exceptions = url === undefined ? read("no_proxy").split(/[\s,]+/) : (except ?? []);
  if (found === "" || exceptions.some((rule) => isExcepted(rule, hostname, portNumber)))
    return undefined;
  const address = found.includes("://") ? found : `http://${found}`;
  if (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol))
    return withReadableLogin(address);
  throw new RealtimeError(
    "invalid_proxy",
    "The address of the proxy must begin with http:// or https:// and name a host",
    { param: "proxy" },
  );
}

function readFrom(
  { environment, lowerCaseOnly, favourUpperCase }: ProxyRules,
  name: string,
): string {
  const lower = environment[name] ?? "";
  const upper = lowerCaseOnly === true ? "" : (environment[name.toUpperCase()] ?? "");
  return favourUpperCase === true ? upper || lower : lower || upper;
}

/**
 * The address with a login that can be decoded: a person who writes a password into an address may
 * leave its "%" as they are.
 */
function withReadableLogin(address: string): string {
  const url = new URL(address);
  const { username, password } = url;
  if (isEncoded(username) && isEncoded(password)) return address;
  if (!isEncoded(username)) url.username = username.replaceAll("%", "%25");
  if (!isEncoded(password)) url.password = password.replaceAll("%", "%25");
  return url.href;
}

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * A rule is a host, a domain with all below it (".lan", "*.lan"), a network ("10.0.0.0/8"), `*`, or
 * one of these with a port. An IPv6 address may stand without its brackets, where it has no port.
 */
function isExcepted(rule: string, hostname: string, port: number): boolean {
  const text = rule.trim().toLowerCase();
  const host = unbracketed(hostname.toLowerCase());
  if (isIP(text) !== 0) return isInNetwork(host, text, undefined);
  const [, name = "", only] = /^(.*?)(?::(\d+))?$/.exec(text) ?? [];
  if (name === "" || (only !== undefined && Number(only) !== port)) return false;
  if (name === "*") return true;
  const [, address = "", bits] = /^([^/]*)(?:\/(\d+))?$/.exec(name) ?? [];
  if (isIP(unbracketed(address)) !== 0) return isInNetwork(host, unbracketed(address), bits);
  const domain = name.replace(/^\*?\.?/, "");
  return host === domain || host.endsWith(`.${domain}`);
}

/** Whether a host is this address, or one of those that begin with so many bits of it. */
function isInNetwork(host: string, address: string, bits: string | undefined): boolean {
  const [family, length] = isIP(address) === 6 ? (["ipv6", 128] as const) : (["ipv4", 32] as const);
  const prefix = bits === undefined ? length : Number(bits);
  const hostFamily = isIP(host);
  if (hostFamily === 0 || prefix > length) return false;
  const network = new BlockList();
  network.addSubnet(address, prefix, family);
  return network.check(host, hostFamily === 6 ? "ipv6" : "ipv4");
}

function unbracketed(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}
