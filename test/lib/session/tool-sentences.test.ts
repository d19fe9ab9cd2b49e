import assert from "node:assert/strict";
import { SENTENCES_KEYWORD as offlineKeyword } from "../../../lib/offline-voice/sentences";
import { endpointTarget } from "../../../lib/session/endpoint";
import { SENTENCES_KEYWORD } from "../../../lib/protocol/tools";
import { withoutSentences } from "../../../lib/session/tool-sentences";

describe("the sentences of tools on the wire", () => {
  it("have one keyword on both sides", () => assert.equal(SENTENCES_KEYWORD, offlineKeyword));

  it("are taken by the built-in server alone", () => {
    const purpose = { kind: "model", model: "m" } as const;
    const builtIn = endpointTarget(
      { kind: "built-in", url: "ws://127.0.0.1:1/v1/realtime" },
      purpose,
    );
    const openai = endpointTarget({ kind: "openai", apiKey: "k" }, purpose);
    assert.deepEqual([builtIn.takesSentences, openai.takesSentences], [true, undefined]);
  });

  it("are taken out of a session.update, and nothing else is", () => {
    const plain = { type: "function", name: "a", parameters: { type: "object", properties: {} } };
    const spoken = {
      ...plain,
      name: "b",
      parameters: { ...plain.parameters, "x-sentences": ["b"] },
    };
    const update = {
      type: "session.update",
      session: { type: "realtime", tools: [plain, spoken] },
    };
    const before = structuredClone(update);
    assert.deepEqual(withoutSentences(update), {
      type: "session.update",
      session: { type: "realtime", tools: [plain, { ...plain, name: "b" }] },
    });
    assert.deepEqual(update, before);
    const other = { type: "session.update", session: { type: "realtime", tools: [plain] } };
    assert.equal(withoutSentences(other), other);
  });
});
