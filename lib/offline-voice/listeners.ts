import { type AudioEncoding, bytesToMilliseconds } from "../audio/pcm";
import { EarsDecoder } from "./ears-decoder";
import { EnergyDetector } from "./energy-detector";
import type { Grammar } from "./grammar";
import { guarded } from "./guarded";
import type { Recognition, SpeechCallbacks, TurnDetectionOptions } from "./hearing";
import { TurnDetector } from "./turn-detector";
import type { VoiceThread } from "./voice-thread";
import type { StreamOptions } from "./worker-messages";

/** One microphone's stream. */
export interface Listener {
  /**
   * Wire bytes of any number of whole samples, which are gone for the caller where their memory holds
   * nothing else. Callbacks never come from within this call.
   */
  append(bytes: Uint8Array): void;
  /** The last bytes in which no turn was looked for yet: what begins in them is told later. */
  readonly waiting: number;
  /**
   * Has the turn that is being spoken recognised as these commands, in the silence that ends it. Where
   * that is not possible, its end comes without: nobody speaks, or in another language.
   */
  expect(grammar: Grammar): void;
  /** No callback comes after this. */
  close(): void;
}

/** After the worker ended, a listener waits for so much of its audio before it has a new one started, ms. */
const RESTART_AFTER_MS = 1_000;

/**
 * The longest such wait, ms. It is doubled with each worker that ends before it has heard anything: one
 * that cannot be loaded, or has no memory, would keep a core of a small board busy.
 */
const LONGEST_RESTART_MS = 5 * 60_000;

/** Callbacks that end with `close` and whose errors cannot end the process. */
class GuardedCallbacks implements SpeechCallbacks {
  readonly #callbacks: SpeechCallbacks;
  #closed = false;

  constructor(callbacks: SpeechCallbacks) {
    this.#callbacks = callbacks;
  }

  close(): void {
    this.#closed = true;
  }

  speechStarted(audioStartMs: number): void {
    this.#guard(() => this.#callbacks.speechStarted(audioStartMs));
  }

  speechStopped(audioEndMs: number, recognition?: Recognition): void {
    this.#guard(() => this.#callbacks.speechStopped(audioEndMs, recognition));
  }

  #guard(call: () => void): void {
    if (!this.#closed) guarded(call);
  }
}

/** For a session without turn detection. */
export const deafListener: Listener = {
  append: () => undefined,
  waiting: 0,
  expect: () => undefined,
  close: () => undefined,
};

/** Finds turns by loudness in the calling thread: some 50 µs per second of audio. */
export class EnergyListener implements Listener {
  readonly waiting = 0;
  readonly #decoder: EarsDecoder;
  readonly #turns: TurnDetector;
  readonly #callbacks: GuardedCallbacks;

  constructor(options: TurnDetectionOptions, encoding: AudioEncoding, callbacks: SpeechCallbacks) {
    const guarded = new GuardedCallbacks(callbacks);
    this.#decoder = new EarsDecoder(encoding);
    this.#callbacks = guarded;
    this.#turns = new TurnDetector(new EnergyDetector(options.threshold), options, {
      speechStarted: (ms) => queueMicrotask(() => guarded.speechStarted(ms)),
      speechStopped: (ms) => queueMicrotask(() => guarded.speechStopped(ms)),
    });
  }

  append(bytes: Uint8Array): void {
    this.#turns.append(this.#decoder.decode(bytes));
  }

  expect(): void {
    // There is no recogniser.
  }

  close(): void {
    this.#callbacks.close();
  }
}

/** The bytes in memory that can be handed over: a copy, if theirs holds more. */
function alone(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  const isAlone = buffer instanceof ArrayBuffer && buffer.byteLength === bytes.length;
  return isAlone ? new Uint8Array(buffer) : new Uint8Array(bytes);
}

/** Finds turns with the recogniser's detector in the worker, and outlives the worker. */
export class ThreadListener implements Listener {
  readonly #thread: () => VoiceThread | undefined;
  readonly #options: StreamOptions;
  readonly #callbacks: GuardedCallbacks;
  /** Bytes of all audio. */
  #appended = 0;
  #restartAtMs = 0;
  #restartAfterMs = RESTART_AFTER_MS;
  #speaking = false;
  #closed = false;
  #stream: { readonly thread: VoiceThread; readonly id: number } | undefined;

  /** `thread` gives the running thread or a new one; undefined when there is none to be had. */
  constructor(
    thread: () => VoiceThread | undefined,
    options: StreamOptions,
    callbacks: SpeechCallbacks,
  ) {
    this.#thread = thread;
    this.#options = options;
    this.#callbacks = new GuardedCallbacks(callbacks);
  }

  append(bytes: Uint8Array): void {
    if (this.#closed || bytes.length === 0) return;
    const { thread, id } = this.#open() ?? {};
    this.#appended += bytes.length;
    if (thread !== undefined && id !== undefined) thread.append(id, alone(bytes));
  }

  get waiting(): number {
    return this.#stream?.thread.waiting(this.#stream.id) ?? 0;
  }

  expect(grammar: Grammar): void {
    if (this.#speaking) this.#stream?.thread.expect(this.#stream.id, grammar);
  }

  close(): void {
    this.#closed = true;
    this.#callbacks.close();
    this.#stream?.thread.unlisten(this.#stream.id);
    this.#stream = undefined;
  }

  /** All audio so far, ms. */
  get #positionMs(): number {
    return bytesToMilliseconds(this.#options.encoding, this.#appended);
  }

  #open(): { readonly thread: VoiceThread; readonly id: number } | undefined {
    if (this.#stream !== undefined || this.#positionMs < this.#restartAtMs) return this.#stream;
    const thread = this.#thread();
    if (thread === undefined) {
      this.#restartLater(false);
      return undefined;
    }
    const offsetMs = this.#positionMs;
    const id = thread.listen(this.#options, {
      speechStarted: (ms) => {
        this.#speaking = true;
        this.#callbacks.speechStarted(Math.round(offsetMs + ms));
      },
      speechStopped: (ms, recognition) => {
        this.#speaking = false;
        this.#callbacks.speechStopped(Math.round(offsetMs + ms), recognition);
      },
      ended: (hasHeard) => this.#streamEnded(hasHeard),
    });
    this.#stream = { thread, id };
    return this.#stream;
  }

  /** The worker is gone: a turn that it would have ended ends here. */
  #streamEnded(hasHeard: boolean): void {
    this.#stream = undefined;
    this.#restartLater(hasHeard);
    if (!this.#speaking) return;
    this.#speaking = false;
    this.#callbacks.speechStopped(Math.round(this.#positionMs));
  }

  #restartLater(hasHeard: boolean): void {
    if (hasHeard) this.#restartAfterMs = RESTART_AFTER_MS;
    this.#restartAtMs = this.#positionMs + this.#restartAfterMs;
    this.#restartAfterMs = Math.min(2 * this.#restartAfterMs, LONGEST_RESTART_MS);
  }
}
