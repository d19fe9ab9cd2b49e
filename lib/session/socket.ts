import type { ClientRequestArgs, IncomingMessage } from "node:http";
import WebSocket from "ws";
import { errorInBody, retryAfterIn } from "../protocol/http-refusal";
import { proxyAgent } from "../protocol/proxy-agent";
import { tlsProblem } from "../protocol/tls-problem";
import type { Clock, Timer } from "./clock";
import type { TlsOptions } from "./endpoint-target";
import { Liveness } from "./liveness";
import { connect } from "./socket-reading";
import { JoinedWrites } from "./socket-writing";

/** Why a socket came to its end. Holds no address, header or payload. */
export type SocketEnd =
  /** The server answered the handshake with a plain HTTP status. */
  | {
      readonly kind: "refused";
      readonly status: number;
      /** `error.code` of the answer's JSON body, when there is one. */
      readonly code: string | null;
      /** What the `Retry-After` header asks for, in ms; null where there is none. */
      readonly retryAfterMs: number | null;
    }
  /** The proxy made no connection: its HTTP status. */
  | { readonly kind: "proxy"; readonly status: number }
  /** A certificate or key of our own cannot be used: why, as a sentence. */
  | { readonly kind: "tls"; readonly problem: string }
  /** No connection, or it broke: an error code of Node.js or OpenSSL such as ECONNREFUSED. */
  | { readonly kind: "failed"; readonly code: string }
  /** A WebSocket close, by us or by the peer. */
  | { readonly kind: "closed"; readonly code: number; readonly reason: string }
  /** Nothing was heard in time, in the handshake or on the open line. */
  | { readonly kind: "silent"; readonly phase: "handshake" | "open" };

export interface SocketOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly subprotocols?: readonly string[] | undefined;
  readonly tls?: TlsOptions | undefined;
  /** Address of the HTTP proxy to go through. */
  readonly proxy?: string | undefined;
  /** Largest inbound frame in bytes; a larger one ends the connection. */
  readonly maxPayload: number;
  readonly handshakeTimeoutMs: number;
  /** How often the peer is asked for a sign of life, in ms. */
  readonly pingIntervalMs: number;
}

export interface SocketHandlers {
  open(): void;
  text(frame: string): void;
  /** The network has taken everything that was handed over, after it had been slow. */
  drained(): void;
  /** Called exactly once, as the last call. */
  end(end: SocketEnd): void;
}

/** One WebSocket, reduced to what a connection needs. */
export interface Socket {
  send(text: string): void;
  /** Bytes handed over and not yet taken by the network. */
  readonly bufferedAmount: number;
  /** Begins the closing handshake. */
  close(code: number): void;
  /** Ends the connection at once. */
  terminate(): void;
}

/**
 * Opens a socket; an in-memory pair takes its place in tests on a fake clock. Must not throw: every
 * failure is told by `end`.
 */
export type OpenSocket = (options: SocketOptions, handlers: SocketHandlers, clock: Clock) => Socket;

/** How long the peer may take to end the connection when either side has closed it, in ms. */
const CLOSE_TIMEOUT = 1000;

/** Longest body of a refused handshake that is read for its error code, in bytes. */
const REFUSAL_BODY_LIMIT = 65_536;

/** Longest error code that is shown, in characters. */
const LONGEST_CODE = 64;

