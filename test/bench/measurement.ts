import { sharedNow } from "./pace";
import { Tally, type BenchEvent, type TallyResult } from "./tally";

export interface MeasuredPass {
  /** User and system time of the whole process, in µs. */
  readonly cpu: number;
  /** From arming to the last frame, in ms. */
  readonly wall: number;
  readonly tally: TallyResult;
}

/** What this process spends until an agreed number of events has come. */
export class Measurement {
  readonly #tally = new Tally();
  #awaited = Infinity;
  #result: Promise<MeasuredPass> | undefined;
  #finish: () => void = () => undefined;

  /** Begins anew: from now on events count. */
  arm(frames: number): void {
    this.#tally.reset();
    this.#awaited = frames;
    const start = sharedNow();
    const before = process.cpuUsage();
    this.#result = new Promise((resolve) => {
      this.#finish = () => {
        // What the last event set going belongs to it too.
        setImmediate(() => {
          const { user, system } = process.cpuUsage(before);
          resolve({ cpu: user + system, wall: sharedNow() - start, tally: this.#tally.reset() });
        });
      };
    });
  }

  take(event: BenchEvent): void {
    this.#tally.take(event);
    if (this.#tally.count === this.#awaited) this.#finish();
  }

  /** Resolves when the last awaited event has come. */
  get result(): Promise<MeasuredPass> {
    return this.#result ?? Promise.reject(new Error("not armed"));
  }
}
