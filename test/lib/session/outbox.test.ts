import assert from "node:assert/strict";
import { Outbox } from "../../../lib/session/outbox";

function makeOutbox() {
  const sent: string[] = [];
  const dropped: { chunks: number; bytes: number }[] = [];
  const line = { buffered: 0, time: 0 };
  const outbox = new Outbox({
    clock: { now: () => line.time },
    newClear: () => ({ event: { type: CLEAR, event_id: "clear" }, frames: ["clear"] }),
    bufferedAmount: () => line.buffered,
    transmit: (frames) => sent.push(...frames),
    onSent: () => undefined,
    onAudioDropped: (audio) => dropped.push(audio),
  });
  const send = (type: string, name: string = type, frame: string = name): void =>
    outbox.send({ type, event_id: name }, () => [frame]);
  const stall = (): void => {
    line.buffered = 64 * 1024;
  };
  const drain = (): void => {
    line.buffered = 0;
    outbox.drain();
  };
  return { outbox, sent, dropped, line, send, stall, drain };
}

const APPEND = "input_audio_buffer.append";
const COMMIT = "input_audio_buffer.commit";
const CLEAR = "input_audio_buffer.clear";

describe("outbox", () => {
  it("hands over at once while the line is free", () => {
    const { outbox, sent, send, line } = makeOutbox();
    line.buffered = 64 * 1024 - 1;
    send(APPEND, "a");
    send("response.create", "b");
    assert.deepEqual(sent, ["a", "b"]);
    assert.equal(outbox.size, 0);
  });

  it("keeps the order of what waits", () => {
    const { sent, send, stall, drain } = makeOutbox();
    stall();
    send("conversation.item.create", "1");
    send(APPEND, "2");
    send("input_audio_buffer.commit", "3");
    send("response.create", "4");
    assert.deepEqual(sent, []);
    drain();
    assert.deepEqual(sent, ["1", "2", "3", "4"]);
  });

  it("hands over no more than the line takes", () => {
    const { sent, send, stall, drain, line, outbox } = makeOutbox();
    stall();
    for (const name of ["1", "2", "3"]) send("response.create", name);
    line.buffered = 0;
    const stalling = new Outbox({
      clock: { now: () => 0 },
      newClear: () => ({ event: { type: CLEAR }, frames: [] }),
      bufferedAmount: () => (sent.length === 0 ? 0 : 64 * 1024),
      transmit: (frames) => sent.push(...frames),
      onSent: () => undefined,
      onAudioDropped: () => undefined,
    });
    for (const name of ["x", "y"]) stalling.send({ type: "response.create" }, () => [name]);
    stalling.drain();
    assert.deepEqual(sent, ["x"]);
    drain();
    assert.equal(outbox.size, 0);
  });

  it("lets an interruption overtake audio, and nothing else", () => {
    const { sent, send, stall, drain } = makeOutbox();
    stall();
    send(APPEND, "a1");
    send("response.create", "ask");
    send(APPEND, "a2");
    send("conversation.item.truncate", "truncate");
    send(APPEND, "a3");
    send("response.cancel", "cancel");
    drain();
    assert.deepEqual(sent, ["a1", "ask", "cancel", "truncate", "a2", "a3"]);
  });

  it("ends an answer before it says what was heard of it", () => {
    const { sent, send, stall, drain } = makeOutbox();
    stall();
    send(APPEND, "a1");
    send("response.cancel", "cancel");
    send("output_audio_buffer.clear", "silence");
    send("conversation.item.truncate", "truncate");
    drain();
    assert.deepEqual(sent, ["cancel", "silence", "truncate", "a1"]);
  });

  it("discards the audio before a clear", () => {
    const { sent, send, stall, drain, outbox } = makeOutbox();
    stall();
    send(APPEND, "a1");
    send("response.create", "ask");
    send("input_audio_buffer.clear", "clear");
    send(APPEND, "a2");
    drain();
    assert.deepEqual(sent, ["ask", "clear", "a2"]);
    assert.equal(outbox.bytes, 0);
  });

  it("keeps the audio of a turn that is committed before a clear", () => {
    const { sent, send, stall, drain, outbox } = makeOutbox();
    stall();
    send(APPEND, "a1");
    send("input_audio_buffer.commit", "commit");
    send(APPEND, "a2");
    send("input_audio_buffer.clear", "clear");
    drain();
    assert.deepEqual(sent, ["a1", "commit", "clear"]);
    assert.equal(outbox.bytes, 0);
  });

  it("drops the oldest audio of a stalled line, counts it, and keeps everything else", () => {
    const { sent, send, stall, drain, outbox, dropped } = makeOutbox();
    const chunk = "x".repeat(8 * 1024);
    stall();
    send("response.create", "ask");
    for (let index = 0; index < 2000; index += 1) send(APPEND, `${index}`, `${index}:${chunk}`);
    assert.ok(outbox.bytes < 5 * 1024 * 1024, `${outbox.bytes} bytes`);
    assert.equal(outbox.isTurnDamaged, true);
    drain();
    assert.equal(sent[0], "ask");
    assert.match(sent.at(-1) ?? "", /^1999:/);
    const numbers = sent.slice(1).map((frame) => Number(frame.split(":")[0]));
    assert.deepEqual(
      numbers,
      Array.from({ length: numbers.length }, (_, index) => 2000 - numbers.length + index),
    );
    assert.equal(
      dropped.reduce((sum, { chunks }) => sum + chunks, 0),
      2000 - numbers.length,
    );
    assert.ok(dropped.length < 20, `${dropped.length} reports`);
  });

  it("keeps a single chunk of any size", () => {
    const { sent, send, stall, drain } = makeOutbox();
    stall();
    send(APPEND, "big", "x".repeat(15 * 1024 * 1024));
    drain();
    assert.equal(sent.length, 1);
  });

  it("takes back what has not left", () => {
    const { outbox, sent, send, stall, drain } = makeOutbox();
    send("response.create", "gone");
    assert.equal(outbox.takeBack("gone"), false);
    stall();
    send("response.create", "late");
    assert.equal(outbox.takeBack("late"), true);
    drain();
    assert.deepEqual(sent, ["gone"]);
  });

  it("takes the turn of a commit back with it, and has the server forget what has left", () => {
    const { outbox, sent, send, stall, drain } = makeOutbox();
    send(APPEND, "a1");
    stall();
    send(APPEND, "a2");
    send(COMMIT, "first");
    send(APPEND, "b1");
    send("response.create", "ask");
    send(COMMIT, "second");
    send(APPEND, "c1");
    assert.equal(outbox.takeBack("first"), true);
    drain();
    assert.deepEqual(sent, ["a1", "clear", "b1", "ask", "second", "c1"]);
    assert.equal(outbox.bytes, 0);
  });

  it("leaves the turn before a commit that is taken back", () => {
    const { outbox, sent, send, stall, drain } = makeOutbox();
    stall();
    send(APPEND, "a1");
    send(COMMIT, "first");
    send(APPEND, "b1");
    send(COMMIT, "second");
    assert.equal(outbox.takeBack("second"), true);
    drain();
    assert.deepEqual(sent, ["a1", "first", "clear"]);
  });

  it("drops audio that a stalled line has kept for more than half a minute, and counts it", () => {
    const { outbox, sent, dropped, line, send, stall, drain } = makeOutbox();
    stall();
    send(APPEND, "old");
    send("conversation.item.create", "item");
    line.time = 1;
    send(APPEND, "new");
    line.time = 30_001;
    drain();
    assert.deepEqual(sent, ["item", "new"]);
    assert.deepEqual(dropped, [{ chunks: 1, bytes: 3 }]);
    assert.equal(outbox.isTurnDamaged, true);
    assert.equal(outbox.bytes, 0);
  });

  it("keeps a turn whole whose commit waits, and has none committed that will not be", () => {
    const { outbox, sent, line, send, stall, drain } = makeOutbox();
    stall();
    send(APPEND, "a1");
    line.time = 29_000;
    send(COMMIT, "first");
    send(APPEND, "b1");
    line.time = 31_000;
    assert.equal(outbox.isTurnDamaged, false);
    drain();
    assert.deepEqual(sent, ["a1", "first", "b1"]);
    stall();
    send(APPEND, "b2");
    line.time = 61_001;
    assert.equal(outbox.isTurnDamaged, true);
  });

  it("forgets the damage with the turn", () => {
    const { outbox, send, stall } = makeOutbox();
    stall();
    for (let index = 0; index < 6; index += 1) send(APPEND, "a", "x".repeat(1024 * 1024));
    assert.equal(outbox.isTurnDamaged, true);
    outbox.endTurn();
    assert.equal(outbox.isTurnDamaged, false);
  });

  it("forgets the damage with a clear that need not wait", () => {
    const { outbox, send, stall, drain } = makeOutbox();
    stall();
    for (let index = 0; index < 6; index += 1) send(APPEND, "a", "x".repeat(1024 * 1024));
    drain();
    assert.equal(outbox.isTurnDamaged, true);
    send("input_audio_buffer.clear");
    assert.equal(outbox.isTurnDamaged, false);
  });
});
