import assert from "node:assert/strict";
import fc from "fast-check";
import { RandomTalk, steps } from "./random-talk";

/** Set REALTIME_SEED (and REALTIME_PATH, for a case already shrunk) to repeat a run. */
const { REALTIME_SEED, REALTIME_PATH } = process.env;
const seed = REALTIME_SEED === undefined ? Date.now() % 2 ** 31 : Number(REALTIME_SEED);

const SEQUENCES = 700;

describe(`session, whatever the server says (REALTIME_SEED=${seed})`, function () {
  this.timeout(300_000);

  const rejections: unknown[] = [];
  const onRejection = (reason: unknown): void => {
    rejections.push(reason);
  };
  let others: NodeJS.UnhandledRejectionListener[] = [];

  before(() => {
    // Mocha's own would end the test at once, without a word about the sequence.
    others = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    process.on("unhandledRejection", onRejection);
  });

  after(() => {
    process.off("unhandledRejection", onRejection);
    for (const other of others) process.on("unhandledRejection", other);
  });

  it("keeps its word in 100,000 events of at least 500 talks", async () => {
    let frames = 0;
    let checkedAt = 0;
    const property = fc.asyncProperty(steps, async (sequence) => {
      rejections.length = 0;
      const talk = new RandomTalk();
      talk.request("connect", talk.session.connect());
      await talk.serve();
      for (const [index, step] of sequence.entries()) {
        await talk.take(step);
        if (index % 20 === 0) talk.checkConversation();
        if (frames + talk.frames < checkedAt + 1000) continue;
        checkedAt = frames + talk.frames;
        talk.checkSizes();
      }
      await talk.finish();
      assert.deepEqual(rejections, [], "unhandled rejections");
      frames += talk.frames;
    });
    await fc.assert(property, {
      seed,
      numRuns: REALTIME_PATH === undefined ? SEQUENCES : 1,
      ...(REALTIME_PATH === undefined ? {} : { path: REALTIME_PATH }),
    });
    if (REALTIME_PATH === undefined) assert.ok(frames >= 100_000, `${frames} events`);
  });
});
