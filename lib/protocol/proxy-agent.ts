import type { HttpsProxyAgent } from "https-proxy-agent";

/**
 * What a request goes through to an HTTP proxy, for a WebSocket or a call over HTTP. `onRefusal` is
 * told the HTTP status of a proxy that does not make the connection: for the server itself nothing
 * has happened then. `signal` gives up a proxy that does not answer: nobody else knows its socket.
 */
export function proxyAgent(
  address: string,
  onRefusal: (status: number) => void,
  signal?: AbortSignal,
): HttpsProxyAgent<string> {
  // Loaded for whoever has a proxy: few have one.
  const { HttpsProxyAgent } = require("https-proxy-agent") as typeof import("https-proxy-agent");
  const agent = new HttpsProxyAgent(address, {
    keepAlive: false,
    ...(signal === undefined ? {} : { signal }),
  });
  agent.on("proxyConnect", ({ statusCode }: { readonly statusCode: number }) => {
    if (statusCode !== 200) onRefusal(statusCode);
  });
  return agent;
}
