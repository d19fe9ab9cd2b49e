import type { WebSocket } from "ws";
import { RealtimeError } from "../protocol/errors";
import type { RealtimeEvent, UnknownEvent } from "../protocol/event-types";
import { encodeFrame } from "../protocol/frame";
import type { Clock, Timer } from "./clock";
import { errorEvent, refusal } from "./errors";
import { refusalTypes, type FaultOf, type FaultType, type RefusalCode } from "./faults";
import type { CreateId } from "./ids";
import type { ActiveFault, Misbehaviour } from "./misbehaviour";
import type { Outgoing, OutgoingEvent } from "./outgoing";
import { mayExchange, randomFrom } from "./reordering";

/** Faults that happen after a number of events on a connection. */
const COUNTED = [
  "drop",
  "stall",
  "half_open",
  "expire",
  "garble",
  "unknown_events",
  "large_frame",
] as const satisfies readonly FaultType[];
type Counted = FaultOf<(typeof COUNTED)[number]>;

/** How long an event waits for a neighbour to change places with, in ms. */
const REORDER_MS = 20;

/** Delayed events that a response may be ahead of the client. */
const MAX_DELAYED = 256;

/** Bytes that a stalled connection takes in before it leaves the rest to the network. */
const MAX_UNREAD_BYTES = 1024 * 1024;

export interface FaultyLineOptions {
  readonly socket: WebSocket;
  readonly outgoing: Outgoing;
  readonly misbehaviour: Misbehaviour;
  readonly clock: Clock;
  readonly createId: CreateId;
  /** An event in the dialect of the server. */
  readonly translate: (
    event: RealtimeEvent | UnknownEvent,
  ) => readonly (RealtimeEvent | UnknownEvent)[];
}

/** An event with its id. */
type Numbered = OutgoingEvent & { readonly event_id: string };

/**
 * One connection between a session and its socket, where the faults of the server happen. Without
 * any it passes everything on at once.
 *
 * What is sent goes through the faults in this order: `fail_response`, `reorder`, `delay`, standing
 * still (`stall`, `half_open`), then those that count events, then `drop_in_call`.
 */
export class FaultyLine {
  readonly #options: FaultyLineOptions;
  readonly #unsubscribe: () => void;
  /** Events since each fault was asked for, or since the connection was opened or it last happened. */
  readonly #counts = new WeakMap<ActiveFault, number>();
  #random: { readonly fault: FaultOf<"reorder">; readonly next: () => number } | undefined;
  #neighbour: { readonly event: Numbered; readonly timer: Timer } | undefined;
  readonly #delayed: { readonly at: number; readonly send: () => void }[] = [];
  #delay: Timer | undefined;
  /** Set while the connection stands still. */
  #frozen:
    { readonly timer: Timer; readonly held: (() => void)[]; unreadBytes: number } | undefined;
  readonly #waiting: (() => void)[] = [];
  #isClosed = false;

