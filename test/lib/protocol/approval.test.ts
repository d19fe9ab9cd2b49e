import assert from "node:assert/strict";
import { approvalRequestIn, readApprovalAnswer } from "../../../lib/protocol/approval";

describe("approval of an MCP call", () => {
  it("is asked for once: by the end of the item in its response", () => {
    const item = {
      id: "mcpr_1",
      type: "mcp_approval_request",
      server_label: "calendar",
      name: "list",
      arguments: "{}",
    };
    const told = [
      "response.output_item.added",
      "conversation.item.added",
      "conversation.item.done",
      "response.output_item.done",
    ].map((type) => approvalRequestIn({ type, item }));
    assert.deepEqual(told, [
      undefined,
      undefined,
      undefined,
      { id: "mcpr_1", server: "calendar", name: "list" },
    ]);
    for (const other of [{ type: "mcp_call" }, null, 1, {}])
      assert.equal(
        approvalRequestIn({ type: "response.output_item.done", item: other }),
        undefined,
      );
  });

  it("is given and denied in plain words, with or without a reason", () => {
    for (const value of [true, "approve", " Approve ", { approve: true }])
      assert.deepEqual(readApprovalAnswer(value), { approve: true });
    for (const value of [false, "deny", { approve: false }])
      assert.deepEqual(readApprovalAnswer(value), { approve: false });
    assert.deepEqual(readApprovalAnswer({ approve: false, reason: "late" }), {
      approve: false,
      reason: "late",
    });
  });

  it("is never guessed", () => {
    for (const value of ["", "yes", "true", 1, 0, null, undefined, {}, { approve: 1 }, [true]])
      assert.throws(() => readApprovalAnswer(value), { code: "invalid_answer" });
    assert.throws(() => readApprovalAnswer({ approve: true, reason: 5 }), {
      code: "invalid_answer",
    });
  });
});
