import assert from "node:assert/strict";
import { errorInBody, retryAfterIn } from "../../../lib/protocol/http-refusal";

const NOW = Date.UTC(2026, 0, 1);

describe("the error of an HTTP answer", () => {
  it("is found in its body", () => {
    const body = JSON.stringify({ error: { code: "invalid_api_key" } });
    assert.deepEqual(errorInBody(body), { code: "invalid_api_key" });
  });

  it("has no code where that only says the status again, as Azure's does", () => {
    for (const code of ["401", 401, null]) {
      const body = JSON.stringify({ error: { code, message: "Access denied" } });
      assert.deepEqual(errorInBody(body), { message: "Access denied" });
    }
  });

  for (const body of ["", "<html>", "null", "[]", '{"error":"no"}', '{"error":null}', "{}"])
    it(`is nothing in ${body || "an empty body"}`, () => assert.deepEqual(errorInBody(body), {}));
});

describe("the wait that an HTTP answer asks for", () => {
  for (const [what, headers, wait] of [
    ["seconds", { "retry-after": "7" }, 7000],
    ["a date", { "retry-after": new Date(NOW + 90_000).toUTCString() }, 90_000],
    ["a date that has passed", { "retry-after": new Date(NOW - 90_000).toUTCString() }, 0],
    ["milliseconds, before all else", { "retry-after-ms": "150", "retry-after": "1" }, 150],
    ["nothing", {}, null],
    ["what is none", { "retry-after": "soon", "retry-after-ms": "" }, null],
    ["for ever", { "retry-after": "Infinity" }, null],
  ] as const)
    it(`is understood as ${what}`, () => assert.equal(retryAfterIn(headers, NOW), wait));
});
