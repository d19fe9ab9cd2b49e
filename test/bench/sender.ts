/**
 * The server of the bench, in a process of its own: greets each client, sends streams at a fixed
 * pace, and checks what it receives. Clients are told apart by the `model` in their address.
 */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";
import { paced } from "./pace";
import { Tally, type TallyResult } from "./tally";
import { talkServer } from "./talk-server";
import { EventStream, type StreamKind } from "./turn";
import { answer } from "./answer";

/** 10 frames of audio and 3 of its transcript: the pace at which a server is heard speaking. */
const FRAMES_PER_SECOND = 13;

interface Client {
  readonly socket: WebSocket;
  readonly streams: Map<StreamKind, EventStream>;
  /** Takes what the client sends, but for its settings. */
  take: (text: string) => void;
}

const server = new WebSocketServer({
  port: 0,
  host: "127.0.0.1",
  perMessageDeflate: false,
  maxPayload: 2 ** 26,
});
const clients = new Map<string, Client>();
const appends = new Map<string, { count: number; misplaced: number }>();
let greeted = 0;
let heard = 0;

server.on("connection", (socket, request) => {
  const { searchParams } = new URL(request.url ?? "/", "ws://bench");
  const name = searchParams.get("model") ?? "";
  const client: Client = { socket, streams: new Map(), take: () => undefined };
  clients.set(name, client);
  socket.on("error", () => undefined);
  socket.on("close", () => {
    if (clients.get(name) === client) clients.delete(name);
  });
  socket.on("message", (data: Buffer) => {
    const text = data.toString();
    if (!text.startsWith('{"type":"session.update"')) {
      client.take(text);
      return;
    }
    greeted += 1;
    const session = (JSON.parse(text) as { session: object }).session;
    const updated = { type: "session.updated", event_id: `event_update_${greeted}`, session };
    socket.send(JSON.stringify(updated));
  });
  const session = {
    type: "realtime",
    object: "realtime.session",
    id: `sess_${clients.size}`,
    model: name,
  };
  socket.send(JSON.stringify({ type: "session.created", event_id: "event_hello", session }));
});

function clientOf(name: string): Client {
  const client = clients.get(name);
  if (client === undefined) throw new Error(`no client ${name} is connected`);
  return client;
}

const commands = {
  /** The address of the server, without the client's name. */
  url: async (): Promise<string> => {
    if (server.address() === null) await once(server, "listening");
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/v1/realtime`;
  },

  /** Sends the next frames of a stream, `rate` a second; says what the client must have seen. */
  stream: async ({
    to,
    kind,
    frames,
    rate,
  }: {
    to: string;
    kind: StreamKind;
    frames: number;
    rate: number;
  }): Promise<TallyResult> => {
    const { socket, streams } = clientOf(to);
    const stream = streams.get(kind) ?? new EventStream(kind);
    streams.set(kind, stream);
    const tally = new Tally();
    await paced(frames, rate, () => {
      const { eventId, type, delta, text } = stream.next();
      tally.take({ type, event_id: eventId, delta });
      socket.send(text);
    });
    return tally.reset();
  },

  /** Sends frames as fast as the client takes them. */
  flood: async ({ to, kind, frames }: { to: string; kind: StreamKind; frames: number }) => {
    const { socket } = clientOf(to);
    const stream = new EventStream(kind);
    for (let sent = 1; sent <= frames; sent += 1) {
      const { text } = stream.next();
      if (sent % 64 === 0)
        await new Promise((resolve) => {
          socket.send(text, resolve);
        });
      else socket.send(text);
    }
  },

  /** Begins to count what a client sends: appends whose event ids end in growing numbers. */
  expectAppends: ({ from, frames }: { from: string; frames: number }): void => {
    const client = clientOf(from);
    let count = 0;
    let last: number | undefined;
    let misplaced = 0;
    client.take = (text) => {
      const { type, event_id: id, audio } = JSON.parse(text) as Record<string, string>;
      if (type !== "input_audio_buffer.append" || audio === undefined) return;
      const number = Number(/\d+$/.exec(id ?? "")?.[0]);
      if (last !== undefined && number !== last + 1) misplaced += 1;
      last = number;
      count += 1;
      if (count === frames) client.take = () => undefined;
      appends.set(from, { count, misplaced });
    };
    appends.set(from, { count, misplaced });
  },

  /** What came of them so far. */
  appends: (from: string) => appends.get(from) ?? { count: 0, misplaced: 0 },

  /**
   * Sends each of the clients `0` to `sessions - 1` frames at the pace of speech, each with the time
   * it was due as its event id. Resolves with the number of frames.
   */
  speak: async ({ sessions, seconds }: { sessions: number; seconds: number }) => {
    const all = Array.from({ length: sessions }, (_, index) => clientOf(String(index)));
    heard = 0;
    for (const client of all) {
      client.take = () => {
        heard += 1;
      };
    }
    const streams = all.map(() => new EventStream("mix"));
    const frames = sessions * FRAMES_PER_SECOND * seconds;
    await paced(frames, sessions * FRAMES_PER_SECOND, (step, due) => {
      const index = step % sessions;
      const text = streams[index]?.next(due.toFixed(3)).text;
      if (text !== undefined) all[index]?.socket.send(text);
    });
    return frames;
  },

  /** How many frames the clients have sent since `speak` began. */
  heard: (): number => heard,

  /** Lets a client talk as a person does, with answers and tool calls; until it leaves. */
  talk: (with_: string): void => {
    const client = clientOf(with_);
    client.take = talkServer((frame) => client.socket.send(JSON.stringify(frame)));
  },
};

export type Sender = typeof commands;

answer(commands);
