import assert from "node:assert/strict";
import fc from "fast-check";
import {
  RealtimeSession,
  SIZE_LIMITS,
  type RealtimeEvent,
  type UnknownEvent,
} from "../../../lib/index";
import type { Acknowledgement } from "../../../lib/session/acknowledgement";
import type { SocketEnd } from "../../../lib/session/socket";
import { FakeClock, settled } from "../../support/fake-clock";
import {
  MemoryServer,
  response,
  serverError,
  sessionCreated,
  type MemoryPeer,
  type WireEvent,
} from "../../support/memory-server";
import { target } from "./ready-session";
import { ReferenceConversation } from "./reference-conversation";

/** One step of a talk: a name of `STEPS`, numbers to choose by, and what is broken of its event. */
export interface Step {
  readonly name: string;
  readonly numbers: readonly [number, number, number];
  readonly damage: Damage | null;
}

interface Damage {
  /** Which member, level by level. */
  readonly path: readonly number[];
  readonly value: unknown;
}

/** What stands where something else is expected. */
const JUNK: readonly unknown[] = [
  undefined,
  null,
  0,
  -1,
  1.5,
  1e300,
  "",
  "__proto__",
  "constructor",
  true,
  [],
  {},
  [null],
  [[]],
  { length: -1e12 },
  { type: "message" },
  "😀".repeat(20),
];

const ITEMS = 24;
const RESPONSES = 6;
const CALLS = 12;

/** The longest that a request may take to settle, in ms of the session's clock. */
const LONGEST_WAIT = 170_000;

/** How long a response.create on the wire is waited for, in ms. */
const CREATED_TIMEOUT = 10_000;

const TOOLS = ["light", "door"].map((name) => ({
  name,
  description: name,
  parameters: { type: "object", properties: { on: { type: "boolean" } } },
  deadlineMs: 20_000,
  onDeadline: '{"error":"timeout"}',
}));

interface Request {
  readonly type: string;
  readonly sentAt: number;
  settled: number;
}

/** The server's side of one connection. */
interface Line {
  readonly epoch: number;
  readonly peer: MemoryPeer;
  isOpen: boolean;
  isDead: boolean;
  /** Frames that were not answered. */
  readonly todo: WireEvent[];
  /** The response.create that the server has not answered, and until when that matters. */
  inFlight: { readonly eventId: string; readonly until: number } | undefined;
}

/** A session and a server that says anything, with all that has to hold in between. */
export class RandomTalk {
  readonly clock = new FakeClock();
  readonly session: RealtimeSession;
  readonly reference = new ReferenceConversation();
  /** Frames that servers sent over lines that held. */
  frames = 0;
  readonly #server = new MemoryServer();
  readonly #lines: Line[] = [];
  readonly #requests: Request[] = [];
  readonly #appended: unknown[] = [];
  readonly #completed: unknown[] = [];
  /** The line whose frame is being taken. */
  #speaking: Line | undefined;
  readonly #violations: unknown[] = [];
  #count = 0;
  #stalledAt: number | undefined;

