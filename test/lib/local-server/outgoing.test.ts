import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { WebSocket, WebSocketServer } from "ws";
import { Outgoing } from "../../../lib/local-server/outgoing";

describe("sending half of the built-in server's socket", () => {
  let server: WebSocketServer;
  let client: WebSocket;
  let outgoing: Outgoing;
  let unsent: () => number;

  beforeEach(async () => {
    server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    await once(server, "listening");
    client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const [socket] = (await once(server, "connection")) as [WebSocket];
    await once(client, "open");
    outgoing = new Outgoing(socket);
    unsent = () => socket.bufferedAmount;
  });

  afterEach(() => {
    client.terminate();
    server.close();
  });

  /** Sends until a reader that has stopped leaves more unsent than responses may. */
  const fill = async (): Promise<{ ready: Promise<void> }> => {
    client.pause();
    while (unsent() <= 1024 * 1024) {
      outgoing.send("x".repeat(256 * 1024));
      await nextTurn();
    }
    let isReady = false;
    const ready = outgoing.ready().then(() => {
      isReady = true;
    });
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    assert.equal(isReady, false);
    return { ready };
  };

  it("is ready at once while the peer reads", async () => {
    outgoing.send("x");
    await outgoing.ready();
  });

  it("is ready again when a peer that did not read goes on", async () => {
    const { ready } = await fill();
    client.resume();
    await ready;
    assert.ok(unsent() <= 1024 * 1024);
  });

  it("lets nobody wait once the peer has gone", async () => {
    const { ready } = await fill();
    client.terminate();
    await ready;
    outgoing.send("nobody gets this");
  });
});
