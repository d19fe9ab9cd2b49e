import { RealtimeError } from "../protocol/errors";
import type { ResponseCreateParams } from "../protocol/response";
import { BoundedMap } from "./bounded-map";

/** What an output asks of the model. */
export interface Reaction {
  readonly respond: boolean;
  readonly response?: ResponseCreateParams | undefined;
}

export interface ToolReactionsOptions {
  /** Asks for the model's reaction, unless it is obsolete by the time it could be sent. */
  readonly followUp: (
    response: ResponseCreateParams | undefined,
    isObsolete: () => boolean,
  ) => void;
  /** How many responses have begun so far. */
  readonly createdCount: () => number;
  readonly onWarning: (error: RealtimeError) => void;
}

/** The calls of one response: they share one reaction. */
export interface CallGroup {
  readonly key: string;
  /** The ids of its calls without an output. */
  readonly open: Set<string>;
  isResponseDone: boolean;
  isCancelled: boolean;
  hasOutput: boolean;
  wantsResponse: boolean;
  response: ResponseCreateParams | undefined;
  unacknowledged: number;
  /** How many responses had begun when the last output was acknowledged. */
  acknowledgedAt: number;
}

/** Reactions in one turn of the user at most: a model that calls for ever must end somewhere. */
const REACTIONS_PER_TURN = 5;

/** Groups at the same time at most. */
const GROUP_LIMIT = 1000;

/** Responses that are done, remembered at most. */
const DONE_LIMIT = 32;

/**
 * The model's reactions to tool outputs: exactly one for the calls of a response, when that
 * response is done and all of its calls have their outputs, and at least one of them asks for it.
 */
export class ToolReactions {
  readonly #options: ToolReactionsOptions;
  readonly #groups = new BoundedMap<string, CallGroup>(GROUP_LIMIT);
  /**
   * Responses that are done, and whether they were cancelled: a call of theirs may come later. Made
   * with the first of them.
   */
  #done: BoundedMap<string, boolean> | undefined;
  #inTurn = 0;

  constructor(options: ToolReactionsOptions) {
    this.#options = options;
  }

  /** True while outputs or a response's end are still to come. */
  get isPending(): boolean {
    return this.#groups.size > 0;
  }

  /** The same of the calls of one response. */
  isPendingOf(responseId: string): boolean {
    return this.#groups.has(responseId);
  }

  /** The group of a response's calls; a call whose response is not known is one of its own. */
  groupOf(responseId: string | null, itemId: string): CallGroup {
    const key = responseId ?? itemId;
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const isCancelled = responseId === null ? undefined : this.#done?.get(responseId);
    const group: CallGroup = {
      key,
      open: new Set(),
      isResponseDone: responseId === null || isCancelled !== undefined,
      isCancelled: isCancelled ?? false,
      hasOutput: false,
      wantsResponse: false,
      response: undefined,
      unacknowledged: 0,
      acknowledgedAt: 0,
    };
    this.#groups.set(key, group);
    return group;
  }

  /** An output of the group is on its way; the returned function tells that the server has it. */
  outputSent(group: CallGroup, { respond, response }: Reaction): () => void {
    group.hasOutput = true;
    group.wantsResponse ||= respond;
    group.response = response ?? group.response;
    group.unacknowledged += 1;
    return () => {
      group.unacknowledged -= 1;
      group.acknowledgedAt = this.#options.createdCount();
    };
  }

  /** A call of the group is to get its output after all: no reaction before that. */
  expectOutput(group: CallGroup, callId: string): void {
    group.open.add(callId);
    // It may have been given up when it had all outputs.
    if (!this.#groups.has(group.key)) this.#groups.set(group.key, group);
  }

  responseDone(responseId: string, isCancelled: boolean): void {
    (this.#done ??= new BoundedMap(DONE_LIMIT)).set(responseId, isCancelled);
    const group = this.#groups.get(responseId);
    if (group === undefined) return;
    group.isResponseDone = true;
    group.isCancelled = isCancelled;
    this.react(group);
  }

  /** The connection is gone, its responses with it: none of them will be done any more. */
  suspend(): void {
    for (const key of this.#groups.keys()) {
      const group = this.#groups.get(key);
      if (group === undefined) continue;
      group.isResponseDone = true;
      this.react(group);
    }
  }

  /** A new turn of the user: reactions are counted anew. */
  beginTurn(): void {
    this.#inTurn = 0;
  }

  clear(): void {
    this.#groups.clear();
    this.#done = undefined;
    this.#inTurn = 0;
  }

  /** Asks for the one reaction once nothing of the group is outstanding. */
  react(group: CallGroup): void {
    if (!group.isResponseDone || group.open.size > 0 || !group.hasOutput) return;
    this.#groups.delete(group.key);
    if (group.isCancelled || !group.wantsResponse) return;
    this.followUp(
      group.response,
      // An output that was refused is to come again. A response that began after the server had all
      // outputs has seen them.
      () =>
        group.open.size > 0 ||
        (group.unacknowledged === 0 && this.#options.createdCount() > group.acknowledgedAt),
    );
  }

  /** Asks the model to go on, unless it was asked too often in this turn of the user. */
  followUp(response: ResponseCreateParams | undefined, isObsolete: () => boolean): void {
    if (this.#inTurn >= REACTIONS_PER_TURN) {
      this.#options.onWarning(
        new RealtimeError(
          "follow_up_limit",
          `The model has called tools ${REACTIONS_PER_TURN} times in one turn: it is not asked again`,
        ),
      );
      return;
    }
    this.#inTurn += 1;
    this.#options.followUp(response, isObsolete);
  }
}
