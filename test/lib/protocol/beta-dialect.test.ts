import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import * as fc from "fast-check";
import { translate } from "../../../lib/protocol/beta-dialect";
import { eventTypes, type UnknownEvent } from "../../../lib/protocol/event-types";
import { validateServerEvent } from "../../../lib/protocol/validate";
import { eventsOf, type Overrides, smallestEvent } from "./sample-events";

const recordings = resolve(__dirname, "../../../../shared/recordings");

/** Values of the GA dialect that say the same in one way only. */
const canonical: Overrides = new Map<string, fc.Arbitrary<unknown>>([
  [
    "AudioFormat",
    fc.constantFrom(
      { type: "audio/pcm", rate: 24000 },
      { type: "audio/pcmu" },
      { type: "audio/pcma" },
    ),
  ],
]);

function toGa(event: UnknownEvent) {
  const { events, dropped } = translate(event, "ga");
  assert.equal(events.length, 1);
  return { event: events[0], dropped };
}

function toBeta(event: UnknownEvent) {
  const { events, dropped } = translate(event, "beta");
  assert.equal(events.length, 1);
  return { event: events[0], dropped };
}

/** A copy of an event without what `dropped` names, and without the objects that this empties. */
function without(event: UnknownEvent, dropped: readonly string[]): unknown {
  const gone = Symbol("gone");
  const copy: unknown = structuredClone(event);
  for (const path of dropped) {
    const steps = path.split(/[.[\]]+/).filter(Boolean);
    remove(copy, steps);
  }
  return sweep(copy);

  function remove(value: unknown, [name, ...rest]: string[]): void {
    if (typeof value !== "object" || value === null || name === undefined) return;
    if (rest.length > 0) {
      const inner: unknown = Reflect.get(value, name);
      remove(inner, rest);
      const isEmptied =
        typeof inner === "object" &&
        inner !== null &&
        Object.values(inner).every((v) => v === gone);
      if (isEmptied && !Array.isArray(inner)) Reflect.set(value, name, gone);
    } else Reflect.set(value, name, gone);
  }
  function sweep(value: unknown): unknown {
    if (Array.isArray(value)) return value.filter((element) => element !== gone).map(sweep);
    if (typeof value !== "object" || value === null) return value;
    const members = Object.entries(value).filter(([, member]) => member !== gone);
    return Object.fromEntries(members.map(([name, member]) => [name, sweep(member)]));
  }
}

function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}

describe("translation of names", () => {
  const renamed: [beta: string, ga: string][] = [
    ["response.text.delta", "response.output_text.delta"],
    ["response.text.done", "response.output_text.done"],
    ["response.audio.delta", "response.output_audio.delta"],
    ["response.audio.done", "response.output_audio.done"],
    ["response.audio_transcript.delta", "response.output_audio_transcript.delta"],
    ["response.audio_transcript.done", "response.output_audio_transcript.done"],
    ["conversation.item.created", "conversation.item.added"],
  ];
  for (const [beta, ga] of renamed) {
    it(`${beta} is ${ga}`, () => {
      const event = { type: beta, event_id: "e", response_id: "r", delta: "AAAA", new: [1] };
      assert.deepEqual(toGa(event), { event: { ...event, type: ga }, dropped: [] });
      assert.deepEqual(toBeta({ ...event, type: ga }), { event, dropped: [] });
    });
  }

  it("returns the same object when the event is right already, local or unknown", () => {
    for (const type of [
      "response.output_audio.delta",
      "response.done",
      "close",
      "ping",
      "toString",
    ]) {
      const event = { type, response: { output: [] } };
      assert.equal(toGa(event).event, event);
    }
    for (const type of ["response.audio.delta", "response.done", "realtime.event", "__proto__"]) {
      const event = { type, response: { output: [] } };
      assert.equal(toBeta(event).event, event);
    }
  });

  it("drops what beta has no event for, by name", () => {
    const gaOnly = [...eventTypes.values()].filter(
      ({ dialects, counterpart }) => !dialects.includes("beta") && counterpart === null,
    );
    assert.ok(gaOnly.some(({ type }) => type === "conversation.item.done"));
    for (const info of gaOnly) {
      const expected = { events: [], dropped: [info.type] };
      assert.deepEqual(translate(smallestEvent(info), "beta"), expected);
    }
  });
});

