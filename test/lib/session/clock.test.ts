import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { systemClock } from "../../../lib/session/clock";

/** Nothing of the process runs for so many ms. */
function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

describe("system clock", () => {
  it("lets in what has come, after the process stood still, before it calls a deadline", async () => {
    const server = createServer((peer) => {
      // From here on the timers have their turn before the network has.
      setImmediate(() => {
        peer.end("the answer");
        block(200);
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const order: string[] = [];
    const { port } = server.address() as AddressInfo;
    const socket = connect(port, "127.0.0.1");
    const deadline = systemClock.start(() => order.push("deadline"), 100);
    socket.on("data", (data) => {
      order.push(String(data));
      deadline.stop();
    });
    await once(socket, "close");
    await nextTurn();
    server.close();
    assert.deepEqual(order, ["the answer"]);
  });

  it("calls a deadline after the process stood still, where nothing has come", async () => {
    const called = new Promise<void>((resolve) => systemClock.start(resolve, 1));
    block(200);
    await called;
  });

  it("does not call at once what is to be called in more days than a timer of Node.js can wait", async () => {
    let isCalled = false;
    const timer = systemClock.start(() => {
      isCalled = true;
    }, 2 ** 31);
    await new Promise((resolve) => systemClock.start(() => resolve(undefined), 20));
    assert.equal(isCalled, false);
    timer.stop();
  });
});
