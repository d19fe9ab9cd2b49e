import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseWav } from "../../lib/audio/wav";
import { startOfflineVoice } from "../../lib/offline-voice/voice";
import { resampled } from "../../lib/audio/resampler";
import { collect, give, load, next, topicIs, useNodeRed, type FlowNode } from "../support/canvas";
import { hurry } from "../support/example";

describe("example 4: a spoken command", () => {
  useNodeRed();

  const folder = mkdtempSync(join(tmpdir(), "realtime-answer-"));
  after(() => rmSync(folder, { recursive: true }));

  /** The example as it ships, with probes on the outputs of some of its nodes. */
  function example(): FlowNode[] {
    const nodes = JSON.parse(
      readFileSync("examples/4 Talk from a file.json", "utf8"),
    ) as FlowNode[];
    for (const node of nodes) {
      if (node.type === "file") node["filename"] = join(folder, "answer.wav");
      const wires = node["wires"] as string[][] | undefined;
      if (node.type === "delay") hurry(node);
      if (node.type === "openai-realtime-connect") wires?.[0]?.push("probe-events");
      if (node.type === "openai-realtime-tool") wires?.[0]?.push("probe-calls");
      if (node.type === "file") wires?.[0]?.push("probe-written");
      if (node.type === "catch") wires?.[0]?.push("caught");
    }
    const [{ id: z } = assert.fail("no tab")] = nodes;
    const probes = ["probe-events", "probe-calls", "probe-written", "caught"].map((id) => ({
      id,
      type: "helper",
      z,
      x: 1,
      y: 1,
      wires: [],
    }));
    return [...nodes, ...probes];
  }

  it("is heard, understood, carried out and answered by voice", async () => {
    const nodes = example();
    await load(nodes, {}, [
      "common/20-inject",
      "common/21-debug",
      "common/90-comment",
      "function/10-function",
      "function/80-template",
      "function/89-delay",
      "storage/10-file",
    ]);
    const events = collect("probe-events");
    const calls = collect("probe-calls");
    const caught = collect("caught");
    const written = next("probe-written");
    const inject = nodes.find(({ type }) => type === "inject");
    assert.ok(inject);
    give(inject.id, { action: "connect" });
    await written;

    assert.deepEqual(caught, []);
    const order = events.map(({ topic }) => topic);
    const spoken = [
      "input_audio_buffer.speech_started",
      "input_audio_buffer.speech_stopped",
      "input_audio_buffer.committed",
      "conversation.item.added",
      "response.created",
    ];
    const places = spoken.map((topic) => order.indexOf(topic));
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
      order.join("\n"),
    );
    assert.ok(!places.includes(-1), order.join("\n"));
    const heard = events.filter(topicIs("conversation.item.input_audio_transcription.completed"));
    assert.deepEqual(
      heard.map(({ payload }) => payload.transcript),
      ["turn on the kitchen light"],
    );
    assert.deepEqual(
      calls.map(({ payload }) => payload),
      [{ device: "light", room: "kitchen", state: "on" }],
    );

    const answer = events.findLast(topicIs("response.output_audio_transcript.done"));
    assert.match(answer?.payload.transcript, /kitchen light.*on/i);
    const audio = Buffer.concat(
      events
        .filter(topicIs("response.output_audio.delta"))
        .map(({ payload }) => Buffer.from(payload.delta, "base64")),
    );
    const file = join(folder, "answer.wav");
    const wav = parseWav(readFileSync(file));
    assert.equal(wav.sampleRate, 24_000);
    assert.equal(wav.samples.length, audio.length / 2);
    await assertWords(wav.samples, answer?.payload.transcript);
    assertSox(file, audio.length / 48_000);
  });

  /** Hears the answer again: the recogniser must find these words and no others like them. */
  async function assertWords(samples: Float32Array, transcript: string): Promise<void> {
    const voice = startOfflineVoice();
    try {
      const heard = resampled(samples, 24_000, 16_000);
      // Any row of these words may be heard.
      const words = "the a kitchen bedroom living room light fan door is was on off open".split(
        " ",
      );
      const jsgf = `#JSGF V1.0;\ngrammar words;\npublic <heard> = ( ${words.join(" | ")} )+;\n`;
      const recognition = await voice.recognise(heard, {
        language: "en",
        jsgf,
        words,
        lastWords: words,
        size: words.length,
      });
      assert.ok(recognition.kind === "understood", JSON.stringify(recognition));
      assert.equal(recognition.transcript, transcript.toLowerCase().replaceAll(/[^a-z ]/g, ""));
    } finally {
      await voice.close();
    }
  }

  /** sox judges the file as any other program would. */
  function assertSox(file: string, seconds: number): void {
    const sox = "/usr/bin/soxi";
    if (!existsSync(sox)) {
      console.log("      sox is not installed: the file was read by our own code only");
      return;
    }
    const { stdout, status } = spawnSync(sox, ["-D", file], { encoding: "utf8" });
    assert.equal(status, 0);
    assert.ok(Math.abs(Number(stdout) - seconds) < 0.001, `${stdout} is not ${seconds} s`);
  }
});
