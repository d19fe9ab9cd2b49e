import { RealtimeError } from "../protocol/errors";
import { eventTypes, type EventOf, type RealtimeEvent } from "../protocol/event-types";
import type { ResponseCreateParams } from "../protocol/response";
import { MOOT, Settlement } from "./acknowledgement";
import { BoundedSet } from "./bounded-set";
import type { Clock, Timer } from "./clock";
import type { Conversation } from "./conversation";
import { noConnectionWithin } from "./no-connection";
import { OutOfBandResponses } from "./out-of-band-responses";
import { CANCEL_LIMIT, PendingCancels } from "./pending-cancels";
import { Quota } from "./quota";
import { ResponseRequest, type ResponsePriority } from "./response-request";
import { ResponseWatch, SILENCE_TIMEOUT } from "./response-watch";
import { route, type Route } from "./routes";
import type { SessionConfiguration } from "./session-configuration";
import { SpokenTurn } from "./spoken-turn";
import { PATIENCE, WaitingResponses } from "./waiting-responses";

type ResponseCreate = EventOf<"response.create"> & { readonly event_id: string };
type ResponseCancel = EventOf<"response.cancel"> & { readonly event_id: string };

interface RequestInFlight {
  readonly request: ResponseRequest;
  readonly deadline: Timer;
  /** A cancel of it is on its way. */
  isCancelled: boolean;
}

export interface ResponseQueueOptions {
  readonly clock: Clock;
  readonly write: (event: EventOf<"response.create" | "response.cancel">) => void;
  /** Keeps an event from being sent that still waits for a slow line; false when it is gone. */
  readonly takeBack: (eventId: string) => boolean;
  /** How long a request waits for a connection, in ms. */
  readonly expiryMs: number;
  readonly nextEventId: () => string;
  /** True when the server returns a response's metadata, so that a key of ours can travel there. */
  readonly echoesMetadata: () => boolean;
  readonly configuration: Pick<
    SessionConfiguration,
    "answersSpeech" | "isInterruptedBySpeech" | "mustCallTool"
  >;
  /** Told of our responses outside of it: not every server says that of them. */
  readonly conversation: Pick<Conversation, "noteBeside">;
  /** Told of a response that is over, although its end did not come. `isCancelled`: as was wanted. */
  readonly onGone: (responseId: string, isCancelled: boolean) => void;
  /**
   * Told of each request that was given up, and of each response that had gone silent (then without
   * an event id).
   */
  readonly onAbandoned: (eventId: string | null, error: RealtimeError) => void;
}

/** An answer that a lost connection cut off, or was about to give. */
export interface OwedAnswer {
  /** Undefined where it had not begun. */
  readonly responseId: string | undefined;
  /** As it was asked for; undefined where the server gave it by itself. */
  readonly response: ResponseCreateParams | undefined;
}

/** Requests for a response that are not settled yet, at most. */
export const RESPONSE_LIMIT = 256;

/** The member of a response's metadata that carries our key. */
const REQUEST_KEY = "realtime_request";

/** How long `response.created` may take, in ms. */
const CREATED_TIMEOUT = 10_000;

/** How often a request is repeated after `conversation_already_has_active_response`. */
const REPEATS = 3;

/** How long an answer is owed that a lost connection cut off, in ms. */
const OWED_TIME = 30_000;

/** Requests that were given up, remembered at most. */
const GIVEN_UP_LIMIT = 64;

/** OpenAI's server takes this many pairs of metadata at most. */
const METADATA_PAIRS = 16;

/**
 * Lets one response at a time write to the conversation.
 *
 * A server refuses a second `response.create` while a response runs, whoever began it: the caller,
 * a tool's follow-up or the server's own turn detection. So requests wait here for `response.done`.
 * Whatever happens (a refusal with or without an event id, a lost event, silence), the queue frees
 * itself, and every request settles once. Responses outside the conversation (`conversation:
 * "none"`) run beside it.
 */
export class ResponseQueue {
  readonly #options: ResponseQueueOptions;
  readonly #waiting: WaitingResponses;
  #inFlight: RequestInFlight | undefined;
  readonly #watch: ResponseWatch;
  /** Set while the server is known to be busy with a response that we never saw begin. */
  #occupied: Timer | undefined;
  /** Runs while there is no connection; then what still waits has waited too long. */
  #suspended: Timer | undefined;
  #suspendedAt = 0;
  readonly #speech: SpokenTurn;
  /** What the response that runs was asked for by; undefined where the server began it by itself. */
  #answered: ResponseRequest | undefined;
  /** Somebody talked into the response that runs, and the server is about to end it. */
  #isInterrupted = false;
  #owed: (OwedAnswer & { readonly since: number }) | undefined;
  readonly #quota: Quota;
  #created = 0;
  /** The keys of requests that the server did not answer in time; made with the first. */
  #givenUp: BoundedSet<string> | undefined;
  readonly #outOfBand: OutOfBandResponses;
  readonly #cancels: PendingCancels;

