import { RealtimeError } from "../protocol/errors";

/** The proxies that a machine's environment names, and for whom there is none. */
export interface ProxyRules {
  /** Address of the proxy, login included; undefined to look in the environment. */
  readonly url?: string | undefined;
  /** Hosts that are reached without it, where the address is given. */
  readonly except?: readonly string[];
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
  if (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)) return address;
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

/** A rule is a host, a domain with all below it (".lan", "*.lan"), `*`, or one of these with a port. */
function isExcepted(rule: string, hostname: string, port: number): boolean {
  const [, name = "", only] = /^(.*?)(?::(\d+))?$/.exec(rule.trim().toLowerCase()) ?? [];
  if (name === "" || (only !== undefined && Number(only) !== port)) return false;
  if (name === "*") return true;
  const host = hostname.toLowerCase();
  const domain = name.replace(/^\*?\.?/, "");
  return host === domain || host.endsWith(`.${domain}`);
}