  constructor() {
    this.session = new RealtimeSession({
      target: () => target,
      settings: { type: "realtime", instructions: "Be brief." },
      tools: TOOLS,
      clock: this.clock,
      random: () => 0.5,
      openSocket: (options, handlers, clock) => {
        const socket = this.#server.openSocket(
          options,
          {
            ...handlers,
            end: (end) => {
              if (line.isDead) return;
              line.isDead = true;
              deadline.stop();
              handlers.end(end);
            },
          },
          clock,
        );
        const peer = this.#server.peers.at(-1);
        assert.ok(peer);
        const line: Line = {
          epoch: this.#lines.length + 1,
          peer,
          isOpen: false,
          isDead: false,
          todo: [],
          inFlight: undefined,
        };
        this.#lines.push(line);
        // What a real socket does by itself.
        const deadline = this.clock.start(() => {
          if (!line.isOpen) line.peer.end({ kind: "silent", phase: "handshake" });
        }, options.handshakeTimeoutMs);
        return {
          get bufferedAmount() {
            return peer.bufferedAmount;
          },
          send: (text) => {
            socket.send(text);
            this.#guard(() => this.#written(line, JSON.parse(text) as WireEvent));
          },
          close: (code) => socket.close(code),
          terminate: () => socket.terminate(),
        };
      },
    });
    this.session.observe("client");
    this.session.on("event", (event, info) =>
      this.#guard(() => this.#emitted(event, info.source, info.epoch, info.cause)),
    );
    this.session.on("unknown", (event, info) =>
      this.#guard(() => this.#emitted(event, info.source, info.epoch, info.cause)),
    );
    this.session.on("state", (state) => {
      if (state.status === "opening" && state.attempt === 1) this.reference.clear();
    });
    this.session.on("error", (error) => {
      if (error.code === "listener_failed") this.#violations.push(error);
    });
  }

  async take({ name, numbers, damage }: Step): Promise<void> {
    const step = STEPS.get(name);
    assert.ok(step);
    const made = await step.run(this, ...numbers);
    if (made !== undefined) this.say(damage === null ? made : damaged(made, damage));
    await settled();
    this.checkViolations();
  }

  /** The newest connection. */
  get line(): Line | undefined {
    return this.#lines.at(-1);
  }

  /** A connection that has ended, or was replaced. */
  oldLine(number: number): Line | undefined {
    return this.#lines.length < 2 ? undefined : this.#lines[number % (this.#lines.length - 1)];
  }

  say(event: WireEvent, line = this.line): void {
    this.sayText(JSON.stringify(event), line);
  }

  sayText(text: string, line = this.line): void {
    if (line === undefined) return;
    if (!line.isDead) this.frames += 1;
    if (!line.isOpen) {
      line.isOpen = true;
      line.peer.open();
    }
    this.#noteAnswer(line, text);
    this.#speaking = line;
    line.peer.sendText(text);
    this.#speaking = undefined;
  }

  fresh(kind: string): string {
    this.#count += 1;
    return `${kind}_new_${this.#count}`;
  }

  /** Ends the newest connection. */
  end(end: SocketEnd): void {
    const { line } = this;
    line?.peer.end(end);
  }

  stall(): void {
    if (this.line === undefined) return;
    this.#stalledAt ??= this.clock.now();
    this.line.peer.bufferedAmount = 1024 * 1024;
  }

  drain(): void {
    this.line?.peer.drain();
    this.#stalledAt = undefined;
  }

  request(type: string, made: Promise<unknown>): void {
    const request: Request = { type, sentAt: this.clock.now(), settled: 0 };
    this.#requests.push(request);
    const settle = (): void => {
      request.settled += 1;
    };
    made.then(settle, settle);
  }

  send(event: WireEvent): void {
    this.request(event.type, this.session.send(event));
  }

  async pass(milliseconds: number): Promise<void> {
    await this.clock.advance(milliseconds);
    await settled();
    const late = this.#requests.filter(
      ({ settled, sentAt }) => settled === 0 && this.clock.now() - sentAt > LONGEST_WAIT,
    );
    assert.deepEqual(late, [], "requests that have not settled in time");
  }

  /** The server does what a good one would with all that it has received. */
  async serve(): Promise<void> {
    await settled();
    this.drain();
    for (let round = 0; round < 100; round += 1) {
      const { line } = this;
      if (line === undefined || line.isDead) return;
      if (!line.isOpen) this.say({ ...sessionCreated(), event_id: this.fresh("event") }, line);
      await settled();
      const next = line.todo.shift();
      if (next === undefined) return;
      for (const event of this.#answerTo(next)) this.say(event, line);
    }
  }

  checkSizes(): void {
    const sizes = this.session.sizes();
    for (const [name, limit] of Object.entries(SIZE_LIMITS)) {
      const size: unknown = Reflect.get(sizes, name);
      assert.ok(typeof size === "number" && size >= 0 && size <= limit, `${name}: ${String(size)}`);
    }
    assert.deepEqual(Object.keys(sizes).toSorted(), Object.keys(SIZE_LIMITS).toSorted());
    const { cost } = this.session.usage.session;
    assert.ok(Number.isFinite(cost) && cost >= 0, `a cost of ${cost}`);
  }

  checkConversation(): void {
    assert.deepEqual(this.session.conversation.items, this.reference.items);
    assert.equal(this.session.conversation.size, this.reference.items.length);
    assert.deepEqual(this.#appended, this.reference.appended);
    assert.deepEqual(this.#completed, this.reference.completed);
  }

  checkViolations(): void {
    const [violation] = this.#violations;
    if (violation !== undefined) throw violation;
  }

  /** Nothing comes any more: everything settles, and nothing is left behind. */
  async finish(): Promise<void> {
    this.checkConversation();
    this.checkSizes();
    for (let passed = 0; passed <= LONGEST_WAIT; passed += 10_000) await this.pass(10_000);
    assert.deepEqual(
      this.#requests.filter(({ settled }) => settled !== 1),
      [],
      "requests that did not settle exactly once",
    );
    const closed = this.session.close();
    await this.clock.advance(2000);
    for (const { peer } of this.#lines) peer.end({ kind: "closed", code: 1006, reason: "" });
    await closed;
    assert.equal(this.clock.timers, 0, "timers that are left");
    this.checkViolations();
  }

  #guard(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.#violations.push(error);
    }
  }

  #emitted(
    event: RealtimeEvent | UnknownEvent,
    source: string,
    epoch: number,
    cause: string | undefined,
  ): void {
    if (source === "client" && cause === undefined) this.reference.takeSent(event as WireEvent);
    if (source === "local") this.#takeLocal(event as WireEvent);
    if (source !== "server") return;
    assert.equal(epoch, this.#speaking?.epoch, "an event under another connection's number");
    const line = this.#lines[epoch - 1];
    assert.equal(line?.isDead, false, "an event of a connection that has ended");
    const { state } = this.session;
    if (cause !== undefined) return;
    if (state.status === "ready" && event.type !== "rate_limits.updated")
      assert.equal(epoch, state.epoch, "an event of another connection");
    this.reference.take(event as WireEvent);
  }

  #takeLocal(event: WireEvent): void {
    if (event.type === "conversation.item.appended") this.#appended.push(event.item.item.id);
    if (event.type === "conversation.item.completed") this.#completed.push(event.item.item.id);
    if (event.type !== "local.session.restored") return;
    const { conversation } = this.session;
    const { items } = conversation;
    const withoutId = (item: object): object => ({ ...item, id: null });
    assert.deepEqual(items.map(withoutId), this.reference.items.map(withoutId));
    this.reference.adoptIds(items.map(({ id = "" }) => id));
    this.reference.adoptPlaces((itemId) => conversation.isInPlace(itemId));
  }

  #written(line: Line, event: WireEvent): void {
    assert.equal(line, this.line, "written to a connection that was replaced");
    line.todo.push(event);
    if (event.type !== "response.create" || event.response?.conversation === "none") return;
    const now = this.clock.now();
    assert.ok(
      line.inFlight === undefined || now >= line.inFlight.until,
      "a second response.create in flight",
    );
    // Its deadline began when it was asked for, which was after the line had stalled.
    const since = this.#stalledAt ?? now;
    line.inFlight = { eventId: event.event_id, until: since + CREATED_TIMEOUT };
  }

  /** Whether this frame answers the response.create in flight, as the protocol has it. */
  #noteAnswer(line: Line, text: string): void {
    const { inFlight } = line;
    if (inFlight === undefined) return;
    let event: WireEvent;
    try {
      event = JSON.parse(text) as WireEvent;
    } catch {
      return;
    }
    if (event === null || typeof event !== "object") return;
    if (event.type === "response.created") {
      const key: unknown = event.response?.metadata?.realtime_request;
      if (key === inFlight.eventId) line.inFlight = undefined;
    }
    if (event.type === "error") {
      const eventId: unknown = event.error?.event_id;
      const param: unknown = event.error?.param;
      const isAbout =
        typeof eventId === "string"
          ? eventId === inFlight.eventId
          : event.error?.code === "conversation_already_has_active_response" ||
            (typeof param === "string" && param.startsWith("response"));
      if (isAbout) line.inFlight = undefined;
    }
  }

  #answerTo(event: WireEvent): WireEvent[] {
    const event_id = this.fresh("event");
    switch (event.type) {
      case "session.update":
        return [{ type: "session.updated", event_id, session: { type: "realtime" } }];
      case "conversation.item.create":
        return ["added", "done"].map((name) => ({
          type: `conversation.item.${name}`,
          event_id,
          previous_item_id: null,
          item: { status: "completed", ...event.item },
        }));
      case "response.create": {
        const id = this.fresh("resp");
        const { metadata, conversation } = event.response ?? {};
        const conversation_id = conversation === "none" ? null : "conv_1";
        const made = response(id, { metadata: metadata ?? null, conversation_id });
        return [
          { type: "response.created", event_id, response: made },
          { type: "response.done", event_id, response: { ...made, status: "completed" } },
        ];
      }
      case "response.cancel":
        return [serverError({ code: "response_cancel_not_active", event_id: event.event_id })];
      case "conversation.item.delete":
        return [{ type: "conversation.item.deleted", event_id, item_id: event.item_id }];
      case "conversation.item.retrieve":
        return [serverError({ code: "item_not_found", event_id: event.event_id })];
      case "conversation.item.truncate":
        return [{ ...event, type: "conversation.item.truncated", event_id }];
      case "input_audio_buffer.clear":
        return [{ type: "input_audio_buffer.cleared", event_id }];
      case "input_audio_buffer.commit":
        return [
          {
            type: "input_audio_buffer.committed",
            event_id,
            previous_item_id: null,
            item_id: this.fresh("item"),
          },
        ];
      default:
        return [];
    }
  }
}

