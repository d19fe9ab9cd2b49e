import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { afterDeploys } from "../../nodes/after-deploys";

describe("what follows a deploy", () => {
  it("reaches every node, one that fails included, by one listener of Node-RED", () => {
    const events = new EventEmitter();
    const errors: string[] = [];
    const log = { error: (message: unknown) => errors.push(String(message)) };
    const called: number[] = [];
    const RED = { events, log } as unknown as Parameters<typeof afterDeploys>[0];
    const ends = [1, 2, 3].map((node) =>
      afterDeploys(RED, () => {
        called.push(node);
        if (node === 2) throw new Error("no");
      }),
    );
    assert.equal(events.listenerCount("flows:started"), 1);
    events.emit("flows:started");
    assert.deepEqual(called, [1, 2, 3]);
    assert.deepEqual(errors, ["no"]);
    for (const end of ends) end();
    assert.equal(events.listenerCount("flows:started"), 0);
  });
});
