import assert from "node:assert/strict";
import { once } from "node:events";
import helper from "node-red-node-test-helper";
import { WebSocket } from "ws";
import { encodeMuLaw } from "../../../lib/audio/g711";
import { collect, next, topicIs, useNodeRed, type Message } from "../../support/canvas";
import { Example } from "../../support/example";
import { Speaker } from "../../support/speech";

/** Bytes of a message: 20 ms of a telephone. */
const FRAME = 160;

interface Mark {
  readonly name: string;
}

/** What the flow may send to Twilio. */
type Said =
  | { event: "media"; streamSid: string; media: { payload: string } }
  | { event: "mark"; streamSid: string; mark: Mark }
  | { event: "clear"; streamSid: string };

/** A call as Twilio streams it. Its end of the line plays at once, or keeps the caller waiting. */
class Call {
  readonly streamSid: string;
  /** Everything that the flow has said. */
  readonly said: Said[] = [];
  readonly #socket: WebSocket;
  readonly #opened: Promise<unknown>;
  #plays = true;
  readonly #marks: Mark[] = [];
  readonly #watchers = new Set<() => void>();

  constructor(streamSid: string) {
    this.streamSid = streamSid;
    this.#socket = new WebSocket(`${helper.url().replace(/^http/, "ws").replace(/\/$/, "")}/phone`);
    this.#opened = once(this.#socket, "open");
    this.#socket.on("message", (data: Buffer) => {
      this.#hear(JSON.parse(data.toString()) as Said);
      for (const watch of this.#watchers) watch();
    });
  }

  /** Begins as Twilio does. */
  async begin(): Promise<void> {
    await this.#opened;
    this.#send({ event: "connected", protocol: "Call", version: "1.0.0" });
    const { streamSid } = this;
    this.#send({
      event: "start",
      sequenceNumber: "1",
      streamSid,
      start: {
        streamSid,
        accountSid: "AC1",
        callSid: `CA-${streamSid}`,
        tracks: ["inbound"],
        mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 },
        customParameters: {},
      },
    });
  }

  /** The caller's sound, µ-law. */
  speak(sound: Uint8Array): void {
    const { streamSid } = this;
    for (let at = 0; at < sound.length; at += FRAME) {
      const payload = Buffer.from(sound.subarray(at, at + FRAME)).toString("base64");
      const media = { track: "inbound", chunk: String(at / FRAME + 1), timestamp: "0", payload };
      this.#send({ event: "media", streamSid, media });
    }
  }

  /** From now on nothing is played: the marks wait until it is cleared. */
  stall(): void {
    this.#plays = false;
  }

  hangUp(): void {
    this.#send({ event: "stop", streamSid: this.streamSid, stop: {} });
  }

  breakLine(): void {
    this.#socket.terminate();
  }

  /** Resolves when what has been said so far fulfils a condition. */
  async until(isFulfilled: () => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      const watch = (): void => {
        if (!isFulfilled()) return;
        this.#watchers.delete(watch);
        resolve();
      };
      this.#watchers.add(watch);
      watch();
    });
  }

  /** The sound that was sent to the caller. */
  get sound(): Buffer {
    return Buffer.concat(
      this.said.flatMap((each) =>
        each.event === "media" ? [Buffer.from(each.media.payload, "base64")] : [],
      ),
    );
  }

  #hear(message: Said): void {
    this.said.push(message);
    assert.equal(message.streamSid, this.streamSid);
    if (message.event === "mark") this.#marks.push(message.mark);
    // What is cleared is reported too.
    if (!this.#plays && message.event !== "clear") return;
    for (const mark of this.#marks.splice(0))
      this.#send({ event: "mark", streamSid: this.streamSid, mark });
  }

  #send(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }
}

