import assert from "node:assert/strict";
import { copyOf } from "../../../lib/protocol/members";

describe("a copy of a JSON value", () => {
  it("is equal, and shares nothing", () => {
    const value = { a: [1, { b: null }], c: "d", e: { f: true } };
    const copy = copyOf(value);
    assert.deepEqual(copy, value);
    assert.notEqual(copy.a, value.a);
    assert.notEqual(copy.a[1], value.a[1]);
    assert.notEqual(copy.e, value.e);
  });

  it("keeps a member of the name __proto__ as a member", () => {
    const value: object = JSON.parse('{"a":{"__proto__":{"polluted":true}}}');
    const copy = copyOf(value);
    assert.equal(JSON.stringify(copy), JSON.stringify(value));
    assert.equal(Reflect.get(Reflect.get(copy, "a") as object, "polluted"), undefined);
  });
});
