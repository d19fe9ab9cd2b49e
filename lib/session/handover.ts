import type { RealtimeError } from "../protocol/errors";
import type { UnknownEvent } from "../protocol/event-types";
import type { ActivityTracker } from "./activity";
import type { BudgetGuard } from "./budget";
import type { Conversation } from "./conversation";
import type { IdleClock } from "./idle-clock";
import type { Beginning, Lifecycle } from "./lifecycle";
import type { McpCalls } from "./mcp-calls";
import type { OutstandingTranscriptions } from "./outstanding-transcriptions";
import type { PendingRequests, UnacknowledgedItem } from "./pending-requests";
import type { ResponseQueue } from "./response-queue";
import {
  DEFAULT_RESTORATION_BUDGET,
  planRestoration,
  type RestorationBudget,
  type RestorationPlan,
} from "./restoration-plan";
import type { Sender } from "./sender";
import type { SessionConfiguration } from "./session-configuration";
import type { ToolCalls } from "./tool-calls";
import type { UsageTracker } from "./usage";
import { withDefaults } from "./with-defaults";

/** What a broken connection left undone. */
export interface Interruption {
  readonly items: readonly UnacknowledgedItem[];
}

/** The parts of a session that know of its connection, and what the session does for it. */
export interface HandoverParts {
  readonly lifecycle: Pick<Lifecycle<Interruption>, "target" | "epoch">;
  readonly conversation: Conversation;
  readonly configuration: SessionConfiguration;
  readonly requests: PendingRequests;
  readonly responses: ResponseQueue;
  readonly toolCalls: ToolCalls;
  readonly usage: UsageTracker;
  readonly budget: BudgetGuard;
  readonly activity: ActivityTracker;
  readonly transcriptions: OutstandingTranscriptions;
  readonly idle: IdleClock;
  /** Undefined before the first of them. */
  readonly mcpCalls: () => McpCalls | undefined;
  /** How much of the talk a new connection is told, where that differs from the default. */
  readonly restoration: Partial<RestorationBudget> | undefined;
  readonly nextEventId: () => string;
  readonly newItemId: () => string;
  readonly notice: (event: UnknownEvent) => void;
  /** Told of an error that no caller waits for. */
  readonly report: (error: unknown) => void;
}

/** What becomes of a session's parts when its connections come and go. */
export class Handover {
  readonly #parts: HandoverParts;
  readonly #sender: Sender;

  constructor(parts: HandoverParts, sender: Sender) {
    this.#parts = parts;
    this.#sender = sender;
  }

  /** A new talk begins. */
  begin(): void {
    const { budget, conversation, idle } = this.#parts;
    budget.opening();
    conversation.clear();
    this.#sender.begin();
    idle.start();
  }

  /** What a new connection is to be told of the talk so far. */
  plan(): RestorationPlan {
    const { conversation, toolCalls, newItemId, restoration } = this.#parts;
    return planRestoration(
      {
        items: conversation.items,
        // The call of a tool that only the flow knows is open until the flow sends its output.
        isOpen: (callId) => !toolCalls.hasEnded(callId) || this.#sender.isAnswering(callId),
        heard: (itemId) => conversation.heard(itemId),
        newItemId,
      },
      withDefaults(DEFAULT_RESTORATION_BUDGET, restoration),
    );
  }

  /** There is a connection: takes up the talk with it, and sends what waited. */
  becomeReady(beginning: Beginning<Interruption>): void {
    const { configuration, idle, requests, responses, nextEventId, report } = this.#parts;
    const isRestored = beginning.kind === "restored";
    // Whoever opened the session has the whole time, however long that took.
    if (!isRestored) idle.start();
    const interruption = isRestored ? beginning.interruption : undefined;
    if (isRestored) this.#restored(beginning);
    // The tools, or the budget's modalities, may have changed while the connection was made.
    configuration.resume(beginning.settings, nextEventId())?.promise.catch(report);
    for (const item of interruption?.items ?? [])
      if (!requests.refuseLate(item)) void this.#sender.createItem(item.event, item.settlement);
    responses.refuseLate();
    // What was sent before goes out before what a listener of the new state sends.
    this.#sender.flush(isRestored && interruption === undefined);
    if (interruption !== undefined) this.#resumeResponses();
  }

  /** The connection broke: holds everything that waits for an answer, for the next one. */
  interrupt(error: RealtimeError): Interruption {
    const { requests, responses, configuration, toolCalls, budget, usage } = this.#parts;
    // The next connection is told what was heard, whether the last one knew of it or not.
    for (const cut of requests.takeCuts()) this.#sender.applyHere(cut);
    const items = requests.takeItems(error);
    responses.suspend();
    configuration.suspend();
    toolCalls.suspend();
    budget.interrupted();
    usage.abandon();
    this.#forgetInput();
    return { items };
  }

  /** There is no connection any more, and none to come: refuses everything. */
  refuse(error: RealtimeError, interruption: Interruption | undefined): void {
    const { idle, usage, budget, requests, configuration, responses, toolCalls } = this.#parts;
    for (const { settlement } of interruption?.items ?? []) settlement.reject(error);
    idle.stop();
    usage.abandon();
    budget.ended();
    this.#sender.refuseAll(error);
    requests.refuseAll(error);
    configuration.refuseAll(error);
    responses.refuseAll(error);
    toolCalls.voidAll();
    this.#forgetInput();
  }

  /** A connection was told the talk. */
  #restored({ plan, result }: Beginning<Interruption> & { readonly kind: "restored" }): void {
    const { conversation, usage, lifecycle, notice } = this.#parts;
    const { items, lost, told, renamed } = result;
    // The server of a call has its own talk, which went on without us.
    if (lifecycle.target?.isCall !== true) conversation.retold(told);
    for (const [itemId, newId] of renamed) conversation.rename(itemId, newId);
    this.#sender.restored(plan, renamed);
    usage.restored();
    notice({ type: "local.connection.changed", epoch: lifecycle.epoch });
    notice({ type: "local.session.restored", items, lost });
  }

  #resumeResponses(): void {
    const { lifecycle, responses, toolCalls, nextEventId } = this.#parts;
    // In a call it is given whether somebody is connected beside it or not.
    const isLost = lifecycle.target?.isCall !== true;
    const owed = isLost ? responses.owed : undefined;
    // Where it has called tools, the reaction to their outputs is the answer.
    if (owed !== undefined && !toolCalls.isReactionDue(owed.responseId)) {
      const { response } = owed;
      const event_id = nextEventId();
      responses.request({ type: "response.create", event_id, ...(response && { response }) });
    }
    responses.resume();
  }

  /** What was said into a connection that has ended, or asked on it, is lost with it. */
  #forgetInput(): void {
    const { mcpCalls, transcriptions, activity } = this.#parts;
    this.#sender.forgetAudio();
    mcpCalls()?.forget();
    transcriptions.clear();
    activity.reset();
  }
}
