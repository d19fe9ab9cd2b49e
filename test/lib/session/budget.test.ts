import assert from "node:assert/strict";
import type { Budget, BudgetReached } from "../../../lib/session/budget";
import type { SessionOptions } from "../../../lib/session/session-options";
import { FREE, parsePrices } from "../../../lib/session/prices";
import { Spending } from "../../../lib/session/spending";
import { FakeClock } from "../../support/fake-clock";
import {
  eventId,
  response,
  serverError,
  type MemoryPeer,
  type WireEvent,
} from "../../support/memory-server";
import { makeSession, makeReadySession, target, userText, withCode } from "./ready-session";

const DAY = 86_400_000;

/** A server whose text costs a dollar per token, and whose transcriptions one per minute. */
const priced = () => ({
  ...target,
  // Responses are matched with requests by their order.
  strictness: "compatible" as const,
  prices: parsePrices('{"*": {"text": {"input": 1000000, "output": 1000000}, "minute": 1}}'),
});

const budgetOf = (action: Budget["action"], limit = 3): Partial<SessionOptions> => ({
  target: priced,
  budget: { limit, action },
});

const created = (id: string): WireEvent => ({
  type: "response.created",
  event_id: eventId(),
  response: response(id, { status: "in_progress", conversation_id: "conv_1" }),
});

/** The end of a response that costs so many dollars. */
const done = (id: string, usd: number, members: object = {}): WireEvent => ({
  type: "response.done",
  event_id: eventId(),
  response: response(id, {
    status: "completed",
    usage: { input_tokens: usd, input_token_details: { text_tokens: usd } },
    ...members,
  }),
});

const transcribed = (usd: number): WireEvent => ({
  type: "conversation.item.input_audio_transcription.completed",
  event_id: eventId(),
  item_id: eventId(),
  content_index: 0,
  transcript: "hello",
  usage: { type: "duration", seconds: usd * 60 },
});

const speechStarted = (): WireEvent => ({
  type: "input_audio_buffer.speech_started",
  event_id: eventId(),
  item_id: "u",
  audio_start_ms: 0,
});

type Made = ReturnType<typeof makeSession>;

/** Types of what is emitted, and the notices among it. */
function watch({ session }: Pick<Made, "session">) {
  const types: string[] = [];
  const notices: BudgetReached[] = [];
  session.on("event", ({ type }) => types.push(type));
  session.on("unknown", (event) => {
    types.push(event.type);
    if (event.type !== "local.budget.reached") return;
    const { limit, spent, action, estimated } = event as unknown as BudgetReached;
    notices.push({ limit, spent, action, estimated });
  });
  return { types, notices };
}

/** Stops the session in the middle of its talk. */
function refuseKey({ peer }: { readonly peer: MemoryPeer }): void {
  peer.send(serverError({ code: "invalid_api_key" }));
}

const createResponse = { type: "response.create" } as const;

