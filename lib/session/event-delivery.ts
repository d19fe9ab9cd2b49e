import type { ClientEvent, RealtimeEvent, UnknownEvent } from "../protocol/event-types";
import { isKnown } from "../protocol/event-types";
import type { Clock } from "./clock";
import type { LocalEventBody } from "./conversation";
import { GuardedEmitter } from "./guarded-emitter";
import type { EventOrigin } from "./lifecycle";
import { ObservedEvents } from "./observed-events";
import type { EventInfo, Observable, SessionEvents } from "./session-events";

const NO_CONSEQUENCES: readonly (() => void)[] = [];

/**
 * How a session hands its events to those who listen: each with where it came from, a cause before
 * its effects, and no change half done. While the parts of a session take an event (between
 * `beginTaking` and `endTaking`) or change together (in `whole`), what follows waits for the end.
 */
export abstract class EventDelivery extends GuardedEmitter<SessionEvents> {
  readonly #clock: Clock;
  readonly #eventIdPrefix: string;
  #eventCount = 0;
  /** Made with the first who wants any. */
  #observed: ObservedEvents | undefined;
  /** True while the parts take an event, which nobody outside has seen yet, or change together. */
  #isTaking = false;
  /** What follows from the event being taken, or from the change; most have none. */
  #consequences: (() => void)[] | undefined;

  /** @param eventIdPrefix what the ids of events begin with that are made here */
  constructor(clock: Clock, eventIdPrefix: string) {
    super();
    this.#clock = clock;
    this.#eventIdPrefix = eventIdPrefix;
  }

  /** The number of the connection that local events belong to. */
  protected abstract get epoch(): number;

  /** Asks for events that are only made on demand, until the returned function is called. */
  observe(kind: Observable): () => void {
    this.#observed ??= new ObservedEvents({
      emitLocal: (event) => this.emitLocal(event),
      emitSent: (event, info) => this.afterTaking(() => this.#emitEvent(event, info)),
      onError: (error) => this.emitAfter("error", error),
    });
    return this.#observed.observe(kind);
  }

  protected isObserved(kind: Observable): boolean {
    return this.#observed?.wants(kind) === true;
  }

  protected nextEventId(): string {
    this.#eventCount += 1;
    return `${this.#eventIdPrefix}_${this.#eventCount}`;
  }

  protected infoOf(source: EventInfo["source"], { epoch, isRestoring }: EventOrigin): EventInfo {
    const info = { source, at: this.#clock.date(), epoch };
    return isRestoring ? { ...info, cause: "restore" } : info;
  }

  /** Hands out an event that came, and that no part of the session takes. */
  protected passOn(event: RealtimeEvent | UnknownEvent, info: EventInfo): void {
    this.#emitEvent(event, info);
    if (info.cause === undefined) this.#observed?.received(event, info);
  }

  protected beginTaking(): void {
    this.#isTaking = true;
  }

  /** Hands out the event that was taken, and then what follows from it. */
  protected endTaking(event: RealtimeEvent, info: EventInfo): void {
    const consequences = this.#takeConsequences();
    this.emit("event", event, info);
    this.#observed?.received(event, info);
    for (const consequence of consequences) consequence();
  }

  /** Changes the session; what follows is emitted when all of its parts have changed. */
  protected whole(change: () => void): void {
    if (this.#isTaking) return change();
    this.#isTaking = true;
    try {
      change();
    } finally {
      for (const consequence of this.#takeConsequences()) consequence();
    }
  }

  /** Calls at once, or after what is being taken or changed. */
  protected afterTaking(call: () => void): void {
    if (this.#isTaking) (this.#consequences ??= []).push(call);
    else call();
  }

  /** Emits at once, or after what is being taken or changed. */
  protected emitAfter<Name extends keyof SessionEvents>(
    name: Name,
    ...values: SessionEvents[Name]
  ): void {
    this.afterTaking(() => this.emit(name, ...values));
  }

  /** Tells those who want to know what was sent. */
  protected emitSent(event: ClientEvent | UnknownEvent, from: EventOrigin): void {
    if (this.#observed !== undefined) this.#observed.sent(event, this.infoOf("client", from));
  }

  /** One of the local events of the protocol's table. */
  protected emitLocal(body: LocalEventBody): void {
    this.emitAfter("event", { ...body, event_id: this.nextEventId() }, this.#localInfo());
  }

  /** A local event beyond those. */
  protected notice(event: UnknownEvent): void {
    this.emitAfter("unknown", { ...event, event_id: this.nextEventId() }, this.#localInfo());
  }

  /** @param epoch the number of the connection that has ended */
  protected emitClose(isError: boolean, epoch: number): void {
    const event_id = this.nextEventId();
    this.emitAfter("event", { type: "close", event_id, error: isError }, this.#localInfo(epoch));
  }

  #takeConsequences(): readonly (() => void)[] {
    const consequences = this.#consequences ?? NO_CONSEQUENCES;
    this.#consequences = undefined;
    this.#isTaking = false;
    return consequences;
  }

  #localInfo(epoch = this.epoch): EventInfo {
    return { source: "local", at: this.#clock.date(), epoch };
  }

  #emitEvent(event: RealtimeEvent | UnknownEvent, info: EventInfo): void {
    if (isKnown(event)) this.emit("event", event, info);
    else this.emit("unknown", event, info);
  }
}
