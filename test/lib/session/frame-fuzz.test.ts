import assert from "node:assert/strict";
import fc from "fast-check";
import { RealtimeSession, type SessionOptions } from "../../../lib/index";
import type { SessionSettings } from "../../../lib/protocol/session-settings";
import { settled } from "../../support/fake-clock";
import { eventId, type MemoryPeer, type WireEvent } from "../../support/memory-server";
import { HOSTILE_NAMES, hostileFrames } from "../../support/hostile-frames";
import { WireServer } from "../../support/wire-server";
import { codesOf, makeReadySession, target, withCode } from "./ready-session";

/** Set REALTIME_SEED to repeat a run. */
const { REALTIME_SEED } = process.env;
const seed = REALTIME_SEED === undefined ? Date.now() % 2 ** 31 : Number(REALTIME_SEED);

const DEPTH = 200_000;
const deepArray = `${"[".repeat(DEPTH)}${"]".repeat(DEPTH)}`;
const deepObject = `${'{"a":'.repeat(DEPTH)}1${"}".repeat(DEPTH)}`;

/** A value as text, nested deeper than it could be written again. */
function deepValue(): unknown {
  return JSON.parse(deepArray);
}

const { prototype: objectPrototype } = Object;
const prototypes = [objectPrototype, Array.prototype, Function.prototype, String.prototype];
const ownKeys = () => prototypes.map((prototype) => Reflect.ownKeys(prototype));

/** The session takes an event, breaks, and comes back with all that it was told. */
async function assertAlive(made: Awaited<ReturnType<typeof makeReadySession>>): Promise<void> {
  const { session, server, clock } = made;
  let seen = 0;
  session.on("event", ({ type }) => {
    if (type === "rate_limits.updated") seen += 1;
  });
  const peer = await server.peer();
  peer.send({ type: "rate_limits.updated", event_id: eventId(), rate_limits: [] });
  assert.equal(seen, 1, "the session does not take events any more");
  peer.end({ kind: "closed", code: 1006, reason: "" });
  await clock.advance(1000);
  const next = await server.greet();
  assert.notEqual(next, peer);
  await answerAll(next);
  assert.equal(session.state.status, "ready");
  const closed = session.close();
  await clock.advance(2000);
  await closed;
}

async function answerAll(peer: MemoryPeer): Promise<void> {
  for (let index = 0; ; index += 1) {
    await settled();
    const event = peer.received[index];
    if (event === undefined) return;
    if (event.type === "session.update")
      peer.send({ type: "session.updated", event_id: eventId(), session: {} });
    if (event.type === "conversation.item.create")
      peer.send({ type: "conversation.item.added", event_id: eventId(), item: event["item"] });
  }
}

const hostileTools = ["__proto__", "constructor", "light"].map((name) => ({
  name,
  parameters: { type: "object" },
  deadlineMs: 60_000,
  onDeadline: "No answer.",
}));

function observeAll({ session }: Awaited<ReturnType<typeof makeReadySession>>): void {
  for (const kind of ["client", "conversation.updated", "realtime.event"] as const)
    session.observe(kind);
}

