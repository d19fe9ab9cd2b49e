import type { Node, NodeAPI } from "node-red";
import {
  proxyFor,
  RealtimeError,
  type EndpointTarget,
  type ProxyRules,
  type TlsOptions,
} from "../lib/index";

/** The part of the endpoint's form that is about the way to the server. */
export interface NetworkForm {
  /** A core `tls-config` node; empty for the machine's own certificates. */
  tls: string;
  /** A core `http proxy` node; empty for what the environment says. */
  proxy: string;
}

/** What core's `tls-config` node can do. */
interface TlsConfigNode extends Node {
  addTLSOptions(options: TlsOptions): TlsOptions;
}

/** What core's `http proxy` node holds. */
interface ProxyNode extends Node<{ username?: string; password?: string }> {
  url?: string;
  noproxy?: string[];
}

/**
 * Certificates and proxy for a server, as core's nodes take them: a config node that is chosen goes
 * before the environment.
 *
 * @throws RealtimeError `no_tls_config`, `no_proxy_config`, `invalid_proxy`.
 */
export function networkOf(
  RED: NodeAPI,
  form: Partial<NetworkForm>,
  url: string,
): Pick<EndpointTarget, "tls" | "proxy"> {
  // Node-RED's own setting; its type leaves it out.
  const { proxyOptions } = RED.settings as { proxyOptions?: Partial<ProxyRules> };
  const proxy = proxyFor(url, {
    ...proxyOf(RED, form.proxy),
    environment: process.env,
    ...proxyOptions,
  });
  return { ...tlsOf(RED, form.tls), ...(proxy === undefined ? {} : { proxy }) };
}

function tlsOf(RED: NodeAPI, id: string | undefined): Pick<EndpointTarget, "tls"> {
  if (!id) return {};
  const node = RED.nodes.getNode(id) as Partial<TlsConfigNode> | undefined | null;
  if (typeof node?.addTLSOptions === "function") return { tls: node.addTLSOptions({}) };
  throw new RealtimeError("no_tls_config", "The endpoint's TLS configuration is missing", {
    param: "tls",
  });
}

function proxyOf(RED: NodeAPI, id: string | undefined): { url?: string; except?: string[] } {
  if (!id) return {};
  const node = RED.nodes.getNode(id) as ProxyNode | undefined | null;
  if (!node?.url) {
    throw new RealtimeError(
      "no_proxy_config",
      "The endpoint's proxy is missing, or has no address",
      {
        param: "proxy",
      },
    );
  }
  return { url: withLogin(node.url, node.credentials), except: node.noproxy ?? [] };
}

function withLogin(
  address: string,
  // A node without credentials has none of this either, whatever its type says.
  { username, password }: Partial<ProxyNode["credentials"]> = {},
): string {
  const text = address.includes("://") ? address : `http://${address}`;
  if (!username || !URL.canParse(text)) return text;
  const url = new URL(text);
  url.username = encodeURIComponent(username);
  url.password = encodeURIComponent(password ?? "");
  return url.href;
}
