import { RealtimeError } from "../protocol/errors";
import type { EventOf } from "../protocol/event-types";
import type { Item } from "../protocol/items";
import type { ResponseCreateParams } from "../protocol/response";
import type { Acknowledgement } from "./acknowledgement";
import { BoundedMap } from "./bounded-map";
import { CallOutcomes, type CallOutcome } from "./call-outcomes";
import type { Clock, Timer } from "./clock";
import { isItem } from "./readable-event";
import { route, type Route } from "./routes";
import { toolOutput } from "./tool-output";
import { ToolOutputs, type ToolOutputsOptions } from "./tool-outputs";
import { ToolReactions, type CallGroup, type ToolReactionsOptions } from "./tool-reactions";
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
  /**
   * When the tool's own output takes the place of the flow's, in ms since the Unix epoch. A call
   * that waits for approval has until then to get it; an approved one has the whole time anew.
   */
  readonly deadline: number;
}

/** How the talk goes on after a call's output. */
export interface AnswerOptions {
  /** Whether the model is asked to react; as the tool says when absent. */
  readonly respond?: boolean;
  /** Parameters of that response, e.g. instructions. */
  readonly response?: ResponseCreateParams;
}

export interface ToolCallsOptions extends ToolReactionsOptions, ToolOutputsOptions {
  readonly clock: Clock;
  readonly schemas: () => ToolSchemas;
  /** The session's key, for arguments that default to the room. */
  readonly key: string;
  /** Calls in one turn of the user that may reach the flow. */
  readonly callsPerTurn: number;
  /** Told of a call that is to run now: at once, or as soon as it is approved. */
  readonly onCall: (call: ToolCall) => void;
  /** Told of a call that must not run before it is approved. */
  readonly onApprovalNeeded: (call: ToolCall) => void;
  /** Told of what went wrong; with `toolName`, with a call of that tool. */
  readonly onWarning: (error: RealtimeError, toolName?: string) => void;
  /**
   * Told when a call of this tool was answered, by the flow or by its deadline, or has ended; and
   * when one is open again, whose output was refused.
   */
  readonly onChange: (toolName: string) => void;
}

interface OpenCall {
  call: ToolCall;
  timer: Timer;
  /** When its time is over, by the steady clock. */
  expiresAt: number;
  readonly tool: ToolDefinition;
  readonly group: CallGroup;
  /** The arguments as they came: a flow may change the object that it was given. */
  readonly argumentsText: string;
  /** `undecided`: it waits for a person's approval. `running`: it is with the flow. */
  state: "undecided" | "running";
}

/** Calls in one turn where nothing else is said: a home has no more lights to switch at once. */
export const DEFAULT_CALLS_PER_TURN = 32;

/** Calls that wait for their flow, or for their approval, at most. */
export const OPEN_CALL_LIMIT = 128;

/** Items of running responses remembered at most. */
const ITEM_LIMIT = 1000;

/**
 * Open tool calls, from the completed `function_call` item to the one follow-up response.
 *
 * Arguments that are no JSON or do not fit the schema never reach the flow, nor do calls beyond the
 * limit of a turn: the model gets them back as an error it can mend. A call of a tool that asks
 * first reaches the flow once it is approved. Outputs go to the server at once; when all calls of a
 * response are answered and that response is done, one reaction is asked for.
 */
export class ToolCalls {
  readonly #options: ToolCallsOptions;
  readonly #open = new BoundedMap<string, OpenCall>(OPEN_CALL_LIMIT);
  readonly #outcomes = new CallOutcomes();
  readonly #reactions: ToolReactions;
  /** Made with the first output: an idle session is to cost little. */
  #madeOutputs: ToolOutputs | undefined;
  /** Which response an item belongs to: `conversation.item.done` does not say. */
  readonly #responseOfItem = new BoundedMap<string, string>(ITEM_LIMIT);
  #callsInTurn = 0;

