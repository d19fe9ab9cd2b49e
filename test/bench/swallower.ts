/**
 * A server that only swallows, in a process of its own: it greets, takes settings, and notes when
 * each piece of audio came. Connections are told apart by the order in which they came.
 */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { sharedNow } from "./pace";
import { answer } from "./answer";

const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
const arrivals: number[][] = [];

server.on("connection", (socket) => {
  const connection = arrivals.length;
  arrivals.push([]);
  socket.on("error", () => undefined);
  socket.on("message", (data: Buffer) => {
    // The audio stands behind the type; nothing else that comes is as long.
    if (data.subarray(0, 200).includes('"input_audio_buffer.append"')) {
      arrivals[connection]?.push(sharedNow());
      return;
    }
    const { type, session } = JSON.parse(data.toString()) as { type: string; session?: object };
    if (type === "session.update")
      socket.send(JSON.stringify({ type: "session.updated", event_id: "event_update", session }));
  });
  const session = { type: "realtime", object: "realtime.session", id: `sess_${connection}` };
  socket.send(JSON.stringify({ type: "session.created", event_id: "event_hello", session }));
});

const commands = {
  url: async (): Promise<string> => {
    if (server.address() === null) await once(server, "listening");
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/v1/realtime`;
  },

  /** Begins to count anew. */
  forget: (): void => {
    for (const times of arrivals) times.length = 0;
  },

  connections: (): number => arrivals.length,

  count: (): number => arrivals.reduce((sum, { length }) => sum + length, 0),

  /** When each piece came, on the shared clock, by connection. */
  arrivals: (): readonly (readonly number[])[] => arrivals,
};

export type Swallower = typeof commands;

answer(commands);
