import { EventEmitter, once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { connect, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { WebSocketServer } from "ws";
import { sessionCreated, type WireEvent } from "./memory-server";

/** Certificates for tests alone: an authority that nobody trusts, and a server it has signed for. */
const read = (name: string): Buffer => readFileSync(join(__dirname, "certificates", name));
export const authority = read("ca.pem");
export const certificate = { key: read("server-key.pem"), cert: read("server.pem") };

/** What a server saw of one connection. */
export interface SeenConnection {
  /** The name that the client asked the certificate for. */
  readonly servername: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly frames: WireEvent[];
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

async function listening(server: Server): Promise<void> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
}

/** A WebSocket server behind TLS that records who comes how, and what they say first. */
export class TlsServer {
  readonly seen: SeenConnection[] = [];
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  readonly #arrivals = new EventEmitter();

  private constructor(server: Server, greeting: WireEvent) {
    this.#server = server;
    this.#sockets = new WebSocketServer({ server });
    this.#sockets.on("connection", (peer, request) => {
      const frames: WireEvent[] = [];
      const { servername } = request.socket as TLSSocket & { servername?: string };
      this.seen.push({
        servername: servername || "",
        url: request.url ?? "",
        headers: request.headers,
        frames,
      });
      peer.on("message", (data: Buffer) => {
        frames.push(JSON.parse(data.toString()) as WireEvent);
        this.#arrivals.emit("arrival");
      });
      peer.send(JSON.stringify(greeting));
    });
  }

  static async start(greeting: WireEvent = sessionCreated()): Promise<TlsServer> {
    const server = createHttpsServer(certificate);
    await listening(server);
    return new TlsServer(server, greeting);
  }

  get port(): number {
    return portOf(this.#server);
  }

  /** Resolves when a client has said something. */
  async frame(): Promise<SeenConnection> {
    for (;;) {
      const last = this.seen.at(-1);
      if (last !== undefined && last.frames.length > 0) return last;
      await once(this.#arrivals, "arrival");
    }
  }

  async close(): Promise<void> {
    for (const peer of this.#sockets.clients) peer.terminate();
    await new Promise((done) => {
      this.#server.close(done);
    });
  }
}

/** An HTTP proxy that makes every connection to one port of this machine, whatever is asked for. */
export class ConnectProxy {
  /** What was asked for, in order: "host:port". */
  readonly asked: string[] = [];
  /** The logins that came along. */
  readonly logins: (string | undefined)[] = [];
  /** Answers with this status and makes no connection, when set. */
  refusal: number | undefined;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, port: number) {
    this.#server = server;
    server.on("connect", (request: IncomingMessage, client: Socket) => {
      this.asked.push(request.url ?? "");
      this.logins.push(request.headers["proxy-authorization"]);
      client.on("error", () => undefined);
      if (this.refusal !== undefined) {
        client.end(`HTTP/1.1 ${this.refusal} No\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      const upstream = connect(port, "127.0.0.1", () => {
        client.write("HTTP/1.1 200 Connection established\r\n\r\n");
        client.pipe(upstream).pipe(client);
      });
      upstream.on("error", () => client.destroy());
      for (const socket of [client, upstream]) this.#sockets.add(socket);
    });
  }

  static async start(port: number): Promise<ConnectProxy> {
    const server = createHttpServer();
    await listening(server);
    return new ConnectProxy(server, port);
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.#server)}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((done) => {
      this.#server.close(done);
    });
  }
}
