import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import { systemClock } from "../../../lib/session/clock";
import { openWebSocket, type SocketEnd, type SocketOptions } from "../../../lib/session/socket";

const closers: (() => Promise<unknown> | void)[] = [];

async function listen(handler?: (request: IncomingMessage, response: ServerResponse) => void) {
  const server: Server = createServer(handler);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { server, url: `ws://127.0.0.1:${port}/v1/realtime?model=secret` };
}

async function listenForSockets(onConnection: (peer: WebSocket, request: IncomingMessage) => void) {
  const { server, url } = await listen();
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (peer, request) => {
    peer.on("error", () => undefined);
    onConnection(peer, request);
  });
  closers.push(() => {
    for (const peer of sockets.clients) peer.terminate();
  });
  return { server, url };
}

function open(url: string, options: Partial<SocketOptions> = {}) {
  const texts: string[] = [];
  let ends = 0;
  let resolveOpen: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    resolveOpen = resolve;
  });
  let resolveText: (text: string) => void = () => undefined;
  const firstText = new Promise<string>((resolve) => {
    resolveText = resolve;
  });
  let socket: ReturnType<typeof openWebSocket> | undefined;
  const ended = new Promise<SocketEnd>((resolve) => {
    socket = openWebSocket(
      {
        url,
        headers: { Authorization: "Bearer sk-secret" },
        maxPayload: 1024,
        handshakeTimeoutMs: 5000,
        pingIntervalMs: 30_000,
        ...options,
      },
      {
        open: resolveOpen,
        drained: () => undefined,
        text: (text) => {
          texts.push(text);
          resolveText(text);
        },
        end: (end) => {
          ends += 1;
          resolve(end);
        },
      },
      systemClock,
    );
  });
  assert.ok(socket);
  return { socket, opened, ended, texts, firstText, ends: () => ends };
}

