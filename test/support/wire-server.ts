import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";
import { sessionCreated, type WireEvent } from "./memory-server";

/** A server on a real socket that a test plays by hand. */
export class WireServer {
  /** Everything that clients have sent, in order. */
  readonly received: WireEvent[] = [];
  readonly handshakes: IncomingMessage[] = [];
  readonly #server: WebSocketServer;
  readonly #arrivals = new EventEmitter();
  #taken = 0;

  private constructor(server: WebSocketServer, greet: boolean, settingsAnswer: WireEvent) {
    this.#server = server;
    server.on("connection", (peer, request) => {
      this.handshakes.push(request);
      peer.on("error", () => undefined);
      peer.on("message", (data: Buffer) => {
        const event = JSON.parse(data.toString()) as WireEvent;
        if (event.type === "session.update") peer.send(JSON.stringify(settingsAnswer));
        else this.received.push(event);
        this.#arrivals.emit("arrival");
      });
      if (greet) peer.send(JSON.stringify(sessionCreated()));
      this.#arrivals.emit("connection");
    });
  }

  /**
   * `greet`: whether each client gets a session.created. `settingsAnswer`: what answers every
   * session.update. `http`: a server that listens already, and is closed by whoever made it.
   */
  static async start({
    greet = true,
    settingsAnswer = { type: "session.updated", event_id: "u", session: {} } as WireEvent,
    http = undefined as Server | undefined,
  } = {}): Promise<WireServer> {
    const place = http === undefined ? { port: 0, host: "127.0.0.1" } : { server: http };
    const server = new WebSocketServer({ ...place, maxPayload: 2 ** 26 });
    if (http === undefined) await once(server, "listening");
    return new WireServer(server, greet, settingsAnswer);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1/realtime`;
  }

  /** The newest connection. */
  get peer(): WebSocket {
    const peer = [...this.#server.clients].at(-1);
    assert.ok(peer, "nobody is connected");
    return peer;
  }

  async connection(): Promise<WebSocket> {
    if (this.#server.clients.size === 0) await once(this.#arrivals, "connection");
    return this.peer;
  }

  send(...events: WireEvent[]): void {
    for (const event of events) this.peer.send(JSON.stringify(event));
  }

  /** The next event that was not looked at yet, when it has come; it must be of this type. */
  async next(type: string): Promise<WireEvent> {
    return await this.nextOf(type);
  }

  /** The same, of one of these types. */
  async nextOf(...types: readonly string[]): Promise<WireEvent> {
    while (this.received.length <= this.#taken) await once(this.#arrivals, "arrival");
    const event = this.received[this.#taken];
    assert.ok(event !== undefined && types.includes(event.type), event?.type);
    this.#taken += 1;
    return event;
  }

  async close(): Promise<void> {
    for (const peer of this.#server.clients) peer.terminate();
    await new Promise((done) => {
      this.#server.close(done);
    });
  }
}
