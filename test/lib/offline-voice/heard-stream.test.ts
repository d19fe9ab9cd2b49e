import assert from "node:assert/strict";
import { SampleRoom } from "../../../lib/audio/sample-room";
import type { FollowedSpeech } from "../../../lib/offline-voice/ears";
import { type Grammar, grammarOf } from "../../../lib/offline-voice/grammar";
import { HeardStream } from "../../../lib/offline-voice/heard-stream";
import { HEARING_SAMPLE_RATE, type Recognition } from "../../../lib/offline-voice/hearing";
import type { SpeechDetector } from "../../../lib/offline-voice/turn-detector";
import { homeTools } from "./home-tools";

const grammar = grammarOf(homeTools);
const understood = (transcript: string): Recognition => ({ kind: "understood", transcript });
const understoodText = "turn on the light";
const secondsOf = (speech: Float32Array): string =>
  (speech.length / HEARING_SAMPLE_RATE).toFixed(1);

/** Tells speech, which is what is not zero, after so many frames of 10 ms. */
function detectorAfter(frames: number): SpeechDetector {
  let [number, contrary, speech, changedAtMs] = [0, 0, false, 0];
  return {
    frameSize: HEARING_SAMPLE_RATE / 100,
    process: (frame) => {
      number += 1;
      contrary = (frame[0] !== 0) === speech ? 0 : contrary + 1;
      if (contrary === frames) {
        changedAtMs = (number - frames) * 10;
        speech = !speech;
        contrary = 0;
      }
      return { speech, changedAtMs };
    },
  };
}

/** Ears that write down what is asked of them. */
class ScriptedEars {
  readonly language = "en";
  readonly longestSpeech = 20 * HEARING_SAMPLE_RATE;
  readonly room = new SampleRoom(this.longestSpeech);
  readonly asked: string[] = [];
  /** They follow somebody else. */
  isFollowing = false;
  /** They heard something else meanwhile, or no command. */
  hasLost = false;
  /** What is said does not begin like a command. */
  isHopeless = false;
  /** What was said so far is no whole command. */
  isIncomplete = false;
  heard: Recognition = understood(understoodText);
  heardLowered: Recognition = { kind: "rejected", reason: "" };

  speechDetector = (): SpeechDetector => detectorAfter(10);
  pauseDetector = (): SpeechDetector => detectorAfter(5);

  hear(speech: Float32Array): Recognition {
    this.asked.push(`hear ${secondsOf(speech)} s`);
    return this.heard;
  }

  hearLowered(speech: Float32Array): Recognition {
    this.asked.push(`hear lowered ${secondsOf(speech)} s`);
    return this.heardLowered;
  }

  prepare({ size }: Grammar): void {
    assert.ok(size > 0);
    this.asked.push("prepare");
  }

  follow(speech: Float32Array): FollowedSpeech | null {
    assert.ok(!this.isFollowing);
    let length = speech.length;
    this.asked.push(`follow from ${secondsOf(speech)} s`);
    if (this.isHopeless) return null;
    return {
      append: (samples) => {
        length += samples.length;
      },
      mayBeOver: () => !this.isIncomplete,
      finish: (all) => {
        assert.equal(all.length, length, "all that was followed, and nothing else");
        this.asked.push(`finish ${secondsOf(all)} s`);
        return this.hasLost ? null : this.heard;
      },
      drop: () => this.asked.push("drop"),
    };
  }
}

/** Speech and silence that take turns, speech first, in pieces of 40 ms; each so many seconds long. */
function* pieces(...seconds: readonly number[]): Generator<Float32Array> {
  const all = seconds.flatMap((length, index) =>
    Array<number>(Math.round(length * HEARING_SAMPLE_RATE)).fill(index % 2 === 0 ? 0.5 : 0),
  );
  for (let at = 0; at < all.length; at += 640) yield Float32Array.from(all.slice(at, at + 640));
}

/** A stream in which somebody speaks once it is silent, and what is expected as soon as somebody does. */
function streamOf(ears: ScriptedEars): {
  readonly stream: HeardStream;
  readonly say: (...seconds: readonly number[]) => void;
} {
  const options = { silenceDurationMs: 350, threshold: 0.5, prefixPaddingMs: 300 };
  const stream = new HeardStream(ears, options, {
    speechStarted: () => stream.expect(grammar),
    speechStopped: (_ms, recognition) => {
      ears.asked.push(recognition?.kind === "understood" ? recognition.transcript : "-");
    },
  });
  stream.append(new Float32Array(HEARING_SAMPLE_RATE));
  return {
    stream,
    say: (...seconds) => {
      for (const piece of pieces(...seconds)) stream.append(piece);
    },
  };
}

