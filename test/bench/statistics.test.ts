import assert from "node:assert/strict";
import { median, pairedRatios, percentile, spread, upperBound } from "./statistics";

describe("statistics of the bench", () => {
  it("takes the middle value as the median, or the mean of the two in the middle", () => {
    assert.equal(median([9, 1, 5]), 5);
    assert.equal(median([4, 1, 9, 2]), 3);
    assert.equal(median([10, 9]), 9.5);
  });

  it("compares each pass with the one beside it, not with the mean of all", () => {
    // The machine became ten times slower in between; each pair still says 1.1.
    const ratios = pairedRatios([1.1, 11, 110], [1, 10, 100]);
    for (const ratio of ratios) assert.ok(Math.abs(ratio - 1.1) < 1e-9);
    assert.throws(() => pairedRatios([1, 2], [1]), RangeError);
  });

  it("bounds the median of 12 ratios by the third largest of them", () => {
    // P(at most 8 of 12 below the median) is 0.927, P(at most 9) is 0.981.
    assert.equal(upperBound([12, 1, 11, 2, 10, 3, 9, 4, 8, 5, 7, 6]), 10);
  });

  it("bounds the median of 5 values, and of fewer, by the largest", () => {
    assert.equal(upperBound([1, 5, 2, 4, 3]), 5);
    assert.equal(upperBound([3, 1]), 3);
    assert.throws(() => upperBound([]), RangeError);
  });

  it("is above the true median in 95 of 100 samples at least", () => {
    // A fixed sequence of pseudo-random numbers in 0..1, whose true median is 0.5.
    let seed = 1;
    const random = (): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed / 2 ** 32;
    };
    const trials = 2000;
    let holds = 0;
    for (let trial = 0; trial < trials; trial += 1)
      if (upperBound(Array.from({ length: 12 }, random)) >= 0.5) holds += 1;
    assert.ok(holds / trials >= 0.95, `${holds} of ${trials}`);
  });

  it("takes percentiles by the nearest rank, and the spread from the middle half", () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    assert.equal(percentile(hundred, 50), 50);
    assert.equal(percentile(hundred, 99), 99);
    assert.equal(percentile([7], 99), 7);
    assert.equal(spread([10, 10, 10, 10]), 0);
    assert.equal(spread([8, 9, 10, 11, 12]), 0.2);
  });
});
