import { RealtimeError } from "../protocol/errors";
import type { EventOf } from "../protocol/event-types";
import type { SessionSettings } from "../protocol/session-settings";
import { BoundedSet } from "./bounded-set";
import type { Clock, Timer } from "./clock";
import { route, type Route } from "./routes";
import type { SettingsPatch } from "./session-configuration";
import type { SpendingAccount } from "./spending";

/** How much a key may spend on one day, local time. */
export interface Budget {
  /** In US dollars, above 0. */
  readonly limit: number;
  /**
   * What happens when it is spent.
   * - `warn`: nothing more than the local event.
   * - `text`: answers come as text from then on, until the next day.
   * - `close`: the running response is cancelled and the session stops; it opens again the next day.
   */
  readonly action: "warn" | "text" | "close";
}

/** What the local event `local.budget.reached` tells. Money in US dollars. */
export interface BudgetReached {
  readonly limit: number;
  readonly spent: number;
  readonly action: Budget["action"];
  /** True when any part of `spent` is an assumption. */
  readonly estimated: boolean;
}

export interface BudgetGuardOptions {
  readonly clock: Clock;
  readonly account: SpendingAccount;
  readonly budget: Budget | undefined;
  readonly settings: () => SessionSettings;
  /** Changes settings for the next connection, or while none is there. */
  readonly prepare: (patch: SettingsPatch) => void;
  /** Changes settings of the running talk. */
  readonly update: (patch: SettingsPatch) => void;
  /** True while a response of the conversation runs or is asked for. */
  readonly isAnswering: () => boolean;
  /** Refuses the responses that nobody has been asked for yet. */
  readonly refuseWaiting: (reason: RealtimeError) => void;
  /** Cancels a response; the one that runs, or was just asked for, without an id. */
  readonly cancelResponse: (id: string | undefined) => void;
  /** Runs something when the event that is being taken has been emitted. */
  readonly afterEvent: (call: () => void) => void;
  readonly onReached: (reached: BudgetReached) => void;
  /** Ends the connection for this reason. */
  readonly stop: (reason: RealtimeError) => void;
}

/** How long a cancelled response may take to end and tell its usage, in ms. */
const CANCEL_TIMEOUT = 5000;

/** Responses that are followed at the same time, at most. */
const RUNNING_LIMIT = 64;

const TEXT: ["text"] = ["text"];

/**
 * Watches what a session spends, and acts once a day when the budget is spent.
 *
 * Usage is only known when a response has ended, so the overshoot is the rest of one response at
 * most: none is asked for after the budget is spent, and one that is running is cancelled.
 */
export class BudgetGuard {
  readonly #options: BudgetGuardOptions;
  /** Responses that are running, in the conversation and beside it. */
  readonly #running = new BoundedSet<string>(RUNNING_LIMIT);
  /** The form of answers before they became text; undefined while nothing is changed. */
  #modalities: ["audio"] | ["text"] | undefined;
  /** Runs while the last response is awaited. */
  #stopping: Timer | undefined;

  constructor(options: BudgetGuardOptions) {
    this.#options = options;
  }