describe(`frames from anybody (REALTIME_SEED=${seed})`, function () {
  this.timeout(300_000);
  let before: ReturnType<typeof ownKeys>;

  beforeEach(() => {
    before = ownKeys();
  });

  afterEach(() => {
    assert.deepEqual(ownKeys(), before, "a prototype has changed");
    assert.equal("polluted" in {}, false);
  });

  it("neither throw nor stop a session nor change a prototype", async () => {
    const property = fc.asyncProperty(
      fc.array(hostileFrames, { minLength: 1, maxLength: 60, size: "max" }),
      async (frames) => {
        const made = await makeReadySession({ tools: hostileTools, random: () => 0.5 });
        observeAll(made);
        for (const frame of frames) {
          made.peer.sendText(frame);
          assert.deepEqual(ownKeys(), before);
        }
        await assertAlive(made);
      },
    );
    await fc.assert(property, { seed, numRuns: 150 });
  });

  const places: [where: string, frame: (value: string) => string][] = [
    ["an unknown event", (value) => `{"type":"new","a":${value}}`],
    [
      "an item",
      (value) =>
        `{"type":"conversation.item.added","item":{"id":"a","type":"message","role":"user","content":[],"x":${value}}}`,
    ],
    [
      "a part of an item",
      (value) =>
        `{"type":"conversation.item.added","item":{"id":"a","type":"message","role":"user","content":[{"type":"input_text","text":"x","y":${value}}]}}`,
    ],
    [
      "an item of a new type",
      (value) => `{"type":"conversation.item.done","item":{"id":"a","type":"new","x":${value}}}`,
    ],
    [
      "the arguments of a call",
      (value) =>
        `{"type":"response.output_item.done","response_id":"r","item":{"id":"a","type":"function_call","call_id":"c","name":"light","status":"completed","arguments":${JSON.stringify(`{"a":${value}}`)}}}`,
    ],
    [
      "a response",
      (value) => `{"type":"response.done","response":{"id":"r","output":[],"x":${value}}}`,
    ],
    ["a session", (value) => `{"type":"session.updated","session":{"x":${value}}}`],
    ["an error", (value) => `{"type":"error","error":{"message":"m","x":${value}}}`],
  ];
  const withSecret: SessionSettings = {
    type: "realtime",
    tools: [
      {
        type: "mcp",
        server_label: "calendar",
        server_url: "https://calendar.example",
        authorization: "a secret",
      },
    ],
  };
  const sessions: [of: string, options: Partial<SessionOptions>][] = [
    ["", {}],
    [", in the beta dialect,", { target: () => ({ ...target, dialect: "beta" }) }],
    [", told to a session with secrets,", { settings: withSecret }],
  ];
  for (const [where, frame] of places)
    for (const [of, options] of sessions)
      for (const [kind, value] of [
        ["arrays", deepArray],
        ["objects", deepObject],
      ] as const)
        it(`with ${DEPTH} ${kind} inside each other in ${where}${of} are survived`, async () => {
          const tools = hostileTools;
          const made = await makeReadySession({ tools, random: () => 0.5, ...options });
          observeAll(made);
          made.peer.sendText(frame(value));
          await settled();
          await assertAlive(made);
        });

  it("with a secret in an error that is nested too deep show none of it", async () => {
    const { peer, events, errors } = await makeReadySession({ settings: withSecret });
    const error = '{"type":"server_error","code":"mcp","message":"No login with a secret"}';
    peer.sendText(`{"type":"error","event_id":"e","error":${error},"x":${deepArray}}`);
    assert.deepEqual(
      errors.map(({ code, message }) => [code, message]),
      [["mcp", "No login with [hidden]"]],
    );
    assert.deepEqual(events.at(-1)?.event, {
      type: "error",
      event_id: "e",
      error: { type: "server_error", code: "mcp", message: "No login with [hidden]" },
    });
  });

  for (const secret of ["true", "null", "error", "message", "4711"])
    it(`with an error to a session that has "${secret}" for a secret are survived`, async () => {
      const tool = {
        type: "mcp",
        server_label: "calendar",
        server_url: "https://calendar.example",
      };
      const { peer, events, errors } = await makeReadySession({
        settings: { type: "realtime", tools: [{ ...tool, type: "mcp", headers: { X: secret } }] },
      });
      const error = { type: "server_error", code: null, message: `No ${secret}`, param: null };
      peer.send({ type: "error", event_id: "e", retry: true, count: 4711, error });
      assert.deepEqual(events.at(-1)?.event, {
        type: "error",
        event_id: "e",
        retry: true,
        count: 4711,
        error: { ...error, type: error.type.replace(secret, "[hidden]"), message: "No [hidden]" },
      });
      assert.deepEqual(
        errors.map(({ message }) => message),
        ["No [hidden]"],
      );
    });

  it("with an error of any length are told in short, in whole to who gets the event", async () => {
    const { peer, session, events, errors } = await makeReadySession();
    const long = "x".repeat(1_000_000);
    peer.send({
      type: "error",
      event_id: "e",
      error: { type: long, code: long, message: long, param: long },
    });
    const [error] = errors;
    assert.ok(error !== undefined);
    const { code, message, param, type } = error;
    assert.deepEqual(
      [code, message, param, type].map((text) => text?.length),
      [201, 2001, 201, 201],
    );
    const event = events.at(-1)?.event;
    assert.ok(event?.type === "error" && event.error.message === long);
    // A caller's own id is found again, however long it is.
    const id = "i".repeat(512);
    const refused = session.send({ type: "input_audio_buffer.clear", event_id: id });
    await peer.next("input_audio_buffer.clear");
    const refusal = { type: "x", code: "none", message: "Nothing", event_id: id };
    peer.send({ type: "error", event_id: "e2", error: refusal });
    await assert.rejects(refused, { code: "none" });
  });

  it("with items, calls and responses named like members of Object stay what they are", async () => {
    const made = await makeReadySession({ tools: hostileTools, random: () => 0.5 });
    const { session, peer, calls } = made;
    assert.deepEqual(
      session.rejectedTools.map(({ tool }) => tool.name),
      [],
    );
    for (const id of HOSTILE_NAMES) {
      peer.send(
        { type: "response.created", event_id: eventId(), response: { id, metadata: { [id]: id } } },
        {
          type: "response.output_item.done",
          event_id: eventId(),
          response_id: id,
          item: {
            id,
            type: "function_call",
            call_id: id,
            name: "__proto__",
            status: "completed",
            arguments:
              '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
          },
        },
        { type: "response.done", event_id: eventId(), response: { id, status: "completed" } },
      );
    }
    assert.deepEqual(
      calls.map(({ id }) => id),
      HOSTILE_NAMES,
    );
    assert.equal(calls[0]?.arguments["polluted"], undefined);
    assert.deepEqual(
      session.conversation.items.map(({ id }) => id),
      HOSTILE_NAMES,
    );
    for (const { id } of calls) void session.answer(id, { ok: true });
    await settled();
    assert.deepEqual(session.openCalls, []);
    await assertAlive(made);
  });

  it("with an item called __proto__ in its members give it no other prototype", async () => {
    const { session, peer } = await makeReadySession();
    for (const name of ["added", "done"])
      peer.sendText(
        `{"type":"conversation.item.${name}","item":{"id":"a","type":"message","role":"user","content":[],"__proto__":{"polluted":true}}}`,
      );
    const item = session.conversation.get("a");
    assert.ok(item);
    assert.equal(Object.getPrototypeOf(item), objectPrototype);
    assert.equal(Reflect.get(item, "polluted"), undefined);
  });

  it("with a text of 20 million characters are taken, and not kept beyond the limit", async () => {
    const made = await makeReadySession();
    const { session, peer } = made;
    const text = "x".repeat(20_000_000);
    peer.send(
      {
        type: "conversation.item.added",
        event_id: eventId(),
        item: { id: "kept", type: "message", role: "assistant", content: [] },
      },
      {
        type: "conversation.item.added",
        event_id: eventId(),
        item: { id: "long", type: "message", role: "assistant", content: [] },
      },
      {
        type: "response.output_text.delta",
        event_id: eventId(),
        response_id: "r",
        item_id: "long",
        output_index: 0,
        content_index: 0,
        delta: text,
      },
      {
        type: "conversation.item.done",
        event_id: eventId(),
        item: {
          id: "picture",
          type: "message",
          role: "user",
          content: [{ type: "input_image", image_url: text }],
        },
      },
    );
    assert.deepEqual(
      session.conversation.items.map(({ id }) => id),
      ["kept"],
    );
    await assertAlive(made);
  });
});

