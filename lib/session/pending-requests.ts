import { RealtimeError } from "../protocol/errors";
import type { EventOf, ClientEvent, RealtimeEvent } from "../protocol/event-types";
import { MOOT, Settlement } from "./acknowledgement";
import { BoundedSet } from "./bounded-set";
import type { Clock, Timer } from "./clock";
import { noConnectionWithin } from "./no-connection";
import type { Route } from "./routes";
import { route } from "./routes";

/** The client events that are answered by an event of their own, as `PendingRequests` lists them. */
export type AnsweredEvent = EventOf<
  | "conversation.item.create"
  | "conversation.item.delete"
  | "conversation.item.retrieve"
  | "conversation.item.truncate"
  | "input_audio_buffer.clear"
  | "input_audio_buffer.commit"
>;

/** An item that was sent and not acknowledged. */
export interface UnacknowledgedItem {
  readonly event: EventOf<"conversation.item.create"> & { readonly event_id: string };
  readonly settlement: Settlement;
  /** When it is refused, in ms since the Unix epoch. */
  readonly expiresAt: number;
}

interface PendingRequest {
  readonly event: AnsweredEvent & { readonly event_id: string };
  readonly settlement: Settlement;
  /** When it is given up at the latest, in ms since the Unix epoch. */
  readonly latestAt: number;
  timer: Timer | undefined;
}

export interface PendingRequestsOptions {
  /**
   * The server takes new items at any time but acknowledges them only after the running response is
   * done (recorded), so their deadline waits for that.
   */
  readonly isResponseActive: () => boolean;
  /** The conversation has had an item with this id, before the event that is being taken. */
  readonly isKnownItem: (itemId: string) => boolean;
  /** Keeps an event from being sent that still waits for a slow line; false when it is gone. */
  readonly takeBack: (eventId: string) => boolean;
  /** How long an item waits for the next connection, in ms: it must not be said much later. */
  readonly expiryMs: number;
}

/** Requests that wait for an answer at most. */
export const REQUEST_LIMIT = 1000;

/** Items made of speech that are remembered at most. */
const SPOKEN_LIMIT = 32;

/** How long the server may take to acknowledge, in ms. */
const ACKNOWLEDGEMENT_TIMEOUT = 10_000;

/** How long an item is waited for while one response follows another, in ms. */
const LONGEST_WAIT = 120_000;

/**
 * Requests that wait for the event that acknowledges them.
 *
 * | request | acknowledged by |
 * | --- | --- |
 * | item.create | the first added, created or done that names our item id, else the oldest alike |
 * | item.delete, retrieve, truncate | deleted, retrieved, truncated of the same item id |
 * | clear | cleared, in order |
 * | commit | committed, in order; one that follows the VAD's speech_stopped is the VAD's |
 *
 * An `error` that carries the request's event id refuses it; silence does so after a deadline.
 */
export class PendingRequests {
  readonly #clock: Clock;
  readonly #options: PendingRequestsOptions;
  readonly #pending = new Map<string, PendingRequest>();
  /** Items that wait for a new connection, by event id; made with the first of them. */
  #held: Map<string, Timer> | undefined;
  /** The item whose end of speech the server's VAD has announced and not committed yet. */
  #endedSpeech: string | undefined;
  /** The latest items made of speech: they answer no request of ours. */
  readonly #spoken = new BoundedSet<string>(SPOKEN_LIMIT);

