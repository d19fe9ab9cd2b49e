import assert from "node:assert/strict";
import { SampleRoom } from "../../../lib/audio/sample-room";

describe("room for samples", () => {
  it("uses its memory again, and takes more where more is asked for", () => {
    const room = new SampleRoom(100);
    const first = room.take(10);
    assert.equal(first.length, 10);
    assert.equal(room.take(4).buffer, first.buffer);
    assert.equal(room.take(4).length, 4);
    const larger = room.take(100);
    assert.equal(larger.length, 100);
    assert.equal(room.take(10).buffer, larger.buffer);
  });

  it("does not hold the memory of a whole recording", () => {
    const room = new SampleRoom(100);
    const kept = room.take(100);
    const recording = room.take(101);
    assert.equal(recording.length, 101);
    assert.equal(room.take(100).buffer, kept.buffer);
  });
});
