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

  it("is told of loudspeakers without a node when they fall silent, or are said to be", () => {
    const rooms = new RoomSound();
    const told: [string, boolean][] = [];
    rooms.onSound((key, isSounding) => told.push([key, isSounding]));
    const leave = (key: string) => {
      const loudspeaker = { close: () => rooms.sound(key, loudspeaker, false) };
      rooms.sound(key, loudspeaker, true);
      rooms.leave(key, loudspeaker);
      return loudspeaker;
    };
    const byItself = leave("kitchen");
    leave("hall");
    leave("office");
    rooms.sound("kitchen", byItself, false);
    rooms.silenceLeft("hall");
    rooms.close();
    assert.deepEqual(
      told.filter(([, isSounding]) => !isSounding).map(([key]) => key),
      ["kitchen", "hall", "office"],
    );
    rooms.silenceLeft("kitchen");
    assert.equal(told.length, 6);
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
