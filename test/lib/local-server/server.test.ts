import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { WebSocket } from "ws";
import { type LocalServer, startLocalServer } from "../../../lib/local-server/server";
import { TestClient, update, userMessage } from "./client";
import { ScriptedVoice } from "./scripted-voice";

async function handshakeAnswer(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; code: string }> {
  const socket = new WebSocket(url, { headers });
  socket.on("error", () => {});
  const [, response] = (await once(socket, "unexpected-response")) as [unknown, IncomingMessage];
  let body = "";
  for await (const chunk of response) body += String(chunk);
  const { error } = JSON.parse(body) as { error: { code: string } };
  return { status: response.statusCode ?? 0, code: error.code };
}

describe("local server", () => {
  let server: LocalServer;
  let clients: TestClient[];

  beforeEach(() => {
    clients = [];
  });

  afterEach(async () => {
    for (const client of clients) client.close();
    await server?.close();
  });

  const start = async (options: Parameters<typeof startLocalServer>[0] = {}) => {
    server = await startLocalServer({ voice: new ScriptedVoice(), ...options });
    return server;
  };
  const open = async (...rest: [Parameters<typeof TestClient.open>[1]?]) => {
    const client = await TestClient.open(server, ...rest);
    clients.push(client);
    return client;
  };

  it("listens on the loopback address, with a token of its own", async () => {
    await start();
    assert.match(server.url, /^ws:\/\/127\.0\.0\.1:\d+\/v1\/realtime$/);
    assert.ok(server.token !== null && server.token.length >= 32);
    const other = await startLocalServer({ voice: new ScriptedVoice() });
    assert.notEqual(other.token, server.token);
    await other.close();
  });

  it("refuses a missing and a wrong token with 401 and OpenAI's code", async () => {
    await start();
    const refused = { status: 401, code: "invalid_api_key" };
    assert.deepEqual(await handshakeAnswer(server.url), refused);
    const wrong = { Authorization: `Bearer ${server.token?.slice(1)}x` };
    assert.deepEqual(await handshakeAnswer(server.url, wrong), refused);
    assert.equal(server.connections, 0);
  });

  it("asks for no token when it is null", async () => {
    await start({ token: null });
    await open();
    assert.equal(server.token, null);
  });

  it("refuses every request with an Origin, even its own", async () => {
    await start({ token: null });
    for (const origin of ["https://example.org", "http://127.0.0.1", "null"]) {
      assert.equal((await handshakeAnswer(server.url, { Origin: origin })).status, 403);
    }
  });

  it("refuses a Host that is not loopback, whatever port it names", async () => {
    await start({ token: null });
    for (const host of [
      "example.org",
      "192.168.0.2:80",
      "127.0.0.1.example.org",
      "localhost.example.org",
      "x@[::2]",
    ]) {
      assert.equal((await handshakeAnswer(server.url, { Host: host })).status, 403, host);
    }
    await open({ headers: { Host: "localhost:1234" } });
    await open({ headers: { Host: "[::1]" } });
  });

  it("refuses other paths with 404", async () => {
    await start();
    const url = server.url.replace("/v1/realtime", "/v1/other");
    assert.equal((await handshakeAnswer(url)).status, 404);
  });

  it("refuses a model beside an intent, and unknown intents", async () => {
    await start({ token: null });
    for (const query of ["?model=a&intent=transcription", "?intent=translation", "?model="]) {
      assert.equal((await handshakeAnswer(server.url + query)).status, 400, query);
    }
  });

  it("tells a plain HTTP request to upgrade", async () => {
    await start();
    const request = get(server.url.replace("ws:", "http:"));
    const [response] = (await once(request, "response")) as [IncomingMessage];
    response.resume();
    assert.equal(response.statusCode, 426);
  });

  it("closes although a client that it has refused keeps its half of the line open", async () => {
    await start();
    const port = Number(new URL(server.url).port);
    const line = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    const ended = once(line, "end");
    line.resume();
    line.write(
      [
        "GET /v1/realtime HTTP/1.1",
        "Host: 127.0.0.1",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "",
        "",
      ].join("\r\n"),
    );
    await ended;
    try {
      await server.close();
    } finally {
      line.destroy();
    }
  });

  it("names the session's model as the URL does, or its own", async () => {
    await start({ model: "commands" });
    const named = await open({ query: "?model=gpt-realtime" });
    assert.equal(named.events[0]?.["session"].model, "gpt-realtime");
    const unnamed = await open({ query: "" });
    assert.equal(unnamed.events[0]?.["session"].model, "commands");
  });

  it("refuses connections above its limit with 503, and takes them again later", async () => {
    await start({ token: null, maxConnections: 2 });
    const first = await open();
    await open();
    assert.equal(server.connections, 2);
    assert.deepEqual(await handshakeAnswer(server.url), {
      status: 503,
      code: "too_many_connections",
    });
    first.socket.close();
    await first.closed;
    await open();
  });

  it("rejects a port that is none, and listens nowhere", async () => {
    // A text, as an environment variable is one, would be the name of a socket in the file system.
    for (const port of ["realtime-port", "", -1, 65_536, 80.5])
      await assert.rejects(startLocalServer({ port: port as never, voice: new ScriptedVoice() }), {
        code: "invalid_port",
      });
    assert.ok(!existsSync("realtime-port"));
  });

  it("rejects when its port is taken", async () => {
    await start();
    const port = Number(new URL(server.url).port);
    await assert.rejects(startLocalServer({ port, voice: new ScriptedVoice() }), {
      code: "EADDRINUSE",
    });
  });

  it("closes its sockets with 1001, and closes once", async () => {
    await start();
    const client = await open();
    const closing = server.close();
    assert.equal(server.close(), closing);
    await closing;
    assert.equal((await client.closed).code, 1001);
    assert.equal(server.connections, 0);
  });

  it("cuts off a client that does not answer the close", async () => {
    await start();
    const client = await open();
    client.socket.pause();
    await server.close();
    assert.equal(server.connections, 0);
    client.socket.resume();
    await client.closed;
  });

  it("leaves a voice alone that it was given", async () => {
    const voice = new ScriptedVoice();
    await start({ voice });
    await server.close();
    assert.equal(voice.closed, 0);
  });

  it("answers malformed frames with an error, and goes on", async () => {
    await start();
    const client = await open();
    for (const text of ["{", "null", "[1]", "7", "{}", '{"type":1}', '{"type":""}', ""]) {
      client.socket.send(text);
      const { error } = await client.next("error");
      assert.equal(error.code, "invalid_event", text);
      assert.equal(error.type, "invalid_request_error");
    }
    client.socket.send(Buffer.from("{}"), { binary: true });
    assert.equal((await client.next("error"))["error"].code, "invalid_event");
    client.send(userMessage("hello"));
    await client.next("conversation.item.done");
  });

  it("answers deep nesting and members called __proto__ with an error, and goes on", async () => {
    await start();
    const client = await open();
    client.socket.send(
      `{"type":"session.update","session":${"[".repeat(50_000)}${"]".repeat(50_000)}}`,
    );
    await client.next("error");
    client.socket.send(
      '{"type":"session.update","session":{"type":"realtime","__proto__":{"model":"x"}}}',
    );
    assert.equal((await client.next("error"))["error"].code, "unknown_parameter");
    client.socket.send('{"type":"__proto__"}');
    assert.equal((await client.next("error"))["error"].code, "invalid_value");
  });

  it("ends the connection of a frame above its limit, and only that one", async () => {
    await start();
    const big = await open();
    const other = await open();
    big.socket.send(JSON.stringify({ type: "x", pad: "x".repeat(25 * 1024 * 1024) }));
    assert.equal((await big.closed).code, 1009);
    other.send(userMessage("hello"));
    await other.next("conversation.item.done");
  });

  it("keeps sessions apart", async () => {
    await start();
    const [one, two] = [await open(), await open()];
    one.send(userMessage("hello", { item: { ...userMessage("hi").item, id: "same" } }));
    await one.next("conversation.item.done");
    two.send(userMessage("hello", { item: { ...userMessage("hi").item, id: "same" } }));
    await two.next("conversation.item.done");
    assert.notEqual(one.events[0]?.["session"].id, two.events[0]?.["session"].id);
  });

  it("ends a session at its cap with session_expired and 1001", async () => {
    await start({ sessionCapMs: 30 });
    const client = await open();
    const { error } = await client.next("error");
    assert.equal(error.code, "session_expired");
    assert.equal((await client.closed).code, 1001);
  });

  for (const conversation of ["auto", "none"]) {
    it(`ends the session of a client that has gone: it neither listens nor speaks on (${conversation})`, async () => {
      const voice = new ScriptedVoice();
      let release = () => {};
      const secondSentence = new Promise<void>((resolve) => {
        release = resolve;
      });
      const speak = voice.speak.bind(voice);
      voice.speak = async (text, name) => {
        if (text === "Two.") await secondSentence;
        return speak(text, name);
      };
      await start({ voice });
      const client = await open();
      assert.equal(voice.listening, 1);
      const instructions = 'Say "One. Two. Three."';
      client.send({ type: "response.create", response: { conversation, instructions } });
      await client.next("response.output_audio.delta");
      client.close();
      while (server.connections > 0) await nextTurn();
      assert.equal(voice.listening, 0);
      release();
      const next = await open();
      next.send(userMessage("hello"), { type: "response.create" });
      await next.next("response.done");
      assert.ok(!voice.spoken.some(({ text }) => text === "Three."));
    });
  }

  it("drops a client that asks for much and reads nothing", async () => {
    await start();
    const [greedy, other] = [await open(), await open()];
    greedy.send(update({ audio: { input: { turn_detection: null } } }));
    await greedy.next("session.updated");
    const tenMebibytes = Buffer.alloc(10 * 1024 * 1024).toString("base64");
    greedy.send(
      { type: "input_audio_buffer.append", audio: tenMebibytes },
      { type: "input_audio_buffer.commit" },
    );
    const { item_id: itemId } = await greedy.next("input_audio_buffer.committed");
    await greedy.next("conversation.item.done");
    greedy.socket.pause();
    for (let index = 0; index < 10; index++) {
      greedy.send({ type: "conversation.item.retrieve", item_id: itemId });
    }
    while (server.connections === 2) await other.settled();
    greedy.socket.resume();
    assert.equal((await greedy.closed).code, 1006);
  });

  it("stops speaking to a client that does not read, and goes on when it does", async () => {
    const voice = new ScriptedVoice();
    voice.wordMs = 3_000;
    await start({ voice });
    const client = await open();
    client.socket.pause();
    const text = "one two three four five six seven eight nine ten";
    for (let index = 0; index < 4; index++) {
      client.send({
        type: "response.create",
        response: { conversation: "none", instructions: `Say "${text}"`, input: [] },
      });
    }
    const other = await open();
    other.send(userMessage("hello"), { type: "response.create" });
    await other.next("response.done");
    client.socket.resume();
    for (let index = 0; index < 4; index++) {
      const { response } = await client.next("response.done");
      assert.equal(response.status, "completed");
    }
  });
});