  static readonly routes: readonly Route<BudgetGuard>[] = [
    route("input_audio_buffer.speech_started", (part) => part.#lift()),
    route("conversation.item.added", (part) => part.#lift()),
    route("response.created", (part, { response: { id } }) => {
      if (id === undefined || part.#options.budget === undefined) return;
      part.#running.add(id);
      // The server's turn detection may answer what was said just before.
      if (part.#stopping !== undefined) part.#options.cancelResponse(id);
    }),
    route("response.done", (part, { response: { id } }) => {
      if (id !== undefined) part.#running.delete(id);
      if (part.#stopping !== undefined) part.#options.afterEvent(() => part.#stopWhenQuiet());
    }),
  ];

  /** What was spent today, and what may be. In US dollars. */
  get status(): { readonly today: number; readonly limit: number | undefined } {
    return { today: this.#options.account.today, limit: this.#options.budget?.limit };
  }

  /** Why no response may be asked for, and no connection be opened; undefined when they may. */
  get refusal(): RealtimeError | undefined {
    return budgetRefusal(this.#options.budget, this.#options.account);
  }

  /**
   * Books a cost, and acts when the budget is spent with it.
   *
   * @param cost in US dollars
   * @returns what was spent today, in US dollars
   */
  charge({ cost, estimated }: { readonly cost: number; readonly estimated: boolean }): number {
    const { account, budget } = this.#options;
    account.add(cost, estimated);
    const { today } = account;
    if (budget !== undefined && this.#isSpent(budget) && account.noteReached(budget.limit))
      this.#reach(budget);
    return today;
  }

  /** A request as it may be sent: its answer is text when no more is paid for. */
  limit(event: EventOf<"response.create">): EventOf<"response.create"> {
    this.#lift();
    if (!this.#isTextOnly) return event;
    return { ...event, response: { ...event.response, output_modalities: TEXT } };
  }

  /**
   * A change of settings as it may be sent: when no more is paid for, the form of answers that it
   * asks for is that of the next day.
   */
  limitChange(patch: SettingsPatch): SettingsPatch {
    this.#lift();
    if (!this.#isTextOnly || patch.type !== "realtime") return patch;
    const { output_modalities } = patch;
    if (output_modalities === undefined) return patch;
    this.#modalities = formOf(output_modalities);
    return { ...patch, output_modalities: TEXT };
  }

  /** Makes the settings fit before a connection is opened. */
  opening(): void {
    this.#running.clear();
    if (this.#isTextOnly) this.#restrict(this.#options.prepare);
    else this.#lift(this.#options.prepare);
  }

  /** The connection has broken, and all that was running with it: there is no end to wait for. */
  interrupted(): void {
    this.#running.clear();
    if (this.#stopping !== undefined) this.#options.afterEvent(() => this.#stopWhenQuiet());
  }

  /** Forgets what was running, when the connection has ended. */
  ended(): void {
    this.#running.clear();
    this.#stopping?.stop();
    this.#stopping = undefined;
  }

  get #isTextOnly(): boolean {
    const { budget } = this.#options;
    return budget?.action === "text" && this.#isSpent(budget);
  }

  #isSpent(budget: Budget): boolean {
    return isSpent(budget, this.#options.account);
  }

  #reach({ limit, action }: Budget): void {
    const { account, afterEvent, onReached, update } = this.#options;
    const { today: spent, isEstimated: estimated } = account;
    afterEvent(() => onReached({ limit, spent, action, estimated }));
    switch (action) {
      case "warn":
        return;
      case "text":
        this.#restrict(update);
        return;
      case "close":
        this.#close();
    }
  }

  #restrict(apply: (patch: SettingsPatch) => void): void {
    const settings = this.#options.settings();
    if (settings.type !== "realtime") return;
    // It may be asked again: the connection that was asked first may have ended before it answered.
    this.#modalities ??= formOf(settings.output_modalities);
    apply({ type: "realtime", output_modalities: TEXT });
  }

  /** A new day has begun: answers come as before. */
  #lift(apply = this.#options.update): void {
    if (this.#modalities === undefined || this.#isTextOnly) return;
    const output_modalities = this.#modalities;
    this.#modalities = undefined;
    apply({ type: "realtime", output_modalities });
  }

  #close(): void {
    const { afterEvent, cancelResponse, clock, isAnswering, refuseWaiting } = this.#options;
    const reason = this.refusal;
    if (reason === undefined) return;
    // At once: the end of a response is what the next one waits for.
    refuseWaiting(reason);
    this.#stopping = clock.start(() => this.#stop(), CANCEL_TIMEOUT);
    afterEvent(() => {
      for (const id of this.#running.values()) cancelResponse(id);
      if (this.#running.size === 0 && isAnswering()) cancelResponse(undefined);
      this.#stopWhenQuiet();
    });
  }

  #stopWhenQuiet(): void {
    if (this.#stopping === undefined) return;
    if (this.#running.size === 0 && !this.#options.isAnswering()) this.#stop();
  }

  #stop(): void {
    this.ended();
    const reason = this.refusal;
    if (reason !== undefined) this.#options.stop(reason);
  }
}

/** Why a budget keeps sessions of this account closed today; undefined when it does not. */
export function budgetRefusal(
  budget: Budget | undefined,
  account: SpendingAccount,
): RealtimeError | undefined {
  if (budget?.action !== "close" || !isSpent(budget, account)) return undefined;
  return new RealtimeError(
    "budget_reached",
    `The day's budget of ${budget.limit} USD is spent: nothing more is asked for today`,
  );
}

/** A server's own default is to speak. */
function formOf(modalities: readonly string[] | undefined): ["audio"] | ["text"] {
  return modalities?.[0] === "text" ? ["text"] : ["audio"];
}

function isSpent({ limit }: Budget, { today }: SpendingAccount): boolean {
  return today >= limit;
}