/** The answer to a handshake, by hand. */
function switching(request: IncomingMessage): string {
  const key = `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  return (
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    `Sec-WebSocket-Accept: ${createHash("sha1").update(key).digest("base64")}\r\n\r\n`
  );
}

/** A close frame with the code 1001. */
const GOING_AWAY = Buffer.from([0x88, 2, 0x03, 0xe9]);

describe("socket", () => {
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  it("carries text both ways, with the headers of the target", async () => {
    const { url } = await listenForSockets((peer, request) => {
      assert.equal(request.headers.authorization, "Bearer sk-secret");
      peer.on("message", (data: Buffer) => peer.send(`heard ${data.toString()}`));
    });
    const { socket, opened, firstText, ended } = open(url);
    await opened;
    socket.send("hello");
    assert.equal(await firstText, "heard hello");
    socket.close(1000);
    assert.deepEqual(await ended, { kind: "closed", code: 1000, reason: "" });
  });

  it("keeps the beginning of a frame until its end has come", async () => {
    const pieces = ["a".repeat(5_000), "b".repeat(20_000), "c".repeat(40_000)];
    const { url } = await listenForSockets((peer) => {
      const [first = "", ...others] = pieces;
      peer.send(first, { fin: false });
      // Each when the one before it has been read: the answer to a ping comes after it.
      peer.on("pong", () => {
        const next = others.shift();
        if (next === undefined) return;
        peer.send(next, { fin: others.length === 0 });
        peer.ping();
      });
      peer.ping();
    });
    const { firstText, socket } = open(url, { maxPayload: 100_000 });
    assert.equal(await firstText, pieces.join(""));
    socket.terminate();
  });

  it("joins what is sent in one turn of the event loop, as long as it is little", async () => {
    const heard: string[] = [];
    let resolveHeard: () => void = () => undefined;
    const all = new Promise<void>((resolve) => {
      resolveHeard = resolve;
    });
    const { url } = await listenForSockets((peer) => {
      peer.on("message", (data: Buffer) => {
        heard.push(data.toString());
        if (heard.length === 4) resolveHeard();
      });
    });
    const { socket, opened } = open(url);
    await opened;
    const texts = ["a".repeat(1000), "b".repeat(1000), "c".repeat(20_000), "d".repeat(1000)];
    // Each frame has 8 bytes besides. What the network was given it has taken at once, here.
    const unsent = texts.map((text) => {
      socket.send(text);
      return socket.bufferedAmount;
    });
    assert.deepEqual(unsent, [1008, 2016, 0, 1008]);
    await new Promise<void>((resolve) => {
      process.nextTick(resolve);
    });
    assert.equal(socket.bufferedAmount, 0);
    await all;
    assert.deepEqual(heard, texts);
    socket.terminate();
  });

  it("lets leave what is sent before it closes, and ends once where it is terminated instead", async () => {
    const heard: string[] = [];
    const { url } = await listenForSockets((peer) => {
      peer.on("message", (data: Buffer) => heard.push(data.toString()));
      peer.on("close", (code) => heard.push(`closed with ${code}`));
    });
    const { socket, opened, ended } = open(url);
    await opened;
    socket.send("hello");
    socket.close(1000);
    await ended;
    assert.deepEqual(heard, ["hello", "closed with 1000"]);

    const other = open(url);
    await other.opened;
    other.socket.send("hello");
    other.socket.terminate();
    await other.ended;
    assert.equal(other.ends(), 1);
  });

  it("takes what comes with the answer to the handshake", async () => {
    const { server, url } = await listen();
    server.on("upgrade", (request: IncomingMessage, line: Duplex) => {
      const frames = ["first", "second"].map((text) =>
        Buffer.concat([Buffer.from([0x81, text.length]), Buffer.from(text)]),
      );
      const all = Buffer.concat([Buffer.from(switching(request)), ...frames, GOING_AWAY]);
      // Cut in the middle of the second frame.
      line.write(all.subarray(0, -8));
      line.write(all.subarray(-8));
      closers.push(() => void line.destroy());
    });
    const { texts, ended } = open(url);
    assert.deepEqual(await ended, { kind: "closed", code: 1001, reason: "" });
    assert.deepEqual(texts, ["first", "second"]);
  });

  it("says status, code and Retry-After of a refused handshake", async () => {
    const { url } = await listen((_, response) => {
      response.writeHead(429, { "Retry-After": "7" });
      response.end('{"error":{"code":"rate_limit_exceeded","message":"sk-secret"}}');
    });
    assert.deepEqual(await open(url).ended, {
      kind: "refused",
      status: 429,
      code: "rate_limit_exceeded",
      retryAfterMs: 7000,
    });
  });

  it("does not follow a redirect with the key", async () => {
    let visits = 0;
    const { url: elsewhere } = await listenForSockets(() => {
      visits += 1;
    });
    const { url } = await listen((_, response) => {
      response.writeHead(307, { Location: elsewhere });
      response.end();
    });
    const end = await open(url).ended;
    assert.ok(end.kind === "refused");
    assert.equal(end.status, 307);
    assert.equal(visits, 0);
  });

  it("says which error kept it from connecting, and nothing of the address", async () => {
    const { server, url } = await listen();
    server.close();
    await once(server, "close");
    assert.deepEqual(await open(url).ended, { kind: "failed", code: "ECONNREFUSED" });
  });

  it("ends, and does not throw, for an address that is none", async () => {
    for (const url of ["nonsense secret", "http://[", "ws://host#fragment"]) {
      const end = await open(url).ended;
      assert.ok(end.kind === "failed");
      assert.doesNotMatch(JSON.stringify(end), /secret/);
    }
  });

  it("gives up a handshake that is not answered", async () => {
    const { server, url } = await listen();
    server.on("upgrade", () => undefined);
    assert.deepEqual(await open(url, { handshakeTimeoutMs: 50 }).ended, {
      kind: "silent",
      phase: "handshake",
    });
  });

  it("gives up a proxy that does not answer, and its connection", async () => {
    const asked: Socket[] = [];
    const proxy = createTcpServer((socket) => {
      socket.resume();
      asked.push(socket);
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    closers.push(() => void proxy.close());
    const { port } = proxy.address() as AddressInfo;
    for (const url of ["ws://localhost/", "wss://localhost/"]) {
      const { ended } = open(url, { proxy: `http://127.0.0.1:${port}`, handshakeTimeoutMs: 50 });
      const [socket] = (await once(proxy, "connection")) as [Socket];
      const gone = once(socket, "close");
      assert.deepEqual(await ended, { kind: "silent", phase: "handshake" });
      await gone;
    }
    assert.equal(asked.length, 2);
  });

  it("ends soon when the peer has closed it and leaves the line open", async () => {
    const { server, url } = await listen();
    server.on("upgrade", (request: IncomingMessage, socket: Duplex) => {
      socket.write(switching(request));
      socket.write(GOING_AWAY);
      closers.push(() => void socket.destroy());
    });
    assert.deepEqual(await open(url).ended, { kind: "closed", code: 1001, reason: "" });
  });

  it("ends over a frame that is larger than the limit", async () => {
    const { url } = await listenForSockets((peer) => peer.send("x".repeat(2000)));
    const { ended, texts } = open(url);
    assert.deepEqual(await ended, { kind: "failed", code: "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH" });
    assert.deepEqual(texts, []);
  });

  it("finds a peer that went silent without closing", async () => {
    // Nothing is read any more, so no ping is answered: as if the cable were cut.
    const { url } = await listenForSockets((peer) => peer.pause());
    const { ended } = open(url, { pingIntervalMs: 40 });
    assert.deepEqual(await ended, { kind: "silent", phase: "open" });
  });

  it("keeps a peer that answers pings and says nothing else", async () => {
    let pings = 0;
    let resolveFour: () => void = () => undefined;
    const four = new Promise<string>((resolve) => {
      resolveFour = () => resolve("four pings");
    });
    const { url } = await listenForSockets((peer) => {
      peer.on("ping", () => {
        pings += 1;
        if (pings === 4) resolveFour();
      });
    });
    const { ended } = open(url, { pingIntervalMs: 20 });
    assert.equal(await Promise.race([four, ended]), "four pings");
  });

  it("ends once, however it ends", async () => {
    const { url } = await listenForSockets((peer) => peer.terminate());
    const { ended, ends, socket } = open(url);
    assert.ok((await ended).kind === "closed");
    socket.close(1000);
    socket.terminate();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    assert.equal(ends(), 1);
  });
});
