import type { RealtimeSession } from "../../lib/index";

/** An item as the server tells of it, looked at without types. */
export type ServerItem = Record<string, any> & { id: string };

/** The items of the newest connection in the server's order, by what the server says of them. */
export class ServerItems {
  list: ServerItem[] = [];

  constructor(session: RealtimeSession) {
    session.on("event", (event, { source }) => {
      if (source !== "server") return;
      if (event.type === "session.created") this.list = [];
      if (event.type === "conversation.item.deleted")
        this.list = this.list.filter(({ id }) => id !== event.item_id);
      if (event.type === "conversation.item.added" || event.type === "conversation.item.done")
        this.#upsert(event.item as ServerItem, event.previous_item_id);
    });
  }

  /** Each item in a word: its text, the call it makes or the call it answers. */
  get words(): string[] {
    return this.list.map(({ type, content, call_id: callId, output }) => {
      if (type === "function_call") return `call ${callId}`;
      if (type === "function_call_output") return `output ${callId}: ${output}`;
      return String(content[0]?.text ?? content[0]?.transcript ?? "");
    });
  }

  #upsert(item: ServerItem, previousId: string | null | undefined): void {
    const known = this.list.findIndex(({ id }) => id === item.id);
    if (known >= 0) {
      this.list[known] = item;
      return;
    }
    const place = this.list.findIndex(({ id }) => id === previousId);
    this.list.splice(place < 0 ? this.list.length : place + 1, 0, item);
  }
}
