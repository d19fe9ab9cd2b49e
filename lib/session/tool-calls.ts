import { RealtimeError } from "../protocol/errors";
import type { EventOf } from "../protocol/event-types";
import type { FunctionCallItem, Item } from "../protocol/items";
import type { ResponseCreateParams } from "../protocol/response";
import type { Acknowledgement } from "./acknowledgement";
import type { Clock, Timer } from "./clock";
import { isItem } from "./readable-event";
import { route, type Route } from "./routes";
import { toolOutput } from "./tool-output";
import type { ToolDefinition, ToolSchemas } from "./tool-schemas";

/** A call that a flow is to answer. */
export interface ToolCall {
  /** The protocol's `call_id`. */
  readonly id: string;
  readonly name: string;
  /** Parsed, and fitting the tool's schema. */
  readonly arguments: Record<string, unknown>;
  readonly itemId: string;
  /** The response that made the call; null where the server does not say. */
  readonly responseId: string | null;
  /** When the tool's own output takes the place of the flow's, in ms since the Unix epoch. */
  readonly deadline: number;
}

/** How the talk goes on after a call's output. */
export interface AnswerOptions {
  /** Whether the model is asked to react; as the tool has it when absent. */
  readonly respond?: boolean;
  /** Parameters of that response, e.g. instructions. */
  readonly response?: ResponseCreateParams;
}

export interface ToolCallsOptions {
  readonly clock: Clock;
  readonly schemas: () => ToolSchemas;
  /** Sends a call's output at once; settles when the server has taken it. */
  readonly sendOutput: (callId: string, output: string) => Promise<Acknowledgement>;
  /** Asks for the model's reaction, unless it is obsolete by the time it could be sent. */
  readonly followUp: (
    response: ResponseCreateParams | undefined,
    isObsolete: () => boolean,
  ) => void;
  /** How many responses have begun so far. */
  readonly createdCount: () => number;
  /** Calls in one turn of the user that reach a flow, at most. */
  readonly callsPerTurn: number;
  readonly onCall: (call: ToolCall) => void;
  /** Told of a call that is to be approved first. */
  readonly onApprovalNeeded: (call: ToolCall) => void;
  /** Told when a call of this tool was answered, by the flow or by its deadline, or has ended. */
  readonly onEnd: (toolName: string) => void;
  readonly onWarning: (error: RealtimeError) => void;
}

/** The calls of one response: they share one follow-up. */
interface CallGroup {
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

interface OpenCall {
  readonly call: ToolCall;
  readonly tool: ToolDefinition;
  /** False until somebody has approved it, where that is needed. */
  isApproved: boolean;
  readonly group: CallGroup;
  readonly timer: Timer;
}

type Outcome = "answered" | "expired" | "void";

/** Calls that wait for their flow at most. */
export const OPEN_CALL_LIMIT = 128;

/** Follow-ups in one turn of the user at most: a model that calls for ever must end somewhere. */
const FOLLOW_UPS_PER_TURN = 5;

/** Calls in one turn where nothing else is said: a home has no more lights to switch at once. */
export const DEFAULT_CALLS_PER_TURN = 32;

/** Settled calls and items remembered at most, to know what comes twice. */
const MEMORY = 1000;

/**
 * Open tool calls, from the completed `function_call` item to the one follow-up response.
 *
 * Arguments that are no JSON or do not fit the schema never reach the flow: the model gets them
 * back as an error it can mend. Outputs go to the server at once; when all calls of a response are
 * answered and that response is done, exactly one reaction is asked for.
 */
export class ToolCalls {
  readonly #options: ToolCallsOptions;
  readonly #open = new Map<string, OpenCall>();
  /** Calls whose output is sent and not acknowledged. */
  readonly #outputs = new Set<string>();
  readonly #outcomes = new Map<string, Outcome>();
  readonly #groups = new Map<string, CallGroup>();
  /** Which response an item belongs to: `conversation.item.done` does not say. */
  readonly #responseOfItem = new Map<string, string>();
  #followUps = 0;
  #callsInTurn = 0;

