import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import { DEFAULT_BACKOFF } from "../../../lib/session/backoff";
import type { EndpointTarget } from "../../../lib/session/endpoint-target";
import { settled } from "../../support/fake-clock";
import { light } from "./calling-peer";
import {
  codesOf,
  makeReadySession,
  makeSession,
  target,
  userText,
  withCode,
} from "./ready-session";

/** What only a program without types, or with laxer ones than ours, hands over. */
describe("RealtimeSession: wrong values from a program without types", () => {
  for (const [name, wrong] of [
    ["none at all", undefined],
    ["a text", target.url],
    ["one without an address", { ...target, url: undefined }],
    ["one without a deadline for the first event", { url: target.url, headers: {} }],
  ] as const) {
    it(`stops at a target that is ${name}, and can be closed`, async () => {
      for (const answer of [() => wrong, () => Promise.resolve(wrong)]) {
        const { session } = makeSession({ target: answer as never });
        await assert.rejects(session.connect(), withCode("no_target"));
        assert.equal(session.state.status, "stopped");
        await session.close();
      }
    });
  }

  // A function node has a context of its own, with another Promise.
  const { promiseOf, rejects } = runInNewContext(`({
    promiseOf: async (value) => value,
    rejects: async () => { throw new Error("no lamp"); },
  })`) as { promiseOf: (value: EndpointTarget) => Promise<EndpointTarget>; rejects: () => never };

  it("takes the promises of another context", async () => {
    const { session, server, errors } = makeSession({ target: () => promiseOf(target) });
    session.on("event", rejects);
    const connected = session.connect();
    await server.greet();
    await connected;
    assert.deepEqual(codesOf(errors), ["listener_failed"]);
    assert.match(errors[0]?.message ?? "", /no lamp/);
  });

  it("takes null for no options of a send", async () => {
    const { session, server } = makeSession();
    const early = session.send(userText("early"), null as never);
    const peer = await server.greet();
    const first = await peer.next("conversation.item.create");
    const late = session.send(userText("late"), null as never);
    const second = await peer.next("conversation.item.create");
    await session.close();
    await Promise.all([early, late].map((sent) => assert.rejects(sent, withCode("closed"))));
    assert.notEqual(first["item"].id, second["item"].id);
  });

  it("says of what is no event that it must be one", async () => {
    const { session } = makeSession();
    for (const wrong of [undefined, null])
      await assert.rejects(session.send(wrong as never), {
        code: "invalid_event",
        message: /must be an object/,
      });
  });

  it("takes an option that is undefined for one that is absent", async () => {
    const { session, server, clock } = makeSession({
      random: () => 0.5,
      timeouts: { handshake: undefined, ping: undefined } as never,
      backoff: { initialMs: undefined } as never,
      idle: { openMs: undefined } as never,
      rollover: { marginMs: undefined } as never,
      restoration: { tokens: undefined } as never,
      target: () => ({ ...target, backoff: { maximumMs: undefined } as never }),
    });
    session.connect().catch(() => undefined);
    const peer = await server.peer();
    assert.equal(peer.options.handshakeTimeoutMs, 15_000);
    assert.equal(peer.options.pingIntervalMs, 30_000);
    peer.end({ kind: "failed", code: "ECONNREFUSED" });
    await settled();
    assert.ok(session.state.status === "opening");
    assert.equal(session.state.retryAt - clock.now(), DEFAULT_BACKOFF.initialMs);
    await session.close();
  });

  it("names a listener that is none where it is added", async () => {
    const { session } = await makeReadySession();
    for (const wrong of [undefined, null, "log"])
      assert.throws(() => session.on("event", wrong as never), TypeError);
  });

  it("leaves out tools that cannot be, and keeps the others", async () => {
    const { session } = makeSession();
    const tools = [
      null,
      "set_light",
      {},
      { ...light, name: "no_deadline", deadlineMs: undefined },
      { ...light, name: "endless", deadlineMs: Number.POSITIVE_INFINITY },
      { ...light, name: "no_output", onDeadline: undefined },
      light,
    ];
    const rejected = await session.setTools(tools as never);
    assert.deepEqual(
      rejected.map(({ tool }) => tool),
      tools.slice(0, -1),
    );
    assert.deepEqual(
      new Set(codesOf(rejected.map(({ error }) => error))),
      new Set(["invalid_tool"]),
    );
    assert.deepEqual(
      rejected.map(({ error }) => error.param),
      ["name", "name", "name", "deadlineMs", "deadlineMs", "onDeadline"],
    );
  });

  it("says that tools must be a list", async () => {
    const { session } = makeSession();
    for (const wrong of [undefined, null, "set_light", light]) {
      await assert.rejects(session.setTools(wrong as never), withCode("invalid_tool"));
    }
  });
});
