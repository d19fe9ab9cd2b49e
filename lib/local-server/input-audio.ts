import { ByteQueue } from "../audio/byte-queue";
import { type AudioEncoding, bytesToMilliseconds, millisecondsToBytes } from "../audio/pcm";
import type { Grammar } from "../offline-voice/grammar";
import type { LanguageCode } from "../offline-voice/language";
import type {
  Listener,
  OfflineVoice,
  Recognition,
  TurnDetectionOptions,
} from "../offline-voice/voice";
import type { TurnDetection } from "../protocol/audio-input";
import { MAX_APPEND_BYTES, MIN_COMMIT_MS } from "../protocol/limits";
import { refusal } from "./errors";
import { DEFAULT_PADDING_MS, DEFAULT_SILENCE_MS, DEFAULT_THRESHOLD } from "./settings";

/** Most bytes the buffer holds (five minutes of PCM). */
const MAX_BUFFER_BYTES = MAX_APPEND_BYTES;
/** Silence kept before speech is noticed, besides what the detector has not looked at yet. */
const KEPT_SILENCE_MS = 5_000;

/** Silence that ends a turn for each eagerness, ms; commands are short, so "low" does not wait 8 s. */
const SEMANTIC_SILENCE_MS = { low: 1_500, medium: 800, auto: 800, high: 400 } as const;

/** A turn that was taken out of the buffer, to become a user message. */
export interface SpokenTurn {
  readonly itemId: string;
  /** Wire bytes. */
  readonly bytes: Buffer;
  readonly encoding: AudioEncoding;
  /** What was heard, where it was recognised before the turn was over. */
  readonly recognition?: Recognition | undefined;
}

/** Called in the order of the audio; ms count from the first audio of the session. */
export interface InputAudioCallbacks {
  speechStarted(itemId: string, audioStartMs: number): void;
  speechStopped(audioEndMs: number, turn: SpokenTurn): void;
}

/** The session's input audio buffer, and the detector that finds turns in it. */
export class InputAudio {
  readonly #voice: OfflineVoice;
  readonly #createItemId: () => string;
  readonly #callbacks: InputAudioCallbacks;
  #encoding: AudioEncoding = "audio/pcm";
  #detection: TurnDetectionOptions | null = null;
  #language: LanguageCode = "en";
  #listener: Listener | null = null;

  readonly #buffer = new ByteQueue();
  /** Half a sample that came at the end of a chunk. */
  #halfSample = Buffer.alloc(0);
  /** Audio of the session that is no longer in the buffer, ms. */
  #passedMs = 0;
  /** Id of the message that the speech of now will become. */
  #speechItemId: string | null = null;

  constructor(voice: OfflineVoice, createItemId: () => string, callbacks: InputAudioCallbacks) {
    this.#voice = voice;
    this.#createItemId = createItemId;
    this.#callbacks = callbacks;
  }

  /** Audio of the session so far, ms. */
  get positionMs(): number {
    return this.#passedMs + this.#bufferedMs;
  }

  get isSpeaking(): boolean {
    return this.#speechItemId !== null;
  }

  get #bufferedMs(): number {
    return bytesToMilliseconds(this.#encoding, this.#buffer.length);
  }

