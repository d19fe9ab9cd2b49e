import assert from "node:assert/strict";
import { McpCalls } from "../../../lib/session/mcp-calls";
import type {
  McpApprovalRequestItem,
  McpApprovalResponseItem,
  McpCallItem,
} from "../../../lib/protocol/items";
import { RoutingTable } from "../../../lib/session/routes";
import type { RealtimeEvent } from "../../../lib/protocol/event-types";

const call = (members: Partial<McpCallItem> = {}): McpCallItem => ({
  type: "mcp_call",
  id: "mcp_1",
  server_label: "calendar",
  name: "list",
  arguments: "{}",
  ...members,
});

describe("calls of MCP tools", () => {
  const make = () => {
    let created = 0;
    const asked: (() => boolean)[] = [];
    const calls = new McpCalls({
      createdCount: () => created,
      followUp: (isObsolete) => asked.push(isObsolete),
    });
    const table = new RoutingTable<McpCalls>().add((part) => part, McpCalls.routes);
    return {
      asked,
      create: () => (created += 1),
      calls,
      done: (
        item: McpCallItem | McpApprovalRequestItem | McpApprovalResponseItem,
        type: "conversation.item.added" | "conversation.item.done" | "response.output_item.done",
      ) =>
        table
          .of(type)
          ?.dispatch(
            calls,
            { type, event_id: "e", item } as RealtimeEvent,
            (_part, _event, error) => {
              throw error;
            },
          ),
    };
  };

  it("are followed by one request for an answer each, however often their end is told", () => {
    const { asked, done } = make();
    const ended = call({ output: "nothing" });
    done(ended, "conversation.item.done");
    done(ended, "response.output_item.done");
    done(call({ id: "mcp_2", error: { type: "tool_execution_error", message: "no" } }), "conversation.item.done"); // prettier-ignore
    assert.equal(asked.length, 2);
  });

  it("are not followed before there is a result", () => {
    const { asked, done } = make();
    done(call(), "response.output_item.done");
    done(call({ output: null, error: null }), "conversation.item.done");
    assert.equal(asked.length, 0);
    done(call({ output: "" }), "conversation.item.done");
    assert.equal(asked.length, 1);
  });

  it("are undecided from the request for an approval to the answer, or the end of the line", () => {
    const request = (id: string): McpApprovalRequestItem => ({
      type: "mcp_approval_request",
      id,
      server_label: "calendar",
      name: "delete",
      arguments: "{}",
    });
    const { calls, done } = make();
    assert.equal(calls.isUndecided, false);
    done(request("a"), "response.output_item.done");
    done(request("a"), "conversation.item.done");
    assert.equal(calls.isUndecided, true);
    const answer = { id: "b", approval_request_id: "a", approve: true };
    done({ type: "mcp_approval_response", ...answer }, "conversation.item.added");
    assert.equal(calls.isUndecided, false);
    done(request("c"), "conversation.item.done");
    calls.forget();
    assert.equal(calls.isUndecided, false);
  });

  it("need no request where a response began after the result was there", () => {
    const { asked, create, done } = make();
    create();
    done(call({ output: "nothing" }), "conversation.item.done");
    assert.equal(asked[0]?.(), false);
    create();
    assert.equal(asked[0]?.(), true);
  });
});