  constructor(options: ToolCallsOptions) {
    this.#options = options;
    this.#reactions = new ToolReactions(options);
  }

  static readonly routes: readonly Route<ToolCalls>[] = [
    route("response.output_item.added", (part, event) => {
      if (event.item.type === "function_call" && event.item.id !== undefined)
        part.#responseOfItem.set(event.item.id, event.response_id);
    }),
    route("conversation.item.added", (part, { item }) => part.#madeOutputs?.taken(item)),
    route("conversation.item.created", (part, { item }) => part.#madeOutputs?.taken(item)),
    route("conversation.item.done", (part, { item }) => {
      part.#madeOutputs?.taken(item);
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
    return this.#callsThatAre("running");
  }

  /** Calls that wait for their approval, oldest first. */
  get undecided(): readonly ToolCall[] {
    return this.#callsThatAre("undecided");
  }

  /** How many calls are open, approved or not, or wait for an output of ours to be sent. */
  get size(): number {
    return this.#open.size + (this.#madeOutputs?.unsent ?? 0);
  }

  /** True while calls, outputs or a reaction of this turn are still to come. */
  get isBusy(): boolean {
    return this.#reactions.isPending;
  }

  /** Whether the reaction to the calls of a response is still to come. */
  isReactionDue(responseId: string | undefined): boolean {
    return responseId !== undefined && this.#reactions.isPendingOf(responseId);
  }

  /** Whether a call waits for its flow, or for its approval. */
  isOpen(callId: string): boolean {
    return this.#open.has(callId);
  }

  /** Whether a call of a tool of ours has come to its end, with or without an answer. */
  hasEnded(callId: string): boolean {
    return this.#outcomes.has(callId) && this.#madeOutputs?.isUnsent(callId) !== true;
  }

  /**
   * The connection is gone, its responses with it: none of them will be done any more. Calls stay
   * open, their flows may still answer.
   */
  suspend(): void {
    this.#responseOfItem.clear();
    this.#reactions.suspend();
  }

  /** A response is over, although its end did not come. */
  responseGone(responseId: string, isCancelled: boolean): void {
    this.#reactions.responseDone(responseId, isCancelled);
  }

  /** A new turn of the user: calls and automatic reactions are counted anew. */
  beginTurn(): void {
    this.#reactions.beginTurn();
    this.#callsInTurn = 0;
  }

  /**
   * Lets a call run that waited for it.
   *
   * @throws RealtimeError `call_already_approved`, `tool_changed` (its tool is gone, or takes other
   *   arguments by now), or why the call is not open: `no_such_call`, `call_already_answered`,
   *   `call_denied`, `call_refused`, `call_expired`, `call_void`.
   */
  approve(callId: string): void {
    const open = this.#undecided(callId);
    const { name } = open.call;
    const schemas = this.#options.schemas();
    const tool = schemas.get(name);
    const parsed = schemas.parse(name, open.argumentsText, this.#options.key);
    if (tool === undefined || !parsed.ok) {
      throw new RealtimeError(
        "tool_changed",
        `The tool "${name}" was removed or changed since the call: it cannot run any more`,
      );
    }
    open.timer.stop();
    open.state = "running";
    open.call = {
      ...open.call,
      arguments: parsed.arguments,
      deadline: this.#options.clock.date() + tool.deadlineMs,
    };
    open.expiresAt = this.#options.clock.now() + tool.deadlineMs;
    open.timer = this.#startDeadline(callId, tool);
    this.#options.onCall(open.call);
  }

  /**
   * Ends a call that waited for its approval: the model is told that the user did not allow it.
   *
   * @param reason told to the model
   * @throws RealtimeError as a rejection: as `approve`, and those of `ToolOutputs.send`; after the
   *   latter the call waits for its approval as before, unless the server may have the output.
   */
  async deny(callId: string, reason?: string): Promise<Acknowledgement> {
    const open = this.#undecided(callId);
    const output = toolOutput({
      error: "denied",
      message: "The user did not allow this. Nothing was done.",
      ...(reason === undefined || reason === "" ? {} : { reason }),
    });
    // Whoever asked hears that nothing happens, also of a tool that is silent otherwise.
    return await this.#settle(open, "denied", output, { respond: true });
  }

  /** Asks the model to go on, unless it was asked too often in this turn of the user. */
  followUp(response: AnswerOptions["response"], isObsolete: () => boolean): void {
    this.#reactions.followUp(response, isObsolete);
  }

  /**
   * Gives a call's output to the model.
   *
   * @throws RealtimeError as a rejection: `call_not_approved`, `tool_output_invalid`, why the call
   *   is not open, as `approve`, or those of `ToolOutputs.send`; after the latter the call is open as
   *   before, unless the server may have the output.
   */
  async answer(
    callId: string,
    output: unknown,
    options: AnswerOptions = {},
  ): Promise<Acknowledgement> {
    const open = this.#open.get(callId);
    if (open === undefined) throw this.#outcomes.errorFor(callId);
    if (open.state === "undecided") {
      throw new RealtimeError(
        "call_not_approved",
        "This tool call waits for its approval: approve or deny it before it is answered",
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
      this.#outcomes.set(call.id, "void");
      this.#options.onChange(call.name);
    }
    this.#reactions.clear();
    this.#madeOutputs?.clear();
    this.#responseOfItem.clear();
    this.beginTurn();
  }

  get #outputs(): ToolOutputs {
    return (this.#madeOutputs ??= new ToolOutputs(this.#options, this.#reactions));
  }

  #begin(item: Item, responseId: string | null): void {
    // The items of a response have not been looked at yet; a call may have its id as null.
    if (!isItem(item) || item.type !== "function_call" || typeof item.call_id !== "string") return;
    if (item.status === "incomplete" || item.status === "in_progress") return;
    const tool = this.#options.schemas().get(item.name);
    // A tool that no node registered is the flow's own business: its events say all.
    if (tool === undefined) return;
    if (this.#open.has(item.call_id) || this.#outcomes.has(item.call_id)) return;
    const group = this.#reactions.groupOf(responseId, item.id);
    if (this.#open.size >= OPEN_CALL_LIMIT) {
      const message = `${OPEN_CALL_LIMIT} tool calls wait for an answer already`;
      this.#options.onWarning(new RealtimeError("too_many_calls", message));
      this.#refuse(item.call_id, group, { error: "too_many_calls", message });
      return;
    }
    this.#callsInTurn += 1;
    if (this.#callsInTurn > this.#options.callsPerTurn) {
      this.#refuseExcess(item.call_id, group);
      return;
    }
    const { key } = this.#options;
    const parsed = this.#options.schemas().parse(item.name, item.arguments, key);
    if (!parsed.ok) {
      const { problems, message } = parsed;
      const text = `The model called the tool "${item.name}" with parameters that do not fit: ${problems.join("; ")}`;
      this.#options.onWarning(new RealtimeError("tool_arguments_invalid", text), item.name);
      this.#refuse(item.call_id, group, { error: "invalid_arguments", message, problems });
      return;
    }
    const call: ToolCall = {
      id: item.call_id,
      name: item.name,
      arguments: parsed.arguments,
      itemId: item.id,
      responseId,
      deadline: this.#options.clock.date() + tool.deadlineMs,
    };
    this.#openCall(call, item.arguments, tool, group);
  }

  #openCall(call: ToolCall, argumentsText: string, tool: ToolDefinition, group: CallGroup): void {
    const state = tool.needsApproval === true ? "undecided" : "running";
    const timer = this.#startDeadline(call.id, tool);
    const expiresAt = this.#options.clock.now() + tool.deadlineMs;
    this.#open.set(call.id, { call, argumentsText, tool, group, state, timer, expiresAt });
    group.open.add(call.id);
    if (state === "running") this.#options.onCall(call);
    else this.#options.onApprovalNeeded(call);
  }

  #startDeadline(callId: string, tool: ToolDefinition): Timer {
    return this.#options.clock.start(() => this.#expire(callId), tool.deadlineMs);
  }

  #expire(callId: string): void {
    const open = this.#open.get(callId);
    if (open === undefined) return;
    const { tool, group } = open;
    const missing = open.state === "running" ? "No answer to" : "No approval of";
    this.#end(open, "expired");
    this.#outputs.sendOwn(group, callId, tool.onDeadline, { respond: tool.isSilent !== true });
    this.#options.onWarning(
      new RealtimeError(
        "tool_deadline",
        `${missing} a call of the tool "${tool.name}" within ${tool.deadlineMs / 1000} s`,
      ),
      tool.name,
    );
  }

  #callsThatAre(state: OpenCall["state"]): readonly ToolCall[] {
    return [...this.#open.values()].filter((open) => open.state === state).map(({ call }) => call);
  }

  /** The call that this decision is about. */
  #undecided(callId: string): OpenCall {
    const open = this.#open.get(callId);
    if (open === undefined) throw this.#outcomes.errorFor(callId);
    if (open.state === "undecided") return open;
    throw new RealtimeError(
      "call_already_approved",
      "This tool call has been approved before, or needs no approval",
    );
  }

  #refuseExcess(callId: string, group: CallGroup): void {
    const { callsPerTurn } = this.#options;
    const text = `The model has called more than ${callsPerTurn} tools in one turn: the others are not run`;
    // Once in a turn: a model that calls a hundred tools would fill the log.
    if (this.#callsInTurn === callsPerTurn + 1)
      this.#options.onWarning(new RealtimeError("call_limit", text));
    const output = {
      error: "too_many_calls",
      message: `At most ${callsPerTurn} calls are allowed in one turn. This one was not made.`,
    };
    this.#refuse(callId, group, output);
  }

  /** Answers a call in the place of the flow, which never sees it. */
  #refuse(callId: string, group: CallGroup, output: object): void {
    this.#outcomes.set(callId, "refused");
    this.#outputs.sendOwn(group, callId, JSON.stringify(output), { respond: true });
  }