  /** Takes settings. Another format empties the buffer: what it holds would be noise. */
  configure(
    encoding: AudioEncoding,
    turnDetection: TurnDetection | null,
    language: LanguageCode = "en",
  ): void {
    const detection = detectionOptions(turnDetection);
    const same =
      language === this.#language && JSON.stringify(detection) === JSON.stringify(this.#detection);
    if (encoding === this.#encoding && same) return;
    if (encoding !== this.#encoding) {
      this.#discard(this.#buffer.length);
      this.#halfSample = Buffer.alloc(0);
    }
    this.#encoding = encoding;
    this.#detection = detection;
    this.#language = language;
    this.#listen();
  }

  /** Takes wire bytes. Refused when the buffer would grow beyond its bound, unless turns are detected. */
  append(bytes: Buffer): void {
    const fits = this.#buffer.length + bytes.length <= MAX_BUFFER_BYTES;
    if (!fits && this.#detection === null) {
      const message = "The input audio buffer is full: commit or clear it first.";
      throw refusal("input_audio_buffer_full", message, "audio");
    }
    const samples = this.#wholeSamples(bytes);
    if (samples.length === 0) return;
    this.#buffer.push(samples);
    this.#listener?.append(samples);
    if (this.#detection !== null) this.#trim();
  }

  /** A client may cut its stream anywhere; what is kept is whole samples. */
  #wholeSamples(bytes: Buffer): Buffer {
    if (this.#encoding !== "audio/pcm") return bytes;
    const joined = this.#halfSample.length === 0 ? bytes : Buffer.concat([this.#halfSample, bytes]);
    const whole = joined.length - (joined.length % 2);
    this.#halfSample = Buffer.from(joined.subarray(whole));
    return joined.subarray(0, whole);
  }

  #trim(): void {
    const silence = millisecondsToBytes(
      this.#encoding,
      KEPT_SILENCE_MS + (this.#detection?.prefixPaddingMs ?? 0),
    );
    // A recording may come faster than it is looked at.
    const wanted = this.isSpeaking ? Infinity : silence + (this.#listener?.waiting ?? 0);
    this.#discard(this.#buffer.length - Math.min(wanted, MAX_BUFFER_BYTES));
  }

  /** Empties the buffer. The speech of now is forgotten. */
  clear(): void {
    this.#discard(this.#buffer.length);
    this.#halfSample = Buffer.alloc(0);
    this.#listen();
  }

  /** Takes all of the buffer as a turn. Refused under 100 ms. */
  commit(): SpokenTurn {
    const milliseconds = this.#bufferedMs;
    if (milliseconds < MIN_COMMIT_MS) {
      throw refusal(
        "input_audio_buffer_commit_empty",
        `Error committing input audio buffer: buffer too small. Expected at least ` +
          `${MIN_COMMIT_MS}ms of audio, but buffer only has ${milliseconds.toFixed(2)}ms of audio.`,
      );
    }
    return this.takeAll();
  }

  /** Takes all of the buffer as a turn, however short. */
  takeAll(): SpokenTurn {
    const itemId = this.#speechItemId ?? this.#createItemId();
    const bytes = this.#take(this.#buffer.length);
    this.#listen();
    return { itemId, bytes, encoding: this.#encoding };
  }

  /** What the turn that is being spoken may hold, so that it is recognised before it is over. */
  expect(grammar: Grammar): void {
    this.#listener?.expect(grammar);
  }

  /** No callback comes after this. */
  close(): void {
    this.#listener?.close();
    this.#listener = null;
    this.#discard(this.#buffer.length);
  }

  /** Begins to listen anew: the speech of now is forgotten. */
  #listen(): void {
    this.#listener?.close();
    this.#listener = null;
    this.#speechItemId = null;
    if (this.#detection === null) return;
    const originMs = this.positionMs;
    this.#listener = this.#voice.listen(
      {
        turnDetection: this.#detection,
        encoding: this.#encoding,
        language: this.#language,
      },
      {
        speechStarted: (ms) => this.#startSpeech(Math.round(originMs + ms)),
        speechStopped: (ms, recognition) =>
          this.#stopSpeech(Math.round(originMs + ms), recognition),
      },
    );
  }

  #startSpeech(audioStartMs: number): void {
    const itemId = this.#createItemId();
    this.#speechItemId = itemId;
    this.#discard(this.#bytesUntil(audioStartMs));
    this.#callbacks.speechStarted(itemId, audioStartMs);
  }

  #stopSpeech(audioEndMs: number, recognition: Recognition | undefined): void {
    const itemId = this.#speechItemId;
    if (itemId === null) return;
    this.#speechItemId = null;
    const bytes = this.#take(this.#bytesUntil(audioEndMs));
    const encoding = this.#encoding;
    this.#callbacks.speechStopped(audioEndMs, { itemId, bytes, encoding, recognition });
  }

  #bytesUntil(positionMs: number): number {
    const bytes = millisecondsToBytes(this.#encoding, Math.max(0, positionMs - this.#passedMs));
    return Math.min(bytes, this.#buffer.length);
  }

  /** Takes so many bytes from the front of the buffer. */
  #take(byteCount: number): Buffer {
    const bytes = this.#buffer.take(byteCount);
    this.#passedMs += bytesToMilliseconds(this.#encoding, bytes.length);
    return bytes;
  }

  #discard(byteCount: number): void {
    if (byteCount <= 0) return;
    this.#buffer.discard(byteCount);
    this.#passedMs += bytesToMilliseconds(this.#encoding, byteCount);
  }
}

function detectionOptions(detection: TurnDetection | null): TurnDetectionOptions | null {
  switch (detection?.type) {
    case undefined:
      return null;
    case "server_vad":
      return {
        silenceDurationMs: detection.silence_duration_ms ?? DEFAULT_SILENCE_MS,
        threshold: detection.threshold ?? DEFAULT_THRESHOLD,
        prefixPaddingMs: detection.prefix_padding_ms ?? DEFAULT_PADDING_MS,
      };
    case "semantic_vad":
      return {
        silenceDurationMs: SEMANTIC_SILENCE_MS[detection.eagerness ?? "auto"],
        threshold: DEFAULT_THRESHOLD,
        prefixPaddingMs: DEFAULT_PADDING_MS,
      };
  }
}
