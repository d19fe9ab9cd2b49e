import type { ToolDefinition } from "../../../lib/index";
import { eventId, type MemoryPeer, type WireEvent } from "../../support/memory-server";

/** A tool as a session is told of it. */
export const light: ToolDefinition = {
  name: "set_light",
  description: "Turn a light on or off",
  parameters: {
    type: "object",
    properties: {
      room: { type: "string", enum: ["kitchen", "office"] },
      on: { type: "boolean" },
    },
    required: ["room", "on"],
    additionalProperties: false,
  },
  deadlineMs: 20_000,
  onDeadline: "The light did not answer.",
};

/** A complete call of that tool, as an item. */
export const call = (id: string, args: unknown = { room: "kitchen", on: true }, members = {}) => ({
  type: "function_call",
  id: `item_${id}`,
  call_id: `call_${id}`,
  name: "set_light",
  status: "completed",
  arguments: typeof args === "string" ? args : JSON.stringify(args),
  ...members,
});

export function begin(peer: MemoryPeer, responseId: string, metadata: unknown = null): void {
  peer.send({
    type: "response.created",
    event_id: eventId(),
    response: { id: responseId, output: [], status: "in_progress", metadata },
  });
}

export function callDone(peer: MemoryPeer, responseId: string, item: WireEvent): void {
  peer.send(
    {
      type: "response.output_item.added",
      event_id: eventId(),
      response_id: responseId,
      output_index: 0,
      item: { ...item, status: "in_progress", arguments: "" },
    },
    { type: "conversation.item.done", event_id: eventId(), item },
    {
      type: "response.output_item.done",
      event_id: eventId(),
      response_id: responseId,
      output_index: 0,
      item,
    },
  );
}

export function responseDone(
  peer: MemoryPeer,
  responseId: string,
  items: readonly unknown[],
  status = "completed",
): void {
  peer.send({
    type: "response.done",
    event_id: eventId(),
    response: { id: responseId, status, output: items },
  });
}

export function acknowledge(peer: MemoryPeer, create: WireEvent): void {
  peer.send({ type: "conversation.item.added", event_id: eventId(), item: create["item"] });
}
