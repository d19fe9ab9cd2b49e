import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import type { WireEvent } from "./memory-server";
import type { RecordedFrame } from "./recordings";

/** The type of the event that ends a replay. */
export const END_OF_RECORDING = "end.of.recording";

/** A server on a real socket that says to each client what a recorded server said. */
export interface RecordedServer {
  readonly url: string;
  stop(): void;
}

/** What a recorded server said. */
export function receivedIn(frames: readonly RecordedFrame[]): readonly WireEvent[] {
  return frames.filter(({ dir }) => dir === "received").map(({ data }) => data);
}

export async function startRecordedServer(
  frames: readonly RecordedFrame[],
): Promise<RecordedServer> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  server.on("connection", (peer) => {
    for (const event of receivedIn(frames)) peer.send(JSON.stringify(event));
    peer.send(JSON.stringify({ type: END_OF_RECORDING }));
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}/`,
    stop: () => {
      for (const peer of server.clients) peer.terminate();
      server.close();
    },
  };
}
