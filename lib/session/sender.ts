import { RealtimeError } from "../protocol/errors";
import type { ClientEvent, EventOf } from "../protocol/event-types";
import type { FunctionCallItem, Item } from "../protocol/items";
import type { Strictness } from "../protocol/validate";
import { KEPT, MOOT, WRITTEN, type Acknowledgement, type Settlement } from "./acknowledgement";
import type { TurnEnd } from "./audio-pre-roll";
import { BoundedMap } from "./bounded-map";
import type { BudgetGuard } from "./budget";
import type { Conversation } from "./conversation";
import { rejected } from "./ignorable";
import { sessionClosed, type Lifecycle } from "./lifecycle";
import { MicrophoneTurns, type MicrophoneParts } from "./microphone-turns";
import {
  checkEvent,
  type CheckedEvent,
  type EventContext,
  type OutboundEvent,
} from "./outbound-event";
import type { AnsweredEvent, PendingRequests } from "./pending-requests";
import { cancelled, type ResponseQueue } from "./response-queue";
import type { RestorationPlan } from "./restoration-plan";
import type { SessionConfiguration, SettingsPatch } from "./session-configuration";
import type { SendOptions } from "./session-options";
import type { ToolCalls } from "./tool-calls";
import { fateWithoutConnection } from "./unconnected-sends";
import type { UsageTracker } from "./usage";
import { WaitingSends } from "./waiting-sends";

/** The parts of a session that what is sent goes to, and what the session does for it. */
export interface SenderParts extends MicrophoneParts {
  readonly lifecycle: Pick<Lifecycle<never>, "ready" | "target" | "state" | "isRolloverDue">;
  readonly configuration: SessionConfiguration;
  readonly requests: PendingRequests;
  readonly responses: ResponseQueue;
  readonly toolCalls: ToolCalls;
  readonly conversation: Conversation;
  readonly budget: BudgetGuard;
  readonly usage: UsageTracker;
  /** How long what is sent waits for a connection, in ms. */
  readonly expiryMs: number;
  readonly nextEventId: () => string;
  readonly newItemId: () => string;
  /** Opens the session. */
  readonly connect: () => Promise<void>;
  /** Why the day's budget keeps the session closed; undefined when it does not. */
  readonly refusedByBudget: () => RealtimeError | undefined;
}

/** The same for each chunk of a microphone: a promise per chunk would be garbage. */
const SENT: Promise<Acknowledgement> = Promise.resolve(WRITTEN);

const NO_OPTIONS: SendOptions = {};

/** Events that nobody waits for, and whose refusal their senders are told of, at most. */
const UNANSWERED_LIMIT = 512;

/**
 * What a session sends: checks each event, hands it to the part that knows its answer, and keeps what
 * cannot go yet.
 */
export class Sender {
  readonly #parts: SenderParts;
  readonly #waiting: WaitingSends;
  readonly #turns: MicrophoneTurns;
  /** Made with the first event that is sent. */
  #checks: EventContext | undefined;
  /** Calls that the connection does not know yet: they are told together with their outputs. */
  #withheld: Map<string, FunctionCallItem> | undefined;
  /** Answers that the connection was told, as text: it has no sound of them that could be cut off. */
  #told: ReadonlySet<string> | undefined;
  /** Calls whose output was sent and not acknowledged; made with the first of them. */
  #outputs: Set<string> | undefined;
  /**
   * Ids that callers gave to events which are not answered yet: of two with the same, one could not
   * be told from the other. Made with the first of them.
   */
  #given: Set<string> | undefined;
  /** By event id, whom to tell of a refusal that no promise can; made with the first of them. */
  #unanswered: BoundedMap<string, NonNullable<SendOptions["onRefused"]>> | undefined;
  #lastSentAt = 0;

  constructor(parts: SenderParts) {
    this.#parts = parts;
    this.#waiting = new WaitingSends(parts.clock, parts.expiryMs);
    this.#turns = new MicrophoneTurns(parts);
  }

  /** Events that wait for a connection. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Append events that are kept for the next connection. */
  get keptAudio(): number {
    return this.#turns.kept;
  }

  /** True when audio was sent that a person's commit is to follow. */
  get hasUncommittedAudio(): boolean {
    return this.#turns.isUncommitted;
  }

  /**
   * True when a person has talked since this time (ms since the Unix epoch), who ends the turn
   * without the server: a session is not to be closed in the middle of a sentence.
   */
  hasOpenTurnSince(time: number): boolean {
    return !this.#parts.configuration.detectsTurns && this.#turns.lastAudioAt > time;
  }

  /** When something was last sent but for audio, in ms since the Unix epoch. */
  get lastSentAt(): number {
    return this.#lastSentAt;
  }

