import { EventEmitter, once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";

/** A request that has come whole. */
export interface RestRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The parsed body; undefined where there was none. */
  readonly body: any;
}

interface Certificate {
  readonly key: Buffer;
  readonly cert: Buffer;
}

export type RestAnswer = (response: ServerResponse, request: RestRequest) => void;

/** An HTTP server on a real socket that answers as a test tells it. */
export class RestServer {
  readonly requests: RestRequest[] = [];
  readonly http: Server;
  readonly #arrivals = new EventEmitter();
  #answers: readonly RestAnswer[] = [];

  readonly #scheme: "http" | "https";

  private constructor(tls: Certificate | undefined) {
    const take = (request: IncomingMessage, response: ServerResponse): void => {
      void this.#take(request, response);
    };
    this.#scheme = tls === undefined ? "http" : "https";
    this.http = tls === undefined ? createServer(take) : createHttpsServer(tls, take);
  }

  /** `tls`: PEM, for a server behind TLS. */
  static async start(tls?: Certificate): Promise<RestServer> {
    const server = new RestServer(tls);
    server.http.listen(0, "127.0.0.1");
    await once(server.http, "listening");
    return server;
  }

  get port(): number {
    return (this.http.address() as AddressInfo).port;
  }

  /** `http://127.0.0.1:PORT`. */
  get origin(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  /** The address of the WebSocket that would stand beside the calls. */
  get socketUrl(): string {
    return `${this.origin.replace("http", "ws")}/v1/realtime`;
  }

  /** What the next requests get, one after another; the last one stays. */
  answer(...answers: readonly RestAnswer[]): void {
    this.#answers = answers;
  }

  /** Resolves when so many requests have come. */
  async received(count: number): Promise<void> {
    while (this.requests.length < count) await once(this.#arrivals, "request");
  }

  async close(): Promise<void> {
    this.http.closeAllConnections();
    await new Promise((done) => {
      this.http.close(done);
    });
  }

  async #take(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on("error", () => undefined);
    let text = "";
    try {
      for await (const chunk of incoming) text += String(chunk);
    } catch {
      return;
    }
    const request: RestRequest = {
      method: incoming.method ?? "",
      path: incoming.url ?? "",
      headers: incoming.headers,
      body: text === "" ? undefined : JSON.parse(text),
    };
    this.requests.push(request);
    const [next, ...rest] = this.#answers;
    if (rest.length > 0) this.#answers = rest;
    next?.(response, request);
    this.#arrivals.emit("request");
  }
}

/** An answer with a JSON body. */
export const json =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): RestAnswer =>
  (response) => {
    response.writeHead(status, { "Content-Type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };

/** A refusal as OpenAI writes it. */
export const refusal = (
  status: number,
  error: { code: string | null; param?: string | null; type?: string; message?: string },
  headers: Readonly<Record<string, string>> = {},
): RestAnswer =>
  json(
    status,
    { error: { type: "invalid_request_error", param: null, message: "No.", ...error } },
    { "x-request-id": "req_1", ...headers },
  );

/** An answer without a body. */
export const empty: RestAnswer = (response) => {
  response.writeHead(200);
  response.end();
};
