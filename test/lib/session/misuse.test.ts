import assert from "node:assert/strict";
import { makeSession, target, userText, withCode } from "./ready-session";

/** What only a program without types, or with laxer ones than ours, hands over. */
describe("RealtimeSession: wrong values from a program without types", () => {
  for (const [name, wrong] of [
    ["none at all", undefined],
    ["a text", target.url],
    ["one without an address", { ...target, url: undefined }],
    ["one without a deadline for the first event", { url: target.url, headers: {} }],
  ] as const) {
    it(`stops at a target that is ${name}, and can be closed`, async () => {
      for (const answer of [() => wrong, () => Promise.resolve(wrong)]) {
        const { session } = makeSession({ target: answer as never });
        await assert.rejects(session.connect(), withCode("no_target"));
        assert.equal(session.state.status, "stopped");
        await session.close();
      }
    });
  }

  it("takes null for no options of a send", async () => {
    const { session, server } = makeSession();
    const early = session.send(userText("early"), null as never);
    const peer = await server.greet();
    const first = await peer.next("conversation.item.create");
    const late = session.send(userText("late"), null as never);
    const second = await peer.next("conversation.item.create");
    await session.close();
    await Promise.all([early, late].map((sent) => assert.rejects(sent, withCode("closed"))));
    assert.notEqual(first["item"].id, second["item"].id);
  });

  it("says of what is no event that it must be one", async () => {
    const { session } = makeSession();
    for (const wrong of [undefined, null])
      await assert.rejects(session.send(wrong as never), { code: "invalid_event", message: /must be an object/ }); // prettier-ignore
  });
});