describe("translation of sessions", () => {
  const flat = {
    model: "m",
    modalities: ["text", "audio"],
    instructions: "Be brief.",
    voice: "alloy",
    input_audio_format: "g711_ulaw",
    output_audio_format: "pcm16",
    input_audio_transcription: { model: "whisper-1", language: "en" },
    input_audio_noise_reduction: { type: "near_field" },
    turn_detection: { type: "server_vad", threshold: 0.4 },
    tools: [{ type: "function", name: "f", parameters: {} }],
    tool_choice: "auto",
    max_response_output_tokens: 100,
    speed: 1.2,
    tracing: "auto",
  };
  const nested = {
    type: "realtime",
    model: "m",
    output_modalities: ["audio"],
    instructions: "Be brief.",
    audio: {
      input: {
        format: { type: "audio/pcmu" },
        transcription: { model: "whisper-1", language: "en" },
        noise_reduction: { type: "near_field" },
        turn_detection: { type: "server_vad", threshold: 0.4 },
      },
      output: { format: { type: "audio/pcm", rate: 24000 }, voice: "alloy", speed: 1.2 },
    },
    tools: [{ type: "function", name: "f", parameters: {} }],
    tool_choice: "auto",
    max_output_tokens: 100,
    tracing: "auto",
  };

  for (const type of ["session.update", "session.created", "session.updated"]) {
    it(`${type}: flat in beta, nested in GA`, () => {
      assert.deepEqual(toGa({ type, session: flat }).event, { type, session: nested });
      assert.deepEqual(toBeta({ type, session: nested }).event, { type, session: flat });
    });
  }

  it("keeps null where it means off", () => {
    const off = {
      turn_detection: null,
      input_audio_transcription: null,
      input_audio_noise_reduction: null,
    };
    const { event } = toGa({ type: "session.update", session: off });
    const input = { turn_detection: null, transcription: null, noise_reduction: null };
    assert.deepEqual(event, {
      type: "session.update",
      session: { type: "realtime", audio: { input } },
    });
    assert.deepEqual(toBeta({ ...event, type: "session.update" }).event, {
      type: "session.update",
      session: off,
    });
  });

  it("drops temperature and client secrets on the way to GA, and names them", () => {
    const session = { temperature: 0.8, client_secret: { value: "ek_secret", expires_at: 1 } };
    const { event, dropped } = toGa({ type: "session.created", session });
    assert.deepEqual(event, { type: "session.created", session: { type: "realtime" } });
    assert.deepEqual(dropped, ["session.temperature", "session.client_secret"]);
  });

  it("drops what beta does not know on the way there, and names it", () => {
    const session = {
      type: "realtime",
      reasoning: { effort: "low" },
      truncation: "auto",
      parallel_tool_calls: true,
      prompt: null,
      include: null,
      audio: {
        input: {
          noise_reduction: { type: "near_field", strength: 0.5 },
          turn_detection: { type: "server_vad", idle_timeout_ms: 5000 },
          transcription: { model: "m", delay: "low", keywords: [], languages: [] },
        },
      },
      tools: [
        { type: "mcp", server_label: "a" },
        { type: "function", name: "f" },
      ],
      tool_choice: { type: "mcp", server_label: "a" },
    };
    const { event, dropped } = toBeta({ type: "session.update", session });
    assert.deepEqual(event, {
      type: "session.update",
      session: {
        tools: [{ type: "function", name: "f" }],
        input_audio_noise_reduction: { type: "near_field" },
        turn_detection: { type: "server_vad" },
        input_audio_transcription: { model: "m" },
      },
    });
    assert.deepEqual(dropped, [
      "session.parallel_tool_calls",
      "session.reasoning",
      "session.truncation",
      "session.prompt",
      "session.include",
      "session.audio.input.noise_reduction.strength",
      "session.audio.input.turn_detection.idle_timeout_ms",
      "session.audio.input.transcription.languages",
      "session.audio.input.transcription.keywords",
      "session.audio.input.transcription.delay",
      "session.tool_choice",
      "session.tools[0]",
    ]);
  });

  it("drops a format that beta has no name for", () => {
    const audio = { output: { format: { type: "audio/pcm", rate: 16000 }, voice: "a" } };
    const { event, dropped } = toBeta({
      type: "session.update",
      session: { type: "realtime", audio },
    });
    assert.deepEqual(event, { type: "session.update", session: { voice: "a" } });
    assert.deepEqual(dropped, ["session.audio.output.format"]);
  });

  it("takes transcription sessions for sessions with a type", () => {
    for (const name of ["update", "created", "updated"]) {
      const beta = {
        type: `transcription_session.${name}`,
        session: { input_audio_format: "pcm16", turn_detection: null, include: [] },
      };
      const ga = {
        type: `session.${name}`,
        session: {
          type: "transcription",
          include: [],
          audio: { input: { format: { type: "audio/pcm", rate: 24000 }, turn_detection: null } },
        },
      };
      assert.deepEqual(toGa(beta), { event: ga, dropped: [] });
      assert.deepEqual(toBeta(ga), { event: beta, dropped: [] });
    }
  });

  it("flattens a nested tool choice", () => {
    const session = { tool_choice: { type: "function", function: { name: "f" } } };
    assert.deepEqual(toGa({ type: "session.update", session }).event, {
      type: "session.update",
      session: { type: "realtime", tool_choice: { type: "function", name: "f" } },
    });
  });

  it("keeps the nested member where a server sends both, and values without a GA form", () => {
    const session = {
      input_audio_format: "not specified",
      output_audio_format: null,
      input_audio_transcription: { model: "b" },
      turn_detection: { type: null },
      voice: { name: "ava", type: "azure-standard" },
      keep_context: false,
      audio: { input: { transcription: { model: "a" }, transport: "json" } },
    };
    const { event, dropped } = toGa({ type: "session.updated", session });
    assert.deepEqual(dropped, []);
    assert.deepEqual(event, {
      type: "session.updated",
      session: {
        type: "realtime",
        input_audio_format: "not specified",
        output_audio_format: null,
        input_audio_transcription: { model: "b" },
        keep_context: false,
        audio: {
          input: { transcription: { model: "a" }, transport: "json", turn_detection: null },
          output: { voice: { name: "ava", type: "azure-standard" } },
        },
      },
    });
  });

  it("leaves bodies of another kind as they are", () => {
    for (const session of [null, "x", 1, [], undefined]) {
      const event = { type: "session.created", session };
      assert.equal(toGa(event).event, event);
      assert.equal(toBeta(event).event, event);
    }
    const strange = {
      type: "session.updated",
      session: { type: "realtime", audio: "x", voice: "a" },
    };
    assert.equal(toGa(strange).event, strange);
  });

  it("changes no prototype", () => {
    const text =
      '{"type":"session.update","session":{"__proto__":{"polluted":1},"constructor":2,"voice":"a"}}';
    const { event } = toGa(JSON.parse(text));
    assert.equal("polluted" in {}, false);
    const session: unknown = Reflect.get(event ?? {}, "session");
    assert.equal(Object.getPrototypeOf(session), Object.prototype);
    assert.ok(JSON.stringify(event).includes('"__proto__":{"polluted":1}'));
  });
});