type Run = (
  talk: RandomTalk,
  a: number,
  b: number,
  c: number,
) => WireEvent | undefined | void | Promise<void>;

const STATUSES = ["completed", "in_progress", "incomplete", undefined, null];
const TEXTS = ["", "Hello", "Turn on the light", "ö😀\u2028", "x".repeat(300)];

const itemId = (number: number): string => `item_${number % ITEMS}`;
const responseId = (number: number): string => `resp_${number % RESPONSES}`;

const textOf = (number: number): string => TEXTS[number % TEXTS.length] ?? "";

/** Any item. The type belongs to the id, more or less. */
function item(a: number, b: number, c: number): WireEvent {
  const members = { id: itemId(a), object: "realtime.item", status: STATUSES[c % STATUSES.length] };
  const text = textOf(b);
  switch (a % 8) {
    case 0:
    case 1:
      return {
        ...members,
        type: "message",
        role: "user",
        content:
          b % 2 === 0
            ? [{ type: "input_text", text }]
            : [{ type: "input_audio", transcript: c % 2 === 0 ? null : text, audio: "AAAA" }],
      };
    case 2:
    case 3:
    case 4:
      return {
        ...members,
        type: "message",
        role: "assistant",
        content: [
          undefined,
          [],
          [{ type: "output_audio", transcript: text }],
          [{ type: "output_text", text }, { type: "output_audio" }],
        ][b % 4],
      };
    case 5:
      return {
        ...members,
        type: "function_call",
        call_id: `call_${c % CALLS}`,
        name: ["light", "door", "unknown", "__proto__"][b % 4],
        arguments: ["", '{"on":true}', '{"on":1}', "{", "[]"][c % 5],
      };
    case 6:
      return {
        ...members,
        type: "function_call_output",
        call_id: `call_${b % CALLS}`,
        output: text,
      };
    default:
      return b % 2 === 0
        ? { ...members, type: "message", role: "system", content: [{ type: "input_text", text }] }
        : { ...members, type: "mcp_call", server_label: "s", name: "n", arguments: "{}" };
  }
}