  constructor(options: FaultyLineOptions) {
    const { misbehaviour, socket } = options;
    this.#options = options;
    this.#unsubscribe = misbehaviour.subscribe(() => this.#changed());
    socket.on("close", () => this.#close());
    this.#strike(false);
  }

  /** Sends an event, unless a fault has other plans for it. */
  send(event: Numbered): void {
    if (this.#isClosed) return;
    const failed = this.#failed(event);
    const [reorder] = this.#options.misbehaviour.find("reorder");
    if (reorder === undefined && this.#neighbour === undefined) {
      this.#queue(() => this.#write(failed));
      return;
    }
    this.#reorder(failed, reorder?.fault);
  }

  /** Closes the connection after what was sent before. */
  close(code: number, reason: string): void {
    this.#releaseNeighbour();
    this.#queue(() => this.#options.socket.close(code, reason));
  }

  /** Takes a frame of so many bytes in: `take` is called now, or when the connection goes on. */
  receive(bytes: number, take: () => void): void {
    if (this.#frozen === undefined) {
      take();
      return;
    }
    this.#frozen.held.push(take);
    this.#frozen.unreadBytes += bytes;
    if (this.#frozen.unreadBytes > MAX_UNREAD_BYTES) this.#options.socket.pause();
  }

  /** What a fault has against an event of the client. */
  refusal({
    type,
  }: {
    readonly type: string;
  }): { error: RealtimeError; withEventId: boolean } | null {
    const fault = this.#options.misbehaviour.take("refuse_event", ({ event }) => event === type);
    if (fault === undefined) return null;
    return { error: rehearsed(fault.code), withEventId: fault.withEventId };
  }

  /** As `Outgoing.ready`; a connection that stands still is never ready. */
  async ready(): Promise<void> {
    await this.#options.outgoing.ready();
    while (!this.#isClosed && (this.#frozen !== undefined || this.#delayed.length > MAX_DELAYED))
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #failed(event: Numbered): Numbered {
    if (event.type !== "response.done" || event.response.status !== "completed") return event;
    const fault = this.#options.misbehaviour.take("fail_response");
    if (fault === undefined) return event;
    const { code } = fault;
    const error = { type: refusalTypes[code], code, message: REHEARSED };
    return {
      ...event,
      response: { ...event.response, status: "failed", status_details: { type: "failed", error } },
    };
  }

  #reorder(event: Numbered, fault: FaultOf<"reorder"> | undefined): void {
    const first = this.#neighbour?.event;
    if (first !== undefined && fault !== undefined && mayExchange(first, event)) {
      if (this.#random?.fault !== fault) this.#random = { fault, next: randomFrom(fault.seed) };
      if (this.#random.next() < 0.5) {
        // The first goes on waiting: it may be overtaken again.
        this.#queue(() => this.#write(event));
        return;
      }
    }
    this.#releaseNeighbour();
    if (fault === undefined) {
      this.#queue(() => this.#write(event));
      return;
    }
    const timer = this.#options.clock.start(() => this.#releaseNeighbour(), REORDER_MS);
    this.#neighbour = { event, timer };
  }

  #releaseNeighbour(): void {
    const neighbour = this.#neighbour;
    if (neighbour === undefined) return;
    this.#neighbour = undefined;
    neighbour.timer.stop();
    this.#queue(() => this.#write(neighbour.event));
  }

  /** Does it after the delay, and after what is delayed already. */
  #queue(send: () => void): void {
    const [delay] = this.#options.misbehaviour.find("delay");
    if (delay === undefined && this.#delayed.length === 0) {
      this.#unlessFrozen(send);
      return;
    }
    const at = this.#options.clock.now() + (delay?.fault.ms ?? 0);
    this.#delayed.push({ at, send });
    this.#sendDelayed();
  }

  #sendDelayed(): void {
    const { clock, misbehaviour } = this.#options;
    const isDelaying = misbehaviour.find("delay").length > 0;
    this.#delay?.stop();
    this.#delay = undefined;
    for (;;) {
      const [first] = this.#delayed;
      if (first === undefined) break;
      const wait = first.at - clock.now();
      if (isDelaying && wait > 0) {
        this.#delay = clock.start(() => this.#sendDelayed(), wait);
        break;
      }
      this.#delayed.shift();
      this.#unlessFrozen(first.send);
    }
    this.#wake();
  }

  #unlessFrozen(send: () => void): void {
    if (this.#frozen === undefined) send();
    else this.#frozen.held.push(send);
  }

  #write(event: Numbered): void {
    if (this.#isClosed) return;
    if (this.#garbles())
      return this.#writeFrames(event, (frame) => frame.slice(0, frame.length / 2));
    this.#writeFrames(event);
    if (this.#isFatalInCall(event)) return this.#drop();
    this.#strike(true);
  }

  #writeFrames(event: RealtimeEvent | UnknownEvent, change = (frame: string) => frame): void {
    for (const said of this.#options.translate(event))
      this.#options.outgoing.send(change(encodeFrame(said)));
  }

  #garbles(): boolean {
    const due = this.#due(false).find(({ fault }) => fault.type === "garble");
    if (due === undefined) return false;
    this.#happen(due);
    return true;
  }

  #isFatalInCall(event: Numbered): boolean {
    const { misbehaviour } = this.#options;
    if (event.type === "response.function_call_arguments.delta")
      return misbehaviour.take("drop_in_call", ({ at }) => at === "arguments") !== undefined;
    return (
      event.type === "response.output_item.done" &&
      event.item.type === "function_call" &&
      misbehaviour.take("drop_in_call", ({ at }) => at === "item") !== undefined
    );
  }

  /** The faults that count events and have enough of them; `isEvent`: one more was written. */
  #due(isEvent: boolean): ActiveFault<Counted>[] {
    return this.#options.misbehaviour.find(...COUNTED).filter((active) => {
      const count = (this.#counts.get(active) ?? 0) + (isEvent ? 1 : 0);
      this.#counts.set(active, count);
      return count >= active.fault.afterEvents;
    });
  }

  #happen(active: ActiveFault): void {
    active.left -= 1;
    this.#counts.set(active, 0);
  }

  /** Lets happen what is due. */
  #strike(isEvent: boolean): void {
    for (const active of this.#due(isEvent)) {
      if (this.#isClosed || this.#frozen !== undefined) return;
      const { fault } = active;
      // An event has to come that it can spoil.
      if (fault.type === "garble") continue;
      this.#happen(active);
      switch (fault.type) {
        case "drop":
          this.#drop();
          break;
        case "stall":
        case "half_open":
          this.#freeze(fault);
          break;
        case "expire":
          this.#expire();
          break;
        case "unknown_events":
          this.#writeFrames({
            type: "rehearsal.unknown",
            event_id: this.#eventId(),
            note: REHEARSED,
          });
          break;
        case "large_frame":
          this.#writeLarge(fault.bytes);
          break;
      }
    }
  }

  #drop(): void {
    this.#isClosed = true;
    this.#options.socket.terminate();
  }

  #expire(): void {
    const error = refusal(
      "session_expired",
      "Your session hit the maximum duration of 60 minutes.",
    );
    const event = errorEvent(error, null);
    this.#writeFrames({ ...event, event_id: this.#eventId() });
    this.#options.socket.close(1001, error.message);
  }

  #writeLarge(bytes: number): void {
    const event = { type: "rehearsal.large", event_id: this.#eventId(), padding: "" };
    const padding = "x".repeat(Math.max(0, bytes - encodeFrame(event).length));
    this.#writeFrames({ ...event, padding });
  }

  #freeze({ type, ms }: FaultOf<"stall" | "half_open">): void {
    const timer = this.#options.clock.start(() => this.#thaw(), ms);
    this.#frozen = { timer, held: [], unreadBytes: 0 };
    // Unread, a ping gets no pong, and neither FIN nor RST is noticed.
    if (type === "half_open") this.#options.socket.pause();
  }

  /** Goes on with what has come and was to be sent meanwhile. */
  #thaw(): void {
    const frozen = this.#frozen;
    if (frozen === undefined) return;
    this.#frozen = undefined;
    frozen.timer.stop();
    this.#options.socket.resume();
    for (const action of frozen.held) this.#unlessFrozen(action);
    this.#wake();
  }

  #changed(): void {
    this.#thaw();
    this.#sendDelayed();
    this.#strike(false);
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #close(): void {
    this.#isClosed = true;
    this.#unsubscribe();
    this.#neighbour?.timer.stop();
    this.#delay?.stop();
    this.#frozen?.timer.stop();
    this.#frozen = undefined;
    this.#wake();
  }

  #eventId(): string {
    return this.#options.createId("event_");
  }
}

/** What every error of a fault says. */
export const REHEARSED = "This is a rehearsal: the built-in server was told to misbehave.";

/** The error of a fault, as a server would send it. */
export function rehearsed(code: RefusalCode): RealtimeError {
  return new RealtimeError(code, REHEARSED, { type: refusalTypes[code] });
}