describe("translation of responses and items", () => {
  it("response.create: flat in beta, nested in GA", () => {
    const beta = {
      type: "response.create",
      event_id: "e",
      response: {
        conversation: "none",
        modalities: ["text", "audio"],
        voice: "alloy",
        output_audio_format: "g711_alaw",
        max_response_output_tokens: "inf",
        input: [{ type: "message", role: "assistant", content: [{ type: "text", text: "a" }] }],
      },
    };
    const ga = {
      type: "response.create",
      event_id: "e",
      response: {
        conversation: "none",
        output_modalities: ["audio"],
        audio: { output: { voice: "alloy", format: { type: "audio/pcma" } } },
        max_output_tokens: "inf",
        input: [
          { type: "message", role: "assistant", content: [{ type: "output_text", text: "a" }] },
        ],
      },
    };
    assert.deepEqual(toGa(beta), { event: ga, dropped: [] });
    assert.deepEqual(toBeta(ga), { event: beta, dropped: [] });
    const { dropped } = toBeta({
      type: "response.create",
      response: { reasoning: {}, prompt: null, parallel_tool_calls: false },
    });
    assert.deepEqual(dropped, [
      "response.parallel_tool_calls",
      "response.reasoning",
      "response.prompt",
    ]);
  });

  it("response.done: members, items and their parts; temperature is dropped", () => {
    const item = (content: object[]) => ({ id: "i", type: "message", role: "assistant", content });
    const beta = {
      type: "response.done",
      event_id: "e",
      response: {
        id: "r",
        status: "completed",
        modalities: ["text"],
        voice: "alloy",
        output_audio_format: "pcm16",
        max_output_tokens: "inf",
        output: [
          item([
            { type: "text", text: "a" },
            { type: "audio", transcript: "b" },
          ]),
        ],
        usage: null,
      },
    };
    const ga = {
      type: "response.done",
      event_id: "e",
      response: {
        id: "r",
        status: "completed",
        output_modalities: ["text"],
        audio: { output: { voice: "alloy", format: { type: "audio/pcm", rate: 24000 } } },
        max_output_tokens: "inf",
        output: [
          item([
            { type: "output_text", text: "a" },
            { type: "output_audio", transcript: "b" },
          ]),
        ],
        usage: null,
      },
    };
    assert.deepEqual(toGa(beta), { event: ga, dropped: [] });
    assert.deepEqual(toBeta(ga), { event: beta, dropped: [] });
    const warm = { ...beta, response: { ...beta.response, temperature: 0.8 } };
    assert.deepEqual(toGa(warm), { event: ga, dropped: ["response.temperature"] });
  });

  it("parts of the user are input, those of the assistant output, in every event with an item", () => {
    const types = [
      "conversation.item.create",
      "conversation.item.retrieved",
      "response.output_item.added",
      "response.output_item.done",
    ];
    for (const type of types) {
      const event = (role: string, part: string) => ({
        type,
        item: { type: "message", role, content: [{ type: part, transcript: "t" }] },
      });
      assert.deepEqual(toGa(event("assistant", "audio")).event, event("assistant", "output_audio"));
      assert.deepEqual(toBeta(event("assistant", "output_text")).event, event("assistant", "text"));
      assert.deepEqual(toGa(event("user", "audio")).event, event("user", "input_audio"));
      const right = event("user", "input_audio");
      assert.equal(toBeta(right).event, right);
    }
  });

  it("parts of response.content_part.* are text and audio in both", () => {
    for (const dialect of ["ga", "beta"] as const) {
      const event = (type: string) => ({ type: "response.content_part.done", part: { type } });
      const right = event("audio");
      assert.equal(translate(right, dialect).events[0], right);
      assert.deepEqual(translate(event("output_text"), dialect).events, [event("text")]);
    }
  });

  it("drops what beta has no item or part for", () => {
    const approval = {
      type: "mcp_approval_response",
      id: "i",
      approval_request_id: "a",
      approve: true,
    };
    assert.deepEqual(translate({ type: "conversation.item.create", item: approval }, "beta"), {
      events: [],
      dropped: ["conversation.item.create"],
    });
    const message = {
      type: "message",
      role: "user",
      content: [
        { type: "input_image", image_url: "data:" },
        { type: "input_text", text: "a" },
      ],
    };
    const { event, dropped } = toBeta({
      type: "response.create",
      response: { input: [approval, message] },
    });
    assert.deepEqual(event, {
      type: "response.create",
      response: { input: [{ ...message, content: [{ type: "input_text", text: "a" }] }] },
    });
    assert.deepEqual(dropped.toSorted(), ["response.input[0]", "response.input[1].content[0]"]);
  });
});

