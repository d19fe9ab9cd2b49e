import assert from "node:assert/strict";
import type { SessionSettings } from "../../../lib/index";
import { makeReadySession, target } from "./ready-session";

const TOKEN = "token-of-the-calendar";
const HEADER = "value-of-the-header";

const settings: SessionSettings = {
  type: "realtime",
  tools: [
    {
      type: "mcp",
      server_label: "calendar",
      server_url: "https://calendar.example",
      authorization: TOKEN,
      headers: { "X-Team": HEADER },
    },
  ],
};

const QUOTED = `Received=sk-secret, "${TOKEN}" and ${HEADER}`;
const SHOWN = 'Received=[hidden], "[hidden]" and [hidden]';

describe("secrets that a server quotes", () => {
  it("are not in its error, the key of the endpoint included", async () => {
    const { peer, events, errors } = await makeReadySession({ settings });
    const error = { type: "auth_error", code: "401", message: QUOTED, param: null };
    peer.send({ type: "error", event_id: "e", error });
    assert.deepEqual(events.at(-1)?.event, {
      type: "error",
      event_id: "e",
      error: { ...error, message: SHOWN },
    });
    assert.deepEqual(
      errors.map(({ message }) => message),
      [SHOWN],
    );
  });

  it("are not in the reason of a call, a response or a transcription that failed", async () => {
    const { peer, events, session } = await makeReadySession({ settings });
    const item = (message: string) => ({
      id: "mcp_1",
      type: "mcp_call" as const,
      server_label: "calendar",
      name: "list",
      arguments: "{}",
      error: { type: "http_error", code: 401, message },
    });
    const told = (message: string) => [
      { type: "conversation.item.done", event_id: "1", item: item(message) },
      { type: "response.output_item.done", event_id: "2", response_id: "r", item: item(message) },
      {
        type: "response.done",
        event_id: "3",
        response: {
          id: "r",
          status: "failed",
          status_details: { type: "failed", error: { code: "mcp", message } },
          output: [item(message)],
        },
      },
      {
        type: "conversation.item.input_audio_transcription.failed",
        event_id: "4",
        item_id: "i",
        content_index: 0,
        error: { type: "x", message },
      },
    ];
    const before = events.length;
    peer.send(...told(QUOTED));
    const types = new Set(told("").map(({ type }) => type));
    assert.deepEqual(
      events.slice(before).flatMap(({ event }) => (types.has(event.type) ? [event] : [])),
      told(SHOWN),
    );
    assert.doesNotMatch(JSON.stringify(session.conversation.items), /sk-secret|token-of|value-of/);
  });

  it("are not in a tool that it tells of without its type, or with headers of another shape", async () => {
    const { peer, events } = await makeReadySession({ settings });
    const tools = [
      { server_label: "calendar", authorization: TOKEN, headers: [{ name: "X", value: HEADER }] },
      { type: "function", name: "lamp", parameters: {} },
    ];
    peer.send({ type: "session.updated", event_id: "u", session: { type: "realtime", tools } });
    assert.deepEqual(events.at(-1)?.event, {
      type: "session.updated",
      event_id: "u",
      session: {
        type: "realtime",
        tools: [
          { server_label: "calendar", authorization: "[hidden]", headers: "[hidden]" },
          tools[1],
        ],
      },
    });
  });

  it("are no words that stand for a key on a server without one, nor what may be seen", async () => {
    const headers = { Authorization: "Bearer local", "OpenAI-Project": "proj_lamps" };
    const { peer, errors } = await makeReadySession({ target: () => ({ ...target, headers }) });
    const message = "No local model in proj_lamps";
    peer.send({ type: "error", event_id: "e", error: { type: "x", message } });
    assert.equal(errors[0]?.message, message);
  });
});
