import type { EventOf, RealtimeEvent, UnknownEvent } from "../protocol/event-types";
import type { RealtimeError } from "../protocol/errors";
import { memberAt } from "../protocol/members";
import type { Clock, Timer } from "./clock";
import type { PlannedItem, RestorationPlan } from "./restoration-plan";
import { errorOf } from "./server-error";

/** What became of a restoration. */
export interface RestorationResult {
  /** Items that the new connection has. */
  readonly items: number;
  /** Items that it does not have, or only by a placeholder. */
  readonly lost: number;
  /** The ids, as they were, of the items that it has acknowledged. */
  readonly told: ReadonlySet<string>;
  /** New ids by old id, where the server or its limit on ids changed them. */
  readonly renamed: ReadonlyMap<string, string>;
}

/** How long the server may take for one item, in ms. */
const ITEM_TIMEOUT = 10_000;

/** How long the whole talk may take to tell, in ms: people wait for the session meanwhile. */
const TOTAL_TIMEOUT = 60_000;

/**
 * Tells a new connection the talk so far, one item after another: each one is acknowledged before
 * the next is sent, so that a refusal belongs to the item that it is about and the order is certain.
 */
export class Restoration {
  readonly #plan: RestorationPlan;
  readonly #clock: Clock;
  readonly #send: (event: EventOf<"conversation.item.create">) => void;
  readonly #nextEventId: () => string;
  readonly #onDone: (result: RestorationResult) => void;
  readonly #told = new Set<string>();
  readonly #renamed = new Map<string, string>();
  #next = 0;
  #lost: number;
  /** From when on the rest is left out, in ms since the Unix epoch. */
  #latestAt = Infinity;
  #inFlight:
    | { readonly planned: PlannedItem; readonly isRepeated: boolean; readonly timer: Timer }
    | undefined;

  constructor(
    plan: RestorationPlan,
    clock: Clock,
    send: (event: EventOf<"conversation.item.create">) => void,
    nextEventId: () => string,
    onDone: (result: RestorationResult) => void,
  ) {
    this.#plan = plan;
    this.#clock = clock;
    this.#send = send;
    this.#nextEventId = nextEventId;
    this.#onDone = onDone;
    this.#lost = plan.lost;
  }

  start(): void {
    this.#latestAt = this.#clock.now() + TOTAL_TIMEOUT;
    this.#advance();
  }

  stop(): void {
    this.#inFlight?.timer.stop();
    this.#inFlight = undefined;
  }

  /** Takes each event of the connection while it is restored. */
  take(event: RealtimeEvent | UnknownEvent): void {
    if (this.#inFlight === undefined) return;
    switch (event.type) {
      case "conversation.item.added":
      case "conversation.item.created":
      case "conversation.item.done":
        this.#taken(event);
        return;
      case "error":
        // Nothing else was asked.
        this.#refused(errorOf(event));
        return;
      default:
    }
  }

  /** True for what a server says of the last items after it has acknowledged them. */
  isAbout(event: RealtimeEvent | UnknownEvent): boolean {
    switch (event.type) {
      case "conversation.item.added":
      case "conversation.item.created":
      case "conversation.item.done": {
        const id = itemIdOf(event);
        return id !== undefined && this.#isKnown(id, this.#next);
      }
      default:
        return false;
    }
  }

  #taken(event: RealtimeEvent | UnknownEvent): void {
    const { planned } = this.#inFlight ?? {};
    const id = itemIdOf(event);
    if (planned === undefined || id === undefined) return;
    // The `done` that follows the `added` of the item before, or an item that the server makes by
    // itself, such as the list of an MCP server's tools.
    const isItsOwnId = id === planned.item.id;
    if (!isItsOwnId && (this.#isKnown(id, this.#next - 1) || !isAlike(event, planned.item))) return;
    this.#told.add(planned.originalId);
    if (id !== planned.originalId) this.#renamed.set(planned.originalId, id);
    this.#advance();
  }

  /** Whether this is one of the last items before a place in the plan. */
  #isKnown(id: string, place: number): boolean {
    const before = this.#plan.items.slice(Math.max(0, place - 2), place);
    return before.some(
      ({ originalId, item }) =>
        id === item.id || id === originalId || id === this.#renamed.get(originalId),
    );
  }

  #refused(error: RealtimeError): void {
    const { planned, isRepeated } = this.#inFlight ?? {};
    // The server's own trouble, not the item's: it is told once more before it is given up.
    if (planned !== undefined && isRepeated === false && error.type === "server_error") {
      this.#tell(planned, true);
      return;
    }
    this.#skip();
  }

  #skip(): void {
    this.#lost += 1;
    this.#advance();
  }

  /** A call that was told gets its output all the same. */
  #skipWhatIsLate(): void {
    const { items } = this.#plan;
    if (this.#clock.now() < this.#latestAt) return;
    if (items[this.#next]?.item.type === "function_call_output") return;
    this.#lost += items.length - this.#next;
    this.#next = items.length;
  }

  #advance(): void {
    this.stop();
    this.#skipWhatIsLate();
    const planned = this.#plan.items[this.#next];
    if (planned === undefined) {
      this.#onDone({
        items: this.#plan.items.length - (this.#lost - this.#plan.lost),
        lost: this.#lost,
        told: this.#told,
        renamed: this.#renamed,
      });
      return;
    }
    this.#next += 1;
    this.#tell(planned, false);
  }

  #tell(planned: PlannedItem, isRepeated: boolean): void {
    this.stop();
    const timer = this.#clock.start(() => this.#skip(), ITEM_TIMEOUT);
    this.#inFlight = { planned, isRepeated, timer };
    this.#send({
      type: "conversation.item.create",
      event_id: this.#nextEventId(),
      item: planned.item,
    });
  }
}

/** Whether an event can be about an item that the server gave another id. */
function isAlike(event: RealtimeEvent | UnknownEvent, item: PlannedItem["item"]): boolean {
  return ["type", "role", "call_id"].every((name) => {
    const said = memberAt(event, ["item", name]);
    return said === undefined || said === Reflect.get(item, name);
  });
}

function itemIdOf(event: RealtimeEvent | UnknownEvent): string | undefined {
  const id = memberAt(event, ["item", "id"]);
  return typeof id === "string" ? id : undefined;
}