  async #settle(
    open: OpenCall,
    outcome: CallOutcome,
    output: string,
    { respond = open.tool.isSilent !== true, response }: AnswerOptions,
  ): Promise<Acknowledgement> {
    const refusal = this.#options.sender().outputRefusal;
    if (refusal !== undefined) throw refusal;
    this.#end(open, outcome);
    const { call, group } = open;
    return await this.#outputs.send(group, call.id, output, { respond, response }, () =>
      this.#reopen(open),
    );
  }

  #end({ call, group, timer }: OpenCall, outcome: CallOutcome): void {
    timer.stop();
    this.#open.delete(call.id);
    group.open.delete(call.id);
    this.#outcomes.set(call.id, outcome);
    this.#options.onChange(call.name);
  }

  /** The output was refused: the flow may try again until the deadline, as if it had not tried. */
  #reopen(open: OpenCall): void {
    const { call, group, expiresAt } = open;
    // Others have taken the place: none of them is to be forgotten for it.
    if (this.#open.size >= OPEN_CALL_LIMIT) return;
    const left = Math.max(0, expiresAt - this.#options.clock.now());
    open.timer = this.#options.clock.start(() => this.#expire(call.id), left);
    this.#outcomes.delete(call.id);
    this.#open.set(call.id, open);
    this.#reactions.expectOutput(group, call.id);
    this.#options.onChange(call.name);
  }

  #responseDone({ response }: EventOf<"response.done">): void {
    for (const item of response.output ?? []) this.#begin(item, response.id ?? null);
    if (response.id !== undefined)
      this.#reactions.responseDone(response.id, response.status === "cancelled");
  }
}