const ofOutput = (a: number, b: number) => ({
  response_id: responseId(b),
  item_id: itemId(a),
  output_index: 0,
});

const ofPart = (a: number, b: number, c: number) => ({ ...ofOutput(a, b), content_index: c % 3 });

/** An event of the server by its type, without its id. */
function serverEvents(): [weight: number, type: string, make: Run][] {
  const items = ["created", "added", "done"].map((name): [number, string, Run] => [
    6,
    `conversation.item.${name}`,
    (_talk, a, b, c) => ({
      type: `conversation.item.${name}`,
      previous_item_id: [undefined, null, itemId(b), itemId(c), "unknown"][(a + b + c) % 5],
      item: item(a, b, c),
    }),
  ]);
  const outputs = ["added", "done"].map((name): [number, string, Run] => [
    6,
    `response.output_item.${name}`,
    (_talk, a, b, c) => ({
      type: `response.output_item.${name}`,
      response_id: responseId(b),
      output_index: 0,
      item: item(a, b, c),
    }),
  ]);
  return [
    ...items,
    ...outputs,
    [2, "conversation.item.retrieved", (_talk, a, b, c) => ({ type: "", item: item(a, b, c) })],
    [2, "conversation.item.deleted", (_talk, a) => ({ type: "", item_id: itemId(a) })],
    [
      2,
      "conversation.item.truncated",
      (_talk, a, b, c) => ({
        type: "",
        item_id: itemId(a),
        content_index: c % 3,
        audio_end_ms: b,
      }),
    ],
    [
      3,
      "conversation.item.input_audio_transcription.completed",
      (_talk, a, b, c) => ({
        type: "",
        item_id: itemId(a),
        content_index: c % 2,
        transcript: textOf(b),
        usage: { type: "duration", seconds: c },
      }),
    ],
    [
      1,
      "conversation.item.input_audio_transcription.failed",
      (_talk, a) => ({ type: "", item_id: itemId(a), content_index: 0, error: {} }),
    ],
    [2, "input_audio_buffer.cleared", () => ({ type: "" })],
    [
      4,
      "input_audio_buffer.committed",
      (_talk, a, b) => ({
        type: "",
        item_id: itemId(a),
        previous_item_id: [null, undefined, itemId(b)][b % 3],
      }),
    ],
    [
      3,
      "input_audio_buffer.speech_started",
      (_talk, a, b) => ({ type: "", item_id: itemId(a), audio_start_ms: b }),
    ],
    [
      3,
      "input_audio_buffer.speech_stopped",
      (_talk, a, b) => ({ type: "", item_id: itemId(a), audio_end_ms: b }),
    ],
    [
      6,
      "response.created",
      (talk, a, b, c) => {
        const key = talk.line?.todo.find(({ type }) => type === "response.create")?.event_id;
        return {
          type: "",
          response: response(responseId(b), {
            status: "in_progress",
            conversation_id: c % 4 === 0 ? null : "conv_1",
            metadata: a % 2 === 0 ? { realtime_request: key } : null,
          }),
        };
      },
    ],
    [
      8,
      "response.done",
      (_talk, a, b, c) => ({
        type: "",
        response: response(responseId(b), {
          status: ["completed", "cancelled", "failed", "incomplete"][c % 4],
          status_details:
            c % 32 === 2 ? { type: "failed", error: { code: "insufficient_quota" } } : null,
          output: a % 3 === 0 ? [item(a, b, c), item(a + 5, c, b)] : [],
          usage: { total_tokens: a, input_tokens: b, output_tokens: c },
        }),
      }),
    ],
    ...["response.output_text", "response.output_audio_transcript"].flatMap(
      (type): [number, string, Run][] => [
        [
          6,
          `${type}.delta`,
          (_talk, a, b, c) => ({ type: "", ...ofPart(a, b, c), delta: textOf(b) }),
        ],
        [
          3,
          `${type}.done`,
          (_talk, a, b, c) => ({
            type: "",
            ...ofPart(a, b, c),
            [type === "response.output_text" ? "text" : "transcript"]: textOf(c),
          }),
        ],
      ],
    ),
    [
      5,
      "response.output_audio.delta",
      (_talk, a, b, c) => ({ type: "", ...ofPart(a, b, c), delta: "AAAA".repeat(b) }),
    ],
    [
      3,
      "response.function_call_arguments.delta",
      (_talk, a, b) => ({ type: "", ...ofOutput(a, b), call_id: "call_1", delta: '{"on"' }),
    ],
    [
      3,
      "response.function_call_arguments.done",
      (_talk, a, b) => ({
        type: "",
        ...ofOutput(a, b),
        call_id: "call_1",
        arguments: '{"on":true}',
      }),
    ],
    [
      4,
      "error",
      (talk, a, b, c) => {
        const asked = talk.line?.todo ?? [];
        return serverError({
          event_id: a % 3 === 0 ? null : (asked[b % Math.max(1, asked.length)]?.event_id ?? "x"),
          code: [
            null,
            "invalid_value",
            "conversation_already_has_active_response",
            "response_cancel_not_active",
            "session_expired",
          ][c % 5],
          param: b % 3 === 0 ? "response.audio" : null,
        });
      },
    ],
    [1, "session.updated", () => ({ type: "", session: { type: "realtime" } })],
    [1, "session.created", () => sessionCreated()],
    [1, "rate_limits.updated", () => ({ type: "", rate_limits: [] })],
    [2, "a.new.event", (_talk, a, b, c) => ({ type: "", item: item(a, b, c) })],
  ];
}

