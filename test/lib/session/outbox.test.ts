import assert from "node:assert/strict";
import { Outbox } from "../../../lib/session/outbox";

function makeOutbox() {
  const sent: string[] = [];
  const dropped: { chunks: number; bytes: number }[] = [];
  const line = { buffered: 0 };
  const outbox = new Outbox({
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
