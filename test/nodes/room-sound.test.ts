import assert from "node:assert/strict";
import { RoomSound } from "../../nodes/room-sound";

describe("what ears and mouths of a room know of each other", () => {
  it("is told with the first button that is pressed, and the last that is released", () => {
    const rooms = new RoomSound();
    const told: [string, boolean][] = [];
    const stop = rooms.onTalk((key, isTalking) => told.push([key, isTalking]));
    const [one, other] = [{}, {}];
    rooms.talk("kitchen", one, true);
    rooms.talk("kitchen", other, true);
    rooms.talk("kitchen", one, false);
    assert.equal(rooms.isTalking("kitchen"), true);
    rooms.talk("kitchen", other, false);
    rooms.talk("kitchen", other, false);
    assert.equal(rooms.isTalking("kitchen"), false);
    assert.deepEqual(told, [
      ["kitchen", true],
      ["kitchen", false],
    ]);
    stop();
    rooms.talk("kitchen", one, true);
    assert.equal(told.length, 2);
  });

  it("is told with the first loudspeaker that sounds, and the last that falls silent", () => {
    const rooms = new RoomSound();
    const told: boolean[] = [];
    rooms.onSound((_key, isSounding) => told.push(isSounding));
    const [one, other] = [{}, {}];
    rooms.sound("kitchen", one, true);
    rooms.sound("kitchen", other, true);
    rooms.sound("kitchen", one, false);
    rooms.sound("kitchen", other, false);
    assert.deepEqual(told, [true, false]);
  });
});