describe("events from any flow", () => {
  const circle: Record<string, unknown> = { type: "message", role: "user", content: [] };
  circle["self"] = circle;
  const hostile: [what: string, event: () => WireEvent][] = [
    ["too deep", () => ({ type: "conversation.item.create", item: { x: deepValue() } })],
    [
      "too deep in what may be anything",
      () => ({ type: "session.update", session: { prompt: { id: "p", variables: deepValue() } } }),
    ],
    ["a circle", () => ({ type: "conversation.item.create", item: circle })],
    [
      "a bigint",
      () => ({ type: "response.create", response: { metadata: { a: BigInt(1) } } }) as WireEvent,
    ],
    [
      "a getter that throws",
      () => ({
        type: "response.create",
        get response(): object {
          throw new Error("no");
        },
      }),
    ],
    ["a type called __proto__", () => ({ type: "__proto__" })],
    ["a type that is no text", () => ({ type: 5 }) as unknown as WireEvent],
  ];
  for (const [what, make] of hostile)
    for (const strictness of ["openai", "compatible"] as const)
      it(`${what}: refused, never thrown (${strictness})`, async () => {
        const made = await makeReadySession({ random: () => 0.5 });
        const { session, peer } = made;
        observeAll(made);
        const refused = withCode("invalid_event");
        await assert.rejects(session.send(make(), { strictness }), refused);
        peer.end({ kind: "closed", code: 1006, reason: "" });
        assert.equal(session.state.status, "recovering");
        await assert.rejects(session.send(make(), { strictness }), refused);
      });

  it("with a function in it is sent without it, whoever watches", async () => {
    const made = await makeReadySession();
    const { session, peer, errors } = made;
    observeAll(made);
    void session.send(
      { type: "response.create", response: { instructions: "x", extra: () => 1 } },
      { strictness: "compatible" },
    );
    const sent = await peer.next("response.create");
    assert.equal(sent["response"].instructions, "x");
    assert.equal("extra" in sent["response"], false);
    assert.deepEqual(codesOf(errors), []);
  });

  it("with settings that reach for a prototype changes none", async () => {
    const { session, peer } = await makeReadySession();
    const patch = JSON.parse(
      '{"audio":{"__proto__":{"polluted":true}},"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    ) as Record<string, unknown>;
    const update = session.send(
      { type: "session.update", session: patch },
      { strictness: "compatible" },
    );
    await settled();
    peer.send({ type: "session.updated", event_id: eventId(), session: {} });
    await update;
    assert.equal("polluted" in {}, false);
    assert.equal("polluted" in session.settings, false);
    assert.equal(Object.getPrototypeOf(session.settings), objectPrototype);
  });
});

describe("frames over a real socket", () => {
  it("of any bytes are survived, and what follows them is taken", async () => {
    const server = await WireServer.start();
    const session = new RealtimeSession({ target: () => ({ ...target, url: server.url }) });
    try {
      await session.connect();
      for (const kind of ["conversation.updated", "realtime.event"] as const) session.observe(kind);
      let errors = 0;
      session.on("error", () => {
        errors += 1;
      });
      const keys = ownKeys();
      const arrived = new Promise<void>((resolve) => {
        session.on("unknown", ({ type }) => {
          if (type === "the.end") resolve();
        });
      });
      for (const frame of fc.sample(hostileFrames, { seed, numRuns: 300 })) server.peer.send(frame);
      for (const bytes of fc.sample(fc.uint8Array({ maxLength: 500 }), { seed, numRuns: 100 }))
        server.peer.send(bytes, { binary: true });
      server.peer.send(`{"type":"deep","a":${deepArray}}`);
      server.peer.send('{"type":"the.end"}');
      await arrived;
      assert.equal(session.state.status, "ready");
      assert.ok(errors > 0);
      assert.deepEqual(ownKeys(), keys);
    } finally {
      await session.close();
      await server.close();
    }
  });
});
