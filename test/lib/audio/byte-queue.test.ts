import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteQueue } from "../../../lib/audio/byte-queue";

describe("queue of bytes", () => {
  it("gives the bytes in their order, however they were cut", () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ push: fc.uint8Array({ maxLength: 6000 }) }),
        fc.record({ take: fc.integer({ min: -1, max: 9000 }) }),
        fc.record({ discard: fc.integer({ min: -1, max: 9000 }) }),
      ),
    );
    // Of memory that is theirs alone, as large buffers are, or of a pool.
    const first = fc.oneof(
      fc.constant(undefined),
      fc.uint8Array({ maxLength: 6000 }).map((bytes) => Buffer.from(bytes)),
      fc.uint8Array({ maxLength: 6000 }).map(({ buffer }) => Buffer.from(buffer)),
    );
    fc.assert(
      fc.property(first, steps, (given, all) => {
        let expected = Buffer.from(given ?? []);
        const queue = new ByteQueue(given);
        for (const step of all) {
          if ("push" in step) {
            queue.push(Buffer.from(step.push));
            expected = Buffer.concat([expected, step.push]);
          } else if ("discard" in step) {
            queue.discard(step.discard);
            expected = expected.subarray(Math.max(0, step.discard));
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

  it("holds little more memory than its bytes, however small they came", () => {
    const queue = new ByteQueue();
    for (let count = 0; count < 10_000; count++) queue.push(Buffer.alloc(0));
    assert.equal(queue.capacity, 0);
    for (let count = 0; count < 10_000; count++) {
      queue.push(Buffer.from([count]));
      assert.ok(queue.capacity <= 2 * queue.length + 1024, `${queue.capacity} for ${queue.length}`);
    }
    // A second of microphone that is kept, of a stream.
    for (let count = 0; count < 10_000; count++) {
      queue.push(Buffer.alloc(960));
      queue.discard(queue.length - 48_000);
      assert.ok(queue.capacity <= 2 * 48_000 + 2 * 65_536, `${queue.capacity}`);
    }
    queue.discard(48_000);
    assert.equal(queue.capacity, 0);
  });

  it("keeps no hold on the memory of what it was given", () => {
    const queue = new ByteQueue();
    const given = Buffer.from("abc");
    queue.push(given);
    given.fill(0);
    assert.equal(queue.toBuffer().toString(), "abc");
  });

  it("takes over the memory of its first bytes where it is theirs alone", () => {
    const given = Buffer.from(new ArrayBuffer(100_000));
    assert.equal(new ByteQueue(given).capacity, 100_000);
    const part = new ByteQueue(given.subarray(0, 3));
    given.fill(1);
    assert.deepEqual([...part.toBuffer()], [0, 0, 0]);
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
