import { createServer, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { type OfflineVoice, startOfflineVoice } from "../offline-voice/voice";
import { RealtimeError } from "../protocol/errors";
import type { Dialect } from "../protocol/event-types";
import { type Clock, systemClock } from "./clock";
import { refuseBeta, refuseSession, serveSession } from "./connection";
import { handshakeCodes, readFaults, type FaultRequest } from "./faults";
import { rehearsed, REHEARSED } from "./faulty-line";
import { asksForBeta, checkHandshake, type Refused, SESSION_PATH } from "./handshake";
import { idsFrom, type RandomSource, systemRandom } from "./ids";
import { Misbehaviour } from "./misbehaviour";

/** How the built-in server is started; nothing of it is needed. */
export interface LocalServerOptions {
  /** Port on 127.0.0.1; a free one when left out or 0. */
  port?: number;
  /** Bearer token that clients must show; a random one when left out, none asked for when null. */
  token?: string | null;
  /** What the server speaks. Default "ga". */
  dialect?: Dialect;
  /** Ears and mouth. Left out, the server starts its own and closes it with itself. */
  voice?: OfflineVoice;
  /**
   * Told once of each word in the tools' commands that the ears' dictionary lacks: its pronunciation
   * comes from its spelling. Only of ears of its own.
   */
  onGuessedWords?: (words: readonly string[]) => void;
  /** Told why the ears or the voice of its own failed; they are started again at their next use. */
  onVoiceFailure?: (reason: Error) => void;
  /** Life of a session, in ms. Default 3,600,000: an hour. */
  sessionCapMs?: number;
  /** Name of the model for a client that asks for none. Default "offline-voice". */
  model?: string;
  /** Sockets that may be open at once; more are refused with 503. Default 64. */
  maxConnections?: number;
  /** How the server misbehaves from the start. Default: not at all. */
  faults?: readonly FaultRequest[];
  /** Default: the machine's. */
  clock?: Clock;
  /** Makes random bytes for ids and the token. Default: those of `node:crypto`. */
  random?: RandomSource;
}

/** A built-in server that runs. */
export interface LocalServer {
  /** `ws://127.0.0.1:PORT/v1/realtime`. */
  readonly url: string;
  /** What clients show as `Authorization: Bearer ...`, such as an endpoint's `apiKey`; null: nothing. */
  readonly token: string | null;
  /** Sockets that are open. */
  readonly connections: number;
  /**
   * Replaces the faults, for the handshakes to come and the connections that are open; none behaves
   * again, and what stood still goes on.
   *
   * @throws RealtimeError `invalid_fault`.
   */
  setFaults(faults: readonly FaultRequest[]): void;
  /** Ends all sockets within a second. Idempotent. */
  close(): Promise<void>;
}

const HOUR_MS = 60 * 60_000;
const MAX_CONNECTIONS = 64;
/** 15 MiB of audio as base64, with room for its event. */
const MAX_FRAME_BYTES = 24 * 1024 * 1024;
/** For the closing handshake; who does not answer is cut off. */
const CLOSE_MS = 500;
const TOKEN_BYTES = 24;

/** As `startLocalServer` of start.ts, which loads this file when it is first called. */
export async function startLocalServer(options: LocalServerOptions = {}): Promise<LocalServer> {
  const port = portIn(options);
  const clock = options.clock ?? systemClock;
  const random = options.random ?? systemRandom;
  const createId = idsFrom(random);
  const token =
    options.token === undefined
      ? Buffer.from(random(TOKEN_BYTES)).toString("base64url")
      : options.token;
  const dialect = options.dialect ?? "ga";
  const model = options.model ?? "offline-voice";
  const maxConnections = options.maxConnections ?? MAX_CONNECTIONS;
  const misbehaviour = new Misbehaviour(readFaults(options.faults ?? null));
  const { onGuessedWords, onVoiceFailure } = options;
  const voice =
    options.voice ??
    startOfflineVoice({
      ...(onGuessedWords === undefined ? {} : { onGuessedWords }),
      ...(onVoiceFailure === undefined ? {} : { onFailure: onVoiceFailure }),
    });

  const http = createServer((request, response) => {
    const isSession = URL.parse(request.url ?? "", "http://localhost")?.pathname === SESSION_PATH;
    const status = isSession ? 426 : 404;
    const message = isSession
      ? "This is a WebSocket endpoint."
      : `Sessions are at ${SESSION_PATH}.`;
    const headers = { "Content-Type": "application/json", Connection: "close" };
    response.writeHead(status, isSession ? { ...headers, Upgrade: "websocket" } : headers);
    response.end(errorBody(isSession ? "upgrade_required" : "not_found", message));
  });
  // Room for requests that are turned down while all sessions are taken.
  http.maxConnections = maxConnections + 16;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
  });
  let closing: Promise<void> | null = null;

  http.on("upgrade", (request, stream, head) => {
    stream.on("error", () => stream.destroy());
    const handshake = checkHandshake(request, { token, model });
    if (!handshake.ok) return refuse(stream, handshake);
    if (closing !== null || sockets.clients.size >= maxConnections) {
      const message = "All sessions of this server are in use.";
      return refuse(stream, { ok: false, status: 503, code: "too_many_connections", message });
    }
    const fault = misbehaviour.take("refuse_handshake");
    if (fault !== undefined) {
      const { retryAfter, status } = fault;
      const code = handshakeCodes[status];
      return refuse(stream, { ok: false, status, code, message: REHEARSED, retryAfter });
    }
    sockets.handleUpgrade(request, stream, head, (socket) => {
      const refused = misbehaviour.take("refuse_session");
      if (refused !== undefined) return refuseSession(socket, createId, rehearsed(refused.code));
      if (dialect === "ga" && asksForBeta(request)) return refuseBeta(socket, createId);
      serveSession(socket, {
        dialect,
        voice,
        clock,
        createId,
        sessionCapMs: options.sessionCapMs ?? HOUR_MS,
        misbehaviour,
        purpose: handshake.purpose,
      });
    });
  });

  await new Promise<void>((resolve, reject) => {
    http.once("error", reject);
    http.listen(port, "127.0.0.1", () => {
      http.off("error", reject);
      resolve();
    });
  });
  // After this a failing server has nothing to report: each socket reports for itself.
  http.on("error", () => {});

  const close = async (): Promise<void> => {
    const ended = [new Promise<void>((resolve) => http.close(() => resolve()))];
    for (const socket of sockets.clients) {
      ended.push(new Promise((resolve) => socket.once("close", () => resolve())));
      socket.close(1001, "The server is closing.");
    }
    const cutOff = clock.start(() => {
      for (const socket of sockets.clients) socket.terminate();
      http.closeAllConnections();
    }, CLOSE_MS);
    http.closeIdleConnections();
    await Promise.all(ended);
    cutOff.stop();
    if (options.voice === undefined) await voice.close();
  };

  return {
    url: `ws://127.0.0.1:${portOf(http.address())}${SESSION_PATH}`,
    token,
    get connections() {
      return sockets.clients.size;
    },
    setFaults: (faults) => misbehaviour.set(readFaults(faults)),
    close: () => (closing ??= close()),
  };
}

/** A text would be taken for the name of a socket in the file system. */
function portIn({ port = 0 }: LocalServerOptions): number {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new RealtimeError("invalid_port", "The port must be a whole number from 0 to 65535", {
    param: "port",
  });
}

function portOf(address: ReturnType<ReturnType<typeof createServer>["address"]>): number {
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  return address.port;
}

function refuse(stream: Duplex, { status, code, message, retryAfter = 0 }: Refused): void {
  const body = errorBody(code, message);
  stream.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      "Connection: close",
      "Content-Type: application/json",
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...(retryAfter > 0 ? [`Retry-After: ${retryAfter}`] : []),
      "",
      body,
    ].join("\r\n"),
    // A client that keeps its half open would take a place, and keep the server from closing.
    () => stream.destroy(),
  );
}

function errorBody(code: string, message: string): string {
  return JSON.stringify({
    error: { message, type: "invalid_request_error", param: null, code },
  });
}
