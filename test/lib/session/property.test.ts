import assert from "node:assert/strict";
import fc from "fast-check";
import { RandomTalk, steps, type Step } from "./random-talk";

/** Set REALTIME_SEED (and REALTIME_PATH, for a case already shrunk) to repeat a run. */
const { REALTIME_SEED, REALTIME_PATH } = process.env;
const seed = REALTIME_SEED === undefined ? Date.now() % 2 ** 31 : Number(REALTIME_SEED);

const SEQUENCES = 700;

const step = (name: string, ...numbers: readonly number[]): Step => {
  const [a = 0, b = 0, c = 0] = numbers;
  return { name, numbers: [a, b, c], damage: null };
};

/** Shrunk from random ones. */
const TALKS_THAT_BROKE_IT: readonly (readonly [string, readonly Step[]])[] = [
  [
    "a call that waits for a line that stalls, and an event about it",
    [
      step("response.output_item.done", 37),
      step("error", 0, 0, 34),
      step("connect"),
      step("serve"),
      step("stall"),
      step("conversation.item.added", 37),
      step("time", 29),
      step("conversation.item.created"),
      step("conversation.item.added", 133),
    ],
  ],
  [
    "an answer that comes after it was cut off, and before the line is lost",
    [
      step("send truncate", 154),
      step("response.output_item.done", 178, 54),
      step("error", 0, 0, 144),
    ],
  ],
  [
    "a response outside the conversation whose id is null",
    [
      { name: "response.created", numbers: [0, 0, 0], damage: { path: [167, 205], value: null } },
      { name: "response.done", numbers: [0, 0, 0], damage: { path: [224, 31, 0], value: null } },
    ],
  ],
  [
    "a response that was refused, and begins while it waits to be asked for again",
    [
      step("send response"),
      step("error", 0, 0, 202),
      step("stall"),
      step("response.done"),
      step("response.created", 0, 179),
      step("response.done", 0, 239),
      step("serve"),
    ],
  ],
];

describe(`session, whatever the server says (REALTIME_SEED=${seed})`, function () {
  this.timeout(300_000);

  const rejections: unknown[] = [];
  const onRejection = (reason: unknown): void => {
    rejections.push(reason);
  };
  let others: NodeJS.UnhandledRejectionListener[] = [];

  before(() => {
    // Mocha's own would end the test at once, without a word about the sequence.
    others = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    process.on("unhandledRejection", onRejection);
  });

  after(() => {
    process.off("unhandledRejection", onRejection);
    for (const other of others) process.on("unhandledRejection", other);
  });

  for (const [what, talked] of TALKS_THAT_BROKE_IT)
    it(`keeps its word in a talk with ${what}`, async () => {
      const talk = new RandomTalk();
      talk.request("connect", talk.session.connect());
      await talk.serve();
      for (const each of talked) await talk.take(each);
      await talk.finish();
    });

  it("keeps its word in 100,000 events of at least 500 talks", async () => {
    let frames = 0;
    let checkedAt = 0;
    const property = fc.asyncProperty(steps, async (sequence) => {
      rejections.length = 0;
      const talk = new RandomTalk();
      talk.request("connect", talk.session.connect());
      await talk.serve();
      for (const [index, step] of sequence.entries()) {
        await talk.take(step);
        if (index % 20 === 0) talk.checkConversation();
        if (frames + talk.frames < checkedAt + 1000) continue;
        checkedAt = frames + talk.frames;
        talk.checkSizes();
      }
      await talk.finish();
      assert.deepEqual(rejections, [], "unhandled rejections");
      frames += talk.frames;
    });
    await fc.assert(property, {
      seed,
      numRuns: REALTIME_PATH === undefined ? SEQUENCES : 1,
      ...(REALTIME_PATH === undefined ? {} : { path: REALTIME_PATH }),
    });
    if (REALTIME_PATH === undefined) assert.ok(frames >= 100_000, `${frames} events`);
  });

  for (const [name, make] of floods())
    it(`keeps to its limits under a flood of ${name}`, async () => {
      const talk = new RandomTalk();
      talk.request("connect", talk.session.connect());
      await talk.serve();
      for (let index = 0; index < 3000; index += 1) {
        make(talk, index);
        if (index % 1000 === 999) talk.checkSizes();
      }
      talk.checkViolations();
      await talk.finish();
      assert.deepEqual(rejections, [], "unhandled rejections");
    });
});

type Flood = (talk: RandomTalk, index: number) => void;

function* floods(): Generator<[name: string, make: Flood]> {
  const id = (kind: string, index: number): string => `${kind}_${index}`;
  const call = (index: number) => ({
    type: "function_call",
    id: id("item", index),
    call_id: id("call", index),
    name: "light",
    arguments: "{}",
    status: "completed",
  });
  const events: Record<string, (index: number) => Record<string, unknown>> = {
    "conversation.item.added": (index) => ({
      item: { type: "message", role: "user", id: id("item", index), content: [] },
    }),
    "response.output_item.done": (index) => ({ response_id: "resp_1", item: call(index) }),
    "response.created": (index) => ({ response: { id: id("resp", index) } }),
    "input_audio_buffer.committed": (index) => ({ item_id: id("item", index) }),
    "input_audio_buffer.speech_started": (index) => ({
      item_id: id("item", index),
      audio_start_ms: index,
    }),
    "conversation.item.input_audio_transcription.completed": (index) => ({
      item_id: id("item", index),
      content_index: 0,
      transcript: "x",
    }),
    "a.new.event": (index) => ({ id: id("new", index) }),
  };
  for (const [type, members] of Object.entries(events))
    yield [
      type,
      (talk, index) => talk.say({ type, event_id: id("event", index), ...members(index) }),
    ];
  const sends: Record<string, Record<string, unknown>> = {
    "conversation.item.create": {
      item: { type: "message", role: "user", content: [{ type: "input_text", text: "Hi" }] },
    },
    "conversation.item.delete": { item_id: "item_1" },
    "response.create": {},
    "response.cancel": { response_id: "resp_1" },
    "session.update": { session: { instructions: "Be brief." } },
    "input_audio_buffer.append": { audio: "A".repeat(6400) },
    "input_audio_buffer.commit": {},
  };
  for (const [type, members] of Object.entries(sends)) {
    const send: Flood = (talk) => talk.send({ type, ...members });
    yield [`${type}, sent`, send];
    yield [
      `${type}, sent over a line that stalls`,
      (talk, index) => {
        talk.stall();
        send(talk, index);
      },
    ];
    yield [
      `${type}, sent while there is no connection`,
      (talk, index) => {
        talk.end({ kind: "closed", code: 1006, reason: "" });
        send(talk, index);
      },
    ];
  }
}
