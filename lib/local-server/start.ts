import type { LocalServer, LocalServerOptions } from "./server";

/**
 * Starts the built-in server; see there for what it throws, as a rejection. It is loaded with the
 * first start: whoever talks to another server needs none of it, and it is a seventh of what this
 * library takes to load.
 */
export async function startLocalServer(options?: LocalServerOptions): Promise<LocalServer> {
  const server = require("./server") as typeof import("./server");
  return await server.startLocalServer(options);
}