const FRAMES = [
  "",
  "{",
  "null",
  "[]",
  '"text"',
  '{"type":5}',
  '{"type":"__proto__"}',
  '{"type":"conversation.item.added"}',
  '{"type":"response.done","response":null}',
  '{"type":"error"}',
];

const CODES = [1000, 1001, 1006, 1011, 1012, 4000];

const WAITS = [10, 200, 1000, 4000, 10_000, 31_000];

const actions: [weight: number, name: string, run: Run][] = [
  [24, "serve", (talk) => talk.serve()],
  [16, "connect", (talk) => talk.request("connect", talk.session.connect())],
  [
    2,
    "drop",
    (talk, a) => talk.end({ kind: "closed", code: CODES[a % CODES.length] ?? 1006, reason: "" }),
  ],
  [
    1,
    "disconnect",
    (talk, a) => {
      if (a % 4 === 0) talk.request("disconnect", talk.session.disconnect());
    },
  ],
  [8, "time", (talk, a) => talk.pass(WAITS[a % WAITS.length] ?? 0)],
  [1, "stall", (talk) => talk.stall()],
  [3, "drain", (talk) => talk.drain()],
  [
    3,
    "old connection",
    (talk, a, b, c) => {
      const line = talk.oldLine(a);
      if (line !== undefined)
        talk.say({ type: "conversation.item.added", item: item(b, c, a) }, line);
    },
  ],
  [
    6,
    "tool call",
    (talk, a, b) => {
      const called = {
        type: "function_call",
        id: talk.fresh("item"),
        call_id: talk.fresh("call"),
        name: a % 2 === 0 ? "light" : "door",
        arguments: b % 8 === 0 ? "{" : '{"on":true}',
      };
      const event = { response_id: responseId(b), output_index: 0 };
      for (const [name, status] of [
        ["added", "in_progress"],
        ["done", "completed"],
      ])
        talk.say({
          type: `response.output_item.${name}`,
          event_id: talk.fresh("event"),
          ...event,
          item: { ...called, status },
        });
    },
  ],
  [2, "frame", (talk, a) => talk.sayText(FRAMES[a % FRAMES.length] ?? "")],
  [
    4,
    "send item",
    (talk, a, b) => {
      const { object: _, status: __, ...sent } = item(a - (a % 8) + (b % 2) * 6, b - (b % 2), 0);
      talk.send({ type: "conversation.item.create", item: { ...sent, id: talk.fresh("item") } });
    },
  ],
  [
    1,
    "send first item",
    (talk) =>
      talk.send({
        type: "conversation.item.create",
        previous_item_id: "root",
        item: {
          type: "message",
          role: "system",
          id: talk.fresh("item"),
          content: [{ type: "input_text", text: "Be kind." }],
        },
      }),
  ],
  [6, "send response", (talk) => talk.send({ type: "response.create" })],
  [
    2,
    "send response beside",
    (talk) => talk.send({ type: "response.create", response: { conversation: "none" } }),
  ],
  [
    1,
    "send announcement",
    (talk) =>
      talk.request(
        "response.create",
        talk.session.send({ type: "response.create" }, { priority: "announcement" }),
      ),
  ],
  [3, "send cancel", (talk) => talk.send({ type: "response.cancel" })],
  [
    2,
    "send update",
    (talk, a) => talk.request("session.update", talk.session.update({ instructions: textOf(a) })),
  ],
  [
    1,
    "send tools",
    (talk, a) => talk.request("session.update", talk.session.setTools(TOOLS.slice(a % 2))),
  ],
  [
    3,
    "send audio",
    (talk, a) => talk.send({ type: "input_audio_buffer.append", audio: "AAAA".repeat(a) }),
  ],
  [2, "send commit", (talk) => talk.send({ type: "input_audio_buffer.commit" })],
  [1, "send clear", (talk) => talk.send({ type: "input_audio_buffer.clear" })],
  [
    2,
    "send about an item",
    (talk, a, b) =>
      talk.send({
        type: ["conversation.item.delete", "conversation.item.retrieve"][b % 2] ?? "",
        item_id: itemId(a),
      }),
  ],
  [
    1,
    "send truncate",
    (talk, a) => {
      const cut = { item_id: itemId(a), content_index: 0, audio_end_ms: 100 };
      const sent = talk.session.send({ type: "conversation.item.truncate", ...cut });
      talk.request("conversation.item.truncate", sent);
      // Where no server has the sound of an answer any more, nobody else can cut it off.
      const cutHere = ({ accepted }: Acknowledgement): void => {
        const { items } = talk.reference;
        const isAnswer = items.some(({ id, role }) => id === cut.item_id && role === "assistant");
        if (isAnswer && accepted === "moot")
          talk.reference.take({ type: "conversation.item.truncated", ...cut });
      };
      sent.then(cutHere, () => undefined);
    },
  ],
  [1, "send nonsense", (talk, a) => talk.send({ type: String(JUNK[a % JUNK.length]), item: null })],
  [
    4,
    "answer",
    (talk, a, b) => {
      talk.drain();
      const { openCalls } = talk.session;
      const id = openCalls[a % Math.max(1, openCalls.length)]?.id ?? `call_${a % CALLS}`;
      talk.request("answer", talk.session.answer(id, JUNK[b % JUNK.length] ?? "done"));
    },
  ],
];

