import type { OutgoingEvent } from "./outgoing";

type Type = OutgoingEvent["type"];

/**
 * Events of the same item or response that may come in either order. Nothing in the protocol orders
 * them, and servers differ:
 *
 * - a response's view of an item and the conversation's: two streams that tell of the same thing;
 * - the sound and the words of an answer: each is ordered in itself, not against the other;
 * - the ends of both, and of the part they belong to (recorded: xAI ends the part first);
 * - rate limits, which belong to no place in a response.
 *
 * Two deltas of one stream never change places, no delta comes after its end, and a response begins
 * and ends with its own events.
 */
const exchangeable: readonly (readonly [Type, Type])[] = [
  ["response.output_item.added", "conversation.item.added"],
  ["response.output_item.done", "conversation.item.done"],
  ["response.output_audio.delta", "response.output_audio_transcript.delta"],
  ["response.output_audio.done", "response.output_audio_transcript.done"],
  ["response.output_audio_transcript.done", "response.content_part.done"],
  ["rate_limits.updated", "response.output_item.added"],
  ["rate_limits.updated", "conversation.item.added"],
];

/** Whether the second of two neighbours may come first. */
export function mayExchange(first: OutgoingEvent, second: OutgoingEvent): boolean {
  const isPair = exchangeable.some(
    ([one, other]) =>
      (first.type === one && second.type === other) ||
      (first.type === other && second.type === one),
  );
  if (!isPair) return false;
  const [of, by] = [itemOf(first), itemOf(second)];
  return of === undefined || by === undefined || of === by;
}

function itemOf(event: OutgoingEvent): string | undefined {
  if ("item_id" in event) return event.item_id;
  return "item" in event ? event.item.id : undefined;
}

/** Numbers from 0 (inclusive) to 1 (exclusive), the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
