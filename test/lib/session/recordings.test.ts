import assert from "node:assert/strict";
import type { Item, ToolDefinition, UnknownEvent } from "../../../lib/index";
import { canonicalType } from "../../../lib/index";
import { settled } from "../../support/fake-clock";
import type { WireEvent } from "../../support/memory-server";
import { needsRecordings, recordings, type RecordedFrame } from "../../support/recordings";
import { makeSession, target } from "./ready-session";

const weather: ToolDefinition = {
  name: "get_weather",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  deadlineMs: 20_000,
  onDeadline: "No answer.",
};

/** Plays the server's half of a recorded session into a session of ours. */
async function replay(name: string, frames: readonly RecordedFrame[]) {
  const made = makeSession({
    target: () => ({
      ...target,
      dialect: name.startsWith("azure_voice_live") ? "beta" : "ga",
      strictness: "compatible",
      settingsAck: "none",
    }),
    tools: [weather],
  });
  const unknown: UnknownEvent[] = [];
  made.session.on("unknown", (event) => unknown.push(event));
  const connected = made.session.connect();
  const peer = await made.server.peer();
  peer.open();
  for (const { dir, data } of frames) if (dir === "received") peer.send(data);
  await connected;
  await settled();
  return { ...made, peer, unknown };
}

const received = (frames: readonly RecordedFrame[]): readonly WireEvent[] =>
  frames.filter(({ dir }) => dir === "received").map(({ data }) => data);

/** What is said in an item, whichever content types a server has for it. */
function wordsOf(item: Item | WireEvent): string {
  const content: { text?: string; transcript?: string | null }[] =
    "content" in item && Array.isArray(item.content) ? item.content : [];
  return content.map((part) => part.text ?? part.transcript ?? "").join("");
}

describe("recorded sessions", function () {
  needsRecordings();

  for (const { name, frames } of recordings()) {
    it(`${name}: no event is lost, reordered or changed in its id`, async () => {
      const { events, unknown, errors } = await replay(name, frames);
      assert.deepEqual(errors, []);
      // A beta server does not say that an item is done; it is said in its place.
      const isSaidForIt = (type: string): boolean =>
        name.startsWith("azure_voice_live") && type === "conversation.item.done";
      const known = events.filter(
        ({ event, info }) => info.source === "server" && !isSaidForIt(event.type),
      );
      const expected = received(frames);
      assert.equal(known.length + unknown.length, expected.length);
      const seen = known.map(({ event }) => [
        event.type,
        "event_id" in event ? event.event_id : undefined,
      ]);
      assert.deepEqual(
        seen,
        expected
          .filter(({ type }) => type !== "ping")
          .map(({ type, event_id }) => [canonicalType(type), event_id]),
      );
      assert.ok(known.every(({ event }) => event.type !== "conversation.item.created"));
    });

    it(`${name}: the conversation holds what was said`, async () => {
      const { session } = await replay(name, frames);
      const finals = new Map<string, string>();
      for (const event of received(frames)) {
        const items: WireEvent[] = [
          ...("item" in event ? [event["item"] as WireEvent] : []),
          ...((event["response"]?.output ?? []) as WireEvent[]),
        ];
        for (const item of items)
          finals.set(item["id"], wordsOf(item) || (finals.get(item["id"]) ?? ""));
        if (event.type.endsWith("input_audio_transcription.completed"))
          finals.set(event["item_id"], event["transcript"]);
      }
      assert.ok(finals.size > 0);
      assert.deepEqual(
        session.conversation.items.map((item) => [item.id, wordsOf(item)]),
        [...finals],
      );
    });
  }

  it("openai.tool_call_round: the call comes out once, with its arguments", async () => {
    const [round] = recordings().filter(({ name }) => name === "openai.tool_call_round");
    assert.ok(round);
    const { calls } = await replay(round.name, round.frames);
    assert.deepEqual(
      calls.map(({ name, arguments: args }) => ({ name, args })),
      [{ name: "get_weather", args: { city: "London" } }],
    );
  });
});
