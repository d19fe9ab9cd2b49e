import assert from "node:assert/strict";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** Types of MQTT control packets (MQTT 3.1.1, 2.2.1). */
const packetTypes = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  subscribe: 8,
  suback: 9,
  unsubscribe: 10,
  unsuback: 11,
  pingreq: 12,
  pingresp: 13,
  disconnect: 14,
} as const;

interface Published {
  readonly topic: string;
  readonly payload: Buffer;
}

/** A broker of MQTT 3.1.1 on the loopback interface: topics and wildcards at QoS 0, nothing retained. */
export class MqttBroker {
  /** What clients have published, oldest first. */
  readonly published: Published[] = [];
  readonly #server: Server;
  readonly #subscriptions = new Map<Socket, Set<string>>();
  readonly #watchers = new Set<() => void>();

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => this.#serve(socket));
  }

  static async start(): Promise<MqttBroker> {
    const server = createServer();
    await new Promise<void>((done) => {
      server.listen(0, "127.0.0.1", done);
    });
    return new MqttBroker(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** How many clients are connected. */
  get connections(): number {
    return this.#subscriptions.size;
  }

  /** Publishes as a client would. */
  publish(topic: string, payload: Buffer | string): void {
    const name = Buffer.from(topic);
    const message = packet(packetTypes.publish, 0, [lengthOf(name), name, Buffer.from(payload)]);
    for (const [socket, filters] of this.#subscriptions)
      if ([...filters].some((filter) => topicFits(filter, topic))) socket.write(message);
  }

  /** Resolves when a client has subscribed to each of these filters. */
  async subscribed(...filters: string[]): Promise<void> {
    await this.#until(() => {
      const known = new Set([...this.#subscriptions.values()].flatMap((own) => [...own]));
      return filters.every((filter) => known.has(filter)) || undefined;
    });
  }

  /** The first message that a client publishes, or has published, under a topic that begins so. */
  async next(start: string): Promise<Published> {
    return await this.#until(() => this.published.find(({ topic }) => topic.startsWith(start)));
  }

  async close(): Promise<void> {
    for (const socket of this.#subscriptions.keys()) socket.destroy();
    await new Promise((done) => {
      this.#server.close(done);
    });
  }

  #until<Value>(look: () => Value | undefined): Promise<Value> {
    return new Promise((resolve) => {
      const watch = (): void => {
        const value = look();
        if (value === undefined) return;
        this.#watchers.delete(watch);
        resolve(value);
      };
      this.#watchers.add(watch);
      watch();
    });
  }

  #serve(socket: Socket): void {
    const filters = new Set<string>();
    this.#subscriptions.set(socket, filters);
    let received = Buffer.alloc(0);
    socket.on("error", () => undefined);
    socket.on("close", () => this.#subscriptions.delete(socket));
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      for (;;) {
        const next = readPacket(received);
        if (next === undefined) break;
        received = received.subarray(next.size);
        this.#take(socket, filters, next);
      }
      for (const watch of this.#watchers) watch();
    });
  }

  #take(socket: Socket, filters: Set<string>, { type, flags, body }: Packet): void {
    switch (type) {
      case packetTypes.connect:
        socket.write(packet(packetTypes.connack, 0, [Buffer.from([0, 0])]));
        return;
      case packetTypes.publish: {
        assert.equal(flags & 6, 0, "only QoS 0 is spoken here");
        const { text: topic, rest } = readText(body);
        this.published.push({ topic, payload: Buffer.from(rest) });
        this.publish(topic, rest);
        return;
      }
      case packetTypes.subscribe: {
        const granted: number[] = [];
        for (let rest = body.subarray(2); rest.length > 0;) {
          const filter = readText(rest);
          filters.add(filter.text);
          granted.push(0);
          rest = filter.rest.subarray(1);
        }
        const answer = [body.subarray(0, 2), Buffer.from(granted)];
        socket.write(packet(packetTypes.suback, 0, answer));
        return;
      }
      case packetTypes.unsubscribe:
        socket.write(packet(packetTypes.unsuback, 0, [body.subarray(0, 2)]));
        return;
      case packetTypes.pingreq:
        socket.write(packet(packetTypes.pingresp, 0, []));
        return;
      case packetTypes.disconnect:
        socket.end();
        return;
      default:
        socket.destroy(new Error(`The test's broker knows no packet of type ${type}`));
    }
  }
}

interface Packet {
  readonly type: number;
  readonly flags: number;
  readonly body: Buffer;
  /** Bytes of the whole packet. */
  readonly size: number;
}

/** The first packet of a stream; undefined where not all of it has come. */
function readPacket(bytes: Buffer): Packet | undefined {
  const [first] = bytes;
  if (first === undefined) return undefined;
  let length = 0;
  for (let index = 1; index <= 4; index += 1) {
    const digit = bytes[index];
    if (digit === undefined) return undefined;
    length += (digit & 127) * 128 ** (index - 1);
    if (digit >= 128) continue;
    const start = index + 1;
    const size = start + length;
    if (bytes.length < size) return undefined;
    return { type: first >> 4, flags: first & 15, body: bytes.subarray(start, size), size };
  }
  return assert.fail("a length of more than four bytes");
}

function packet(type: number, flags: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = [(type << 4) | flags];
  let rest = body.length;
  do {
    const digit = rest % 128;
    rest = Math.floor(rest / 128);
    head.push(rest > 0 ? digit | 128 : digit);
  } while (rest > 0);
  return Buffer.concat([Buffer.from(head), body]);
}

function lengthOf(bytes: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return length;
}

function readText(bytes: Buffer): { readonly text: string; readonly rest: Buffer } {
  const end = 2 + bytes.readUInt16BE(0);
  return { text: bytes.toString("utf8", 2, end), rest: bytes.subarray(end) };
}

/** `+` stands for one level of a topic, `#` at the end for all that follow. */
function topicFits(filter: string, topic: string): boolean {
  const levels = topic.split("/");
  const wanted = filter.split("/");
  const isOpen = wanted.at(-1) === "#";
  if (isOpen) wanted.pop();
  if (isOpen ? levels.length < wanted.length : levels.length !== wanted.length) return false;
  return wanted.every((level, index) => level === "+" || level === levels[index]);
}
