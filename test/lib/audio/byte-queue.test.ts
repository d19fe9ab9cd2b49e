import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteQueue } from "../../../lib/audio/byte-queue";

describe("queue of bytes", () => {
  it("gives the bytes in their order, however they were cut", () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ push: fc.uint8Array({ maxLength: 6000 }) }),
        fc.record({ take: fc.integer({ min: -1, max: 9000 }) }),
      ),
    );
    fc.assert(
      fc.property(steps, (all) => {
        const queue = new ByteQueue();
        let expected = Buffer.alloc(0);
        for (const step of all) {
          if ("push" in step) {
            queue.push(Buffer.from(step.push));
            expected = Buffer.concat([expected, step.push]);
          } else {
            const count = Math.max(0, step.take);
            assert.ok(queue.take(step.take).equals(expected.subarray(0, count)));
            expected = expected.subarray(count);
          }
          assert.equal(queue.length, expected.length);
          assert.ok(queue.toBuffer().equals(expected));
        }
      }),
    );
  });

  it("takes no room for empty pieces, and joins small ones", () => {
    const queue = new ByteQueue();
    for (let count = 0; count < 10_000; count++) queue.push(Buffer.alloc(0));
    assert.equal(queue.pieceCount, 0);
    for (let count = 0; count < 10_000; count++) queue.push(Buffer.from([count]));
    assert.equal(queue.length, 10_000);
    assert.ok(queue.pieceCount <= 5, `${queue.pieceCount} pieces`);
  });

  it("leaves what was taken as it is", () => {
    const queue = new ByteQueue();
    queue.push(Buffer.from("abcdef"));
    const first = queue.take(3);
    queue.push(Buffer.from("ghi"));
    assert.equal(first.toString(), "abc");
    assert.equal(queue.take(100).toString(), "defghi");
  });
});
