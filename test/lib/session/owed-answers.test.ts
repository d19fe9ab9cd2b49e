import assert from "node:assert/strict";
import type { SessionOptions } from "../../../lib/session/session-options";
import type { SocketEnd } from "../../../lib/session/socket";
import { settled } from "../../support/fake-clock";
import { eventId, type MemoryPeer, type WireEvent } from "../../support/memory-server";
import { acknowledge, light } from "./calling-peer";
import { makeReadySession, withCode } from "./ready-session";

const dropped: SocketEnd = { kind: "closed", code: 1006, reason: "" };

/** A session on a line that breaks; `comeBack` accepts all that the next connection is told. */
async function makeRecoverable(options: Partial<SessionOptions> = {}) {
  const made = await makeReadySession({ random: () => 0.5, tools: [light], ...options });
  const told = async (peer: MemoryPeer): Promise<WireEvent[]> => {
    for (let index = 0; ; index += 1) {
      await settled();
      const event = peer.received[index];
      if (event === undefined) return peer.received;
      if (event.type === "session.update")
        peer.send({ type: "session.updated", event_id: eventId(), session: {} });
      if (event.type === "conversation.item.create") acknowledge(peer, event);
    }
  };
  const comeBack = async (): Promise<WireEvent[]> => {
    await made.clock.advance(500);
    return await told(await made.server.greet());
  };
  return { ...made, comeBack };
}

const asked = (told: readonly WireEvent[]) =>
  told.filter(({ type }) => type === "response.create").map(({ response }) => response);

describe("after a lost connection", () => {
  it("asks for nothing whose cancel was on its way when the line broke", async () => {
    const { session, peer, comeBack } = await makeRecoverable();
    const request = session.send({ type: "response.create" });
    const cancel = session.send({ type: "response.cancel" });
    await settled();
    assert.equal(peer.received.at(-1)?.type, "response.cancel");
    peer.end(dropped);
    assert.deepEqual(await cancel, { accepted: "moot" });
    assert.deepEqual(asked(await comeBack()), []);
    await assert.rejects(request, withCode("cancelled"));
  });

  it("asks for what was asked for behind a cancel, which is not about it", async () => {
    const { session, peer, comeBack } = await makeRecoverable();
    void session.send({ type: "response.cancel" });
    void session.send({ type: "response.create" });
    peer.end(dropped);
    assert.equal(asked(await comeBack()).length, 1);
  });
});
