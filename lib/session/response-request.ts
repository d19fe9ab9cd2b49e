import type { RealtimeError } from "../protocol/errors";
import type { ResponseCreateParams } from "../protocol/response";
import { Settlement, type Acknowledgement } from "./acknowledgement";
import type { Timer } from "./clock";

/**
 * Whose request goes first: what a person asked for, then the reaction to tools, then what nobody
 * waits for. An announcement is not merged with others, and does not speak into speech.
 */
export type ResponsePriority = "user" | "follow-up" | "announcement";

/** The first goes first. */
export const PRIORITIES: readonly ResponsePriority[] = ["user", "follow-up", "announcement"];

export interface ResponseRequestOptions {
  readonly eventId: string;
  readonly priority: ResponsePriority;
  /** When it is given up if it did not have its turn, in ms since the Unix epoch. */
  readonly latestAt: number;
  readonly response: ResponseCreateParams | undefined;
  /** Set for the follow-up of tool calls: no longer wanted once this is true. */
  readonly isObsolete?: () => boolean;
}

/** A response that somebody asked for; several may, where requests are merged. */
export class ResponseRequest {
  readonly eventId: string;
  /** Comes back in the response's metadata, where the server echoes it. */
  readonly key: string;
  readonly priority: ResponsePriority;
  readonly latestAt: number;
  response: ResponseCreateParams | undefined;
  isObsolete: (() => boolean) | undefined;
  /** Runs until it is sent: nobody waits for ever. */
  patience: Timer | undefined;
  refusals = 0;
  /** Whether our key travels with it: metadata may be full of the caller's own. */
  isKeyed = false;
  readonly #settlements: Settlement[] = [];

  constructor({ eventId, priority, latestAt, response, isObsolete }: ResponseRequestOptions) {
    this.eventId = eventId;
    // Metadata takes values of at most 64 characters.
    this.key = eventId.slice(0, 64);
    this.priority = priority;
    this.latestAt = latestAt;
    this.response = response;
    this.isObsolete = isObsolete;
  }

  /** For one more who waits for it. */
  settlement(): Settlement {
    const settlement = new Settlement();
    this.#settlements.push(settlement);
    return settlement;
  }

  /** Serves those who wait for another one, too. */
  takeOver(other: ResponseRequest): void {
    other.patience?.stop();
    this.#settlements.push(...other.#settlements);
  }

  resolve(value: Acknowledgement): void {
    this.patience?.stop();
    for (const settlement of this.#settlements) settlement.resolve(value);
  }

  reject(error: RealtimeError): void {
    this.patience?.stop();
    for (const settlement of this.#settlements) settlement.reject(error);
  }
}
