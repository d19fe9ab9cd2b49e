import assert from "node:assert/strict";
import { SampleHistory } from "../../../lib/offline-voice/sample-history";

/** Each sample is its place in the stream. */
function samples(start: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => start + index);
}

describe("history of samples", () => {
  it("gives every part of the stream that was not forgotten, however it came", () => {
    const history = new SampleHistory();
    for (let round = 0; round < 400; round++) {
      history.append(samples(history.end, (round * 37) % 700));
      history.forget(history.end - 40_000);
      const { end } = history;
      const start = Math.max(0, end - 40_000);
      for (const [from, to] of [
        [start, end],
        [start, Math.min(end, start + 1)],
        [Math.floor((start + end) / 2), end],
      ] as const)
        assert.deepEqual(history.slice([{ start: from, end: to }]), samples(from, to - from));
    }
  });

  it("gives what is there of a part that is not, or not yet", () => {
    const history = new SampleHistory();
    assert.deepEqual(history.slice([{ start: 0, end: 10 }]), samples(0, 0));
    history.append(samples(0, 5));
    assert.deepEqual(history.slice([{ start: -3, end: 10 }]), samples(0, 5));
    assert.deepEqual(history.slice([{ start: 4, end: 2 }]), samples(0, 0));
    history.append(samples(5, 100_000));
    history.forget(1_000_000);
    assert.deepEqual(history.slice([{ start: 100_000, end: 1_000_000 }]), samples(100_000, 5));
    assert.ok(history.slice([{ start: 0, end: 100_000 }]).length < 20_000);
  });

  it("gives several parts as one, without what lies between them", () => {
    const history = new SampleHistory();
    history.append(samples(0, 40_000));
    const parts = [
      { start: 10, end: 12 },
      { start: 16_380, end: 16_390 },
      { start: 20, end: 20 },
      { start: 39_999, end: 50_000 },
    ];
    const expected = [...samples(10, 2), ...samples(16_380, 10), 39_999];
    assert.deepEqual(history.slice(parts), Float32Array.from(expected));
  });

  it("writes nothing into a part that was given out", () => {
    const history = new SampleHistory();
    history.append(samples(0, 16_384));
    const given = history.slice([{ start: 0, end: 16_384 }]);
    history.forget(16_384);
    history.append(samples(16_384, 16_384));
    assert.deepEqual(given, samples(0, 16_384));
  });
});
