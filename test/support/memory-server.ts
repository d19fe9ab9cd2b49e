import assert from "node:assert/strict";
import type {
  OpenSocket,
  SocketEnd,
  SocketHandlers,
  SocketOptions,
} from "../../lib/session/socket";
import { settled } from "./fake-clock";

/** An event as it travels. */
export type WireEvent = { type: string } & Record<string, any>;

/** The server's side of one in-memory connection. Frames arrive at once, in order. */
export class MemoryPeer {
  readonly options: SocketOptions;
  /** Everything the client has sent. */
  readonly received: WireEvent[] = [];
  /** How the client ended it. */
  ended: "closed" | "terminated" | undefined;
  bufferedAmount = 0;
  readonly #handlers: SocketHandlers;
  #taken = 0;

  constructor(options: SocketOptions, handlers: SocketHandlers) {
    this.options = options;
    this.#handlers = handlers;
  }

  open(): void {
    this.#handlers.open();
  }

  send(...events: WireEvent[]): void {
    for (const event of events) this.sendText(JSON.stringify(event));
  }

  sendText(text: string): void {
    this.#handlers.text(text);
  }

  /** The network has taken what it was given. */
  drain(): void {
    this.bufferedAmount = 0;
    this.#handlers.drained();
  }

  end(end: SocketEnd): void {
    this.#handlers.end(end);
  }

  take(text: string): void {
    this.received.push(JSON.parse(text) as WireEvent);
  }

  endFromClient(how: "closed" | "terminated"): void {
    if (this.ended !== undefined) return;
    this.ended = how;
    queueMicrotask(() => this.#handlers.end({ kind: "closed", code: 1000, reason: "" }));
  }

  /** The next event that the client sent and that was not looked at yet; it must be of this type. */
  async next(type: string): Promise<WireEvent> {
    await settled();
    const event = this.received[this.#taken];
    assert.ok(event, `the client sent nothing where ${type} was expected`);
    assert.equal(event.type, type);
    this.#taken += 1;
    return event;
  }

  /** Fails if the client sent more than was looked at. */
  async nothingMore(): Promise<void> {
    await settled();
    assert.deepEqual(
      this.received.slice(this.#taken).map(({ type }) => type),
      [],
    );
  }
}

/** A server without a network: each socket that a session opens becomes a peer to play. */
export class MemoryServer {
  readonly peers: MemoryPeer[] = [];

  readonly openSocket: OpenSocket = (options, handlers) => {
    const peer = new MemoryPeer(options, handlers);
    this.peers.push(peer);
    return {
      send: (text) => peer.take(text),
      get bufferedAmount() {
        return peer.bufferedAmount;
      },
      close: () => peer.endFromClient("closed"),
      terminate: () => peer.endFromClient("terminated"),
    };
  };

  /** The newest connection. */
  async peer(): Promise<MemoryPeer> {
    await settled();
    const peer = this.peers.at(-1);
    assert.ok(peer, "no connection was opened");
    return peer;
  }

  /** Opens the newest connection and greets it. */
  async greet(): Promise<MemoryPeer> {
    const peer = await this.peer();
    peer.open();
    peer.send(sessionCreated());
    await settled();
    return peer;
  }
}

let eventCount = 0;

/** A server's event id. */
export function eventId(): string {
  eventCount += 1;
  return `event_${eventCount}`;
}

export function sessionCreated(): WireEvent {
  return {
    type: "session.created",
    event_id: eventId(),
    session: { type: "realtime", object: "realtime.session", id: "sess_1", model: "gpt-realtime" },
  };
}

export function serverError(error: Record<string, unknown>): WireEvent {
  return {
    type: "error",
    event_id: eventId(),
    error: {
      type: "invalid_request_error",
      code: null,
      message: "refused",
      param: null,
      event_id: null,
      ...error,
    },
  };
}

/** A response's object as `response.created` and `response.done` carry it. */
export function response(id: string, members: Record<string, unknown> = {}): WireEvent {
  const { type: _, ...rest } = {
    type: "",
    object: "realtime.response",
    id,
    output: [],
    ...members,
  };
  return rest as unknown as WireEvent;
}
