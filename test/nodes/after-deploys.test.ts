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

  it("reaches what is added meanwhile at its end", () => {
    const events = new EventEmitter();
    const RED = { events, log: {} } as unknown as Parameters<typeof afterDeploys>[0];
    const called: string[] = [];
    const ends = [
      afterDeploys(RED, () => {
        called.push("first");
        if (ends.length < 3) ends.push(afterDeploys(RED, () => called.push("added")));
      }),
      afterDeploys(RED, () => called.push("second")),
    ];
    events.emit("flows:started");
    assert.deepEqual(called, ["first", "second", "added"]);
    for (const end of ends) end();
  });
});