describe("example 12: a phone line", function () {
  useNodeRed();
  const person = Speaker.use();
  let example: Example;
  let events: string;
  let calls: Call[];

  const command = async (words: string): Promise<Uint8Array> =>
    encodeMuLaw(await person.say(words, 8000));
  const bytesOf = (messages: readonly Message[], member: string): Buffer =>
    Buffer.concat(messages.map(({ payload }) => Buffer.from(payload[member], "base64")));
  const from = (call: Call) => (message: Message) => message["realtime"].session === call.streamSid;
  const answered = (pattern: RegExp, call: Call): Promise<Message> =>
    next(example.id("said"), (message) => from(call)(message) && pattern.test(message.payload));

  beforeEach(async () => {
    example = new Example("12 Phone line");
    events = example.probeEvents("Phone line");
    calls = [];
    await example.load();
  });
  afterEach(() => {
    for (const call of calls) call.breakLine();
  });

  function dial(streamSid: string): Call {
    const call = new Call(streamSid);
    calls.push(call);
    return call;
  }

  /** Begins a call, and resolves when its greeting has been spoken. */
  async function greeted(call: Call): Promise<void> {
    const done = next(events, (message) => topicIs("response.done")(message) && from(call)(message));
    const greeting = answered(/^Hello, this is your home\.$/, call);
    await call.begin();
    await greeting;
    await done;
  }

  it("tells Twilio to stream the call", async () => {
    const response = await fetch(`${helper.url().replace(/\/$/, "")}/phone-answer`, {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: "CallSid=CA1",
    });
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type") ?? "", /^text\/xml/);
    const { host } = new URL(helper.url());
    assert.match(await response.text(), new RegExp(`<Connect><Stream url="wss://${host}/phone"`));
  });

  it("carries µ-law both ways to the bit, understands, and answers aloud", async () => {
    const seen = collect(events);
    const caught = collect(example.id("errors"));
    const toolCalls = collect(example.id("tool call"));
    const call = dial("MZ01");
    await greeted(call);
    const sound = await command("turn on the heating");
    const answer = answered(/^The heating is on\./, call);
    const done = next(events, topicIs("response.done"));
    const spoken = next(
      events,
      ({ topic, payload }) =>
        topic === "response.done" && payload.response.output[0]?.type === "message",
    );
    call.speak(sound);
    await done;
    await answer;
    await spoken;
    assert.deepEqual(
      toolCalls.map(({ payload }) => payload as object),
      [{ state: "on" }],
    );
    const sent = bytesOf(seen.filter(topicIs("input_audio_buffer.append")), "audio");
    assert.ok(sent.equals(Buffer.from(sound).subarray(0, sent.length)));
    assert.ok(sound.length - sent.length < FRAME, `${sound.length} bytes, ${sent.length} were sent`);
    const received = bytesOf(seen.filter(topicIs("response.output_audio.delta")), "delta");
    assert.ok(received.length > 16_000);
    await call.until(() => call.sound.length >= received.length);
    assert.ok(call.sound.equals(received));
    assert.deepEqual(caught, []);
  });

  it("lets the caller interrupt: what was not played is cleared, and the server knows what was heard", async () => {
    const caught = collect(example.id("errors"));
    const call = dial("MZ02");
    await greeted(call);
    const first = await command("turn on the heating");
    const second = await command("turn off the heating");
    call.stall();
    const speaking = next(events, topicIs("response.output_audio.done"));
    call.speak(first);
    const { payload: spoken } = await speaking;
    const truncated = next(events, topicIs("conversation.item.truncated"));
    const answer = answered(/^The heating is off\./, call);
    call.speak(second);
    await call.until(() => call.said.some(({ event }) => event === "clear"));
    const { item_id: itemId, audio_end_ms: heard } = (await truncated).payload;
    assert.equal(itemId, spoken.item_id);
    assert.ok(heard >= 0 && heard < call.sound.length / 8);
    await answer;
    assert.deepEqual(caught, []);
  });

  it("keeps two calls apart", async () => {
    const one = dial("MZ03");
    const other = dial("MZ04");
    await greeted(one);
    await greeted(other);
    const on = answered(/is on/, one);
    const off = answered(/is off/, other);
    one.speak(await command("turn on the heating"));
    other.speak(await command("turn off the heating"));
    await on;
    await off;
  });

  for (const [how, end] of [
    ["the caller hangs up", (call: Call) => call.hangUp()],
    ["the line breaks", (call: Call) => call.breakLine()],
  ] as const) {
    it(`closes the session when ${how}`, async () => {
      const call = dial("MZ05");
      await greeted(call);
      const closed = next(events, topicIs("close"));
      end(call);
      assert.equal((await closed)["realtime"].session, "MZ05");
    });
  }
});