const STEPS = new Map<string, { readonly weight: number; readonly run: Run }>([
  ...serverEvents().map(([weight, type, make]): [string, { weight: number; run: Run }] => [
    type,
    {
      weight: weight * 3,
      run: (talk, a, b, c) => {
        const made = make(talk, a, b, c);
        if (made === undefined || made instanceof Promise) return undefined;
        return { event_id: talk.fresh("event"), ...made, type };
      },
    },
  ]),
  ...actions.map(([weight, name, run]): [string, { weight: number; run: Run }] => [
    name,
    { weight, run },
  ]),
]);

/** A copy of an event with one member replaced or removed. */
function damaged(event: WireEvent, { path, value }: Damage): WireEvent {
  const copy = JSON.parse(JSON.stringify(event)) as WireEvent;
  let place: object = copy;
  for (const [level, number] of path.entries()) {
    const names = Object.keys(place);
    const name = names[number % Math.max(1, names.length)];
    if (name === undefined) break;
    const member: unknown = Reflect.get(place, name);
    if (level < path.length - 1 && typeof member === "object" && member !== null) {
      place = member;
      continue;
    }
    if (value === undefined) Reflect.deleteProperty(place, name);
    else Reflect.set(place, name, value);
    break;
  }
  return copy;
}

const number = fc.nat({ max: 255 });

const damage: fc.Arbitrary<Damage> = fc.record({
  path: fc.array(number, { minLength: 1, maxLength: 5, size: "max" }),
  value: fc.constantFrom(...JUNK),
});

/** Steps of a talk, each of them valid or not. */
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    name: fc.oneof(
      ...[...STEPS].map(([name, { weight }]) => ({ weight, arbitrary: fc.constant(name) })),
    ),
    numbers: fc.tuple(number, number, number),
    damage: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: damage }),
  }),
  { maxLength: 600, size: "max" },
);
