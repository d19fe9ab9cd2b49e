import { once } from "node:events";
import { WebSocket } from "ws";
import type { LocalServer } from "../../../lib/local-server/server";
import { validateServerEvent } from "../../../lib/protocol/validate";

/** An event as it came, looked at without types: tests name the members they mean. */
export type Received = Record<string, any> & { type: string };

/** A plain client of the protocol: no library of ours but for checking what the server says. */
export class TestClient {
  readonly socket: WebSocket;
  readonly events: Received[] = [];
  /** Code and reason of the close. */
  readonly closed: Promise<{ code: number; reason: string }>;
  #read = 0;
  readonly #waiting = new Set<() => void>();

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data: Buffer) => {
      const event = JSON.parse(data.toString()) as Received;
      this.events.push(event);
      for (const wake of this.#waiting) wake();
    });
    this.closed = new Promise((resolve) => {
      socket.on("close", (code, reason) => {
        resolve({ code, reason: reason.toString() });
        for (const wake of this.#waiting) wake();
      });
    });
  }

  static async open(
    server: LocalServer,
    { query = "?model=test", headers = {} }: { query?: string; headers?: object } = {},
  ): Promise<TestClient> {
    const authorization = server.token === null ? {} : { Authorization: `Bearer ${server.token}` };
    const socket = new WebSocket(`${server.url}${query}`, {
      headers: { ...authorization, ...headers },
    });
    const client = new TestClient(socket);
    await once(socket, "open");
    await client.next("session.created");
    return client;
  }

  send(...events: ({ type: string } & Record<string, unknown>)[]): void {
    for (const event of events) this.socket.send(JSON.stringify(event));
  }

  /** The next event of a type after the last one that was asked for; passes over others. */
  async next(type: string): Promise<Received> {
    for (;;) {
      while (this.#read < this.events.length) {
        const event = this.events[this.#read++];
        if (event?.type === type) return event;
      }
      if (this.socket.readyState === WebSocket.CLOSED) {
        throw new Error(`The socket was closed before ${type}; came: ${this.types().join(", ")}`);
      }
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
      });
    }
  }

  /** Sends events and waits for the error that they cause. */
  async refused(...events: ({ type: string } & Record<string, unknown>)[]): Promise<Received> {
    this.send(...events);
    const { error } = await this.next("error");
    return error as Received;
  }

  /** Sends an event that does nothing and is answered: all before it has been dealt with. */
  async settled(): Promise<void> {
    const id = `settled_${this.events.length}`;
    this.send({ type: "conversation.item.retrieve", item_id: "none", event_id: id });
    while ((await this.next("error"))["error"]["event_id"] !== id);
  }

  /** Types of all events so far, from a position on. */
  types(from = 0): string[] {
    return this.events.slice(from).map((event) => event.type);
  }

  /** What is wrong with the events so far, by the schemas of the protocol. */
  problems(): string[] {
    return this.events.flatMap((event) =>
      validateServerEvent(event).map((problem) => `${event.type}: ${problem.message}`),
    );
  }

  close(): void {
    this.socket.terminate();
  }
}

export const userMessage = (text: string, more: Record<string, unknown> = {}) => ({
  type: "conversation.item.create",
  item: { type: "message", role: "user", content: [{ type: "input_text", text }] },
  ...more,
});

export const update = (session: Record<string, unknown>) => ({
  type: "session.update",
  session: { type: "realtime", ...session },
});

/** PCM of 24 kHz as an append event: a tone or silence. */
export function audio(milliseconds: number, amplitude = 0) {
  const samples = Int16Array.from({ length: milliseconds * 24 }, (_, index) =>
    Math.round(amplitude * 32_767 * Math.sin((2 * Math.PI * 440 * index) / 24_000)),
  );
  return {
    type: "input_audio_buffer.append",
    audio: Buffer.from(samples.buffer).toString("base64"),
  };
}

export const lightTool = {
  type: "function",
  name: "set_light",
  description: "Turns a light on or off",
  parameters: {
    type: "object",
    properties: {
      room: { type: "string", enum: ["kitchen", "bedroom"] },
      on: { type: "boolean" },
    },
    required: ["room", "on"],
  },
};

export const fanTool = {
  type: "function",
  name: "set_fan",
  description: "Turns a fan on or off",
  parameters: {
    type: "object",
    properties: {
      room: { type: "string", enum: ["kitchen", "bedroom"] },
      on: { type: "boolean" },
    },
    required: ["room", "on"],
  },
};
