import type { LocalServer, LocalServerOptions } from "./server";

/**
 * Starts the built-in server on the loopback interface. Any client of the protocol can talk to it: it
 * obeys the rules of OpenAI's server, but behind it are a closed set of commands (those of the
 * session's tools) and a voice that works offline, not a language model.
 *
 * It is loaded with the first start: whoever talks to another server needs none of it, and it is a
 * seventh of what this library takes to load.
 *
 * @throws RealtimeError `invalid_port`, `invalid_fault`, and the error of Node.js where it cannot listen, as with a
 *   port that is taken (`EADDRINUSE`); as a rejection.
 */
export async function startLocalServer(options?: LocalServerOptions): Promise<LocalServer> {
  const server = require("./server") as typeof import("./server");
  return await server.startLocalServer(options);
}