  constructor(options: ResponseQueueOptions) {
    this.#options = options;
    this.#quota = new Quota(options.clock);
    this.#waiting = new WaitingResponses(options.clock, (request, error) =>
      this.#giveUp(request, error),
    );
    this.#outOfBand = new OutOfBandResponses({
      write: (request) => this.#writeRequest(request),
      startDeadline: (request) => this.#startCreatedDeadline(request),
    });
    this.#cancels = new PendingCancels(options.clock, options.takeBack);
    this.#speech = new SpokenTurn(options.clock);
    this.#watch = new ResponseWatch({
      clock: options.clock,
      beside: this.#outOfBand,
      onSilent: (ids) => {
        for (const id of ids) this.#giveUpSilent(id);
        this.#pump();
      },
    });
  }

  static readonly routes: readonly Route<ResponseQueue>[] = [
    route("response.created", (queue, event) => queue.#onCreated(event)),
    // Any event of a response shows that it goes on.
    ...[...eventTypes.values()]
      .filter(
        ({ direction, schema }) => direction === "server" && "response_id" in schema.properties,
      )
      .map(({ type }) => ({
        type: type as Route<ResponseQueue>["type"],
        handle: (queue: ResponseQueue, event: RealtimeEvent) => {
          if ("response_id" in event && typeof event.response_id === "string")
            queue.#watch.touch(event.response_id);
        },
      })),
    route("response.done", (queue, event) => queue.#onDone(event)),
    route("input_audio_buffer.speech_started", (queue) => queue.#beginSpeech()),
    // Some servers end speech by these alone.
    route("input_audio_buffer.cleared", (queue) => queue.#endSpeech()),
    route("input_audio_buffer.committed", (queue) => queue.#endSpeech()),
    route("input_audio_buffer.speech_stopped", (queue) => {
      queue.#speech.end(queue.#options.configuration.answersSpeech);
      queue.#pump();
    }),
  ];

  /** True while a response of the conversation runs or is asked for. */
  get isActive(): boolean {
    return this.#watch.running !== undefined || this.#inFlight !== undefined;
  }

  /** True when nobody speaks, is about to, or has asked for it. */
  get isQuiet(): boolean {
    return (
      !this.isActive &&
      this.size === 0 &&
      this.#occupied === undefined &&
      !this.#outOfBand.isRunning &&
      this.#cancels.size === 0 &&
      !this.#speech.isSpeech &&
      !this.#speech.isAnswerDue
    );
  }

  /** Requests that are not settled yet. */
  get size(): number {
    return this.#waiting.size + this.#outOfBand.size + (this.#inFlight === undefined ? 0 : 1);
  }

  /** How many responses of the conversation have begun so far, to see whether one began since. */
  get createdCount(): number {
    return this.#created;
  }

  /** Asks for a response as soon as none runs; settles with its `response.created`. */
  request(event: ResponseCreate, priority: ResponsePriority = "user"): Settlement {
    const request = this.#requestOf(event.event_id, event.response, priority);
    const settlement = request.settlement();
    const refusal = this.size >= RESPONSE_LIMIT ? tooMany() : this.#quota.admit();
    if (refusal !== undefined) request.reject(refusal);
    else if (event.response?.conversation !== "none") this.#line(request);
    else if (this.#suspended === undefined) this.#outOfBand.send(request);
    else this.#outOfBand.keep(request);
    return settlement;
  }

  /**
   * Asks for the answer to tool outputs. Follow-ups that wait together become one; one that has
   * become obsolete (another response saw the outputs) is dropped as moot.
   */
  followUp(response: ResponseCreateParams | undefined, isObsolete: () => boolean): Settlement {
    const waiting = this.#waiting.followUp;
    if (waiting !== undefined) {
      const isEarlierObsolete = waiting.isObsolete;
      waiting.isObsolete = () => (isEarlierObsolete?.() ?? true) && isObsolete();
      waiting.response = response ?? waiting.response;
      return waiting.settlement();
    }
    const request = this.#requestOf(this.#options.nextEventId(), response, "follow-up", isObsolete);
    const settlement = request.settlement();
    const refusal = this.#quota.admit();
    if (refusal === undefined) this.#line(request);
    else request.reject(refusal);
    return settlement;
  }

  /** Cancels the running response, or takes back the requests that still wait. */
  cancel(event: ResponseCancel): Settlement {
    const settlement = new Settlement();
    const isBusy = this.isActive || this.#occupied !== undefined;
    if (event.response_id === undefined && !isBusy && this.#waiting.size > 0) {
      this.refuseWaiting(cancelled());
      settlement.resolve(MOOT);
      return settlement;
    }
    const inFlight = this.#inFlight?.request;
    if (
      inFlight !== undefined &&
      event.response_id === undefined &&
      this.#options.takeBack(inFlight.eventId)
    ) {
      this.#dropInFlight();
      inFlight.reject(cancelled());
      settlement.resolve(MOOT);
      this.#pump();
      return settlement;
    }
    if (this.#cancels.isFull) {
      settlement.reject(
        new RealtimeError("queue_full", `${CANCEL_LIMIT} cancels wait for an answer already`),
      );
      return settlement;
    }
    const responseId = event.response_id ?? this.#watch.running;
    if (responseId === undefined && this.#inFlight !== undefined) this.#inFlight.isCancelled = true;
    const pending = this.#cancels.add(event.event_id, responseId);
    this.#options.write(event);
    return pending;
  }

  /** As `cancel` while there is no connection: nothing runs, but what is to be asked for is not. */
  cancelUnsent(responseId: string | undefined): void {
    const owed = this.#owed;
    if (responseId === undefined || responseId === owed?.responseId) {
      this.#owed = undefined;
      if (owed?.responseId !== undefined) this.#options.onGone(owed.responseId, true);
    }
    if (responseId === undefined) this.refuseWaiting(cancelled());
  }

  /**
   * Takes an `error` of the server that is about a response; false when it is about something else.
   * An error without an event id is taken for the request in flight when it says so itself: servers
   * have been seen to leave the id out just when they refuse a response.
   */
  refuse(error: RealtimeError): boolean {
    const { eventId } = error;
    if (eventId !== null && this.#cancels.refuse(error)) return true;
    const inFlight = this.#inFlight;
    if (inFlight !== undefined && this.#isAbout(error, inFlight.request)) {
      this.#dropInFlight();
      if (this.#options.takeBack(inFlight.request.eventId)) {
        // It has not left: another one was refused, and this is asked for in its turn.
        this.#waiting.putBack(inFlight.request);
        this.#pump();
        return false;
      }
      if (inFlight.isCancelled) inFlight.request.reject(cancelled());
      else if (error.code === "conversation_already_has_active_response")
        this.#repeat(inFlight, error);
      else inFlight.request.reject(error);
      this.#pump();
      return true;
    }
    if (eventId !== null && this.#outOfBand.refuse(error)) return true;
    return eventId === null && this.#cancels.refuse(error);
  }

  /** Refuses what the server has not been asked for yet. */
  refuseWaiting(error: RealtimeError): void {
    this.#waiting.refuse(error);
  }

  /** Refuses all, when the connection has ended. */
  refuseAll(error: RealtimeError): void {
    const requests = [
      ...(this.#inFlight === undefined ? [] : [this.#inFlight.request]),
      ...this.#outOfBand.takeAll(),
      ...this.#waiting.takeAll(),
    ];
    this.#suspended?.stop();
    this.#suspended = undefined;
    this.#owed = undefined;
    this.#forgetConnection();
    for (const request of requests) request.reject(error);
  }

  /** What ran, was asked for or was being said on a connection has ended with it. */
  #forgetConnection(): void {
    this.#dropInFlight();
    this.#endRunning();
    this.#watch.stop();
    this.#speech.forget();
    this.#cancels.settleAll();
  }

  /**
   * The connection is gone, and every response with it. Requests that were not answered are kept
   * for the next one, for a while.
   */
  suspend(): void {
    const responseId = this.#watch.running;
    const isCutOff =
      responseId !== undefined && !this.#isInterrupted && !this.#cancels.has(responseId);
    const since = this.#options.clock.now();
    if (isCutOff) this.#owed = { since, responseId, response: this.#answered?.response };
    else if (this.#speech.isAnswerDue)
      this.#owed = { since, responseId: undefined, response: undefined };
    const inFlight = this.#inFlight;
    this.#forgetConnection();
    if (inFlight?.isCancelled === true) inFlight.request.reject(cancelled());
    else if (inFlight !== undefined) this.#waiting.putBack(inFlight.request);
    this.#outOfBand.suspend();
    this.#suspended = this.#options.clock.start(() => this.#expire(), this.#options.expiryMs);
    this.#suspendedAt = since;
    if (responseId !== undefined) this.#options.onGone(responseId, !isCutOff);
  }

  /** Refuses what waited too long, while the timers of a sleeping machine stood still. */
  refuseLate(): void {
    if (this.#suspended === undefined) return;
    if (this.#options.clock.now() - this.#suspendedAt >= this.#options.expiryMs) this.#expire();
  }

  /** There is a connection again: what waited is asked for, all requests of users as one. */
  resume(): void {
    this.#suspended?.stop();
    this.#suspended = undefined;
    this.#owed = undefined;
    this.#outOfBand.resume();
    this.#waiting.mergeUsers();
    this.#pump();
  }

  /** The answer that is owed to what was said, unless somebody asks for it or it is too late. */
  get owed(): OwedAnswer | undefined {
    if (this.#owed === undefined || this.#waiting.isAnswerWanted) return undefined;
    return this.#options.clock.now() - this.#owed.since < OWED_TIME ? this.#owed : undefined;
  }

  #expire(): void {
    const error = noConnectionWithin(this.#options.expiryMs, "no response was asked for");
    this.#waiting.refuseRequested(error);
    for (const request of this.#outOfBand.takeAll()) request.reject(error);
  }

  #requestOf(
    eventId: string,
    response: ResponseCreateParams | undefined,
    priority: ResponsePriority,
    isObsolete?: () => boolean,
  ): ResponseRequest {
    const latestAt = this.#options.clock.now() + PATIENCE;
    return new ResponseRequest({
      eventId,
      priority,
      latestAt,
      response,
      ...(isObsolete && { isObsolete }),
    });
  }

  #beginSpeech(): void {
    this.#speech.begin();
    this.#isInterrupted ||=
      this.#watch.running !== undefined && this.#options.configuration.isInterruptedBySpeech;
  }

  #endSpeech(): void {
    if (this.#speech.cutOff()) this.#pump();
  }

  #line(request: ResponseRequest): void {
    this.#waiting.add(request);
    this.#pump();
  }

  #pump(): void {
    if (this.isActive || this.#occupied !== undefined || this.#suspended !== undefined) return;
    const next = this.#waiting.first;
    if (next === undefined) return;
    // A follow-up waits for running speech: the answer to the speech will cover the outputs.
    if (next.priority !== "user" && this.#speech.isSpeech) return;
    this.#waiting.take(next);
    if (next.isObsolete?.() === true) {
      next.resolve(MOOT);
      this.#pump();
      return;
    }
    // A session that must call a tool would call one again instead of telling the result.
    if (next.isObsolete !== undefined && this.#options.configuration.mustCallTool)
      next.response = { tool_choice: "auto", ...next.response };
    const deadline = this.#startCreatedDeadline(next);
    this.#inFlight = { request: next, deadline, isCancelled: false };
    this.#writeRequest(next);
  }

  #startCreatedDeadline(request: ResponseRequest): Timer {
    return this.#options.clock.start(() => {
      this.#outOfBand.expire(request);
      if (this.#inFlight?.request === request) this.#inFlight = undefined;
      if (!this.#options.takeBack(request.eventId))
        (this.#givenUp ??= new BoundedSet(GIVEN_UP_LIMIT)).add(request.key);
      this.#giveUp(
        request,
        new RealtimeError(
          "not_acknowledged",
          `The server began no response within ${CREATED_TIMEOUT / 1000} s`,
          { eventId: request.eventId },
        ),
      );
      this.#pump();
    }, CREATED_TIMEOUT);
  }

  #writeRequest(request: ResponseRequest): void {
    const { eventId, key, response } = request;
    // Callers may name all of their events alike.
    this.#givenUp?.delete(key);
    const metadata = response?.metadata ?? {};
    request.isKeyed =
      this.#options.echoesMetadata() && Object.keys(metadata).length < METADATA_PAIRS;
    const keyed = request.isKeyed
      ? { ...response, metadata: { ...metadata, [REQUEST_KEY]: key } }
      : response;
    this.#options.write({
      type: "response.create",
      event_id: eventId,
      ...(keyed === undefined ? {} : { response: keyed }),
    });
  }

  #onCreated(event: EventOf<"response.created">): void {
    const { response } = event;
    const key = response.metadata?.[REQUEST_KEY];
    // A server that names a conversation means it.
    const isUnnamed = response.conversation_id === undefined;
    if (isUnnamed && this.#outOfBand.isKeyOfOurs(key))
      this.#options.conversation.noteBeside(response.id);
    if (this.#outOfBand.created(event, key, this.#options.clock.date())) {
      this.#watch.look();
      return;
    }
    const isLate = key !== undefined && this.#givenUp?.delete(key) === true;
    if (!isLate) this.#created += 1;
    // Only one at a time writes to the conversation.
    if (this.#watch.running !== undefined) this.#options.onGone(this.#watch.running, false);
    this.#endRunning();
    if (typeof response.id === "string") this.#watch.begin(response.id);
    if (isLate) {
      // What its sender believes lost, and may have asked for again, must not come true later.
      this.#cancelById(response.id);
      return;
    }
    const inFlight = this.#inFlight;
    if (inFlight !== undefined && this.#isAnswerTo(inFlight.request, key)) {
      this.#dropInFlight();
      // One that was refused at first may be begun after all, while its repetition waits for the line.
      this.#options.takeBack(inFlight.request.eventId);
      this.#answered = inFlight.request;
      inFlight.request.resolve({ accepted: "acknowledged", by: event });
    } else this.#speech.answer();
  }

  #isAnswerTo(request: ResponseRequest, key: string | undefined): boolean {
    if (key !== undefined) return key === request.key;
    return !request.isKeyed && !this.#speech.isAnswerDue;
  }

  #onDone(event: EventOf<"response.done">): void {
    const { id } = event.response;
    this.#noteQuota(event);
    const isBeside = id !== undefined && this.#outOfBand.done(id);
    this.#cancels.ended(event, isBeside);
    if (isBeside) return;
    // A response that was given up may still end: it must not free the place of its successor.
    if (this.#watch.running !== undefined && this.#watch.running !== id) return;
    this.#endRunning();
    this.#pump();
  }

  #noteQuota({ response }: EventOf<"response.done">): void {
    const exhausted = this.#quota.note(response);
    if (exhausted === undefined) return;
    this.refuseWaiting(exhausted.error);
    if (exhausted.isNew) this.#options.onAbandoned(null, exhausted.error);
  }

  #cancelById(id: string | undefined): void {
    if (typeof id !== "string") return;
    const event_id = this.#options.nextEventId();
    // What the server says to it, such as that nothing runs, is nobody's error.
    if (!this.#cancels.isFull) this.#cancels.add(event_id, id);
    this.#options.write({ type: "response.cancel", event_id, response_id: id });
  }

  #giveUpSilent(id: string): void {
    this.#cancelById(id);
    this.#options.onGone(id, false);
    this.#options.onAbandoned(
      null,
      new RealtimeError(
        "response_silent",
        `A response was given up: no event of it for ${SILENCE_TIMEOUT / 1000} s`,
      ),
    );
  }

  #endRunning(): void {
    this.#watch.end();
    this.#answered = undefined;
    this.#isInterrupted = false;
    this.#occupied?.stop();
    this.#occupied = undefined;
  }

  #dropInFlight(): void {
    this.#inFlight?.deadline.stop();
    this.#inFlight = undefined;
  }

  #giveUp(request: ResponseRequest, error: RealtimeError): void {
    request.reject(error);
    this.#options.onAbandoned(request.eventId, error);
  }

  #repeat({ request }: RequestInFlight, error: RealtimeError): void {
    request.refusals += 1;
    if (request.refusals > REPEATS) {
      this.#giveUp(request, error);
      return;
    }
    this.#waiting.putBack(request);
    if (this.#watch.running !== undefined) return;
    // The server is busy with a response that we know nothing of; its end, or time, frees us.
    this.#occupied = this.#options.clock.start(() => {
      this.#occupied = undefined;
      this.#pump();
    }, SILENCE_TIMEOUT);
  }

  #isAbout(error: RealtimeError, request: ResponseRequest): boolean {
    if (error.eventId !== null) return error.eventId === request.eventId;
    return (
      error.code === "conversation_already_has_active_response" ||
      (error.param?.startsWith("response") ?? false)
    );
  }
}

function tooMany(): RealtimeError {
  const text = `${RESPONSE_LIMIT} requests wait for a response already`;
  return new RealtimeError("queue_full", text);
}

export function cancelled(): RealtimeError {
  return new RealtimeError("cancelled", "The response was cancelled before it was asked for");
}
