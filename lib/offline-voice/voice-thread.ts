import { extname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { type AudioEncoding, bytesToMilliseconds } from "../audio/pcm";
import type { Grammar } from "./grammar";
import type { SpeechCallbacks } from "./hearing";
import type { EngineFiles, StreamOptions, WorkerAnswer, WorkerRequest } from "./worker-messages";

/** A request as the caller has it; the thread numbers it. */
type Unnumbered<Message> = Message extends { readonly request: number }
  ? Omit<Message, "request">
  : never;
export type ThreadRequest = Unnumbered<WorkerRequest>;
export type ThreadResult = Extract<WorkerAnswer, { type: "recognised" | "spoken" }>;

interface Pending {
  resolve(result: ThreadResult): void;
  reject(error: Error): void;
  readonly deadline: NodeJS.Timeout;
}

export interface StreamCallbacks extends SpeechCallbacks {
  /** The thread is gone; `hasHeard`: it had worked some of the stream off. */
  ended(hasHeard: boolean): void;
}

interface HeardStream {
  readonly callbacks: StreamCallbacks;
  readonly encoding: AudioEncoding;
  /** Bytes that the worker has not worked off yet. */
  waiting: number;
  /** When it last worked some off, or began to wait; ms. */
  since: number;
  hasHeard: boolean;
}

export interface VoiceThreadHandlers {
  /** Called once, before anything that waits is rejected. */
  ended(): void;
  /** Called before `ended` when nobody had stopped it; `hasWorked`: its engine had done something. */
  failed(reason: Error, hasWorked: boolean): void;
  /** The pronunciation of these words comes from their spelling. */
  guessed(words: readonly string[]): void;
}

/** More requests at a time are refused: nobody waits for the last of so many. */
const MOST_PENDING = 64;

/** A worker that is so far behind a microphone and does not go on hangs, ms. */
const MOST_WAITING_MS = 60_000;

/** Audio that waits in all, however fast a recording comes, ms. */
const LONGEST_QUEUE_MS = 15 * 60_000;

function startWorker(files: EngineFiles): Worker {
  const extension = extname(__filename);
  return new Worker(join(__dirname, `voice-worker${extension}`), {
    name: "offline-voice",
    workerData: files,
    // Sound makes much short-lived garbage: unbounded, the heap grows by tens of MB before it is tidied.
    resourceLimits: { maxYoungGenerationSizeMb: 2 },
    // What Node-RED's process was started with is not for this thread. In the tests this is TypeScript,
    // and a worker thread lacks the loader that the test runner required.
    execArgv: extension === ".ts" ? ["--require", "tsx/cjs"] : [],
  });
}

/**
 * The worker thread as the main thread sees it. It keeps the process alive while a request waits, not
 * otherwise. When it ends, for whatever reason, everything that waits is rejected and every stream is told.
 */
export class VoiceThread {
  readonly #worker: Worker;
  readonly #deadlineMs: number;
  readonly #handlers: VoiceThreadHandlers;
  readonly #pending = new Map<number, Pending>();
  readonly #streams = new Map<number, HeardStream>();
  #nextId = 1;
  /** Why the thread has ended or is about to. */
  #end: Error | undefined;
  /** Its engine has heard or said something. */
  #hasWorked = false;

  /** `deadlineMs`: how long a request may take, and a microphone that waits for the worker to go on. */
  constructor(files: EngineFiles, deadlineMs: number, handlers: VoiceThreadHandlers) {
    this.#deadlineMs = deadlineMs;
    this.#handlers = handlers;
    this.#worker = startWorker(files);
    this.#worker.unref();
    this.#worker.on("message", (answer: WorkerAnswer) => this.#receive(answer));
    this.#worker.on("error", (error: unknown) => {
      const cause = error instanceof Error ? error.message : String(error);
      this.#fail(new Error(`The offline voice stopped: ${cause}`, { cause: error }));
    });
    this.#worker.on("exit", (code) => {
      this.#fail(new Error(`The offline voice stopped: its thread ended with code ${code}`));
    });
  }

  /** Rejects when the engine fails, the thread ends, or no answer comes in time. */
  request(message: ThreadRequest, transfer: readonly ArrayBuffer[] = []): Promise<ThreadResult> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    if (this.#pending.size >= MOST_PENDING) {
      return Promise.reject(
        new Error(`The offline voice is busy: ${MOST_PENDING} requests are waiting`),
      );
    }
    const request = this.#nextId++;
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(() => {
        this.#fail(new Error(`The offline voice did not answer within ${this.#deadlineMs} ms`));
      }, this.#deadlineMs);
      this.#pending.set(request, { resolve, reject, deadline });
      this.#worker.ref();
      this.#worker.postMessage({ ...message, request } satisfies WorkerRequest, [...transfer]);
    });
  }

  /** Opens a stream; its number is for `append` and `unlisten`. */
  listen(stream: StreamOptions, callbacks: StreamCallbacks): number {
    const listener = this.#nextId++;
    const { encoding } = stream;
    this.#streams.set(listener, { callbacks, encoding, waiting: 0, since: 0, hasHeard: false });
    this.#post({ type: "listen", listener, stream });
    return listener;
  }

  /** The bytes are handed over: they are gone here. */
  append(listener: number, bytes: Uint8Array<ArrayBuffer>): void {
    const stream = this.#streams.get(listener);
    if (stream === undefined) return;
    const now = performance.now();
    if (stream.waiting === 0) stream.since = now;
    stream.waiting += bytes.length;
    this.#post({ type: "append", listener, bytes }, [bytes.buffer]);
    const waitingMs = bytesToMilliseconds(stream.encoding, stream.waiting);
    // A recording that comes at once is longer than a minute, and no sign of that.
    const isStill = waitingMs > MOST_WAITING_MS && now - stream.since > this.#deadlineMs;
    if (isStill || waitingMs > LONGEST_QUEUE_MS) {
      const minutes = Math.round(waitingMs / 60_000);
      this.#fail(
        new Error(`The offline voice hangs: it is ${minutes} min behind what it should hear`),
      );
    }
  }

  /** Bytes of a stream that were not worked off yet. */
  waiting(listener: number): number {
    return this.#streams.get(listener)?.waiting ?? 0;
  }

  expect(listener: number, grammar: Grammar): void {
    if (this.#streams.has(listener)) this.#post({ type: "expect", listener, grammar });
  }

  unlisten(listener: number): void {
    if (this.#streams.delete(listener)) this.#post({ type: "unlisten", listener });
  }

  /** Ends the thread; everything that waits is rejected with `reason` at once. */
  stop(reason: Error): void {
    this.#finish(reason);
  }

  /** Settles when the thread is gone. */
  async terminated(): Promise<void> {
    await this.#worker.terminate();
  }

  #post(message: WorkerRequest, transfer: readonly ArrayBuffer[] = []): void {
    if (this.#end === undefined) this.#worker.postMessage(message, [...transfer]);
  }

  #receive(answer: WorkerAnswer): void {
    switch (answer.type) {
      case "recognised":
      case "spoken":
        this.#hasWorked = true;
        this.#take(answer.request)?.resolve(answer);
        return;
      case "failed":
        this.#take(answer.request)?.reject(new Error(`The offline voice failed: ${answer.reason}`));
        return;
      case "guessed":
        this.#handlers.guessed(answer.words);
        return;
      case "speechStarted":
        this.#hasWorked = true;
        this.#streams.get(answer.listener)?.callbacks.speechStarted(answer.audioStartMs);
        return;
      case "speechStopped":
        this.#streams
          .get(answer.listener)
          ?.callbacks.speechStopped(answer.audioEndMs, answer.recognition);
        return;
      case "heard": {
        const stream = this.#streams.get(answer.listener);
        if (stream === undefined) return;
        stream.waiting -= answer.bytes;
        stream.since = performance.now();
        stream.hasHeard = true;
      }
    }
  }

  #take(request: number): Pending | undefined {
    const pending = this.#pending.get(request);
    this.#pending.delete(request);
    if (pending !== undefined) clearTimeout(pending.deadline);
    if (this.#pending.size === 0) this.#worker.unref();
    return pending;
  }

  #fail(reason: Error): void {
    if (this.#end === undefined) this.#handlers.failed(reason, this.#hasWorked);
    this.#finish(reason);
  }

  #finish(reason: Error): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    this.#handlers.ended();
    for (const request of this.#pending.keys()) this.#take(request)?.reject(reason);
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    for (const { callbacks, hasHeard } of streams) callbacks.ended(hasHeard);
    // Fails only where the thread is gone already.
    this.#worker.terminate().catch(() => undefined);
  }
}
