import type { RealtimeSession } from "../../lib/index";

/** An item as the server tells of it, looked at without types. */
export type ServerItem = Record<string, any> & { id: string };

/**
 * The items of the session's connection in the server's order, by what the server says of them. A
 * session that is renewed has two connections for a while, and may stay with the first.
 */
export class ServerItems {
  readonly #session: RealtimeSession;
  readonly #lists = new Map<number, readonly ServerItem[]>();

  constructor(session: RealtimeSession) {
    this.#session = session;
    session.on("event", (event, { source, epoch }) => {
      if (source !== "server") return;
      const list = this.#lists.get(epoch) ?? [];
      if (event.type === "session.created") this.#keep(epoch, []);
      if (event.type === "conversation.item.deleted")
        this.#keep(
          epoch,
          list.filter(({ id }) => id !== event.item_id),
        );
      if (event.type === "conversation.item.added" || event.type === "conversation.item.done")
        this.#keep(epoch, upserted(list, event.item as ServerItem, event.previous_item_id));
      // Of two frames that say that an item is done, a fault may garble one.
      if (event.type === "response.output_item.done")
        this.#keep(
          epoch,
          list.map((item) => (item.id === event.item.id ? (event.item as ServerItem) : item)),
        );
    });
  }

  get list(): readonly ServerItem[] {
    const { state } = this.#session;
    const newest = [...this.#lists.keys()].at(-1);
    const epoch = state.status === "ready" ? state.epoch : newest;
    return (epoch === undefined ? undefined : this.#lists.get(epoch)) ?? [];
  }

  /** Each item in a word: its text, the call it makes or the call it answers. */
  get words(): string[] {
    return this.list.map(({ type, content, call_id: callId, output }) => {
      if (type === "function_call") return `call ${callId}`;
      if (type === "function_call_output") return `output ${callId}: ${output}`;
      return String(content[0]?.text ?? content[0]?.transcript ?? "");
    });
  }

  #keep(epoch: number, list: readonly ServerItem[]): void {
    this.#lists.set(epoch, list);
    const [oldest] = this.#lists.keys();
    if (this.#lists.size > 3 && oldest !== undefined) this.#lists.delete(oldest);
  }
}

function upserted(
  list: readonly ServerItem[],
  item: ServerItem,
  previousId: string | null | undefined,
): readonly ServerItem[] {
  const known = list.findIndex(({ id }) => id === item.id);
  if (known >= 0) return list.with(known, item);
  const place = list.findIndex(({ id }) => id === previousId);
  return list.toSpliced(place < 0 ? list.length : place + 1, 0, item);
}
