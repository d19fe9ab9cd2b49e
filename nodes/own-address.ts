/** What of Node-RED's settings says where it listens. */
export interface ListenSettings {
  readonly uiHost?: unknown;
  readonly uiPort?: unknown;
  readonly https?: unknown;
}

/** Node-RED's own port where its settings name none. */
const DEFAULT_PORT = 1880;

/** Hosts that stand for every address of the machine. */
const EVERY_HOST: ReadonlySet<unknown> = new Set(["0.0.0.0", "::", ""]);

/** Where programs on this machine reach Node-RED's HTTP server, e.g. "http://127.0.0.1:1880". */
export function ownAddress({ uiHost, uiPort, https }: ListenSettings): string {
  const host = typeof uiHost === "string" && !EVERY_HOST.has(uiHost) ? uiHost : "127.0.0.1";
  const port = Number(uiPort) || DEFAULT_PORT;
  return `${https ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
