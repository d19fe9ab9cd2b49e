import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { orderDrink, randomOrder } from "../../lib/offline-voice/coffee-tool";
import { offTopic } from "../../lib/offline-voice/off-topic";
import { seeded, speak } from "../../lib/offline-voice/spoken";
import { pause } from "../pace";
import type { Extent, Result } from "../result";
import type { Said, VoiceSubject } from "../voice-subject";
import { Worker } from "../worker";

const ROOMS = ["kitchen", "bedroom", "office", "hall"];
const VOICES = ["slt", "rms", "awb", "kal"];
const MEGABYTE = 1e6;

/** How long the rooms listen before the first command, ms. */
const QUIET_MS = 30_000;

/** Spoken commands in four rooms of one Node-RED, at the pace of life, on the built-in server. */
export async function voiceRow({ pairs }: Extent): Promise<readonly Result[]> {
  const subject = new Worker<VoiceSubject>("voice-subject.ts", { isBare: true });
  const folder = mkdtempSync(join(tmpdir(), "realtime-speech-"));
  const commands = pairs > 5 ? 32 : 8;
  const others = pairs > 5 ? offTopic : offTopic.slice(-8);
  try {
    const parameters = orderDrink.parameters as { "x-sentences": readonly string[] };
    const { "x-sentences": sentences, ...schema } = parameters;
    await subject.ask("start", {
      rooms: ROOMS,
      tool: {
        tool: orderDrink.name,
        description: "",
        parametersMode: "schema",
        schema: JSON.stringify(schema),
        sentences: sentences.join("\n"),
        deadline: "20",
      },
    });
    // Rooms listen for hours before anybody speaks. Node-RED's own start leaves some 50 MiB of garbage,
    // which Node.js gives back in a quiet moment, or while somebody speaks only late.
    await pause(QUIET_MS);
    const random = seeded(3);
    const delays: number[] = [];
    let right = 0;
    for (let number = 0; number < commands; number++) {
      const order = randomOrder(random);
      const outcome = await subject.ask("say", await said(folder, order.text, number));
      if (outcome.called !== null) delays.push(outcome.delayMs);
      if (isDeepStrictEqual(outcome.called, order.arguments)) right += 1;
      await pause(500);
    }
    let accepted = 0;
    for (const [number, sentence] of others.entries()) {
      const { called } = await subject.ask("say", await said(folder, sentence, number));
      if (called !== null) accepted += 1;
    }
    assert.ok(delays.length > 0, "no command was heard");
    const ordered = delays.toSorted((one, other) => one - other);
    const half = ordered[Math.floor(ordered.length / 2)] ?? 0;
    const longest = ordered.at(-1) ?? 0;
    const memory = (await subject.ask("memory")) / MEGABYTE;
    return [
      {
        row: "voice",
        what: `spoken commands wholly right, of ${commands}`,
        own: `${right}`,
        beside: `${accepted} of ${others.length} other sentences taken for one`,
      },
      {
        row: "voice",
        what: "last sample of speech → tool call in the flow, longest",
        own: `p50 ${half.toFixed(0)} ms, longest ${longest.toFixed(0)} ms`,
        beside: "",
        measured: longest,
        bar: 600,
        unit: "ms",
      },
      {
        row: "voice",
        what: "resident memory of Node-RED with four rooms that hear",
        own: `${memory.toFixed(0)} MB`,
        beside: "",
        measured: memory,
        bar: 200,
        unit: "MB",
      },
    ];
  } finally {
    await subject.stop();
    rmSync(folder, { recursive: true });
  }
}

async function said(folder: string, text: string, number: number): Promise<Said> {
  const samples = await speak(text, VOICES[number % 4] ?? "slt");
  // What is silent at the end is no speech: the time counts from the last sound.
  const end = samples.findLastIndex((sample) => Math.abs(sample) > 0.01) + 1;
  const bytes = Buffer.alloc(end * 2);
  samples
    .subarray(0, end)
    .forEach((sample, index) => bytes.writeInt16LE(Math.round(sample * 32_767), index * 2));
  const file = join(folder, "speech");
  writeFileSync(file, bytes);
  return { room: ROOMS[number % ROOMS.length] ?? "", file };
}
