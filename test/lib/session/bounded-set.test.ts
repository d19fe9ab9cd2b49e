import assert from "node:assert/strict";
import { BoundedSet } from "../../../lib/session/bounded-set";

describe("BoundedSet", () => {
  it("forgets the oldest value beyond its limit", () => {
    const set = new BoundedSet<string>(2);
    for (const value of ["a", "b", "a", "c"]) set.add(value);
    assert.deepEqual([...set.values()], ["b", "c"]);
    assert.equal(set.has("a"), false);
  });

  it("says of a value that is deleted whether it was there", () => {
    const set = new BoundedSet<string>(2);
    assert.equal(set.delete("a"), false);
    set.add("a");
    assert.equal(set.delete("a"), true);
    assert.equal(set.size, 0);
  });
});
