import assert from "node:assert/strict";
import { HalfDuplexGate } from "../../../lib/audio/half-duplex-gate";

describe("HalfDuplexGate", () => {
  let time = 1000;
  const gate = (): HalfDuplexGate => new HalfDuplexGate({ tailMs: 300, now: () => time });

  it("is open at first", () => {
    assert.equal(gate().isMuted, false);
  });

  it("opens when the tail is over", () => {
    const room = gate();
    room.mute();
    time += 60_000;
    assert.equal(room.isMuted, true);
    room.unmute();
    time += 299;
    assert.equal(room.isMuted, true);
    time += 1;
    assert.equal(room.isMuted, false);
  });

  it("counts the tail from the first word that the loudspeaker has ended", () => {
    const room = gate();
    room.mute();
    room.unmute();
    time += 200;
    room.unmute();
    time += 100;
    assert.equal(room.isMuted, false);
  });

  it("stays closed where the loudspeaker begins again in the tail", () => {
    const room = gate();
    room.mute();
    room.unmute();
    room.mute();
    time += 1000;
    assert.equal(room.isMuted, true);
  });

  it("does not close by being opened", () => {
    const room = gate();
    room.unmute();
    assert.equal(room.isMuted, false);
  });
});
