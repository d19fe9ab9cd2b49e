import assert from "node:assert/strict";
import { once } from "node:events";
import type { Worker } from "node:worker_threads";
import { int16ToBytes } from "../../lib/audio/pcm";
import { builtIn, flow, give, load, next, nodeById, topicIs, useNodeRed, watched } from "../support/canvas"; // prettier-ignore
import { Speaker } from "../support/speech";

/** 100 ms of PCM at 24 kHz. */
const CHUNK = 4800;

describe("built-in server whose ears die in the middle of a sentence", () => {
  useNodeRed();
  const person = Speaker.use();

  it("says so, and hears the next one", async () => {
    const command = int16ToBytes(await person.say("turn on the kitchen light", 24_000));
    const listening = { output: "text", turnDetection: "server_vad" };
    await load(
      flow(
        ...builtIn.map((node) => (node.id === "s" ? { ...node, ...listening } : node)),
        ...watched(),
        { id: "ear", type: "openai-realtime-audio-in", session: "s", input: "raw", rate: "24000" },
        {
          id: "tool",
          type: "openai-realtime-tool",
          session: "s",
          tool: "set_light",
          description: "Turns a light on or off",
          parametersMode: "list",
          parameters: [
            { name: "room", type: "string", choices: "kitchen, bedroom", required: true },
            { name: "state", type: "string", choices: "on, off", required: true },
          ],
          wires: [["calls"]],
        },
        { id: "calls", type: "helper" },
      ),
    );
    const hear = (bytes: Buffer): void => {
      for (let at = 0; at < bytes.length; at += CHUNK)
        give("ear", { payload: bytes.subarray(at, at + CHUNK) });
    };
    const ears = once(process, "worker");
    const ready = next("events", topicIs("session.updated"));
    give("c", { action: "connect" });
    await ready;

    const started = next("events", topicIs("input_audio_buffer.speech_started"));
    const half = (command.length >> 1) & ~1;
    hear(command.subarray(0, half));
    await started;
    const warned = new Promise((resolve) => {
      nodeById("e").warn = resolve;
    });
    const stopped = next("events", topicIs("input_audio_buffer.speech_stopped"));
    const [worker] = (await ears) as [Worker];
    await worker.terminate();
    assert.match(String(await warned), /^warning\.voice/);
    await stopped;

    const called = next("calls");
    hear(Buffer.alloc(2 * 48_000));
    hear(command);
    assert.deepEqual((await called).payload, { room: "kitchen", state: "on" });
  });
});
