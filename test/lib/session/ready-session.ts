import assert from "node:assert/strict";
import type { RealtimeEvent, ToolCall } from "../../../lib/index";
import { RealtimeError } from "../../../lib/protocol/errors";
import type { EndpointTarget } from "../../../lib/session/endpoint-target";
import { RealtimeSession } from "../../../lib/session/realtime-session";
import type { EventInfo } from "../../../lib/session/session-events";
import type { SessionOptions } from "../../../lib/session/session-options";
import { FakeClock } from "../../support/fake-clock";
import { eventId, MemoryServer } from "../../support/memory-server";

export const target: EndpointTarget = {
  url: "ws://127.0.0.1/v1/realtime?model=secret-model",
  headers: { Authorization: "Bearer sk-secret" },
  dialect: "ga",
  strictness: "openai",
  settingsAck: "required",
  firstEventTimeoutMs: 15_000,
};

/** A session on an in-memory server and a clock that stands still, with all it emits in lists. */
export function makeSession(options: Partial<SessionOptions> = {}) {
  const server = new MemoryServer();
  const clock = new FakeClock();
  const session = new RealtimeSession({
    target: () => target,
    openSocket: server.openSocket,
    clock,
    ...options,
  });
  const events: { event: RealtimeEvent; info: EventInfo }[] = [];
  const errors: RealtimeError[] = [];
  const calls: ToolCall[] = [];
  session.on("event", (event, info) => events.push({ event, info }));
  session.on("error", (error) => errors.push(error));
  session.on("toolCall", (call) => calls.push(call));
  return { server, clock, session, events, errors, calls };
}

/** The same, connected and with its settings acknowledged. */
export async function makeReadySession(options: Partial<SessionOptions> = {}) {
  const made = makeSession(options);
  const connected = made.session.connect();
  const peer = await made.server.greet();
  if (options.settings !== undefined || options.tools !== undefined) {
    await peer.next("session.update");
    peer.send({ type: "session.updated", event_id: eventId(), session: {} });
  }
  await connected;
  return { ...made, peer };
}

/** For `assert.rejects`: the rejection is an error of ours with this code. */
export const withCode = (code: string) => (error: unknown) => {
  assert.ok(error instanceof RealtimeError, String(error));
  assert.equal(error.code, code);
  return true;
};

export const codesOf = (errors: readonly RealtimeError[]) => errors.map(({ code }) => code);

export function userText(text: string) {
  return {
    type: "conversation.item.create",
    item: { type: "message", role: "user", content: [{ type: "input_text", text }] },
  };
}
