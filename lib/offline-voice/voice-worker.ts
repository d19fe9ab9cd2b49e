import { parentPort, workerData } from "node:worker_threads";
import { Ears } from "./ears";
import { EarsDecoder } from "./ears-decoder";
import { HeardStream } from "./heard-stream";
import type { LanguageCode } from "./language";
import { languageOf } from "./languages";
import { Mouth, SPEECH_SAMPLE_RATE } from "./mouth";
import type { EngineFiles, WorkerAnswer, WorkerRequest } from "./worker-messages";

/** A worker thread: the ears have one, and the mouth. An exception that nothing expects ends it. */

class VoiceWorker {
  readonly #files: EngineFiles;
  readonly #answer: (answer: WorkerAnswer) => void;
  readonly #streams = new Map<
    number,
    { readonly stream: HeardStream; readonly decoder: EarsDecoder }
  >();
  readonly #ears = new Map<LanguageCode, Ears>();
  #mouth: Mouth | undefined;
  /** Messages are worked off one after another, in the order in which they came. */
  #last: Promise<void> = Promise.resolve();

  constructor(files: EngineFiles, answer: (answer: WorkerAnswer) => void) {
    this.#files = files;
    this.#answer = answer;
  }

  receive(message: WorkerRequest): void {
    this.#last = this.#last.then(() => this.#handle(message));
    // What is not a request's failure is the worker's end: the main thread starts a new one.
    this.#last.catch((error: unknown) => {
      setImmediate(() => {
        throw error;
      });
    });
  }

  async #handle(message: WorkerRequest): Promise<void> {
    switch (message.type) {
      case "recognise":
      case "speak":
        try {
          await this.#request(message);
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          this.#answer({ type: "failed", request: message.request, reason });
        }
        return;
      case "listen": {
        const { listener, stream: options } = message;
        const ears = await this.#loadedEars(options.language);
        const stream = new HeardStream(ears, options.turnDetection, {
          speechStarted: (audioStartMs) =>
            this.#answer({ type: "speechStarted", listener, audioStartMs }),
          speechStopped: (audioEndMs, recognition) =>
            this.#answer({ type: "speechStopped", listener, audioEndMs, recognition }),
        });
        this.#streams.set(listener, { stream, decoder: new EarsDecoder(options.encoding) });
        return;
      }
      case "expect":
        this.#streams.get(message.listener)?.stream.expect(message.grammar);
        return;
      case "append": {
        const { listener, bytes } = message;
        const { stream, decoder } = this.#streams.get(listener) ?? {};
        if (decoder !== undefined) stream?.append(decoder.decode(bytes));
        this.#answer({ type: "heard", listener, bytes: bytes.length });
        return;
      }
      case "unlisten":
        this.#streams.get(message.listener)?.stream.close();
        this.#streams.delete(message.listener);
    }
  }

  async #request(message: Extract<WorkerRequest, { type: "recognise" | "speak" }>): Promise<void> {
    const { request } = message;
    if (message.type === "recognise") {
      const ears = await this.#loadedEars(message.grammar.language);
      const recognition = ears.recognise(message.samples, message.grammar);
      this.#answer({ type: "recognised", request, recognition });
      return;
    }
    const { mouth } = this.#files;
    if (mouth === null) throw new Error("the speech engine is not installed");
    this.#mouth ??= new Mouth(mouth);
    const samples = await this.#mouth.speak(message.text, message.voice);
    this.#answer({ type: "spoken", request, samples, sampleRate: SPEECH_SAMPLE_RATE });
  }

  async #loadedEars(language: LanguageCode): Promise<Ears> {
    const { ears } = this.#files;
    if (ears === null) throw new Error("the recogniser is not installed");
    const known = this.#ears.get(language);
    // Streams that a worn one serves keep it until they end.
    if (known !== undefined && !known.isWorn) return known;
    const loaded = await Ears.load(ears, languageOf(language), (words) =>
      this.#answer({ type: "guessed", words }),
    );
    this.#ears.set(language, loaded);
    return loaded;
  }
}

const port = parentPort;
if (port !== null) {
  const worker = new VoiceWorker(workerData as EngineFiles, (answer) => port.postMessage(answer));
  port.on("message", (message: WorkerRequest) => worker.receive(message));
}