describe("a stream that is heard", () => {
  it("has a command recognised while it is spoken: at its end there is nothing left to hear", () => {
    const ears = new ScriptedEars();
    streamOf(ears).say(3, 1);
    assert.deepEqual(ears.asked, ["prepare", "follow from 1.5 s", "finish 3.3 s", understoodText]);
  });

  it("has a short command recognised as a whole", () => {
    const ears = new ScriptedEars();
    streamOf(ears).say(1, 1);
    assert.deepEqual(ears.asked, ["prepare", "hear 1.3 s", understoodText]);
  });

  it("hears what was no command in a pause at its end alone, and lowered too", () => {
    const ears = new ScriptedEars();
    ears.heard = { kind: "rejected", reason: "" };
    ears.heardLowered = understood("of a child");
    streamOf(ears).say(0.4, 0.2, 0.3, 0.2, 2, 1);
    assert.deepEqual(ears.asked, [
      "prepare",
      "hear 0.7 s",
      "hear 3.5 s",
      "hear lowered 3.5 s",
      "of a child",
    ]);
  });

  it("follows from its beginning again what goes on after a pause", () => {
    const ears = new ScriptedEars();
    streamOf(ears).say(2, 0.2, 1, 1);
    assert.deepEqual(ears.asked, [
      "prepare",
      "follow from 1.5 s",
      "finish 2.3 s",
      "follow from 2.5 s",
      "finish 3.5 s",
      understoodText,
    ]);
  });

  it("follows through a pause what is no whole command yet", () => {
    const ears = new ScriptedEars();
    const { say } = streamOf(ears);
    ears.isIncomplete = true;
    say(2, 0.2);
    ears.isIncomplete = false;
    say(1, 1);
    assert.deepEqual(ears.asked, ["prepare", "follow from 1.5 s", "finish 3.5 s", understoodText]);
  });

  it("finishes at the end of the turn what seemed to be no whole command", () => {
    const ears = new ScriptedEars();
    ears.isIncomplete = true;
    streamOf(ears).say(2, 1);
    assert.deepEqual(ears.asked, ["prepare", "follow from 1.5 s", "finish 2.5 s", understoodText]);
  });

  it("hears as a whole what ended in a piece of seconds while it was followed", () => {
    const ears = new ScriptedEars();
    ears.isIncomplete = true;
    const { stream, say } = streamOf(ears);
    say(2);
    stream.append(Float32Array.from({ length: 24_000 }, (_, index) => (index < 8_000 ? 0.5 : 0)));
    assert.deepEqual(ears.asked, ["prepare", "follow from 1.5 s", "hear 2.9 s", understoodText]);
  });

  it("has recognised as a whole what is said while somebody else is followed", () => {
    const ears = new ScriptedEars();
    ears.isFollowing = true;
    streamOf(ears).say(3, 1);
    assert.deepEqual(ears.asked, ["prepare", "hear 3.3 s", understoodText]);
  });

  it("follows as soon as nobody else is followed", () => {
    const ears = new ScriptedEars();
    const { say } = streamOf(ears);
    ears.isFollowing = true;
    say(2);
    ears.isFollowing = false;
    say(1, 1);
    assert.deepEqual(ears.asked, ["prepare", "follow from 2.2 s", "finish 3.3 s", understoodText]);
  });

  it("hears what does not begin like a command at its end alone", () => {
    const ears = new ScriptedEars();
    ears.isHopeless = true;
    streamOf(ears).say(2, 0.2, 2, 1);
    assert.deepEqual(ears.asked, ["prepare", "follow from 1.5 s", "hear 4.6 s", understoodText]);
  });

  it("hears the beginning of a command in each pause", () => {
    const ears = new ScriptedEars();
    const { say } = streamOf(ears);
    ears.heard = { kind: "rejected", reason: "", unfinished: true };
    say(0.4, 0.2);
    ears.heard = understood(understoodText);
    say(0.3, 1);
    assert.deepEqual(ears.asked, ["prepare", "hear 0.7 s", "hear 1.2 s", understoodText]);
  });

  it("has recognised as a whole what was no command while it was followed", () => {
    const ears = new ScriptedEars();
    const { say } = streamOf(ears);
    say(2);
    ears.hasLost = true;
    say(1, 1);
    assert.deepEqual(ears.asked, [
      "prepare",
      "follow from 1.5 s",
      "finish 3.3 s",
      "hear 3.3 s",
      understoodText,
    ]);
  });

  it("lets go of what it follows when it closes, so that others can be followed", () => {
    const ears = new ScriptedEars();
    const { stream, say } = streamOf(ears);
    say(2);
    stream.close();
    say(1, 1);
    assert.deepEqual(ears.asked, ["prepare", "follow from 1.5 s", "drop", "-"]);
  });

  it("lets go of speech that is too long for a command", () => {
    const ears = new ScriptedEars();
    streamOf(ears).say(9, 1);
    assert.deepEqual(ears.asked.slice(0, 3), ["prepare", "follow from 1.5 s", "drop"]);
  });

  it("follows what was said before and after a hesitation as one command", () => {
    const ears = new ScriptedEars();
    ears.heard = { kind: "rejected", reason: "less was said", unfinished: true };
    const { say } = streamOf(ears);
    say(1.2, 0.8);
    ears.heard = understood(understoodText);
    say(1.5, 1);
    assert.deepEqual(ears.asked, [
      "prepare",
      "hear 1.5 s",
      "hear lowered 1.5 s",
      "follow from 1.9 s",
      "finish 3.4 s",
      understoodText,
    ]);
  });
});
