import assert from "node:assert/strict";
import { makeSession, target, withCode } from "./ready-session";

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
});
