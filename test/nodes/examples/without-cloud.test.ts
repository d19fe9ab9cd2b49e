import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { int16ToBytes } from "../../../lib/audio/pcm";
import { parseWav } from "../../../lib/audio/wav";
import { collect, next, useNodeRed, type Message } from "../../support/canvas";
import { Example } from "../../support/example";
import { OutgoingConnections } from "../../support/outgoing-connections";
import { Speaker } from "../../support/speech";

describe("example 13: lights without a cloud", function () {
  useNodeRed();
  const person = Speaker.use();
  const folder = mkdtempSync(join(tmpdir(), "realtime-without-cloud-"));
  after(() => rmSync(folder, { recursive: true }));
  const answerFile = join(folder, "answer.wav");
  const playedFile = join(folder, "played.wav");

  let example: Example;
  let connections: OutgoingConnections;
  let played: string;
  let calls: string[];

  const program = (name: string, code: string): string => {
    const file = join(folder, `${name}.cjs`);
    writeFileSync(file, code);
    return `"${process.execPath}" "${file}"`;
  };

  beforeEach(() => {
    connections = new OutgoingConnections();
    example = new Example("13 Lights without a cloud");
    assert.match(String(example.find("play")["command"]), /^aplay/);
    example.change("the answer", { filename: answerFile });
    // Stands in for aplay, as there is no sound card.
    const player = `require("node:fs").copyFileSync(process.argv[2], ${JSON.stringify(playedFile)})`;
    example.change("play", { command: program("player", player) });
    played = example.probe("play", 2);
    calls = ["set_light", "set_blinds", "set_temperature", "tell_time"].map((tool) =>
      example.probe(tool),
    );
  });
  afterEach(() => connections.stop());

  const callsMade = (): Message[] => {
    const made: Message[] = [];
    for (const probe of calls) {
      const messages = collect(probe);
      messages.push = (...added) => made.push(...added);
    }
    return made;
  };

  /** What must hold of every answer. */
  function assertSpoken(answer: Message): void {
    assert.equal(answer.payload.code, 0);
    const { sampleRate, samples } = parseWav(readFileSync(playedFile));
    assert.equal(sampleRate, 24_000);
    assert.ok(samples.length > 12_000);
    assert.deepEqual(connections.foreign, []);
    assert.ok(connections.hosts.length > 0);
  }

  for (const { sentence, expected, answer } of [
    {
      sentence: "turn on the kitchen light and close the bedroom blinds",
      expected: [
        ["set_light", { room: "kitchen", state: "on" }],
        ["set_blinds", { room: "bedroom", state: "closed" }],
      ],
      answer: /^The kitchen light is on\. The bedroom blinds are closed\.$/,
    },
    {
      sentence: "set the temperature in the bedroom to twenty one degrees",
      expected: [["set_temperature", { room: "bedroom", degrees: 21 }]],
      answer: /^The bedroom will have 21 degrees\.$/,
    },
    {
      sentence: "switch the kitchen light off please",
      expected: [["set_light", { room: "kitchen", state: "off" }]],
      answer: /^The kitchen light is off\.$/,
    },
    {
      sentence: "tell me the time please",
      expected: [["tell_time", {}]],
      answer: /^It is \d{1,2}\b/,
    },
    {
      sentence: "tell me a story about a dragon",
      expected: [],
      answer: /did not understand/,
    },
  ]) {
    it(`answers "${sentence}" aloud, on this machine alone`, async () => {
      await example.load();
      const caught = collect(example.id("errors"));
      const made = callsMade();
      const said = next(example.id("said"), ({ payload }) => answer.test(String(payload)));
      const spoken = next(played);
      example.press(sentence);
      await said;
      assertSpoken(await spoken);
      assert.deepEqual(
        made.map(({ topic, payload }) => [topic, payload as object]),
        expected,
      );
      assert.deepEqual(caught, []);
    });
  }

  it("hears a microphone from the recorder on, until it is stopped", async () => {
    const recording = join(folder, "recording.raw");
    writeFileSync(
      recording,
      int16ToBytes(await person.say("turn on the living room light", 16_000)),
    );
    // Stands in for arecord: gives what it has, and records silence on.
    const recorder = `process.stdout.write(require("node:fs").readFileSync(process.argv[2]));
      setInterval(() => process.stdout.write(Buffer.alloc(1280)), 40);`;
    assert.match(String(example.find("record")["command"]), /^arecord .*-f S16_LE -r 16000 -c 1$/);
    example.change("record", { command: `${program("recorder", recorder)} "${recording}"` });
    const ended = example.probe("record", 2);
    await example.load();
    const made = callsMade();
    const heard = next(example.id("heard"));
    const spoken = next(played);
    example.press("listen");
    assert.equal((await heard).payload, "turn on the living room light");
    assertSpoken(await spoken);
    assert.deepEqual(
      made.map(({ payload }) => payload as object),
      [{ room: "living room", state: "on" }],
    );
    const stopped = next(ended);
    example.press("stop listening");
    await stopped;
  });
});
