import fc from "fast-check";

/** What an object has without being given it. */
export const HOSTILE_NAMES = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
];

const types = [
  "session.created",
  "session.updated",
  "conversation.item.added",
  "conversation.item.done",
  "conversation.item.retrieved",
  "conversation.item.deleted",
  "conversation.item.truncated",
  "conversation.item.input_audio_transcription.completed",
  "input_audio_buffer.committed",
  "input_audio_buffer.speech_stopped",
  "response.created",
  "response.output_item.added",
  "response.output_item.done",
  "response.output_text.delta",
  "response.output_audio.delta",
  "response.function_call_arguments.delta",
  "response.done",
  "error",
  "rate_limits.updated",
  "__proto__",
  "constructor",
];

const names = fc.constantFrom(
  ...HOSTILE_NAMES,
  "item",
  "id",
  "type",
  "role",
  "content",
  "item_id",
  "call_id",
  "name",
  "arguments",
  "response",
  "metadata",
  "output",
  "session",
  "error",
  "code",
  "delta",
  "transcript",
  "content_index",
  "previous_item_id",
);

/** JSON text with hostile members at any place; as text, so that `__proto__` is a member too. */
const { text: jsonText } = fc.letrec<{ text: string }>((tie) => ({
  text: fc.oneof(
    { maxDepth: 4, depthSize: "medium" },
    fc
      .oneof(
        fc.constantFrom<unknown>(null, true, 0, -1, 1e308, "", "message", "function_call"),
        fc.constantFrom(...HOSTILE_NAMES),
        fc.string({ unit: "binary" }),
      )
      .map((value) => JSON.stringify(value)),
    fc.array(tie("text"), { maxLength: 3 }).map((texts) => `[${texts.join(",")}]`),
    fc
      .array(fc.tuple(names, tie("text")), { maxLength: 6 })
      .map(
        (members) =>
          `{${members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(",")}}`,
      ),
  ),
}));

const hostileFrame = fc
  .tuple(
    fc.constantFrom(...types),
    fc.array(fc.tuple(names, jsonText), { minLength: 1, maxLength: 6 }),
  )
  .map(
    ([type, members]) =>
      `{"type":${JSON.stringify(type)}${members
        .map(([name, text]) => (name === "type" ? "" : `,${JSON.stringify(name)}:${text}`))
        .join("")}}`,
  );

/** Frames of any text, most of them events with something wrong. */
export const hostileFrames: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: hostileFrame },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 200 }) },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString()),
  },
  // A frame that was cut, or into which something has slipped.
  {
    weight: 1,
    arbitrary: fc
      .tuple(hostileFrame, fc.nat(), fc.string({ unit: "binary", maxLength: 3 }))
      .map(([text, at, slip]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + slip + (at % 2 === 0 ? "" : text.slice(place));
      }),
  },
);
