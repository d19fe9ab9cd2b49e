import assert from "node:assert/strict";
import { mergeSettings } from "../../../lib/session/settings-merge";

describe("merging settings", () => {
  it("merges objects member by member, replaces arrays and null, and leaves both sides as they are", () => {
    const base = { audio: { input: { format: null, speed: 1 } }, tools: [1, 2], voice: "a" };
    const patch = { audio: { input: { speed: 2 } }, tools: [], voice: undefined };
    const before = structuredClone([base, patch]);
    assert.deepEqual(mergeSettings(base, patch), {
      audio: { input: { format: null, speed: 2 } },
      tools: [],
      voice: "a",
    });
    assert.deepEqual(mergeSettings(base, { audio: null }).audio, null);
    assert.deepEqual([base, patch], before);
  });

  it("keeps nothing of an object of another type", () => {
    const base = { turns: { type: "server_vad", threshold: 0.5 } };
    assert.deepEqual(mergeSettings(base, { turns: { type: "semantic_vad" } }).turns, {
      type: "semantic_vad",
    });
    assert.deepEqual(mergeSettings(base, { turns: { threshold: 1 } }).turns, {
      type: "server_vad",
      threshold: 1,
    });
  });

  for (const name of ["__proto__", "constructor", "prototype"]) {
    it(`does not let a member ${name} reach a prototype`, () => {
      const patch: object = JSON.parse(`{"${name}":{"polluted":true},"a":{"${name}":{"b":1}}}`);
      const merged: { a?: object } = mergeSettings({ a: {} }, patch);
      assert.deepEqual(Reflect.ownKeys(merged), ["a"]);
      for (const each of [merged, merged.a ?? {}]) {
        assert.equal(Object.getPrototypeOf(each), Object.prototype);
        assert.equal(Object.hasOwn(each, name), false);
      }
    });
  }
});