describe("a day's budget", () => {
  for (const action of ["warn", "text", "close"] as const) {
    it(`tells that it is reached after the very event that reaches it, once (${action})`, async () => {
      const made = await makeReadySession(budgetOf(action));
      const { peer, session } = made;
      const { types, notices } = watch(made);
      peer.send(created("r1"), done("r1", 1), created("r2"), done("r2", 1), transcribed(0.5));
      assert.deepEqual(notices, []);
      assert.equal(session.usage.today, 2.5);
      peer.send(created("r3"), done("r3", 1));
      assert.deepEqual(notices, [{ limit: 3, spent: 3.5, action, estimated: false }]);
      assert.equal(types[types.indexOf("local.budget.reached") - 1], "response.done");
      peer.send(created("r4"), done("r4", 1));
      assert.equal(notices.length, 1);
    });
  }

  it("counts what is exactly spent as reached, and an estimate as spent", async () => {
    const made = await makeReadySession({ ...budgetOf("warn", 2), target: priced });
    const { notices } = watch(made);
    made.peer.send(created("r1"), done("r1", 2));
    assert.equal(notices[0]?.spent, 2);
    const guessed = await makeReadySession({ budget: { limit: 0.0001, action: "warn" } });
    const guesses = watch(guessed).notices;
    guessed.peer.send(created("r1"), done("r1", 0, { usage: undefined }));
    assert.equal(guesses[0]?.estimated, true);
  });

  it("is reached by parts that are exactly the whole", async () => {
    const { peer, session, ...made } = await makeReadySession(budgetOf("warn", 1));
    const { notices } = watch({ session, ...made });
    for (let part = 0; part < 10; part += 1) peer.send(created(`r${part}`), done(`r${part}`, 0.1));
    assert.equal(notices[0]?.spent, 1);
  });

  it("is reached by a transcription as well", async () => {
    const made = await makeReadySession(budgetOf("warn"));
    const { types } = watch(made);
    made.peer.send(transcribed(3));
    assert.deepEqual(types.slice(-2), [
      "conversation.item.input_audio_transcription.completed",
      "local.budget.reached",
    ]);
  });

  it("does nothing where none is set", async () => {
    const made = await makeReadySession({ target: priced });
    const { notices } = watch(made);
    made.peer.send(created("r1"), done("r1", 1000));
    await made.peer.nothingMore();
    assert.deepEqual(notices, []);
    assert.equal(made.session.usage.limit, undefined);
  });

  it("may be raised: the higher one is told of by itself", async () => {
    const clock = new FakeClock();
    const account = new Spending(clock).account("a");
    const low = await makeReadySession({ ...budgetOf("warn", 1), account, clock });
    low.peer.send(created("r1"), done("r1", 2));
    const high = await makeReadySession({ ...budgetOf("warn", 4), account, clock });
    const { notices } = watch(high);
    high.peer.send(created("r1"), done("r1", 1));
    assert.deepEqual(notices, []);
    high.peer.send(created("r2"), done("r2", 1));
    assert.equal(notices.length, 1);
  });

  it("is reached by a response that the end of the line cut off, as far as that is known", async () => {
    for (const action of ["warn", "text", "close"] as const) {
      const made = await makeReadySession({ ...budgetOf(action), random: () => 0.5 });
      const { session, server, clock, peer } = made;
      const { notices } = watch(made);
      peer.send(created("r1"), {
        type: "response.output_text.delta",
        event_id: eventId(),
        response_id: "r1",
        item_id: "i1",
        output_index: 0,
        content_index: 0,
        delta: "twelve chars",
      });
      peer.end({ kind: "closed", code: 1006, reason: "" });
      assert.deepEqual(notices, [{ limit: 3, spent: 3, action, estimated: true }]);
      assert.equal(session.usage.session.responses, 1);
      if (action === "close") {
        assert.equal(session.state.status, "stopped");
        assert.equal(clock.timers, 0);
        continue;
      }
      await clock.advance(500);
      const next = await server.greet();
      if (action === "text") {
        const update = await next.next("session.update");
        assert.deepEqual(update["session"], { type: "realtime", output_modalities: ["text"] });
      }
      assert.equal(session.state.status, "ready");
      await session.close();
    }
  });

  it("counts a response that is cut off on our own wish", async () => {
    const { session, peer } = await makeReadySession(budgetOf("text"));
    peer.send(created("r1"));
    await session.disconnect();
    const { cost, estimated } = session.usage.session;
    assert.ok(cost > 0 && estimated);
  });

  for (const [how, leave] of [
    ["on our own wish", ({ session }) => session.disconnect()],
    ["by a server that refuses the key", refuseKey],
  ] satisfies readonly (readonly [string, (made: Made & { peer: MemoryPeer }) => unknown])[])
    it(`counts nothing for a response of a free server that is cut off ${how}`, async () => {
      const made = await makeReadySession({ target: () => ({ ...target, prices: FREE }) });
      made.peer.send(created("r1"));
      await leave(made);
      const { cost, responses } = made.session.usage.session;
      assert.deepEqual({ cost, responses }, { cost: 0, responses: 1 });
    });

  describe("that warns", () => {
    it("changes nothing else", async () => {
      const { peer, session } = await makeReadySession(budgetOf("warn"));
      peer.send(created("r1"), done("r1", 5));
      await peer.nothingMore();
      assert.equal(session.state.status, "ready");
      void session.send(createResponse);
      await peer.next("response.create");
    });
  });

  describe("that leaves text only", () => {
    it("tells the server before the next response, and asks for text itself", async () => {
      const { peer, session } = await makeReadySession(budgetOf("text"));
      void session.send(createResponse);
      void session.send({ ...createResponse, response: { output_modalities: ["audio"] } });
      await peer.next("response.create");
      // The second one waits for the end of the first.
      peer.send(created("r1"), done("r1", 5));
      const update = await peer.next("session.update");
      assert.deepEqual(update["session"], { type: "realtime", output_modalities: ["text"] });
      const request = await peer.next("response.create");
      assert.deepEqual(request["response"].output_modalities, ["text"]);
      peer.send({ type: "session.updated", event_id: eventId(), session: {} });
      await peer.nothingMore();
      assert.equal(session.state.status, "ready");
    });

    it("speaks again on the next day", async () => {
      const { peer, session, clock } = await makeReadySession(budgetOf("text"));
      peer.send(created("r1"), done("r1", 5));
      await peer.next("session.update");
      peer.send({ type: "session.updated", event_id: eventId(), session: {} });
      peer.send(speechStarted());
      await peer.nothingMore();
      clock.stall(DAY);
      peer.send(speechStarted());
      const update = await peer.next("session.update");
      assert.deepEqual(update["session"].output_modalities, ["audio"]);
      peer.send({ type: "session.updated", event_id: eventId(), session: {} });
      void session.send({ ...createResponse, response: { output_modalities: ["audio"] } });
      assert.deepEqual((await peer.next("response.create"))["response"].output_modalities, [
        "audio",
      ]);
    });

    it("stays with text when the flow changes the settings, and follows it on the next day", async () => {
      const { peer, session, clock } = await makeReadySession(budgetOf("text"));
      const acknowledge = (): void =>
        peer.send({ type: "session.updated", event_id: eventId(), session: {} });
      peer.send(created("r1"), done("r1", 5));
      await peer.next("session.update");
      acknowledge();
      const changed = session.update({ instructions: "Be kind.", output_modalities: ["audio"] });
      const update = await peer.next("session.update");
      assert.deepEqual(update["session"], {
        type: "realtime",
        instructions: "Be kind.",
        output_modalities: ["text"],
      });
      acknowledge();
      await changed;
      clock.stall(DAY);
      peer.send(speechStarted());
      const lifted = await peer.next("session.update");
      assert.deepEqual(lifted["session"].output_modalities, ["audio"]);
      acknowledge();
      void session.update({ output_modalities: ["audio"] });
      const next = await peer.next("session.update");
      assert.deepEqual(next["session"].output_modalities, ["audio"]);
    });

    it("opens with text on the same day", async () => {
      const clock = new FakeClock();
      const account = new Spending(clock).account("a");
      account.add(5, false);
      const { server, session } = makeSession({ ...budgetOf("text"), account, clock });
      void session.connect();
      const peer = await server.greet();
      const update = await peer.next("session.update");
      assert.deepEqual(update["session"], { type: "realtime", output_modalities: ["text"] });
    });

    it("opens with text when the session ended before the server had changed to it", async () => {
      const { server, session, peer, errors } = await makeReadySession(budgetOf("text"));
      peer.send(created("r1"), done("r1", 5));
      await peer.next("session.update");
      await session.disconnect();
      void session.connect();
      const next = await server.greet();
      const update = await next.next("session.update");
      assert.deepEqual(update["session"], { type: "realtime", output_modalities: ["text"] });
      assert.equal(errors.length, 1);
    });

    it("has text with the next connection, however long that takes, when the line broke before", async () => {
      const { server, session, peer, clock } = await makeReadySession(budgetOf("text"));
      peer.send(created("r1"), done("r1", 5));
      await peer.next("session.update");
      const lost = { kind: "closed", code: 1006, reason: "" } as const;
      peer.end(lost);
      for (let elapsed = 0; elapsed < 31_000; elapsed += 1000) {
        await clock.advance(1000);
        for (const attempt of server.peers.slice(1)) attempt.end(lost);
      }
      void session.connect();
      const next = await server.greet();
      const update = await next.next("session.update");
      assert.deepEqual(update["session"], { type: "realtime", output_modalities: ["text"] });
    });

    it("reports a server that refuses to", async () => {
      const { peer, errors } = await makeReadySession(budgetOf("text"));
      peer.send(created("r1"), done("r1", 5));
      const { event_id } = await peer.next("session.update");
      peer.send({
        type: "error",
        event_id: eventId(),
        error: { type: "invalid_request_error", code: "no_text", message: "no", event_id },
      });
      await peer.nothingMore();
      assert.equal(errors[0]?.code, "no_text");
    });
  });

  describe("that closes", () => {
    it("stops the session and refuses everything until the next day", async () => {
      const made = await makeReadySession(budgetOf("close"));
      const { peer, session, clock, server, events } = made;
      void session.send(createResponse);
      const waiting = session.send(createResponse);
      await peer.next("response.create");
      peer.send(created("r1"), done("r1", 5));
      await assert.rejects(waiting, withCode("budget_reached"));
      // The waiting request was never sent.
      await peer.nothingMore();
      const { state } = session;
      assert.equal(state.status === "stopped" ? state.reason.code : "", "budget_reached");
      assert.equal(peer.ended, "closed");
      assert.equal(events.at(-1)?.event.type, "close");

      await assert.rejects(session.connect(), withCode("budget_reached"));
      await assert.rejects(session.send(userText("hello")), withCode("budget_reached"));
      assert.equal(server.peers.length, 1);
      await clock.advance(DAY);
      void session.send(userText("hello"));
      const next = await server.greet();
      await next.next("conversation.item.create");
      assert.equal(server.peers.length, 2);
    });

    it("cancels the response that runs, and counts what it still cost", async () => {
      const { peer, session } = await makeReadySession(budgetOf("close"));
      peer.send(created("r1"), transcribed(3));
      const cancel = await peer.next("response.cancel");
      assert.equal(cancel["response_id"], "r1");
      await assert.rejects(session.send(createResponse), withCode("budget_reached"));
      assert.equal(session.state.status, "ready");
      peer.send(done("r1", 1, { status: "cancelled" }));
      assert.equal(session.state.status, "stopped");
      assert.equal(session.usage.today, 4);
      await peer.nothingMore();
    });

    it("cancels a response that was just asked for, or that the server makes meanwhile", async () => {
      const { peer, session } = await makeReadySession(budgetOf("close"));
      void session.send(createResponse);
      await peer.next("response.create");
      peer.send(transcribed(3));
      await peer.next("response.cancel");
      assert.equal(session.state.status, "ready");
      peer.send(created("r1"));
      assert.equal((await peer.next("response.cancel"))["response_id"], "r1");
      peer.send(done("r1", 0));
      assert.equal(session.state.status, "stopped");
    });

    it("connects no more when the line breaks while a cancelled response is awaited", async () => {
      const { peer, server, session, clock } = await makeReadySession({
        ...budgetOf("close"),
        random: () => 0.5,
      });
      peer.send(created("r1"), transcribed(3));
      peer.end({ kind: "closed", code: 1006, reason: "" });
      const { state } = session;
      assert.equal(state.status === "stopped" ? state.reason.code : "", "budget_reached");
      await clock.advance(10_000);
      assert.equal(server.peers.length, 1);
      assert.equal(clock.timers, 0);
    });

    it("waits for a cancelled response for five seconds only", async () => {
      const { peer, session, clock } = await makeReadySession(budgetOf("close"));
      peer.send(created("r1"), transcribed(3));
      await clock.advance(4999);
      assert.equal(session.state.status, "ready");
      await clock.advance(1);
      assert.equal(session.state.status, "stopped");
      assert.equal(peer.ended, "closed");
      await clock.advance(60_000);
      assert.equal(clock.timers, 0);
    });

    it("stops as well when the line breaks meanwhile", async () => {
      const { peer, session, server, clock } = await makeReadySession(budgetOf("close"));
      peer.send(created("r1"), transcribed(3));
      peer.end({ kind: "closed", code: 1006, reason: "" });
      await clock.advance(10_000);
      assert.equal(session.state.status, "stopped");
      assert.ok(server.peers.length <= 2);
      await clock.advance(600_000);
      assert.ok(server.peers.length <= 2);
    });

    it("leaves a session alone that is disconnected meanwhile", async () => {
      const { peer, session, clock } = await makeReadySession(budgetOf("close"));
      peer.send(created("r1"), transcribed(3));
      await session.disconnect();
      await clock.advance(10_000);
      assert.equal(session.state.status, "idle");
    });

    it("does not ask for the answer to a tool", async () => {
      const { peer, session, calls } = await makeReadySession({
        ...budgetOf("close"),
        tools: [{ name: "lamp", parameters: { type: "object" }, deadlineMs: 1000, onDeadline: "" }],
      });
      const call = {
        id: "item_c",
        type: "function_call",
        call_id: "c1",
        name: "lamp",
        arguments: "{}",
        status: "completed",
      };
      peer.send(created("r1"), {
        type: "response.output_item.done",
        event_id: eventId(),
        response_id: "r1",
        output_index: 0,
        item: call,
      });
      assert.equal(calls.length, 1);
      const answered = session.answer("c1", "on");
      await peer.next("conversation.item.create");
      peer.send(done("r1", 5, { output: [call] }));
      await peer.nothingMore();
      assert.equal(session.state.status, "stopped");
      await answered.catch(() => undefined);
    });

    it("keeps a session closed that is made on the same day", async () => {
      const clock = new FakeClock();
      const account = new Spending(clock).account("a");
      account.add(3, false);
      const { server, session } = makeSession({ ...budgetOf("close"), account, clock });
      const states: string[] = [];
      session.on("state", ({ status }) => states.push(status));
      await assert.rejects(session.send(userText("hello")), withCode("budget_reached"));
      assert.equal(server.peers.length, 0);
      assert.deepEqual(states, ["stopped"]);
    });
  });
});