/** Opens a WebSocket with the `ws` package. Never throws: every failure ends in `handlers.end`. */
export const openWebSocket: OpenSocket = (options, handlers, clock) => {
  const tls = options.url.startsWith("wss:") ? { ...options.tls } : undefined;
  const problem = tlsProblem(tls);
  if (problem !== undefined) {
    queueMicrotask(() => handlers.end({ kind: "tls", problem }));
    return closedSocket;
  }
  let ended = false;
  let socketEnd: SocketEnd | undefined;
  const end = (reason: SocketEnd): void => {
    if (ended) return;
    ended = true;
    handshake?.stop();
    liveness.stop();
    way?.abort();
    handlers.end(reason);
  };

  // That of the library begins with a socket, which one with a proxy has when the proxy has answered.
  let handshake: Timer | undefined = clock.start(() => {
    socketEnd = { kind: "silent", phase: "handshake" };
    websocket.terminate();
  }, options.handshakeTimeoutMs);

  /** Of the open WebSocket. */
  let line: { readonly bytesRead: number } | undefined;
  const liveness = new Liveness(
    clock,
    options.pingIntervalMs,
    () => line?.bytesRead ?? 0,
    () => {
      if (websocket.readyState === WebSocket.OPEN) websocket.ping();
    },
    () => {
      socketEnd = { kind: "silent", phase: "open" };
      websocket.terminate();
    },
  );

  /** The connection to the proxy, which the WebSocket does not have before the proxy has answered. */
  const way = options.proxy === undefined ? undefined : new AbortController();
  let proxyRefusal: SocketEnd | undefined;
  let websocket: WebSocket;
  try {
    const agent =
      options.proxy === undefined
        ? undefined
        : proxyAgent(
            options.proxy,
            (status) => {
              proxyRefusal = { kind: "proxy", status };
            },
            way?.signal,
          );
    // Not all of these are in the types of `ws`, which has them.
    const settings = {
      ...(agent === undefined
        ? { createConnection: (to: ClientRequestArgs) => connect(to, tls) }
        : { agent, ...tls }),
      headers: { ...options.headers },
      closeTimeout: CLOSE_TIMEOUT,
      maxPayload: options.maxPayload,
      // Audio in base64 does not shrink enough to pay for a compression context per session.
      perMessageDeflate: false,
      // A redirect would take the key to another host.
      followRedirects: false,
    };
    websocket = new WebSocket(options.url, [...(options.subprotocols ?? [])], settings);
  } catch (error) {
    // Thrown for an address that cannot be parsed: the message would hold it whole.
    queueMicrotask(() => end({ kind: "failed", code: codeOf(error) }));
    return closedSocket;
  }

  const opened = new OpenedSocket(websocket);
  websocket.once("upgrade", (response: IncomingMessage) => {
    line = response.socket;
    opened.writes = new JoinedWrites(response.socket);
    response.socket.on("drain", () => handlers.drained());
  });
  websocket.once("open", () => {
    handshake?.stop();
    // There are many sessions, each of which would keep what is done.
    handshake = undefined;
    websocket.removeAllListeners("unexpected-response");
    // Not before: what has held six kinds of listeners at a time keeps the room for sixteen.
    websocket.on("message", (data: WebSocket.RawData) => {
      // With the default binaryType `ws` hands out one Buffer per message, never a list of them.
      if (Buffer.isBuffer(data)) handlers.text(data.toString("utf8"));
    });
    liveness.start();
    handlers.open();
  });
  websocket.on("unexpected-response", (request, response) => {
    void readRefusal(response, clock).then((refusal) => {
      request.destroy();
      // What a proxy answers is not the server's word about the key.
      end(proxyRefusal ?? refusal);
    });
  });
  websocket.on("error", (error) => {
    // "error" comes before "close"; what it says is more exact than the 1006 that follows.
    socketEnd ??= failureOf(error);
    if (websocket.readyState === WebSocket.CONNECTING) end(socketEnd);
  });
  websocket.on("close", (code, reason) => {
    end(socketEnd ?? { kind: "closed", code, reason: reason.toString("utf8") });
  });

  return opened;
};

class OpenedSocket implements Socket {
  readonly #websocket: WebSocket;
  /** Before the handshake is answered there are none. */
  writes: JoinedWrites | undefined;

  constructor(websocket: WebSocket) {
    this.#websocket = websocket;
  }

  send(text: string): void {
    if (this.#websocket.readyState !== WebSocket.OPEN) return;
    this.writes?.begin();
    this.#websocket.send(text);
    this.writes?.end();
  }

  get bufferedAmount(): number {
    return this.#websocket.bufferedAmount;
  }

  close(code: number): void {
    this.#websocket.close(code);
  }

  terminate(): void {
    this.#websocket.terminate();
  }
}

const closedSocket: Socket = {
  send: () => undefined,
  bufferedAmount: 0,
  close: () => undefined,
  terminate: () => undefined,
};

function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "ERR_INVALID_URL";
}

function failureOf(error: Error): SocketEnd {
  return { kind: "failed", code: "code" in error ? codeOf(error) : "WS_ERR" };
}

/** Reads the status and, as far as there is one, the error code of a refused handshake. */
async function readRefusal(response: IncomingMessage, clock: Clock): Promise<SocketEnd> {
  let body = "";
  try {
    for await (const chunk of response) {
      body += String(chunk);
      if (body.length > REFUSAL_BODY_LIMIT) break;
    }
  } catch {
    // A body cut short leaves the status, which says enough.
  }
  const { code } = errorInBody(body);
  return {
    kind: "refused",
    status: response.statusCode ?? 0,
    code: typeof code === "string" ? code.slice(0, LONGEST_CODE) : null,
    retryAfterMs: retryAfterIn(response.headers, clock.date()),
  };
}
