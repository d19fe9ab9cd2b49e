import assert from "node:assert/strict";
import { idsFrom, systemRandom } from "../../../lib/local-server/ids";
import type { OutgoingEvent } from "../../../lib/local-server/outgoing";
import { Session } from "../../../lib/local-server/session";
import { audio } from "./client";
import { ManualClock } from "./manual-clock";
import { ScriptedVoice } from "./scripted-voice";

describe("local server: idle timeout", () => {
  let clock: ManualClock;
  let session: Session;
  let sent: OutgoingEvent[];
  let wake: () => void;

  const until = async (type: string, count = 1) => {
    const isThere = () => sent.filter((event) => event.type === type).length >= count;
    while (!isThere()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };

  beforeEach(async () => {
    clock = new ManualClock();
    sent = [];
    wake = () => {};
    session = new Session({
      transport: {
        send: (event) => {
          sent.push(event);
          wake();
        },
        ready: () => Promise.resolve(),
        close: () => {},
      },
      voice: new ScriptedVoice(),
      clock,
      createId: idsFrom(systemRandom),
      capMs: 3_600_000,
      purpose: { model: "test" },
    });
    session.open();
    session.receive({
      type: "session.update",
      session: {
        type: "realtime",
        audio: { input: { turn_detection: { type: "server_vad", idle_timeout_ms: 5_000 } } },
      },
    });
    // Two words are spoken: 200 ms.
    session.receive({ type: "response.create", response: { instructions: 'Say "one two"' } });
    await until("response.done");
  });

  afterEach(() => session.close());

  const timesTriggered = () =>
    sent.filter(({ type }) => type === "input_audio_buffer.timeout_triggered").length;
  const triggered = () => timesTriggered() > 0;

  it("speaks when the user was silent after the answer was heard", async () => {
    session.receive({ type: "input_audio_buffer.append", audio: audio(500).audio });
    clock.advance(5_199);
    assert.ok(!triggered());
    clock.advance(1);
    await until("response.done", 2);
    const from = sent.findIndex(({ type }) => type === "input_audio_buffer.timeout_triggered");
    const types = sent.slice(from, from + 5).map(({ type }) => type);
    assert.deepEqual(types, [
      "input_audio_buffer.timeout_triggered",
      "input_audio_buffer.committed",
      "conversation.item.added",
      "conversation.item.done",
      "response.created",
    ]);
    const [timeout] = sent.slice(from);
    assert.ok(timeout?.type === "input_audio_buffer.timeout_triggered");
    assert.deepEqual([timeout.audio_start_ms, timeout.audio_end_ms], [0, 500]);
  });

  it("speaks once, until the user is there again", async () => {
    clock.advance(5_200);
    await until("response.done", 2);
    clock.advance(60_000);
    assert.equal(sent.filter(({ type }) => type === "response.created").length, 2);
    session.receive({
      type: "conversation.item.create",
      item: { type: "message", role: "user", content: [{ type: "input_text", text: "hello" }] },
    });
    session.receive({ type: "response.create" });
    await until("response.done", 3);
    clock.advance(60_000);
    await until("response.done", 4);
  });

  it("waits anew once the user has spoken, or has sent what was spoken", async () => {
    clock.advance(5_200);
    await until("response.done", 2);
    const spoken = [audio(200, 0.3), audio(20), audio(400)];
    for (const chunk of spoken)
      session.receive({ type: "input_audio_buffer.append", audio: chunk.audio });
    await until("response.done", 3);
    clock.advance(60_000);
    assert.equal(timesTriggered(), 2);
    await until("response.done", 4);
    session.receive({ type: "input_audio_buffer.append", audio: audio(200).audio });
    session.receive({ type: "input_audio_buffer.commit" });
    session.receive({ type: "response.create" });
    await until("response.done", 5);
    clock.advance(60_000);
    assert.equal(timesTriggered(), 3);
  });

  it("says nothing while an answer is being given", () => {
    session.receive({ type: "response.create", response: { instructions: 'Say "three"' } });
    clock.advance(60_000);
    assert.ok(!triggered());
  });

  it("says nothing while the user speaks on over the end of an answer", async () => {
    session.receive({
      type: "session.update",
      session: {
        type: "realtime",
        audio: { input: { turn_detection: { type: "server_vad", interrupt_response: false } } },
      },
    });
    session.receive({ type: "response.create", response: { instructions: 'Say "three"' } });
    session.receive({ type: "input_audio_buffer.append", audio: audio(200, 0.3).audio });
    await until("response.done", 2);
    clock.advance(60_000);
    assert.ok(!triggered());
  });

  it("says nothing while the user speaks", async () => {
    session.receive({ type: "input_audio_buffer.append", audio: audio(200, 0.3).audio });
    await until("input_audio_buffer.speech_started");
    clock.advance(60_000);
    assert.ok(!triggered());
  });

  it("says nothing after the session has closed, and lets no timer run on", () => {
    session.close();
    assert.equal(clock.waiting, 0);
    const count = sent.length;
    clock.advance(4_000_000);
    assert.equal(sent.length, count);
  });
});