  /** Whether the output of a call is on its way: a connection is told both together. */
  isAnswering(callId: string): boolean {
    return this.#outputs?.has(callId) === true;
  }

  /** A new talk begins. */
  begin(): void {
    this.#withheld = undefined;
    this.#told = undefined;
    this.#turns.open();
  }

  /** A connection was told the talk: its open calls are kept back until their outputs are sent. */
  restored({ items, withheld }: RestorationPlan, renamed: ReadonlyMap<string, string>): void {
    this.#withheld = new Map(withheld);
    this.#told = new Set(
      items
        .filter(({ item }) => isAnswer(item))
        .map(({ originalId }) => renamed.get(originalId) ?? originalId),
    );
  }

  /** There is a connection: sends what was kept. `isReplaced`: it took the place of another one. */
  flush(isReplaced: boolean): void {
    if (isReplaced) this.#turns.repeat();
    this.#turns.sendOpenTurn();
    this.#waiting.flush();
    this.#turns.sendRest();
  }

  /** Sends a turn that ended without a connection, and its commit; of half a turn, neither. */
  #commitKept(
    turnEnd: TurnEnd,
    event: EventOf<"input_audio_buffer.commit">,
    options: SendOptions,
  ): Promise<Acknowledgement> {
    const refusal = this.#turns.sendKept(turnEnd);
    return refusal === undefined ? this.#checkAndDispatch(event, options) : rejected(refusal);
  }

  /** Whom to tell that the server has refused an event that it does not acknowledge; once. */
  takeRefused(eventId: string): SendOptions["onRefused"] {
    const onRefused = this.#unanswered?.get(eventId);
    this.#unanswered?.delete(eventId);
    return onRefused;
  }

  #noteUnanswered(eventId: string, { onRefused }: SendOptions): void {
    if (onRefused !== undefined)
      (this.#unanswered ??= new BoundedMap(UNANSWERED_LIMIT)).set(eventId, onRefused);
  }

  /** What was said into a connection that has ended is lost with it. */
  forgetAudio(): void {
    this.#turns.loseConnection();
  }

  /** Refuses what waits for a connection that will not be. */
  refuseAll(error: RealtimeError): void {
    this.#waiting.refuseAll(error);
    this.#turns.discard();
  }

  /** As `RealtimeSession.send`. */
  send(event: OutboundEvent, options: SendOptions = NO_OPTIONS): Promise<Acknowledgement> {
    // Every chunk of a microphone comes this way: no state is described for it.
    if (this.#parts.lifecycle.ready !== undefined) return this.#checkAndDispatch(event, options);
    const { state } = this.#parts.lifecycle;
    switch (state.status) {
      case "closed":
        return rejected(sessionClosed());
      case "stopped":
        if (state.reason.code !== "budget_reached") return rejected(state.reason);
        return this.#sendWithinBudget(event, options);
      case "ready":
        return this.#checkAndDispatch(event, options);
      case "idle":
        return this.#sendWithinBudget(event, options);
      case "opening":
      case "recovering":
        return this.#sendWhenReady(event, state.status, options);
    }
  }

  /** Hands an event to the connection, where there is one. */
  write(event: ClientEvent): void {
    this.#parts.lifecycle.ready?.send(event);
  }

  #sendWhenReady(
    event: OutboundEvent,
    status: "idle" | "opening" | "recovering",
    options: SendOptions,
  ): Promise<Acknowledgement> {
    // What is wrong in itself must not open a session, which a server may bill.
    const checked = this.#check(event, "compatible");
    if (!checked.ok) return rejected(checked.error);
    if (checked.event.type === "input_audio_buffer.append") {
      // A microphone must not open a session; what it hears just before one opens belongs to it.
      const event_id = this.#parts.nextEventId();
      this.#turns.keep({ ...checked.event, event_id });
      this.#noteUnanswered(event_id, options);
      return Promise.resolve(KEPT);
    }
    if (checked.event.type === "input_audio_buffer.clear") {
      this.#turns.forget();
      // What waits comes after all audio that is kept: it would clear what is said from now on.
      if (status === "opening") return Promise.resolve(MOOT);
    }
    switch (fateWithoutConnection(checked.event.type, status === "recovering")) {
      case "moot":
        this.applyHere(checked.event);
        return Promise.resolve(MOOT);
      case "refuse":
        // Its sender says it again: that must not begin with what was said before.
        if (checked.event.type === "input_audio_buffer.commit") this.#turns.forget();
        return rejected(
          new RealtimeError("not_connected", "The connection is being made again: not sent"),
        );
      case "wait":
        break;
    }
    const sent = this.#wait(checked.event, options);
    if (checked.event.type === "conversation.item.create")
      this.#noteOutput(checked.event.item, sent);
    // A failure to open refuses everything that waits; that is where it is reported.
    if (status === "idle") this.#parts.connect().catch(() => undefined);
    return sent;
  }

  #wait(event: ClientEvent, options: SendOptions): Promise<Acknowledgement> {
    // What is said from now on comes behind either.
    const turnEnd = isTurnEnd(event) ? this.#turns.endKept() : undefined;
    if (turnEnd === undefined || event.type !== "input_audio_buffer.commit")
      return this.#waiting.add(event, () => this.#checkAndDispatch(event, options));
    return this.#waiting.add(event, () => this.#commitKept(turnEnd, event, options));
  }

  /** Does without a server what an event is about that waits, or was said, on this side. */
  applyHere(event: ClientEvent): void {
    const { conversation } = this.#parts;
    if (event.type === "conversation.item.truncate" && isAnswer(conversation.get(event.item_id)))
      conversation.truncate(event);
    if (event.type !== "response.cancel") return;
    this.#parts.responses.cancelUnsent(event.response_id);
    if (event.response_id === undefined) this.#waiting.refuse(isAnswerWanted, cancelled());
  }

  #checkAndDispatch(event: OutboundEvent, options: SendOptions): Promise<Acknowledgement> {
    const strictness =
      options.strictness ?? this.#parts.lifecycle.target?.strictness ?? "compatible";
    const checked = this.#check(event, strictness);
    return checked.ok ? this.#dispatch(checked.event, options) : rejected(checked.error);
  }

  #check(event: OutboundEvent, strictness: Strictness): CheckedEvent {
    return checkEvent(event, strictness, (this.#checks ??= this.#makeChecks()));
  }

  #makeChecks(): EventContext {
    return {
      sessionType: () => this.#parts.configuration.wanted.type,
      newItemId: () => this.#parts.newItemId(),
      refusalOf: (patch, strictness) => this.#parts.configuration.refusalOf(patch, strictness),
    };
  }

  #dispatch(event: ClientEvent, options: SendOptions): Promise<Acknowledgement> {
    const { event_id: given } = event;
    if (event.type === "input_audio_buffer.append") {
      const event_id = given ?? this.#parts.nextEventId();
      this.#noteUnanswered(event_id, options);
      this.#turns.append({ ...event, event_id });
      return SENT;
    }
    // Somebody who wants to interrupt is not told that too much waits.
    if (this.#isFull && event.type !== "response.cancel") return rejected(tooSlow());
    this.#lastSentAt = this.#parts.clock.now();
    if (given === undefined || this.#given?.has(given) === true)
      return this.#handOver(event, this.#parts.nextEventId(), options);
    const sent = this.#handOver(event, given, options);
    const ids = (this.#given ??= new Set());
    const forget = (): void => void ids.delete(given);
    ids.add(given);
    sent.then(forget, forget);
    return sent;
  }

  /** Gives an event to the part that knows its answer. */
  #handOver(
    event: Exclude<ClientEvent, { type: "input_audio_buffer.append" }>,
    event_id: string,
    options: SendOptions,
  ): Promise<Acknowledgement> {
    const { priority } = options;
    const outbox = this.#parts.lifecycle.ready?.outbox;
    switch (event.type) {
      case "output_audio_buffer.clear":
        this.#noteUnanswered(event_id, options);
        this.write({ ...event, event_id });
        return Promise.resolve(WRITTEN);
      case "response.create":
        if (this.#parts.budget.refusal !== undefined) return rejected(this.#parts.budget.refusal);
        if (priority !== "announcement" && isAnswerWanted(event)) this.#parts.toolCalls.beginTurn();
        return this.#parts.responses.request({ ...event, event_id }, priority).promise;
      case "response.cancel":
        return this.#parts.responses.cancel({ ...event, event_id }).promise;
      case "session.update":
        return this.#update(event.session, event_id);
      case "conversation.item.create":
        return this.createItem({ ...event, event_id });
      case "input_audio_buffer.commit": {
        const refusal = this.#turns.commit(outbox?.isTurnDamaged === true);
        return refusal === undefined ? this.#request({ ...event, event_id }) : rejected(refusal);
      }
      case "input_audio_buffer.clear":
        this.#turns.end();
        return this.#request({ ...event, event_id });
      case "conversation.item.truncate":
        if (this.#serverHasSound(event.item_id)) return this.#request({ ...event, event_id });
        this.applyHere(event);
        return Promise.resolve(MOOT);
      case "conversation.item.delete":
      case "conversation.item.retrieve":
        return this.#request({ ...event, event_id });
      case "transcription_session.update":
        // Only the beta dialect has it, and it is `session.update` by the time it comes here.
        return rejected(
          new RealtimeError("invalid_event", "Send session.update with the type transcription"),
        );
    }
  }

  #update(patch: SettingsPatch, event_id: string): Promise<Acknowledgement> {
    const { budget, configuration } = this.#parts;
    return configuration.update(budget.limitChange(patch), event_id).promise;
  }

  /** False of an answer that the connection was told as text, or not at all. */
  #serverHasSound(itemId: string): boolean {
    const { conversation } = this.#parts;
    if (this.#told?.has(itemId) === true) return false;
    return conversation.isInPlace(itemId) || !isAnswer(conversation.get(itemId));
  }

  get #isFull(): boolean {
    return this.#parts.requests.isFull || this.#parts.lifecycle.ready?.outbox.isFull === true;
  }

  #request(event: AnsweredEvent & { readonly event_id: string }): Promise<Acknowledgement> {
    // It would be given up, and told as an error, although the server does what it is asked.
    if (this.#parts.lifecycle.target?.settingsAck === "none") {
      this.write(event);
      return Promise.resolve(WRITTEN);
    }
    const { promise } = this.#parts.requests.add(event);
    this.write(event);
    return promise;
  }

  /** Creates an item, whatever state the session is in: the talk goes on with it. */
  createItem(
    event: EventOf<"conversation.item.create"> & { event_id: string },
    settlement?: Settlement,
  ): Promise<Acknowledgement> {
    const { item } = event;
    if (item.type === "message" && item.role === "user") this.#parts.toolCalls.beginTurn();
    // One that the connection before did not acknowledge is told by itself.
    if (item.type === "function_call") this.#withheld?.delete(item.call_id ?? "");
    if (item.type === "function_call_output") this.#createWithheldCall(item.call_id);
    const { promise } = this.#parts.requests.add(event, settlement);
    this.#noteOutput(item, promise);
    this.write(event);
    return promise;
  }

  /** Remembers that a call has its output, until the server knows that. */
  #noteOutput(item: Item, sent: Promise<Acknowledgement>): void {
    if (item.type !== "function_call_output") return;
    const { call_id: callId } = item;
    const outputs = (this.#outputs ??= new Set());
    const forget = (): void => void outputs.delete(callId);
    outputs.add(callId);
    sent.then(forget, forget);
  }

  #createWithheldCall(callId: string): void {
    const call = this.#withheld?.get(callId);
    if (call === undefined) return;
    this.#withheld?.delete(callId);
    const { id = this.#parts.newItemId(), name, arguments: text } = call;
    void this.createItem({
      type: "conversation.item.create",
      event_id: this.#parts.nextEventId(),
      item: { type: "function_call", id, call_id: callId, name, arguments: text },
    });
  }

  /** Why no output of a tool can be sent now, nor wait; undefined when one can. */
  get outputRefusal(): RealtimeError | undefined {
    if (this.#parts.lifecycle.ready !== undefined) return this.#isFull ? tooSlow() : undefined;
    return this.#waiting.isFull ? this.#waiting.fullness : undefined;
  }

  /** Sends the output of a tool call, now or with the next connection. */
  sendOutput(callId: string, output: string): Promise<Acknowledgement> {
    const item = {
      type: "function_call_output" as const,
      id: this.#parts.newItemId(),
      call_id: callId,
      output,
    };
    const create = (): Promise<Acknowledgement> =>
      this.#isFull
        ? rejected(tooSlow())
        : this.createItem({
            type: "conversation.item.create",
            event_id: this.#parts.nextEventId(),
            item,
          });
    if (this.#parts.lifecycle.ready !== undefined) return create();
    const sent = this.#waiting.add(undefined, create);
    this.#noteOutput(item, sent);
    return sent;
  }

  #sendWithinBudget(event: OutboundEvent, options: SendOptions): Promise<Acknowledgement> {
    const refusal = this.#parts.refusedByBudget();
    return refusal === undefined ? this.#sendWhenReady(event, "idle", options) : rejected(refusal);
  }
}

function isAnswer(item: Item | undefined): boolean {
  return item?.type === "message" && item.role === "assistant";
}

/** Whether an event is about what was said before it, and not about what is said after. */
function isTurnEnd({ type }: ClientEvent): boolean {
  return type === "input_audio_buffer.commit" || type === "input_audio_buffer.clear";
}

/** Whether an event asks for a response of the conversation. */
function isAnswerWanted(event: ClientEvent): boolean {
  return event.type === "response.create" && event.response?.conversation !== "none";
}

function tooSlow(): RealtimeError {
  const text = "The server is too slow for what is sent";
  return new RealtimeError("queue_full", text, { isUnsent: true });
}
