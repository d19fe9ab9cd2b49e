import type { AudioEncoding } from "../../../lib/audio/pcm";
import { EarsDecoder } from "../../../lib/offline-voice/ears-decoder";
import type { Grammar } from "../../../lib/offline-voice/grammar";
import type {
  Availability,
  Listener,
  OfflineVoice,
  Recognition,
  Speech,
  SpeechCallbacks,
  TurnDetectionOptions,
} from "../../../lib/offline-voice/voice";

const SAMPLES_PER_MS = 16;
/** Louder than this is speech. */
const LOUD = 0.05;

/** Ears that find loud audio and "understand" what they are told to, and a mouth that hums. */
export class ScriptedVoice implements OfflineVoice {
  available: Availability = { ears: true, mouth: true };
  /** What the next turns are taken for. */
  readonly heard: (Recognition | Error)[] = [];
  /** What is heard of the next turns while they are spoken. */
  readonly heardMeanwhile: Recognition[] = [];
  /** The language of each listener. */
  readonly languages: (string | undefined)[] = [];
  /** What was listened for meanwhile. */
  readonly expected: Grammar[] = [];
  /** Samples of each turn that was to be recognised. */
  readonly recognised: number[] = [];
  readonly spoken: { text: string; voice: string }[] = [];
  /** Length of the sound of a word, ms. */
  wordMs = 100;
  /** Recognition waits for this. */
  gate: Promise<void> = Promise.resolve();
  closed = 0;
  /** Listeners that are open. */
  listening = 0;

  listen(
    {
      turnDetection,
      encoding,
      language,
    }: {
      readonly turnDetection: TurnDetectionOptions | null;
      readonly encoding: AudioEncoding;
      readonly language?: string;
    },
    callbacks: SpeechCallbacks,
  ): Listener {
    const decoder = new EarsDecoder(encoding);
    let positionMs = 0;
    let quietMs = 0;
    let speaking = false;
    let isClosed = false;
    this.listening++;
    this.languages.push(language);
    return {
      append: (bytes) => {
        if (turnDetection === null || isClosed) return;
        const samples = decoder.decode(bytes);
        positionMs += samples.length / SAMPLES_PER_MS;
        const loud = samples.some((sample) => Math.abs(sample) > LOUD);
        quietMs = loud ? 0 : quietMs + samples.length / SAMPLES_PER_MS;
        if (loud && !speaking) {
          speaking = true;
          const onset = positionMs - samples.length / SAMPLES_PER_MS;
          callbacks.speechStarted(Math.max(0, onset - turnDetection.prefixPaddingMs));
        } else if (speaking && quietMs >= turnDetection.silenceDurationMs) {
          speaking = false;
          callbacks.speechStopped(positionMs, this.heardMeanwhile.shift());
        }
      },
      waiting: 0,
      expect: (grammar) => {
        this.expected.push(grammar);
      },
      close: () => {
        if (!isClosed) this.listening--;
        isClosed = true;
      },
    };
  }

  async recognise(samples: Float32Array, _grammar: Grammar): Promise<Recognition> {
    this.recognised.push(samples.length);
    await this.gate;
    const heard = this.heard.shift() ?? { kind: "rejected", reason: "No command was heard." };
    if (heard instanceof Error) throw heard;
    return heard;
  }

  speak(text: string, voice: string): Promise<Speech> {
    this.spoken.push({ text, voice });
    const words = text.split(" ").length;
    const samples = Int16Array.from({ length: words * this.wordMs * SAMPLES_PER_MS }, (_, index) =>
      Math.round(8_000 * Math.sin((2 * Math.PI * 440 * index) / 16_000)),
    );
    return Promise.resolve({ samples, sampleRate: 16_000 });
  }

  close(): Promise<void> {
    this.closed++;
    return Promise.resolve();
  }
}
