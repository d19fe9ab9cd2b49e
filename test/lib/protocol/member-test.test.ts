import assert from "node:assert/strict";
import { memberAtPath, testMember } from "../../../lib/protocol/member-test";

describe("member test", () => {
  it("follows a path through objects and arrays", () => {
    const event = { item: { content: [{ text: "a" }, { text: "b" }] } };
    assert.equal(memberAtPath(event, "item.content[1].text"), "b");
    assert.equal(memberAtPath(event, "item.content[2].text"), undefined);
    assert.equal(memberAtPath(event, "item.nothing.at.all"), undefined);
  });

  it("does not follow what all objects inherit", () => {
    for (const path of ["__proto__", "constructor.name", "item.toString"])
      assert.equal(memberAtPath({ item: {} }, path), undefined);
  });

  it("compares as people write: 5 and 5, true and true", () => {
    assert.ok(testMember(5, "eq", "5"));
    assert.ok(testMember(true, "eq", "true"));
    assert.ok(testMember("a", "neq", "b"));
    assert.ok(!testMember(undefined, "eq", ""));
  });

  it("orders numbers only", () => {
    assert.ok(testMember(10, "gt", 9));
    assert.ok(testMember("10", "gte", "10"));
    assert.ok(testMember(-1, "lt", 0));
    assert.ok(testMember(0, "lte", 0));
    for (const nothing of [undefined, null, "", "x", {}]) assert.ok(!testMember(nothing, "lt", 1));
  });

  it("looks into texts and lists", () => {
    assert.ok(testMember("kitchen light", "contains", "light"));
    assert.ok(testMember(["audio"], "contains", "audio"));
    assert.ok(!testMember(["audio"], "contains", "aud"));
    assert.ok(testMember("resp_1", "begins", "resp_"));
    assert.ok(testMember("done.", "ends", "."));
  });

  it("tells what is there from what is not", () => {
    for (const empty of [undefined, null, "", [], {}]) {
      assert.ok(testMember(empty, "empty", ""));
      assert.ok(!testMember(empty, "nempty", ""));
    }
    for (const full of [0, false, "a", [0], { a: 1 }]) assert.ok(testMember(full, "nempty", ""));
    assert.ok(testMember(true, "true", ""));
    assert.ok(!testMember("true", "true", ""));
    assert.ok(testMember(false, "false", ""));
  });
});