  constructor(clock: Clock, options: PendingRequestsOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  static readonly routes: readonly Route<PendingRequests>[] = [
    route("conversation.item.added", (part, event) => part.#itemTaken(event)),
    route("conversation.item.created", (part, event) => part.#itemTaken(event)),
    route("conversation.item.done", (part, event) => part.#itemTaken(event)),
    route("conversation.item.deleted", (part, event) =>
      part.#answer(event, (sent) => isAbout(sent, "conversation.item.delete", event.item_id)),
    ),
    route("conversation.item.retrieved", (part, event) =>
      part.#answer(event, (sent) => isAbout(sent, "conversation.item.retrieve", event.item.id)),
    ),
    route("conversation.item.truncated", (part, event) =>
      part.#answer(event, (sent) => isAbout(sent, "conversation.item.truncate", event.item_id)),
    ),
    route("input_audio_buffer.cleared", (part, event) =>
      part.#answer(event, (sent) => sent.type === "input_audio_buffer.clear"),
    ),
    route("input_audio_buffer.speech_started", (part, event) => part.#spoken.add(event.item_id)),
    route("input_audio_buffer.speech_stopped", (part, event) => {
      part.#endedSpeech = event.item_id;
    }),
    route("input_audio_buffer.committed", (part, event) => {
      part.#spoken.add(event.item_id);
      if (part.#endedSpeech === event.item_id) {
        part.#endedSpeech = undefined;
        return;
      }
      part.#answer(event, (sent) => sent.type === "input_audio_buffer.commit");
    }),
    route("response.done", (part) => part.#restartDeadlines()),
  ];

  get size(): number {
    return this.#pending.size;
  }

  /** Items that wait for a new connection. */
  get held(): number {
    return this.#held?.size ?? 0;
  }

  /** True while no request should be added. */
  get isFull(): boolean {
    return this.#pending.size >= REQUEST_LIMIT;
  }

  /** Begins to wait for the answer to an event that is being written now. */
  add(
    event: AnsweredEvent & { readonly event_id: string },
    settlement: Settlement = new Settlement(),
  ): Settlement {
    this.#held?.get(event.event_id)?.stop();
    this.#held?.delete(event.event_id);
    const latestAt = this.#clock.now() + LONGEST_WAIT;
    const request: PendingRequest = { event, settlement, latestAt, timer: undefined };
    this.#pending.set(event.event_id, request);
    this.#startDeadline(request);
    return request.settlement;
  }

  /** Refuses the request with this event id; false when there is none. */
  refuse(eventId: string, error: RealtimeError): boolean {
    const request = this.#pending.get(eventId);
    if (request === undefined) return false;
    this.#remove(request);
    request.settlement.reject(error);
    return true;
  }

  /** Refuses all, when the connection has ended. */
  refuseAll(error: RealtimeError): void {
    for (const eventId of this.#pending.keys()) this.refuse(eventId, error);
    for (const expiry of this.#held?.values() ?? []) expiry.stop();
    this.#held = undefined;
    this.#endedSpeech = undefined;
  }

  /** Takes out the cuts of answers that the lost connection has not said to be made. */
  takeCuts(): readonly EventOf<"conversation.item.truncate">[] {
    const cuts: EventOf<"conversation.item.truncate">[] = [];
    for (const request of this.#pending.values()) {
      if (request.event.type !== "conversation.item.truncate") continue;
      this.#remove(request);
      request.settlement.resolve(MOOT);
      cuts.push(request.event);
    }
    return cuts;
  }

  /**
   * Takes out the items whose fate is unknown, for a new connection; they have ids of ours, so to
   * send them again cannot double them. One that waits too long is refused and leaves the list.
   * What was asked about the old connection is refused.
   */
  takeItems(error: RealtimeError): readonly UnacknowledgedItem[] {
    const items: UnacknowledgedItem[] = [];
    const { expiryMs } = this.#options;
    const expiresAt = this.#clock.now() + expiryMs;
    for (const request of this.#pending.values()) {
      const { event, settlement } = request;
      if (event.type !== "conversation.item.create") continue;
      this.#remove(request);
      items.push({ event, settlement, expiresAt });
    }
    this.refuseAll(error);
    for (const item of items) {
      const timer = this.#clock.start(() => {
        items.splice(items.indexOf(item), 1);
        this.#expire(item);
      }, expiryMs);
      (this.#held ??= new Map()).set(item.event.event_id, timer);
    }
    return items;
  }

  /** Refuses an item that waited too long, while the timers of a sleeping machine stood still. */
  refuseLate(item: UnacknowledgedItem): boolean {
    if (this.#clock.now() < item.expiresAt) return false;
    this.#expire(item);
    return true;
  }

  #expire({ event, settlement }: UnacknowledgedItem): void {
    const { event_id: eventId } = event;
    this.#held?.get(eventId)?.stop();
    this.#held?.delete(eventId);
    settlement.reject(
      noConnectionWithin(this.#options.expiryMs, "the item was not sent again", { eventId }),
    );
  }

  #itemTaken(
    event: EventOf<
      "conversation.item.added" | "conversation.item.created" | "conversation.item.done"
    >,
  ): void {
    const { item } = event;
    const named = (sent: AnsweredEvent): boolean =>
      sent.type === "conversation.item.create" && sent.item.id === item.id;
    if (this.#answer(event, named)) return;
    // Some servers give each item an id of their own: then it is the oldest request of its kind.
    // An item made of speech or of the assistant's turn is no answer to anybody, and neither is more
    // news of one that is known: that was acknowledged before, or that a new connection was told.
    if (item.id !== undefined && this.#spoken.has(item.id)) return;
    if (item.id !== undefined && this.#options.isKnownItem(item.id)) return;
    this.#answer(
      event,
      (sent) =>
        sent.type === "conversation.item.create" &&
        sent.item.type === item.type &&
        ["role", "call_id"].every(
          (name) => Reflect.get(sent.item, name) === Reflect.get(item, name),
        ) &&
        !("role" in item && item.role === "assistant"),
    );
  }

  /** Settles the oldest request that fits; false when there is none. */
  #answer(by: RealtimeEvent, fits: (sent: AnsweredEvent) => boolean): boolean {
    for (const request of this.#pending.values()) {
      if (!fits(request.event)) continue;
      this.#remove(request);
      request.settlement.resolve({ accepted: "acknowledged", by });
      return true;
    }
    return false;
  }

  /** A response has ended: only now are the items that were sent meanwhile acknowledged. */
  #restartDeadlines(): void {
    for (const request of this.#pending.values())
      if (request.event.type === "conversation.item.create") this.#startDeadline(request);
  }

  #startDeadline(request: PendingRequest): void {
    const { event_id: eventId, type } = request.event;
    request.timer?.stop();
    const left = request.latestAt - this.#clock.now();
    request.timer = this.#clock.start(
      () => {
        const mayWait = this.#clock.now() < request.latestAt;
        if (mayWait && type === "conversation.item.create" && this.#options.isResponseActive()) {
          this.#startDeadline(request);
          return;
        }
        // What its sender believes lost must not come true later.
        const isUnsent = this.#options.takeBack(eventId);
        this.refuse(
          eventId,
          new RealtimeError(
            "not_acknowledged",
            `The server did not acknowledge ${type} within ${ACKNOWLEDGEMENT_TIMEOUT / 1000} s`,
            { eventId, isUnsent },
          ),
        );
      },
      Math.min(ACKNOWLEDGEMENT_TIMEOUT, left),
    );
  }

  #remove(request: PendingRequest): void {
    request.timer?.stop();
    this.#pending.delete(request.event.event_id);
  }
}

function isAbout(sent: AnsweredEvent, type: ClientEvent["type"], itemId: string | undefined) {
  return sent.type === type && "item_id" in sent && sent.item_id === itemId;
}
