import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import * as fc from "fast-check";
import { eventTypes } from "../../../lib/protocol/event-types";
import { MAX_APPEND_BASE64_LENGTH } from "../../../lib/protocol/limits";
import {
  type Problem,
  type Strictness,
  validateClientEvent,
  validateServerEvent,
  validateSettings,
} from "../../../lib/protocol/validate";
import { eventsOf, smallestEvent } from "./sample-events";

const recordings = resolve(__dirname, "../../../../shared/recordings");

function problemsOf(event: unknown, strictness?: Strictness): readonly Problem[] {
  const result = validateClientEvent(event, strictness);
  return result.ok ? [] : result.problems;
}

function only(problems: readonly Problem[]): Problem {
  const [problem] = problems;
  assert.ok(problem && problems.length === 1, JSON.stringify(problems));
  return problem;
}

const update = (session: object) => ({
  type: "session.update",
  session: { type: "realtime", ...session },
});
const create = (item: object) => ({ type: "conversation.item.create", item });
const message = (...content: object[]) => create({ type: "message", role: "user", content });

describe("validation of client events", () => {
  const cases: [what: string, event: unknown, code: Problem["code"], message: string][] = [
    ["no object", null, "invalid_type", "The event is null, but must be an object."],
    ["an array", [], "invalid_type", "The event is an array, but must be an object."],
    [
      "no type",
      {},
      "missing_required_parameter",
      "type is missing. It must be the type of a client event.",
    ],
    [
      "a mistyped type",
      { type: "conversation.item.crate" },
      "unknown_event",
      'type is "conversation.item.crate", but must be the type of a client event. Did you mean "conversation.item.create"?',
    ],
    [
      "an event of the server",
      { type: "response.done" },
      "unknown_event",
      'type is "response.done", an event that comes from the server; it cannot be sent.',
    ],
    [
      "an event of this library",
      { type: "close" },
      "unknown_event",
      'type is "close", an event that comes from this library; it cannot be sent.',
    ],
    [
      "a missing member",
      { type: "conversation.item.delete" },
      "missing_required_parameter",
      "item_id is missing. It must be a text of at most 32 characters.",
    ],
    [
      "a number as text",
      { type: "conversation.item.truncate", item_id: "a", content_index: "0", audio_end_ms: 1 },
      "invalid_type",
      "content_index is a text, but must be an integer of at least 0.",
    ],
    [
      "a negative time",
      { type: "conversation.item.truncate", item_id: "a", content_index: 0, audio_end_ms: -1 },
      "invalid_value",
      "audio_end_ms is -1, but must be an integer of at least 0.",
    ],
    [
      "a long event_id",
      { type: "response.cancel", event_id: "e".repeat(513) },
      "too_large",
      "event_id is a text of 513 characters, but must be a text of at most 512 characters.",
    ],
    [
      "a long item id",
      create({ type: "function_call_output", id: "i".repeat(33), call_id: "c", output: "" }),
      "too_large",
      "item.id is a text of 33 characters, but must be a text of at most 32 characters.",
    ],
    [
      "a session without type",
      { type: "session.update", session: {} },
      "missing_required_parameter",
      'session.type is missing. It must be "realtime" or "transcription".',
    ],
    [
      "a session of another type",
      update({ type: "translation" }),
      "invalid_value",
      'session.type is "translation", but must be "realtime" or "transcription".',
    ],
    [
      "a threshold above 1",
      update({ audio: { input: { turn_detection: { type: "server_vad", threshold: 3 } } } }),
      "invalid_value",
      "session.audio.input.turn_detection.threshold is 3, but must be a number from 0 to 1.",
    ],
    [
      "a member of the other turn detection",
      update({ audio: { input: { turn_detection: { type: "semantic_vad", threshold: 0.5 } } } }),
      "unknown_parameter",
      "session.audio.input.turn_detection.threshold is not known.",
    ],
    [
      "a mistyped member",
      update({ audio: { input: { turn_detection: { type: "server_vad", treshold: 1 } } } }),
      "unknown_parameter",
      "session.audio.input.turn_detection.treshold is not known. Did you mean session.audio.input.turn_detection.threshold?",
    ],
    [
      "a member of the beta dialect",
      update({ voice: "alloy" }),
      "unknown_parameter",
      "session.voice is not known. Did you mean session.audio.output.voice?",
    ],
    [
      "a member one level too high",
      update({ audio: { input: { eagerness: "low" } } }),
      "unknown_parameter",
      "session.audio.input.eagerness is not known. Did you mean session.audio.input.turn_detection.eagerness?",
    ],
    [
      "a wrong enum",
      update({ truncation: "atuo" }),
      "invalid_value",
      'session.truncation is "atuo", but must be "auto", "disabled" or an object with type "retention_ratio".',
    ],
    [
      "too many tokens",
      update({ max_output_tokens: 5000 }),
      "invalid_value",
      'session.max_output_tokens is 5000, but must be an integer from 1 to 4096 or "inf".',
    ],
    [
      "both modalities",
      update({ output_modalities: ["audio", "text"] }),
      "invalid_value",
      'session.output_modalities is an array of 2, but must be an array of at most 1: "audio" or "text".',
    ],
    [
      "a strict tool",
      update({ tools: [{ type: "function", name: "a", strict: true }] }),
      "unknown_parameter",
      "session.tools[0].strict is not known.",
    ],
    [
      "a tool without name",
      update({ tools: [{ type: "function", name: "a" }, { type: "function" }] }),
      "missing_required_parameter",
      "session.tools[1].name is missing. It must be a text that is not empty.",
    ],
    [
      "a tool of no known kind",
      update({ tools: [{ type: "web_search" }] }),
      "invalid_value",
      'session.tools[0].type is "web_search", but must be "function" or "mcp".',
    ],
    [
      "a tool choice that is no object",
      update({ tool_choice: "always" }),
      "invalid_value",
      'session.tool_choice is "always", but must be "auto", "none", "required" or an object with type "function" or "mcp".',
    ],
    [
      "an item of no known type",
      create({ type: "massage" }),
      "invalid_value",
      'item.type is "massage", but must be "message", "function_call", "function_call_output", "mcp_approval_response", "mcp_list_tools", "mcp_call" or "mcp_approval_request".',
    ],
    [
      "a message of no known role",
      create({ type: "message", role: "bot", content: [] }),
      "invalid_value",
      'item.role is "bot", but must be "system", "user" or "assistant".',
    ],
    [
      "a part without text",
      message({ type: "input_text", text: "a" }, { type: "input_text" }),
      "missing_required_parameter",
      "item.content[1].text is missing.",
    ],
    [
      "a part of another role",
      message({ type: "output_text", text: "a" }),
      "invalid_value",
      'item.content[0].type is "output_text", but must be "input_text", "input_audio" or "input_image".',
    ],
    [
      "an output that is an object",
      create({ type: "function_call_output", call_id: "c", output: {} }),
      "invalid_type",
      "item.output is an object, but must be a text.",
    ],
    [
      "a reference without id",
      { type: "response.create", response: { input: [{ type: "item_reference" }] } },
      "missing_required_parameter",
      "response.input[0].id is missing. It must be a text.",
    ],
    [
      "metadata that is no text",
      { type: "response.create", response: { metadata: { a: 1 } } },
      "invalid_type",
      "response.metadata.a is a number, but must be a text of at most 512 characters.",
    ],
    [
      "audio that is no text",
      { type: "input_audio_buffer.append", audio: new Uint8Array(2) },
      "invalid_type",
      "audio is an object, but must be audio as base64.",
    ],
    [
      "an append without audio",
      { type: "input_audio_buffer.append" },
      "missing_required_parameter",
      "audio is missing. It must be audio as base64.",
    ],
  ];
  for (const [what, event, code, sentence] of cases) {
    it(`names the member, what came and what is allowed: ${what}`, () => {
      const problem = only(problemsOf(event));
      assert.equal(problem.message, sentence);
      assert.equal(problem.code, code);
      assert.ok(sentence.includes(problem.path));
    });
  }

  it("reports several problems at once, each at its own path", () => {
    const problems = problemsOf(update({ audio: { output: { speed: 9 } }, instructions: 1 }));
    const paths = problems.map(({ path }) => path);
    assert.deepEqual(paths.toSorted(), ["session.audio.output.speed", "session.instructions"]);
  });

  it("reports at most 20 problems of a value that is wrong throughout", () => {
    const tools = Array.from({ length: 1000 }, () => ({ type: "function" }));
    assert.equal(problemsOf(update({ tools })).length, 20);
  });

  it("accepts null where it means off, and nowhere else", () => {
    const off = { transcription: null, noise_reduction: null, turn_detection: null };
    assert.deepEqual(problemsOf(update({ audio: { input: off }, tracing: null })), []);
    assert.equal(only(problemsOf(update({ instructions: null }))).received, "null");
  });

  it("never quotes a payload or a secret", () => {
    const secret = "sk-proj-0123456789abcdef0123456789abcdef";
    const events = [
      update({ tools: [{ type: "mcp", server_label: 1, authorization: [secret] }] }),
      update({ tool_choice: secret, instructions: { a: secret }, max_output_tokens: secret }),
      message({ type: secret, text: secret }),
      { type: secret },
      { type: "input_audio_buffer.append", audio: [secret] },
    ];
    for (const event of events) {
      const problems = problemsOf(event);
      assert.ok(problems.length > 0);
      assert.ok(!JSON.stringify(problems).includes(secret), JSON.stringify(problems));
    }
  });

  it("shortens the names of members, which come from outside", () => {
    const problem = only(problemsOf(update({ ["x".repeat(100_000)]: 1 })));
    assert.ok(problem.message.length < 200);
  });

  it("accepts every event it describes", () => {
    for (const info of eventTypes.values()) {
      if (info.direction !== "client") continue;
      fc.assert(
        fc.property(eventsOf(info), (event) => {
          assert.deepEqual(validateClientEvent(event), { ok: true, event });
          assert.deepEqual(validateClientEvent(event, "compatible"), { ok: true, event });
        }),
        { numRuns: 40 },
      );
    }
  });

  it("never throws, whatever comes", () => {
    const anything = fc.anything({ withNullPrototype: true, withBigInt: true, maxDepth: 3 });
    const types = [...eventTypes.keys()];
    fc.assert(
      fc.property(fc.constantFrom(...types), anything, anything, (type, one, other) => {
        for (const event of [
          { type, item: one, session: other, response: one, audio: other },
          one,
        ]) {
          validateClientEvent(event);
          validateClientEvent(event, "compatible");
          validateServerEvent(event);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("takes __proto__ and constructor for unknown members", () => {
    for (const name of ["__proto__", "constructor", "toString"]) {
      const session: unknown = JSON.parse(`{"type":"realtime","${name}":{"a":1}}`);
      const problem = only(problemsOf({ type: "session.update", session }));
      assert.equal(problem.path, `session.${name}`);
      assert.equal(problem.code, "unknown_parameter");
    }
  });

  it("survives 200,000 levels, where they are allowed and where not", () => {
    const deep: unknown = JSON.parse("[".repeat(200_000) + "]".repeat(200_000));
    assert.deepEqual(problemsOf(update({ tracing: { metadata: deep } })), []);
    assert.equal(
      only(problemsOf(create({ type: "message", role: "user", content: [deep] }))).received,
      "an array",
    );
  });
});

describe("validation of an append", () => {
  const append = (audio: string) => ({ type: "input_audio_buffer.append", audio });

  it("accepts 20 ms and 15 MiB of audio, and not a byte more", () => {
    assert.deepEqual(problemsOf(append("A".repeat(1280))), []);
    assert.equal(
      MAX_APPEND_BASE64_LENGTH,
      Buffer.alloc(15 * 1024 * 1024).toString("base64").length,
    );
    assert.deepEqual(problemsOf(append("A".repeat(MAX_APPEND_BASE64_LENGTH))), []);
    const problem = only(problemsOf(append("A".repeat(MAX_APPEND_BASE64_LENGTH + 4))));
    assert.equal(problem.code, "too_large");
    assert.match(
      problem.message,
      /^audio is a text of 20971524 characters, but must be at most 15 MiB/,
    );
  });

  it("checks its event_id as any other event's", () => {
    assert.deepEqual(problemsOf({ ...append(""), event_id: "e".repeat(512) }), []);
    assert.equal(only(problemsOf({ ...append(""), event_id: "e".repeat(513) })).code, "too_large");
    assert.equal(only(problemsOf({ ...append(""), event_id: 1 })).code, "invalid_type");
  });
});

describe("validation for compatible servers", () => {
  const accepted: [what: string, event: object][] = [
    ["values that are not in an enum", update({ tool_choice: "sometimes", truncation: "smart" })],
    ["numbers out of range", update({ audio: { output: { speed: 4 } }, max_output_tokens: 1e6 })],
    [
      "unknown members",
      update({ keep_context: true, tools: [{ type: "function", name: "a", strict: true }] }),
    ],
    [
      "other kinds of turn detection",
      update({ audio: { input: { turn_detection: { type: "azure_semantic_vad" } } } }),
    ],
    ["other kinds of tools", update({ tools: [{ type: "web_search" }] })],
    [
      "other kinds of voices",
      update({ audio: { output: { voice: { name: "ava", type: "azure" } } } }),
    ],
    [
      "other sample rates",
      update({ audio: { input: { format: { type: "audio/pcm", rate: 16000 } } } }),
    ],
    ["a session without type", { type: "session.update", session: { instructions: "x" } }],
    ["longer ids", { type: "conversation.item.delete", item_id: "i".repeat(36) }],
  ];
  for (const [what, event] of accepted) {
    it(`accepts ${what}`, () => {
      assert.deepEqual(problemsOf(event, "compatible"), []);
      assert.notDeepEqual(problemsOf(event, "openai"), []);
    });
  }

  const refused: [what: string, event: object, path: string][] = [
    [
      "a number as text",
      update({ audio: { output: { speed: "fast" } } }),
      "session.audio.output.speed",
    ],
    [
      "a wrong kind in a session without type",
      { type: "session.update", session: { instructions: 1 } },
      "session.instructions",
    ],
    [
      "a wrong kind in a tool",
      update({ tools: [{ type: "function", name: 1 }] }),
      "session.tools[0].name",
    ],
    ["an event without its own members", { type: "conversation.item.delete" }, "item_id"],
    ["a type no client sends", { type: "response.sing" }, "type"],
  ];
  for (const [what, event, path] of refused) {
    it(`refuses ${what}`, () => assert.equal(only(problemsOf(event, "compatible")).path, path));
  }
});

describe("validation of settings", () => {
  it("names paths as a server does, and takes a missing type for realtime", () => {
    assert.deepEqual(validateSettings({ instructions: "Be brief." }), []);
    assert.equal(only(validateSettings({ voice: "alloy" })).path, "session.voice");
    assert.equal(
      only(validateSettings({ type: "transcription", model: "x" })).path,
      "session.model",
    );
    assert.equal(only(validateSettings("x")).path, "session");
    assert.deepEqual(validateSettings({ anything: 1 }, "compatible"), []);
  });
});

describe("validation of server events", () => {
  it("finds nothing wrong with the events it describes", () => {
    for (const info of eventTypes.values()) {
      if (info.direction !== "server") continue;
      assert.deepEqual(validateServerEvent(smallestEvent(info)), [], info.type);
      fc.assert(
        fc.property(eventsOf(info), (event) => {
          assert.deepEqual(validateServerEvent(event), []);
          assert.deepEqual(validateServerEvent({ ...event, added_later: [1] }), []);
        }),
        { numRuns: 20 },
      );
    }
  });

  it("says nothing about types it does not know", () => {
    assert.deepEqual(validateServerEvent({ type: "ping" }), []);
    assert.deepEqual(validateServerEvent({ type: "session.update" }), []);
  });

  it("names what is missing or of another kind", () => {
    const event = {
      type: "response.output_text.delta",
      event_id: "e",
      response_id: "r",
      item_id: "i",
    };
    const problem = only(
      validateServerEvent({ ...event, output_index: 0, content_index: 0, delta: 1 }),
    );
    assert.equal(problem.message, "delta is a number, but must be a text.");
    assert.equal(only(validateServerEvent(null)).code, "invalid_type");
  });

  it("takes null for an optional member that is absent", () => {
    const item = {
      id: "i",
      type: "message",
      role: "user",
      status: null,
      content: [{ type: "input_audio", transcript: null }],
    };
    assert.deepEqual(
      validateServerEvent({ type: "conversation.item.added", event_id: "e", item }),
      [],
    );
  });

  describe("against recordings", () => {
    if (!existsSync(recordings)) {
      it("skipped: ../shared/recordings is not here");
      return;
    }
    const files = readdirSync(recordings).filter((name) =>
      /^(openai|azure)\..*\.jsonl$/.test(name),
    );
    assert.ok(files.length >= 5);
    for (const file of files) {
      it(`${file}: nothing that was sent or received is wrong`, () => {
        for (const line of readFileSync(join(recordings, file), "utf8").trim().split("\n")) {
          const { dir, data }: { dir: string; data: object } = JSON.parse(line);
          if (dir === "received") assert.deepEqual(validateServerEvent(data), []);
          if (dir === "sent")
            assert.deepEqual(validateClientEvent(data), { ok: true, event: data });
        }
      });
    }
  });
});

describe("loading", () => {
  it("does not load ajv before something is validated", () => {
    const script = `
      const { validateClientEvent, validateSettings } = require("./lib/protocol/validate");
      const loaded = () => Object.keys(require.cache).some((path) => /[\\\\/]ajv[\\\\/]/.test(path));
      validateClientEvent({ type: "input_audio_buffer.append", audio: "AAAA" });
      const before = loaded();
      validateSettings({});
      console.log(before, loaded());`;
    const output = execFileSync(process.execPath, ["-r", "tsx/cjs", "-e", script], {
      cwd: resolve(__dirname, "../../.."),
      encoding: "utf8",
    });
    assert.equal(output.trim(), "false true");
  });
});
