import { RealtimeError } from "../protocol/errors";
import type { Clock } from "./clock";
import { PRIORITIES, type ResponseRequest } from "./response-request";

/** How long a request may wait for its turn, in ms. */
export const PATIENCE = 120_000;

/** Requests for a response that wait for their turn, in its order; none waits for ever. */
export class WaitingResponses {
  readonly #clock: Clock;
  readonly #giveUp: (request: ResponseRequest, error: RealtimeError) => void;
  #line: readonly ResponseRequest[] = [];

  /** `giveUp` is told of each that did not get its turn in time; it is not in line any more. */
  constructor(clock: Clock, giveUp: (request: ResponseRequest, error: RealtimeError) => void) {
    this.#clock = clock;
    this.#giveUp = giveUp;
  }

  get size(): number {
    return this.#line.length;
  }

  /** Whose turn is next. */
  get first(): ResponseRequest | undefined {
    return this.#line[0];
  }

  /** A reaction to tools that others may join. */
  get followUp(): ResponseRequest | undefined {
    return this.#line.find(({ isObsolete }) => isObsolete !== undefined);
  }

  /** True while anything but reactions to tools waits that have become obsolete. */
  get isAnswerWanted(): boolean {
    return this.#line.some(({ isObsolete }) => isObsolete?.() !== true);
  }

  /** Lines up behind those that go before its kind. */
  add(request: ResponseRequest): void {
    const rank = PRIORITIES.indexOf(request.priority);
    const at = this.#line.findIndex(({ priority }) => PRIORITIES.indexOf(priority) > rank);
    this.#line = this.#line.toSpliced(at < 0 ? this.#line.length : at, 0, request);
    this.#startPatience(request);
  }

  /** One that had its turn, in vain: it is the next one again. */
  putBack(request: ResponseRequest): void {
    this.#line = [request, ...this.#line];
    this.#startPatience(request);
  }

  take(request: ResponseRequest): void {
    request.patience?.stop();
    this.#remove(request);
  }

  takeAll(): readonly ResponseRequest[] {
    const all = this.#line;
    this.#line = [];
    return all;
  }

  refuse(error: RealtimeError): void {
    for (const request of this.takeAll()) request.reject(error);
  }

  /** Refuses all but reactions to tools, which are wanted as long as their outputs are to be told. */
  refuseRequested(error: RealtimeError): void {
    const all = this.#line;
    this.#line = all.filter(({ isObsolete }) => isObsolete !== undefined);
    for (const request of all) if (request.isObsolete === undefined) request.reject(error);
  }

  /** What users asked for becomes one request, the last of theirs. */
  mergeUsers(): void {
    const users = this.#line.filter(({ priority }) => priority === "user");
    const last = users.pop();
    for (const request of users.toReversed()) {
      last?.takeOver(request);
      this.#remove(request);
    }
  }

  #remove(request: ResponseRequest): void {
    this.#line = this.#line.filter((other) => other !== request);
  }

  #startPatience(request: ResponseRequest): void {
    request.patience?.stop();
    request.patience = this.#clock.start(() => {
      this.#remove(request);
      this.#giveUp(
        request,
        new RealtimeError(
          "request_abandoned",
          `The request for a response did not get its turn within ${PATIENCE / 1000} s`,
          { eventId: request.eventId },
        ),
      );
    }, request.latestAt - this.#clock.now());
  }
}
