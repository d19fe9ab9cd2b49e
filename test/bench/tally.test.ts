import assert from "node:assert/strict";
import { Tally, type BenchEvent } from "./tally";

const seen = (...events: BenchEvent[]) => {
  const tally = new Tally();
  for (const event of events) tally.take(event);
  return tally.reset();
};

const one: BenchEvent = { type: "a", event_id: "event_1", delta: "four" };
const two: BenchEvent = { type: "b", event_id: "event_2" };

describe("the bench's tally", () => {
  it("is the same for the same events in the same order", () => {
    assert.deepEqual(seen(one, two), seen({ ...one }, { ...two }));
    assert.deepEqual({ ...seen(one, two), hash: 0 }, { count: 2, characters: 6, hash: 0 });
  });

  it("tells another order, a lost, a doubled and a changed event", () => {
    const { hash } = seen(one, two);
    assert.notEqual(seen(two, one).hash, hash);
    assert.notEqual(seen(one).hash, hash);
    assert.notEqual(seen(one, two, two).hash, hash);
    assert.notEqual(seen(one, { ...two, event_id: "event_3" }).hash, hash);
  });

  it("begins anew after it was asked", () => {
    const tally = new Tally();
    tally.take(two);
    tally.reset();
    tally.take(one);
    assert.deepEqual(tally.reset(), seen(one));
  });
});