describe("translation there and back", () => {
  for (const info of eventTypes.values()) {
    if (!info.dialects.includes("ga") || info.type === "conversation.item.created") continue;
    it(`${info.type}: the same event, but for what was dropped`, () => {
      fc.assert(
        fc.property(eventsOf(info, canonical), (event) => {
          const before = structuredClone(event);
          const there = translate(frozen(event), "beta");
          assert.deepEqual(event, before, "the argument is not changed");
          const [beta] = there.events;
          if (beta === undefined) {
            assert.deepEqual(there.dropped, [info.type]);
            return;
          }
          const back = translate(frozen(beta), "ga");
          assert.deepEqual(back.dropped, []);
          assert.deepEqual(back.events, [without(before, there.dropped)]);
        }),
        { numRuns: 60 },
      );
    });
  }

  it("never throws, whatever the members are", () => {
    const anything = fc.anything({ withNullPrototype: true, maxDepth: 4 });
    fc.assert(
      fc.property(fc.constantFrom(...eventTypes.keys()), anything, anything, (type, a, b) => {
        const message = { type: "message", role: a, content: [a, { type: "text" }, b] };
        const odd = {
          audio: a,
          voice: b,
          tools: [a],
          tool_choice: b,
          modalities: a,
          turn_detection: b,
        };
        for (const body of [a, b, { ...odd, output: [message, a], input: b }, message]) {
          for (const dialect of ["ga", "beta"] as const) {
            translate({ type, session: body, response: body, item: body, part: body }, dialect);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it("survives 200,000 levels", () => {
    const deep: unknown = JSON.parse("[".repeat(200_000) + "]".repeat(200_000));
    for (const dialect of ["ga", "beta"] as const) {
      translate(
        { type: "session.updated", session: { voice: deep, audio: deep, new: deep } },
        dialect,
      );
      translate({ type: "response.done", response: { output: deep } }, dialect);
    }
  });
});

describe("translation of recordings to GA", () => {
  if (!existsSync(recordings)) {
    it("skipped: ../shared/recordings is not here");
    return;
  }
  const received = (file: string) =>
    readFileSync(join(recordings, file), "utf8")
      .trim()
      .split("\n")
      .map((line): { dir: string; data: UnknownEvent } => JSON.parse(line))
      .filter(({ dir }) => dir === "received")
      .map(({ data }) => data);

  it("changes nothing of a GA server's", () => {
    for (const file of readdirSync(recordings).filter((name) =>
      /^(openai|azure)\..*l$/.test(name),
    )) {
      for (const event of received(file)) assert.equal(toGa(event).event, event);
    }
  });

  it("makes a beta server's events GA events", () => {
    const events = received("azure_voice_live.text_in_audio_out.jsonl").map(
      (event) => toGa(event).event,
    );
    for (const event of events) {
      assert.ok(event);
      assert.ok(eventTypes.get(event.type)?.dialects.includes("ga"), event.type);
      // Azure's voices are objects with a name, which OpenAI does not have.
      const problems = validateServerEvent(event).filter(({ path }) => !path.endsWith("voice.id"));
      assert.deepEqual(problems, []);
    }
  });

  it("takes a server that mixes both shapes", () => {
    const events = received("xai.text_in_audio_out.jsonl").map((event) => toGa(event).event);
    const updated = events.find((event) => event?.type === "session.updated");
    const session = Object(Reflect.get(updated ?? {}, "session"));
    assert.equal(session.type, "realtime");
    assert.deepEqual(session.audio.input.turn_detection, {
      type: "server_vad",
      create_response: true,
      interrupt_response: true,
    });
    assert.equal(session.audio.input.transport, "json");
    assert.equal(session.keep_context, false);
  });
});
