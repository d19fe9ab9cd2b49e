import assert from "node:assert/strict";
import { refusalTypes, type FaultRequest } from "../../../lib/local-server/faults";
import { startLocalServer, type LocalServer } from "../../../lib/local-server/server";
import { RealtimeError } from "../../../lib/protocol/errors";
import type { SessionSettings } from "../../../lib/protocol/session-settings";
import { isFatalCode } from "../../../lib/session/failure";
import type { SessionOptions } from "../../../lib/session/session-options";
import { lightTool } from "../../support/light-tool";
import { Rehearsal } from "../../support/rehearsal";
import { ScriptedVoice } from "../local-server/scripted-voice";
import { codesOf, userText, withCode } from "./ready-session";

/** How many times as fast the clock is of a talk that waits for one deadline after another. */
const WAITING_SPEED = 25;

describe("a session on a server that misbehaves", () => {
  let server: LocalServer;
  let rehearsals: Rehearsal[];

  beforeEach(async () => {
    rehearsals = [];
    server = await startLocalServer({ voice: new ScriptedVoice() });
  });

  afterEach(async () => {
    for (const { session } of rehearsals) {
      await session.close();
      assert.deepEqual(session.sizes().requests, 0, "a request was not settled");
      assert.deepEqual(session.sizes().responses, 0, "a response was not settled");
      assert.deepEqual(session.sizes().waiting, 0, "a send was not settled");
    }
    await server.close();
  });

  const rehearse = (options: Partial<SessionOptions> = {}, speed?: number): Rehearsal => {
    const rehearsal = new Rehearsal(server, options, speed);
    rehearsals.push(rehearsal);
    return rehearsal;
  };

  /** A ready session; the faults come after. */
  async function open(options: Partial<SessionOptions> = {}, speed?: number): Promise<Rehearsal> {
    const rehearsal = rehearse(options, speed);
    await rehearsal.session.connect();
    return rehearsal;
  }

  const misbehave = (...faults: FaultRequest[]): void => server.setFaults(faults);

  describe("drops", () => {
    it("recovers from a drop, with the talk as it was", async () => {
      const talk = await open();
      await talk.ask("hello");
      await talk.answers(1);
      const before = talk.items.words;
      misbehave({ type: "drop" });
      await talk.ready(2);
      assert.deepEqual(talk.statuses, ["opening", "ready", "recovering", "ready"]);
      assert.deepEqual(codesOf(talk.errors).length, 1);
      assert.deepEqual(talk.items.words, before);
      await talk.session.send(userText("and now"));
      assert.deepEqual(talk.items.words, [...before, "and now"]);
    });

    for (const afterEvents of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) {
      it(`loses nothing when the line breaks ${afterEvents} events after the question`, async () => {
        const talk = await open();
        misbehave({ type: "drop", afterEvents });
        await talk.ask("hello");
        await talk.ready(2);
        await talk.answers(1);
        assert.equal(talk.items.words.filter((text) => text === "hello").length, 1);
        assert.equal(talk.items.words[0], "hello");
        const last = talk.items.list.at(-1);
        assert.deepEqual([last?.["role"], last?.["status"]], ["assistant", "completed"]);
        // Our copy has them in the same order; it may also hold what was lost of the first answer.
        const ours = talk.session.conversation.items.map(({ id }) => id);
        const theirs = talk.items.list.map(({ id }) => id);
        assert.deepEqual(
          ours.filter((id) => theirs.includes(id ?? "")),
          theirs,
        );
      });
    }

    it("waits longer and longer for a server that accepts and drops", async () => {
      const talk = await open();
      await talk.session.send(userText("hello"));
      misbehave({ type: "drop", times: 4 });
      await talk.ready(2);
      const waits = talk.states.flatMap((state) =>
        state.status === "recovering" ? [state.attempt] : [],
      );
      assert.deepEqual(waits, [1, 2, 3, 4]);
      assert.deepEqual(talk.items.words, ["hello"]);
    });

    it("recovers from one drop after another while the talk is restored", async () => {
      const talk = await open();
      for (const text of ["one", "two", "three"]) await talk.session.send(userText(text));
      misbehave({ type: "drop" }, { type: "drop", afterEvents: 4, times: 3 });
      await talk.ready(3);
      await talk.session.send(userText("four"));
      assert.deepEqual(talk.items.words, ["one", "two", "three", "four"]);
    });
  });

  describe("in the middle of a tool call", () => {
    it("calls the flow once when the line breaks within the arguments", async () => {
      const talk = await open({ tools: [lightTool] });
      misbehave({ type: "drop_in_call", at: "arguments" });
      await talk.ask("turn on the kitchen light");
      await talk.until(() => talk.calls.length > 0);
      const [call] = talk.calls;
      assert.ok(call);
      assert.deepEqual(call.arguments, { room: "kitchen", on: true });
      await talk.session.answer(call.id, "The kitchen light is on.");
      await talk.answered();
      assert.equal(talk.calls.length, 1);
      assert.deepEqual(talk.items.words.slice(0, 3), [
        "turn on the kitchen light",
        `call ${call.id}`,
        `output ${call.id}: The kitchen light is on.`,
      ]);
      assert.equal(talk.items.list.length, 4);
    });

    it("keeps a complete call open over the break, and tells it with its output once", async () => {
      const talk = await open({ tools: [lightTool] });
      misbehave({ type: "drop_in_call", at: "item" });
      await talk.ask("turn on the kitchen light");
      await talk.ready(2);
      const [call] = talk.calls;
      assert.ok(call);
      await talk.session.answer(call.id, "The kitchen light is on.");
      await talk.answered();
      assert.equal(talk.calls.length, 1);
      assert.deepEqual(talk.items.words.slice(0, 3), [
        "turn on the kitchen light",
        `call ${call.id}`,
        `output ${call.id}: The kitchen light is on.`,
      ]);
      assert.equal(talk.items.list.length, 4);
    });
  });

  it("keeps the server's order where a call is told after what came behind it", async () => {
    const talk = await open({ tools: [lightTool] });
    await talk.ask("turn on the kitchen light");
    await talk.answers(1);
    await talk.session.send(userText("one"));
    const [call] = talk.calls;
    assert.ok(call);
    misbehave({ type: "drop" });
    await talk.ready(2);
    await talk.session.answer(call.id, "It is on.");
    await talk.answered();
    await talk.session.send(userText("two"));
    const ids = () => talk.items.list.map(({ id }) => id);
    const words = talk.items.words;
    assert.equal(words.indexOf(`call ${call.id}`), words.indexOf("one") + 1);
    assert.deepEqual(
      talk.session.conversation.items.map(({ id }) => id),
      ids(),
    );
    misbehave({ type: "drop" });
    await talk.ready(3);
    assert.deepEqual(talk.items.words, words);
  });

  describe("silence", () => {
    it("stays alive while a server stalls: requests are refused in time, and later ones work", async () => {
      const talk = await open({}, WAITING_SPEED);
      misbehave({ type: "stall", ms: 3_600_000 });
      await assert.rejects(talk.session.send(userText("hello")), withCode("not_acknowledged"));
      await assert.rejects(
        talk.session.send({ type: "input_audio_buffer.clear" }),
        withCode("not_acknowledged"),
      );
      assert.equal(talk.session.state.status, "ready");
      misbehave();
      await talk.session.send(userText("again"));
      assert.equal(talk.session.state.status, "ready");
    });

    it("frees the responses of a server that stalls in the middle of one", async () => {
      const talk = await open({}, WAITING_SPEED);
      misbehave({ type: "stall", afterEvents: 5, ms: 3_600_000 });
      await talk.ask("hello");
      const second = talk.session.send({ type: "response.create" });
      await talk.until(() => talk.errors.length > 0);
      await assert.rejects(second, RealtimeError);
      misbehave();
      await talk.session.send({ type: "response.create" });
      assert.equal(talk.session.state.status, "ready");
    });

    it("finds a half-open connection by its pings, and recovers", async () => {
      const talk = await open({ timeouts: { ping: 2000 } });
      await talk.session.send(userText("hello"));
      misbehave({ type: "half_open", ms: 3_600_000 });
      const lost = talk.session.send(userText("is anybody there"));
      await talk.ready(2);
      await lost;
      assert.deepEqual(codesOf(talk.errors), ["peer_silent"]);
      assert.deepEqual(talk.items.words, ["hello", "is anybody there"]);
    });
  });

  describe("a refused handshake", () => {
    for (const [status, code] of [
      [401, "invalid_api_key"],
      [403, "forbidden"],
    ] as const) {
      it(`stops with ${code} on ${status}, at first and later`, async () => {
        misbehave({ type: "refuse_handshake", status, times: 2 });
        const talk = rehearse();
        const sent = talk.session.send(userText("hello"));
        await assert.rejects(talk.session.connect(), withCode(code));
        await assert.rejects(sent, withCode(code));
        const { state } = talk.session;
        assert.ok(state.status === "stopped");
        assert.equal(state.reason.code, code);
        await assert.rejects(talk.session.send(userText("hello")), withCode(code));
        await assert.rejects(talk.session.connect(), withCode(code));
        await talk.session.connect();

        misbehave({ type: "drop" }, { type: "refuse_handshake", status });
        await talk.until(() => talk.session.state.status === "stopped");
        assert.equal(codesOf(talk.errors).at(-1), code);
      });
    }

    for (const status of [404, 429, 500, 503] as const) {
      it(`comes back after ${status}`, async () => {
        const talk = await open();
        await talk.session.send(userText("hello"));
        misbehave({ type: "drop" }, { type: "refuse_handshake", status, times: 2 });
        await talk.ready(2);
        assert.deepEqual(talk.items.words, ["hello"]);
        assert.equal(talk.statuses.filter((name) => name === "recovering").length, 3);
      });
    }

    it("tries a first connection again too, and keeps what was sent meanwhile", async () => {
      misbehave({ type: "refuse_handshake", status: 503, times: 2 });
      const talk = rehearse();
      await talk.session.send(userText("hello"));
      assert.deepEqual(talk.items.words, ["hello"]);
      assert.equal(talk.session.state.status, "ready");
      assert.equal(talk.statuses.includes("recovering"), false);
    });

    it("leaves a server alone for as long as it asks", async () => {
      const talk = await open();
      misbehave({ type: "drop" }, { type: "refuse_handshake", status: 429, retryAfter: 9 });
      await talk.ready(2);
      const [first, second] = talk.states.filter((state) => state.status === "recovering");
      assert.ok(first && second);
      assert.ok(second.retryAt - first.retryAt >= 9000);
    });
  });

  describe("a refused session", () => {
    for (const code of ["invalid_api_key", "model_not_found", "beta_api_shape_disabled"] as const) {
      it(`stops with ${code}, at first and later`, async () => {
        misbehave({ type: "refuse_session", code });
        const talk = rehearse();
        await assert.rejects(talk.session.connect(), withCode(code));
        const { state } = talk.session;
        assert.ok(state.status === "stopped");
        assert.equal(state.reason.code, code);
        await talk.session.connect();
        misbehave({ type: "drop" }, { type: "refuse_session", code });
        await talk.until(() => talk.session.state.status === "stopped");
        assert.equal(codesOf(talk.errors).at(-1), code);
      });
    }

    it("comes back after a server_error", async () => {
      const talk = await open();
      misbehave({ type: "drop" }, { type: "refuse_session", code: "server_error", times: 2 });
      await talk.ready(2);
    });

    it("stops when its settings are refused, and names them", async () => {
      misbehave({ type: "refuse_event", event: "session.update", code: "invalid_value" });
      const talk = rehearse();
      await assert.rejects(talk.session.connect(), withCode("settings_refused"));
      assert.equal(talk.session.state.status, "stopped");
      await talk.session.connect();
    });
  });

  describe("a refused event", () => {
    const codes = Object.keys(refusalTypes) as (keyof typeof refusalTypes)[];
    for (const code of codes.filter((name) => !isFatalCode(name))) {
      it(`tells the sender of an item of ${code}, and lives`, async () => {
        const talk = await open();
        misbehave({ type: "refuse_event", event: "conversation.item.create", code });
        await assert.rejects(talk.session.send(userText("hello")), withCode(code));
        await talk.session.send(userText("again"));
        assert.deepEqual(talk.items.words, ["again"]);
        assert.equal(talk.session.conversation.size, 1);
        assert.deepEqual(talk.statuses, ["opening", "ready"]);
      });
    }

    for (const code of codes.filter(isFatalCode)) {
      it(`stops with ${code}, and settles what waits`, async () => {
        const talk = await open();
        misbehave({ type: "refuse_event", event: "conversation.item.create", code });
        const answers = await Promise.allSettled(
          ["hello", "world"].map((text) => talk.session.send(userText(text))),
        );
        await talk.until(() => talk.session.state.status === "stopped");
        const { state } = talk.session;
        assert.ok(state.status === "stopped");
        assert.equal(state.reason.code, code);
        assert.equal(answers[0]?.status, "rejected");
      });
    }

    it("settles every kind of request when refusals name no event", async () => {
      const talk = await open({}, WAITING_SPEED);
      await talk.session.send(userText("hello"));
      const [item] = talk.items.list;
      assert.ok(item);
      const append = {
        type: "input_audio_buffer.append",
        audio: Buffer.alloc(9600).toString("base64"),
      };
      const requests = {
        "conversation.item.create": userText("again"),
        "conversation.item.retrieve": { type: "conversation.item.retrieve", item_id: item.id },
        "conversation.item.delete": { type: "conversation.item.delete", item_id: item.id },
        "input_audio_buffer.clear": { type: "input_audio_buffer.clear" },
        "session.update": { type: "session.update", session: { instructions: "Be brief." } },
        "response.create": { type: "response.create" },
      } as const;
      misbehave(
        ...(Object.keys(requests) as (keyof typeof requests)[]).map((event): FaultRequest => ({
          type: "refuse_event",
          event,
          withEventId: false,
        })),
      );
      await talk.session.send(append);
      const settled = await Promise.allSettled(
        Object.values(requests).map((event) => talk.session.send(event)),
      );
      assert.deepEqual(
        settled.map(({ status }) => status),
        Object.keys(requests).map(() => "rejected"),
      );
      assert.equal(talk.session.state.status, "ready");
      await Promise.all(Object.values(requests).map((event) => talk.session.send(event)));
    });

    for (const withEventId of [true, false]) {
      it(`asks again after conversation_already_has_active_response ${withEventId ? "with" : "without"} an id`, async () => {
        const talk = await open({}, WAITING_SPEED);
        misbehave({
          type: "refuse_event",
          code: "conversation_already_has_active_response",
          withEventId,
        });
        await talk.ask("hello");
        await talk.answers(1);
      });
    }
  });

  for (const code of ["insufficient_quota", "rate_limit_exceeded", "server_error"] as const) {
    it(`stays ready when a response fails with ${code}`, async () => {
      const talk = await open();
      misbehave({ type: "fail_response", code });
      await talk.ask("hello");
      await talk.answers(1);
      assert.equal(talk.session.state.status, "ready");
      await talk.session.send(userText("again"));
      assert.equal(talk.session.sizes().requests, 0);
    });
  }

  it("recovers from the end of a session as from a drop, and says why", async () => {
    const talk = await open();
    await talk.ask("hello");
    await talk.answers(1);
    const before = talk.items.words;
    misbehave({ type: "expire" });
    await talk.ready(2);
    assert.ok(codesOf(talk.errors).includes("session_expired"));
    assert.deepEqual(talk.items.words, before);
  });

  it("reports a garbled frame, and lives without its event", async () => {
    const talk = await open();
    misbehave({ type: "garble" });
    const settled = await Promise.allSettled([
      talk.session.send(userText("hello")),
      talk.session.send(userText("world")),
    ]);
    assert.deepEqual(codesOf(talk.errors), ["frame_not_json"]);
    // What follows tells of the same item.
    assert.deepEqual(
      settled.map(({ status }) => status),
      ["fulfilled", "fulfilled"],
    );
    assert.deepEqual(talk.statuses, ["opening", "ready"]);
  });

  it("lives with any one event of an answer lost", async () => {
    // One session for each place, side by side: some wait for deadlines.
    await Promise.all(
      Array.from({ length: 14 }, async (_, afterEvents) => {
        const own = await startLocalServer({ voice: new ScriptedVoice() });
        const other = new Rehearsal(own, {});
        await other.session.connect();
        own.setFaults([{ type: "garble", afterEvents }]);
        await Promise.allSettled([other.ask("hello")]);
        await Promise.allSettled([other.session.send({ type: "response.create" })]);
        assert.equal(other.session.state.status, "ready", `after ${afterEvents} events`);
        await other.session.send(userText("again"));
        await other.session.close();
        await own.close();
      }),
    );
  });

  it("passes events of unknown types on, and lives", async () => {
    const talk = await open();
    misbehave({ type: "unknown_events", times: 0 });
    await talk.ask("hello");
    await talk.answers(1);
    const sent = talk.unknown.filter(({ type }) => type === "rehearsal.unknown");
    assert.ok(sent.length >= 10);
    assert.deepEqual(talk.errors, []);
    assert.equal(talk.items.list.at(-1)?.["status"], "completed");
  });

  it("takes a frame of 20 MB, and is not held up by it", async () => {
    const talk = await open();
    misbehave({ type: "large_frame" });
    await talk.until(() => talk.unknown.length > 0);
    assert.equal(String(talk.unknown[0]?.["padding"]).length > 19_000_000, true);
    await talk.session.send(userText("hello"));
    assert.deepEqual(talk.statuses, ["opening", "ready"]);
  });

  it("recovers from a frame that is larger than it takes, and names it", async () => {
    const talk = await open();
    await talk.session.send(userText("hello"));
    misbehave({ type: "large_frame", bytes: 40_000_000 });
    await talk.ready(2);
    assert.deepEqual(codesOf(talk.errors), ["frame_too_large"]);
    assert.deepEqual(talk.items.words, ["hello"]);
  });

  it("keeps the order of a talk in which each event comes late", async () => {
    const talk = await open();
    misbehave({ type: "delay", ms: 30 });
    const sent = ["one", "two", "three"].map((text) => talk.session.send(userText(text)));
    await Promise.all([...sent, talk.session.send({ type: "response.create" })]);
    await talk.answers(1);
    assert.deepEqual(talk.items.words.slice(0, 3), ["one", "two", "three"]);
    assert.deepEqual(
      talk.session.conversation.items.map(({ id }) => id),
      talk.items.list.map(({ id }) => id),
    );
    assert.deepEqual(talk.errors, []);
  });

  it("understands a talk whose events are reordered as one whose are not", async () => {
    const settings: SessionSettings = { type: "realtime", output_modalities: ["audio"] };
    const texts: unknown[] = [];
    for (const faults of [
      [],
      ...[1, 2, 3, 4].map((seed) => [{ type: "reorder", seed } as const]),
    ]) {
      misbehave(...faults);
      const talk = await open({ settings, tools: [lightTool] });
      await talk.ask("turn on the kitchen light");
      await talk.until(() => talk.calls.length > 0);
      await talk.session.answer(talk.calls[0]?.id ?? "", "The kitchen light is on.");
      await talk.answers(2);
      assert.deepEqual(talk.errors, []);
      texts.push(
        talk.session.conversation.items.map((item) =>
          item.type === "message" ? item.content.map((part) => Object.values(part)) : item.type,
        ),
      );
    }
    for (const text of texts) assert.deepEqual(text, texts[0]);
  });
});