  constructor(options: ToolCallsOptions) {
    this.#options = options;
  }

  static readonly routes: readonly Route<ToolCalls>[] = [
    route("response.output_item.added", (part, event) => {
      if (event.item.type === "function_call" && event.item.id !== undefined)
        remember(part.#responseOfItem, event.item.id, event.response_id);
    }),
    route("conversation.item.done", (part, { item }) => {
      // Only an item of a response is a call; the same item may also be history that was sent in.
      const responseId = item.id === undefined ? undefined : part.#responseOfItem.get(item.id);
      if (responseId !== undefined) part.#begin(item, responseId);
    }),
    route("response.output_item.done", (part, event) => part.#begin(event.item, event.response_id)),
    route("response.done", (part, event) => part.#responseDone(event)),
    route("input_audio_buffer.committed", (part) => part.beginTurn()),
  ];

  /** Calls that wait for their flow, oldest first. */
  get open(): readonly ToolCall[] {
    return [...this.#open.values()].map(({ call }) => call);
  }

  /** True while calls, outputs or a reaction of this turn are still to come. */
  get isBusy(): boolean {
    return this.#groups.size > 0;
  }

  /** Whether the server does not know the output of a call yet, and is to get it. */
  isUnanswered(callId: string): boolean {
    return this.#open.has(callId) || this.#outputs.has(callId);
  }

  /**
   * The connection is gone, its responses with it: none of them will be done any more. Calls stay
   * open, their flows may still answer.
   */
  suspend(): void {
    this.#responseOfItem.clear();
    const groups = [...this.#groups.values()];
    for (const group of groups) {
      group.isResponseDone = true;
      this.#react(group);
    }
  }

  /** A new turn of the user: calls and automatic reactions are counted anew. */
  beginTurn(): void {
    this.#followUps = 0;
    this.#callsInTurn = 0;
  }

  /**
   * Lets a call run that was to be approved first.
   *
   * @throws RealtimeError `no_such_call`, `call_already_answered`, `call_already_approved`,
   *   `call_expired`, `call_void`.
   */
  approve(callId: string): void {
    const open = this.#undecided(callId);
    open.isApproved = true;
    this.#options.onCall(open.call);
  }

  /**
   * Ends a call that was to be approved first; the model is told that it was not allowed.
   *
   * @throws RealtimeError as `approve`, as a rejection.
   */
  async deny(callId: string, reason?: string): Promise<Acknowledgement> {
    const open = this.#undecided(callId);
    const output = JSON.stringify({
      error: "denied",
      message: "The user did not allow this. Nothing was done.",
      ...(reason === undefined ? {} : { reason }),
    });
    // Whoever asked hears that nothing happens, also of a tool that is silent otherwise.
    return await this.#settle(open, "answered", output, { respond: true });
  }

  #undecided(callId: string): OpenCall {
    const open = this.#open.get(callId);
    if (open === undefined) throw this.#notOpen(callId);
    if (open.isApproved) {
      throw new RealtimeError(
        "call_already_approved",
        "This tool call was approved before, or needs no approval",
      );
    }
    return open;
  }

  /** Asks the model to go on, unless it was asked too often in this turn of the user. */
  followUp(response: AnswerOptions["response"], isObsolete: () => boolean): void {
    if (this.#followUps >= FOLLOW_UPS_PER_TURN) {
      this.#options.onWarning(
        new RealtimeError(
          "follow_up_limit",
          `The model has called tools ${FOLLOW_UPS_PER_TURN} times in one turn: it is not asked again`,
        ),
      );
      return;
    }
    this.#followUps += 1;
    this.#options.followUp(response, isObsolete);
  }

  /**
   * Gives a call's output to the model.
   *
   * @throws RealtimeError `no_such_call`, `call_already_answered`, `call_expired`, `call_void`,
   *   `call_not_approved`, `tool_output_invalid`; as a rejection.
   */
  async answer(
    callId: string,
    output: unknown,
    options: AnswerOptions = {},
  ): Promise<Acknowledgement> {
    const open = this.#open.get(callId);
    if (open === undefined) throw this.#notOpen(callId);
    if (!open.isApproved) {
      throw new RealtimeError(
        "call_not_approved",
        "This tool call has not been approved: its result cannot be known yet",
      );
    }
    const text = toolOutput(output);
    return await this.#settle(open, "answered", text, options);
  }

  /** Ends all open calls without an output, when the conversation they belong to is gone. */
  voidAll(): void {
    const calls = [...this.#open.values()];
    this.#open.clear();
    for (const { call, timer } of calls) {
      timer.stop();
      remember(this.#outcomes, call.id, "void");
      this.#options.onEnd(call.name);
    }
    this.#groups.clear();
    this.#outputs.clear();
    this.#responseOfItem.clear();
    this.beginTurn();
  }

  #begin(item: Item, responseId: string | null): void {
    // The items of a response have not been looked at yet; a call may have its id as null.
    if (!isItem(item) || item.type !== "function_call" || typeof item.call_id !== "string") return;
    if (item.status === "incomplete" || item.status === "in_progress") return;
    const tool = this.#options.schemas().get(item.name);
    // A tool that no node registered is the flow's own business: its events say all.
    if (tool === undefined) return;
    if (this.#open.has(item.call_id) || this.#outcomes.has(item.call_id)) return;
    const group = this.#groupOf(responseId, item.id);
    if (this.#open.size >= OPEN_CALL_LIMIT) {
      const text = `${OPEN_CALL_LIMIT} tool calls wait for an answer already`;
      this.#refuseCall(item, group, new RealtimeError("too_many_calls", text), {
        error: "too_many_calls",
      });
      return;
    }
    const parsed = this.#options.schemas().parse(item.name, item.arguments);
    if (!parsed.ok) {
      const { problems } = parsed;
      const text = `The model called the tool "${item.name}" with arguments that do not fit: ${problems.join("; ")}`;
      this.#refuseCall(item, group, new RealtimeError("tool_arguments_invalid", text), {
        error: "invalid_arguments",
        problems,
      });
      return;
    }
    this.#callsInTurn += 1;
    if (this.#callsInTurn > this.#options.callsPerTurn) {
      this.#refuseTooMany(item.call_id, group);
      return;
    }
    const call: ToolCall = {
      id: item.call_id,
      name: item.name,
      arguments: parsed.arguments,
      itemId: item.id,
      responseId,
      deadline: this.#options.clock.now() + tool.deadlineMs,
    };
    const open: OpenCall = {
      call,
      tool,
      isApproved: tool.needsApproval !== true,
      group,
      timer: this.#options.clock.start(() => {
        this.#watch(this.#settle(open, "expired", tool.onDeadline, {}));
        this.#options.onWarning(
          new RealtimeError(
            "tool_deadline",
            `No answer to the tool "${tool.name}" within ${tool.deadlineMs / 1000} s`,
          ),
        );
      }, tool.deadlineMs),
    };
    group.open.add(call.id);
    this.#open.set(call.id, open);
    if (open.isApproved) this.#options.onCall(call);
    else this.#options.onApprovalNeeded(call);
  }

  #refuseTooMany(callId: string, group: CallGroup): void {
    const { callsPerTurn } = this.#options;
    remember(this.#outcomes, callId, "answered");
    if (this.#callsInTurn === callsPerTurn + 1) {
      this.#options.onWarning(
        new RealtimeError(
          "call_limit",
          `The model has called more than ${callsPerTurn} tools in one turn: the others are refused`,
        ),
      );
    }
    const output = JSON.stringify({
      error: "too_many_calls",
      message: `At most ${callsPerTurn} calls are allowed in one turn. This one was not made.`,
    });
    this.#watch(this.#send(group, callId, output, {}));
  }

  /** Answers a call in the place of the flow, which never sees it. */
  #refuseCall(
    { call_id: callId }: FunctionCallItem,
    group: CallGroup,
    warning: RealtimeError,
    output: object,
  ): void {
    if (callId === undefined) return;
    remember(this.#outcomes, callId, "answered");
    this.#options.onWarning(warning);
    this.#watch(this.#send(group, callId, JSON.stringify(output), {}));
  }

  async #settle(
    { call, tool, group, timer }: OpenCall,
    outcome: Outcome,
    output: string,
    options: AnswerOptions,
  ): Promise<Acknowledgement> {
    timer.stop();
    this.#open.delete(call.id);
    group.open.delete(call.id);
    remember(this.#outcomes, call.id, outcome);
    this.#options.onEnd(call.name);
    const { respond = tool.isSilent !== true, response } = options;
    return await this.#send(group, call.id, output, {
      respond,
      ...(response === undefined ? {} : { response }),
    });
  }

  /** Reports the failure of an output that no flow waits for. */
  #watch(sent: Promise<Acknowledgement>): void {
    sent.catch((error: unknown) => {
      if (error instanceof RealtimeError) this.#options.onWarning(error);
    });
  }

  #send(
    group: CallGroup,
    callId: string,
    output: string,
    { respond = true, response }: AnswerOptions,
  ): Promise<Acknowledgement> {
    group.hasOutput = true;
    group.wantsResponse ||= respond;
    group.response = response ?? group.response;
    group.unacknowledged += 1;
    this.#outputs.add(callId);
    const sent = this.#options.sendOutput(callId, output).finally(() => {
      group.unacknowledged -= 1;
      this.#outputs.delete(callId);
      group.acknowledgedAt = this.#options.createdCount();
    });
    this.#react(group);
    return sent;
  }

  #groupOf(responseId: string | null, itemId: string): CallGroup {
    const key = responseId ?? itemId;
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const group: CallGroup = {
      open: new Set(),
      isResponseDone: responseId === null,
      isCancelled: false,
      hasOutput: false,
      wantsResponse: false,
      response: undefined,
      unacknowledged: 0,
      acknowledgedAt: 0,
    };
    remember(this.#groups, key, group);
    return group;
  }

  #responseDone({ response }: EventOf<"response.done">): void {
    for (const item of response.output ?? []) this.#begin(item, response.id ?? null);
    const group = response.id === undefined ? undefined : this.#groups.get(response.id);
    if (group === undefined) return;
    group.isResponseDone = true;
    group.isCancelled = response.status === "cancelled";
    this.#react(group);
  }

  /** Asks for the one reaction once nothing of the group is outstanding. */
  #react(group: CallGroup): void {
    if (!group.isResponseDone || group.open.size > 0 || !group.hasOutput) return;
    for (const [key, known] of this.#groups) if (known === group) this.#groups.delete(key);
    if (group.isCancelled || !group.wantsResponse) return;
    this.followUp(
      group.response,
      // A response that began after the server had all outputs has seen them.
      () => group.unacknowledged === 0 && this.#options.createdCount() > group.acknowledgedAt,
    );
  }

  #notOpen(callId: string): RealtimeError {
    switch (this.#outcomes.get(callId)) {
      case "answered":
        return new RealtimeError(
          "call_already_answered",
          "This tool call has been answered before",
        );
      case "expired":
        return new RealtimeError("call_expired", "The answer comes after the tool's deadline");
      case "void":
        return new RealtimeError(
          "call_void",
          "The conversation that this tool call belongs to has ended",
        );
      case undefined:
        return new RealtimeError("no_such_call", "There is no tool call with this id");
    }
  }
}

/** Adds to a memory that forgets its oldest entries. */
function remember<Value>(memory: Map<string, Value>, key: string, value: Value): void {
  memory.delete(key);
  memory.set(key, value);
  const [oldest] = memory.keys();
  if (memory.size > MEMORY && oldest !== undefined) memory.delete(oldest);
}
