import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { WebSocket } from "ws";
import { type Clock, systemClock } from "../../../lib/local-server/clock";
import {
  type FaultRequest,
  faultTypes,
  handshakeCodes,
  readFaults,
  refusalTypes,
} from "../../../lib/local-server/faults";
import { type LocalServer, startLocalServer } from "../../../lib/local-server/server";
import { RealtimeError } from "../../../lib/protocol/errors";
import { audio, lightTool, type Received, TestClient, update, userMessage } from "./client";
import { ScriptedVoice } from "./scripted-voice";

/** Resolves when the server has answered a ping: it has taken in all that was sent before. */
async function pinged(client: TestClient): Promise<void> {
  client.socket.ping();
  await once(client.socket, "pong");
}

describe("faults of the local server", () => {
  let server: LocalServer;
  let clients: (TestClient | WebSocket)[];

  beforeEach(() => {
    clients = [];
  });

  afterEach(async () => {
    for (const client of clients) {
      if (client instanceof TestClient) client.close();
      else client.terminate();
    }
    await server?.close();
  });

  const start = async (...faults: FaultRequest[]): Promise<void> => {
    server = await startLocalServer({ voice: new ScriptedVoice(), token: null, faults });
  };

  /** Events wait for a neighbour as long as a busy machine may need to send the next one. */
  const startPatient = async (): Promise<void> => {
    const clock: Clock = {
      ...systemClock,
      start: (callback, delay) => systemClock.start(callback, Math.max(500, delay)),
    };
    server = await startLocalServer({ voice: new ScriptedVoice(), token: null, clock });
  };
  const open = async (): Promise<TestClient> => {
    const client = await TestClient.open(server);
    clients.push(client);
    return client;
  };

  /** A client that waits for nothing: for servers that never say the first word. */
  function dial() {
    const socket = new WebSocket(`${server.url}?model=test`);
    clients.push(socket);
    const frames: string[] = [];
    socket.on("error", () => undefined);
    socket.on("message", (data: Buffer) => frames.push(data.toString()));
    const closed = new Promise<{ code: number; reason: string }>((resolve) => {
      socket.once("close", (code, reason) => resolve({ code, reason: String(reason) }));
    });
    return { socket, frames, closed };
  }

  async function refusedHandshake() {
    const { socket } = dial();
    const [, response] = (await once(socket, "unexpected-response")) as [unknown, IncomingMessage];
    let body = "";
    for await (const chunk of response) body += String(chunk);
    const { error } = JSON.parse(body) as { error: { code: string } };
    return {
      status: response.statusCode,
      code: error.code,
      retryAfter: response.headers["retry-after"],
    };
  }

  /** Opens a session with a tool, and asks for what the tool can do. */
  async function askForCall(): Promise<TestClient> {
    const client = await open();
    client.send(
      update({ tools: [lightTool], output_modalities: ["text"] }),
      userMessage("turn on the kitchen light"),
      { type: "response.create" },
    );
    return client;
  }

  describe("drop", () => {
    it("accepts connections and drops them, as often as it is told", async () => {
      await start({ type: "drop", times: 2 });
      for (let round = 0; round < 2; round += 1) {
        const { closed, frames } = dial();
        assert.equal((await closed).code, 1006);
        assert.deepEqual(frames, []);
      }
      await (await open()).settled();
    });

    it("drops every connection after so many events, when the times are 0", async () => {
      await start({ type: "drop", afterEvents: 3, times: 0 });
      for (let round = 0; round < 3; round += 1) {
        const client = await open();
        client.send(update({}), userMessage("one"), userMessage("two"));
        assert.equal((await client.closed).code, 1006);
        assert.deepEqual(client.types(), [
          "session.created",
          "session.updated",
          "conversation.item.added",
        ]);
      }
    });

    it("drops a connection that is open already, and counts its events from then on", async () => {
      await start();
      const client = await open();
      client.send(update({}), update({}), update({}));
      await client.settled();
      server.setFaults([{ type: "drop", afterEvents: 1 }]);
      const count = client.events.length;
      client.send(update({}), update({}));
      await client.closed;
      assert.equal(client.events.length, count + 1);

      const other = await open();
      server.setFaults([{ type: "drop" }]);
      assert.equal((await other.closed).code, 1006);
    });
  });

  describe("drop in the middle of a tool call", () => {
    for (const [at, last] of [
      ["arguments", "response.function_call_arguments.delta"],
      ["item", "response.output_item.done"],
    ] as const) {
      it(`dies after ${last}`, async () => {
        await start({ type: "drop_in_call", at });
        const client = await askForCall();
        assert.equal((await client.closed).code, 1006);
        assert.equal(client.events.at(-1)?.type, last);
        assert.equal(client.types().filter((type) => type === last).length, 1);
        const again = await askForCall();
        const { response } = await again.next("response.done");
        assert.equal(response.output[0].type, "function_call");
      });
    }
  });

  describe("stall", () => {
    it("answers pings and nothing else, until it is told to behave", async () => {
      await start({ type: "stall", afterEvents: 2 });
      const client = await open();
      client.send(update({ instructions: "a" }), update({ instructions: "b" }));
      await client.next("session.updated");
      await pinged(client);
      assert.deepEqual(client.types(), ["session.created", "session.updated"]);
      server.setFaults([]);
      const { session } = await client.next("session.updated");
      assert.equal(session.instructions, "b");
    });

    it("goes on by itself after its time, with what came meanwhile in order", async () => {
      await start({ type: "stall", afterEvents: 1, ms: 50 });
      const client = await open();
      client.send(update({ instructions: "a" }), update({ instructions: "b" }));
      assert.equal((await client.next("session.updated"))["session"].instructions, "a");
      assert.equal((await client.next("session.updated"))["session"].instructions, "b");
    });

    it("holds an answer where it is, and does not collect what a client goes on sending", async () => {
      await start();
      const client = await open();
      client.send(update({ output_modalities: ["text"] }), userMessage("hello"));
      await client.next("conversation.item.done");
      server.setFaults([{ type: "stall", afterEvents: 4 }]);
      client.send({ type: "response.create" });
      await client.next("response.output_item.added");
      const megabyte = { ...audio(1), audio: "A".repeat(1024 * 1024) };
      for (let count = 0; count < 40; count += 1) client.send(megabyte);
      await (await open()).settled();
      assert.ok(client.socket.bufferedAmount > 0, "the server takes in what it does not read");
      server.setFaults([]);
      assert.equal((await client.next("response.done"))["response"].status, "completed");
    });
  });

  describe("half-open", () => {
    it("answers no ping and notices no end, until its time is over", async () => {
      await start({ type: "half_open", afterEvents: 1 });
      const client = await open();
      let pongs = 0;
      client.socket.on("pong", () => (pongs += 1));
      client.socket.ping();
      client.send(update({}));
      client.close();
      await client.closed;
      // Another connection takes its turn: the first one would have been heard by then.
      await (await open()).settled();
      assert.deepEqual(client.types(), ["session.created"]);
      assert.equal(pongs, 0);
      assert.equal(server.connections, 2);
      server.setFaults([]);
      await (await open()).settled();
      assert.equal(server.connections, 2);
    });

    it("says nothing of an answer that is running, and goes on with it", async () => {
      await start();
      const client = await open();
      client.send(update({ output_modalities: ["text"] }), userMessage("hello"));
      await client.next("conversation.item.done");
      server.setFaults([{ type: "half_open", afterEvents: 5, ms: 40 }]);
      client.send({ type: "response.create" });
      const { response } = await client.next("response.done");
      assert.equal(response.status, "completed");
      assert.deepEqual(client.problems(), []);
    });
  });

  describe("a refused handshake", () => {
    for (const [status, code] of Object.entries(handshakeCodes)) {
      it(`answers ${status} with the code ${code}, once`, async () => {
        await start({
          type: "refuse_handshake",
          status: Number(status) as keyof typeof handshakeCodes,
        });
        assert.deepEqual(await refusedHandshake(), {
          status: Number(status),
          code,
          retryAfter: undefined,
        });
        await open();
      });
    }

    it("asks to be left alone for so many seconds", async () => {
      await start({ type: "refuse_handshake", status: 429, retryAfter: 7, times: 2 });
      assert.equal((await refusedHandshake()).retryAfter, "7");
      assert.equal((await refusedHandshake()).retryAfter, "7");
      await open();
    });
  });

  for (const code of [
    "invalid_api_key",
    "model_not_found",
    "beta_api_shape_disabled",
    "server_error",
  ] as const) {
    it(`refuses a session with ${code} after the handshake`, async () => {
      await start({ type: "refuse_session", code });
      const { closed, frames } = dial();
      const { reason } = await closed;
      assert.equal(reason, `${refusalTypes[code]}.${code}`);
      const [first, ...others] = frames.map((frame) => JSON.parse(frame) as Received);
      assert.deepEqual([first?.type, first?.["error"].code], ["error", code]);
      assert.deepEqual(others, []);
      await open();
    });
  }

  describe("a refused event", () => {
    for (const [code, type] of Object.entries(refusalTypes) as [
      keyof typeof refusalTypes,
      string,
    ][]) {
      it(`is refused with ${code}, with and without its id`, async () => {
        await start();
        const client = await open();
        for (const withEventId of [true, false]) {
          server.setFaults([
            { type: "refuse_event", event: "conversation.item.create", code, withEventId },
          ]);
          const error = await client.refused(userMessage("hello", { event_id: "mine" }));
          assert.deepEqual(
            [error["type"], error["code"], error["event_id"]],
            [type, code, withEventId ? "mine" : null],
          );
        }
        // Refused once each: the next is taken, and nothing is left of the others.
        client.send(userMessage("hello"));
        const { previous_item_id: previous } = await client.next("conversation.item.added");
        assert.equal(previous, null);
        assert.deepEqual(client.problems(), []);
      });
    }

    it("leaves events of other types alone", async () => {
      await start({ type: "refuse_event", event: "session.update" });
      const client = await open();
      client.send(userMessage("hello"));
      await client.next("conversation.item.done");
      assert.equal((await client.refused(update({})))["code"], "server_error");
    });
  });

  for (const code of [
    "insufficient_quota",
    "rate_limit_exceeded",
    "model_not_found",
    "server_error",
  ] as const) {
    it(`ends a response as failed with ${code}`, async () => {
      await start({ type: "fail_response", code });
      const client = await open();
      client.send(update({ output_modalities: ["text"] }), userMessage("hello"));
      client.send({ type: "response.create" });
      const { response } = await client.next("response.done");
      assert.equal(response.status, "failed");
      assert.equal(response.status_details.error.code, code);
      client.send({ type: "response.create" });
      assert.equal((await client.next("response.done"))["response"].status, "completed");
      assert.deepEqual(client.problems(), []);
    });
  }

  it("ends a session as at the end of its hour", async () => {
    await start({ type: "expire", afterEvents: 2 });
    const client = await open();
    client.send(update({}));
    const { error } = await client.next("error");
    assert.equal(error.code, "session_expired");
    const { code, reason } = await client.closed;
    assert.equal(code, 1001);
    assert.match(reason, /maximum duration/);
    assert.deepEqual(client.problems(), []);
    await (await open()).settled();
  });

  it("garbles one frame, whose event is lost, and goes on", async () => {
    await start({ type: "garble", afterEvents: 2 });
    const { socket, frames } = dial();
    await once(socket, "message");
    for (const instructions of ["a", "b", "c"])
      socket.send(JSON.stringify(update({ instructions })));
    while (frames.length < 4) await once(socket, "message");
    const [, first, garbled, last] = frames;
    assert.equal(JSON.parse(first ?? "").session.instructions, "a");
    assert.throws(() => JSON.parse(garbled ?? "") as unknown, SyntaxError);
    assert.match(garbled ?? "", /^{"type":"session.updated"/);
    assert.equal(JSON.parse(last ?? "").session.instructions, "c");
  });

  it("sends events of unknown types", async () => {
    await start({ type: "unknown_events", times: 2 });
    const client = await open();
    client.send(update({}), update({}));
    await client.next("session.updated");
    await client.next("session.updated");
    assert.deepEqual(client.types(), [
      "rehearsal.unknown",
      "session.created",
      "rehearsal.unknown",
      "session.updated",
      "session.updated",
    ]);
  });

  it("sends one frame of 20 MB, and goes on", async () => {
    await start({ type: "large_frame", afterEvents: 1 });
    const client = await open();
    let largest = 0;
    client.socket.on("message", (data: Buffer) => (largest = Math.max(largest, data.length)));
    client.send(update({}));
    await client.next("session.updated");
    assert.equal(largest, 20_000_000);
    assert.deepEqual(client.types(), ["session.created", "rehearsal.large", "session.updated"]);
  });

  it("delays each event and keeps their order; what waits comes at once when it behaves", async () => {
    await start({ type: "delay", ms: 20 });
    const client = await open();
    client.send(update({ instructions: "a" }), update({ instructions: "b" }));
    assert.equal((await client.next("session.updated"))["session"].instructions, "a");
    assert.equal((await client.next("session.updated"))["session"].instructions, "b");
    server.setFaults([{ type: "delay", ms: 60_000 }]);
    client.send(update({ instructions: "c" }));
    await pinged(client);
    assert.equal(client.events.length, 3);
    server.setFaults([]);
    client.send(update({ instructions: "d" }));
    assert.equal((await client.next("session.updated"))["session"].instructions, "c");
    assert.equal((await client.next("session.updated"))["session"].instructions, "d");
  });

  describe("reordering", () => {
    async function answer(seed: number | null): Promise<Received[]> {
      const client = await open();
      server.setFaults(seed === null ? [] : [{ type: "reorder", seed }]);
      client.send(update({ tools: [lightTool] }), userMessage("what can you do"));
      client.send({ type: "response.create" });
      await client.next("response.done");
      assert.deepEqual(client.problems(), []);
      return client.events;
    }

    /** The deltas of each kind of event by themselves: what may never change. */
    const streams = (events: Received[]) =>
      new Map(
        typesOf(events).map((type) => [
          type,
          events.filter((event) => event.type === type).map(({ delta }) => delta as unknown),
        ]),
      );

    const typesOf = (events: Received[]) => events.map(({ type }) => type);

    it("exchanges neighbours, and never two of one stream", async () => {
      await startPatient();
      const plain = await answer(null);
      const mixed = await answer(1);
      assert.notDeepEqual(typesOf(mixed), typesOf(plain));
      assert.deepEqual(streams(mixed), streams(plain));
      const places = new Map(typesOf(mixed).map((type, index) => [type, index]));
      const isBefore = (one: string, other: string) =>
        assert.ok((places.get(one) ?? NaN) < (places.get(other) ?? NaN), `${one}, ${other}`);
      isBefore("response.output_audio.delta", "response.output_audio.done");
      isBefore("response.output_audio_transcript.delta", "response.output_audio_transcript.done");
      isBefore("response.content_part.added", "response.output_audio_transcript.delta");
      isBefore("response.output_item.done", "response.done");
      assert.equal(typesOf(mixed).at(-1), "response.done");
    });

    it("makes the same choices for the same number, others for another", async () => {
      await startPatient();
      const [first, second, third] = [await answer(7), await answer(7), await answer(8)];
      assert.deepEqual(typesOf(first), typesOf(second));
      assert.notDeepEqual(typesOf(first), typesOf(third));
    });
  });

  describe("asking for faults", () => {
    it("fills in what is left out, and takes several at once", async () => {
      assert.deepEqual(readFaults([{ type: "drop" }, { type: "delay", ms: 5 }]), [
        { type: "drop", afterEvents: 0, times: 1 },
        { type: "delay", ms: 5 },
      ]);
      assert.deepEqual(readFaults({ type: "reorder" }), [{ type: "reorder", seed: 1 }]);
      assert.deepEqual(readFaults(null), []);
    });

    it("has a default for every parameter", () => {
      for (const { type, parameters } of faultTypes) {
        const [complete = {}] = readFaults({ type });
        for (const { name, default: standard, description } of parameters) {
          assert.ok(description.length > 0);
          assert.ok(standard !== undefined, `${type}.${name}`);
          assert.equal(Reflect.get(complete, name), standard);
        }
      }
    });

    for (const [what, value, param] of [
      ["an unknown fault", { type: "dorp" }, "faults.type"],
      ["an unknown parameter", [{ type: "drop", after: 1 }], "faults[0].after"],
      ["a number out of bounds", { type: "drop", afterEvents: -1 }, "faults.afterEvents"],
      ["a status that is no choice", { type: "refuse_handshake", status: 418 }, "faults.status"],
      ["what is no object", "drop", "faults"],
      ["too many", Array.from({ length: 17 }, () => ({ type: "drop" })), "faults"],
    ] as const) {
      it(`refuses ${what}`, async () => {
        const isRefused = (error: unknown): boolean => {
          assert.ok(error instanceof RealtimeError);
          assert.deepEqual([error.code, error.param], ["invalid_fault", param]);
          return true;
        };
        assert.throws(() => readFaults(value), isRefused);
        await start();
        assert.throws(() => server.setFaults(value as unknown as FaultRequest[]), isRefused);
      });
    }

    it("starts no server with a fault that is none", async () => {
      const faults = [{ type: "dorp" }] as unknown as FaultRequest[];
      await assert.rejects(startLocalServer({ faults }), RealtimeError);
    });
  });
});
