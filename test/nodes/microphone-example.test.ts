import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { float32ToInt16, int16ToBytes } from "../../lib/audio/pcm";
import { Resampler } from "../../lib/audio/resampler";
import { parseWav } from "../../lib/audio/wav";
import {
  collect,
  give,
  load,
  next,
  status,
  topicIs,
  useNodeRed,
  type FlowNode,
} from "../support/canvas";
import { Example } from "../support/example";

const example = (name: string): FlowNode[] =>
  JSON.parse(readFileSync(`examples/${name}.json`, "utf8")) as FlowNode[];

describe("example 7: a microphone and a loudspeaker", () => {
  useNodeRed();

  const folder = mkdtempSync(join(tmpdir(), "realtime-recorder-"));
  after(() => rmSync(folder, { recursive: true }));

  /** "Turn on the kitchen light", as `arecord -t raw -f S16_LE -r 16000` gives it, then silence. */
  function spokenCommand(): Buffer {
    const template = example("4 Talk from a file").find(
      ({ name }) => name === "the WAV, in base64",
    );
    const wav = parseWav(Buffer.from(String(template?.["template"]), "base64"));
    const resampler = new Resampler(wav.sampleRate, 16_000);
    const sound = int16ToBytes(float32ToInt16(resampler.process(wav.samples)));
    return Buffer.concat([sound, Buffer.alloc(32_000)]);
  }

  /**
   * Stands in for arecord, as there is no sound card: plays a file in pieces, then records on. A
   * millisecond lies between them, else the pipe would join them.
   */
  function recorder(): string {
    const program = join(folder, "recorder.cjs");
    const recording = join(folder, "command.raw");
    writeFileSync(recording, spokenCommand());
    writeFileSync(
      program,
      `const sound = require("node:fs").readFileSync(process.argv[2]);
      const write = (at) => {
        if (at >= sound.length)
          return void setInterval(() => process.stdout.write(Buffer.alloc(3200)), 100);
        process.stdout.write(sound.subarray(at, at + 1999), () => setTimeout(write, 1, at + 1999));
      };
      write(0);`,
    );
    return `"${process.execPath}" "${program}" "${recording}"`;
  }

  /** Stands in for aplay: copies what it is given to play, and ends when it is told so by a file. */
  function player(answer: string): string {
    const program = join(folder, "player.cjs");
    writeFileSync(
      program,
      `const fs = require("node:fs");
      const [, , answer, played, ended] = process.argv;
      fs.copyFileSync(answer, played);
      setInterval(() => fs.existsSync(ended) && process.exit(0), 5);`,
    );
    const [played, ended] = ["played.wav", "ended"].map((name) => join(folder, name));
    return `"${process.execPath}" "${program}" "${answer}" "${played}" "${ended}"`;
  }

  it("is heard, understood, carried out and answered, and is muted meanwhile; then it is stopped", async () => {
    const nodes = example("7 Microphone and loudspeaker");
    const [{ id: z } = assert.fail("no tab")] = nodes;
    const answer = join(folder, "answer.wav");
    for (const node of nodes) {
      const wires = node["wires"] as string[][] | undefined;
      if (node["name"] === "record") {
        assert.match(String(node["command"]), /^arecord .*-f S16_LE -r 16000 -c 1$/);
        node["command"] = recorder();
        wires?.[2]?.push("probe-ended");
      }
      if (node["name"] === "play") {
        assert.equal(node["command"], "aplay -q /tmp/realtime-answer.wav");
        node["command"] = player(answer);
      }
      if (node.type === "file") {
        assert.equal(node["filename"], "/tmp/realtime-answer.wav");
        node["filename"] = answer;
      }
      if (node.type === "openai-realtime-audio-out") wires?.[0]?.push("probe-audio");
      if (node["name"] === "it has ended") wires?.[0]?.push("probe-played");
      if (node.type === "openai-realtime-connect") wires?.[0]?.push("probe-events");
      if (node.type === "openai-realtime-tool") wires?.[0]?.push("probe-calls");
      if (node.type === "catch") wires?.[0]?.push("caught");
    }
    const probes = [
      "probe-events",
      "probe-calls",
      "probe-ended",
      "probe-audio",
      "probe-played",
      "caught",
    ].map((id) => ({ id, type: "helper", z, x: 1, y: 1, wires: [] }));
    await load([...nodes, ...probes], {}, [
      "common/20-inject",
      "common/21-debug",
      "common/90-comment",
      "function/10-function",
      "function/10-switch",
      "function/15-change",
      "function/80-template",
      "function/90-exec",
      "storage/10-file",
    ]);
    const caught = collect("caught");
    const calls = collect("probe-calls");
    const heard = next(
      "probe-events",
      topicIs("conversation.item.input_audio_transcription.completed"),
    );
    const answered = next(
      "probe-events",
      (message) => topicIs("response.output_audio_transcript.done")(message) && calls.length > 0,
    );
    const press = (name: string): void => {
      const button = nodes.find((node) => node["name"] === name);
      assert.ok(button);
      for (const id of (button["wires"] as string[][])[0] ?? []) {
        const props = button["props"] as { p: string; v: string }[];
        give(id, Object.fromEntries(props.map(({ p, v }) => [p, v])));
      }
    };
    const ear = nodes.find(({ type }) => type === "openai-realtime-audio-in")?.id ?? "";
    const muted = status(ear, "status.muted");
    const given = next("probe-audio");
    press("listen");
    assert.equal((await heard)["payload"].transcript, "turn on the kitchen light");
    assert.match((await answered)["payload"].transcript, /kitchen light.*on/i);
    assert.deepEqual(
      calls.map(({ payload }) => payload),
      [{ device: "light", room: "kitchen", state: "on" }],
    );
    // The loudspeaker sounds: without a wire, nothing of it is heard.
    await muted;
    const wav = (await given)["payload"] as Buffer;
    assert.equal(parseWav(wav).sampleRate, 24_000);
    const played = next("probe-played");
    const open = status(ear, "status.talking");
    writeFileSync(join(folder, "ended"), "");
    assert.equal((await played)["action"], "finished");
    // After its end there is the tail, and then the room is heard again.
    await open;
    assert.ok(readFileSync(join(folder, "played.wav")).equals(wav));
    const ended = next("probe-ended");
    press("stop listening");
    await ended;
    assert.deepEqual(caught, []);
  });
});

describe('the button "listen" of the examples with a recorder', () => {
  useNodeRed();
  const folder = mkdtempSync(join(tmpdir(), "realtime-recorders-"));
  after(() => rmSync(folder, { recursive: true }));

  for (const name of ["7 Microphone and loudspeaker", "13 Lights without a cloud"])
    it(`starts one recorder, which "stop listening" ends, and then another one, in "${name}"`, async () => {
      const starts = join(folder, name);
      const program = join(folder, "recorder.cjs");
      // Tells of its start in a file.
      writeFileSync(
        program,
        `require("node:fs").appendFileSync(process.argv[2], ".");
        setInterval(() => process.stdout.write(Buffer.alloc(320, 0xff)), 20);`,
      );
      const example = new Example(name);
      example.change("record", { command: `"${process.execPath}" "${program}" "${starts}"` });
      const sound = example.probe("record");
      const end = example.probe("record", 2);
      await example.load();
      for (const recorders of [1, 2]) {
        const recorded = next(sound);
        example.press("listen");
        example.press("listen");
        await recorded;
        example.press("listen");
        const ended = next(end);
        example.press("stop listening");
        await ended;
        assert.equal(readFileSync(starts, "utf8").length, recorders);
      }
    });
});
