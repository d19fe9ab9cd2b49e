import type { Item } from "../protocol/items";
import { refusal } from "./errors";
import type { ItemAudio } from "./item-audio";

/** An item that has its id. */
export type StoredItem = Item & { id: string };

/** An item of the conversation with the audio of its parts, by content index. */
export interface Entry {
  item: StoredItem;
  readonly audio: Map<number, ItemAudio>;
  /** Content indexes whose audio was cut: their transcript is gone for good. */
  readonly truncated: Set<number>;
}

/** More items push out the oldest, as OpenAI's truncation "auto" does with the model's context. */
const MAX_ITEMS = 2_000;
/**
 * Bytes of audio kept for `conversation.item.retrieve`, some 5 s; the oldest goes first. Sixteen times
 * as much, in each of four rooms, was 16 MB of a small board's memory.
 */
const MAX_SPARE_AUDIO_BYTES = 256 * 1024;
/** Bytes of audio kept in all, some 80 s: the user may speak while a long answer is given. */
const MAX_AUDIO_BYTES = 4 * 1024 * 1024;
/** Bytes of text kept in items. */
const MAX_TEXT_BYTES = 32 * 1024 * 1024;

/** The items of a session in their order, by id. Bounded. */
export class Conversation {
  readonly id: string;
  readonly #entries = new Map<string, Entry>();
  readonly #sizes = new Map<string, number>();
  #order: string[] = [];
  #textBytes = 0;
  #audioBytes = 0;

  constructor(id: string) {
    this.id = id;
  }

  get size(): number {
    return this.#order.length;
  }

  /** All entries, in order. */
  entries(): Entry[] {
    return this.#order.flatMap((id) => this.#entries.get(id) ?? []);
  }

  get(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  /** The item before this one, null at the front. */
  previousOf(id: string): string | null {
    return this.#order[this.#order.indexOf(id) - 1] ?? null;
  }

  get lastId(): string | null {
    return this.#order.at(-1) ?? null;
  }

  /**
   * Adds an item: at the end, at the front (`previousId` "root") or after another item. Throws a
   * refusal for an id that is there already or a predecessor that is not.
   */
  add(item: StoredItem, audio: Map<number, ItemAudio>, previousId?: string): Entry {
    if (this.#entries.has(item.id)) {
      const message = "Error adding item: an item with this id already exists.";
      throw refusal("item_create_duplicate_item_id", message, "item.id");
    }
    const position = this.#positionAfter(previousId);
    const entry: Entry = { item, audio, truncated: new Set() };
    this.#order.splice(position, 0, item.id);
    this.#entries.set(item.id, entry);
    this.#resize(item.id, item);
    for (const part of audio.values()) this.#audioBytes += part.keptBytes;
    this.#enforceBounds(item.id);
    return entry;
  }

  #positionAfter(previousId: string | undefined): number {
    if (previousId === undefined) return this.#order.length;
    if (previousId === "root") return 0;
    const index = this.#order.indexOf(previousId);
    if (index === -1) {
      const message = "Error adding item: the previous item does not exist.";
      throw refusal("item_create_invalid_previous_item_id", message, "previous_item_id");
    }
    return index + 1;
  }

  /** Takes the final form of an item; nothing when it was deleted meanwhile. */
  replace(item: StoredItem): void {
    const entry = this.#entries.get(item.id);
    if (entry === undefined) return;
    entry.item = item;
    for (const index of entry.truncated) withoutTranscript(entry, index);
    this.#resize(item.id, entry.item);
    this.#enforceBounds(item.id);
  }

  /** Adds audio to a part of an item; nothing when the item was deleted meanwhile. */
  appendAudio(id: string, contentIndex: number, bytes: Buffer): void {
    const audio = this.#entries.get(id)?.audio.get(contentIndex);
    if (audio === undefined) return;
    const before = audio.keptBytes;
    audio.append(bytes);
    this.#audioBytes += audio.keptBytes - before;
    this.#enforceBounds(id);
  }

  /** Cuts the audio of an assistant message to what was heard; its transcript goes. */
  truncate(id: string, contentIndex: number, audioEndMs: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) {
      throw refusal(
        "item_truncate_invalid_item_id",
        "Error truncating item: the item does not exist.",
        "item_id",
      );
    }
    if (entry.item.type !== "message" || entry.item.role !== "assistant") {
      const message = "Error truncating item: only audio of the assistant can be truncated.";
      throw refusal("item_truncate_invalid_item_id", message, "item_id");
    }
    const audio = entry.audio.get(contentIndex);
    if (audio === undefined) {
      const message = "Error truncating item: there is no audio at this content index.";
      throw refusal("item_truncate_invalid_content_index", message, "content_index");
    }
    const length = Math.floor(audio.durationMs);
    if (audioEndMs > length) {
      const message = `Audio content of ${length}ms is already shorter than ${audioEndMs}ms`;
      throw refusal("invalid_value", message, "audio_end_ms");
    }
    const before = audio.keptBytes;
    audio.truncate(audioEndMs);
    this.#audioBytes += audio.keptBytes - before;
    entry.truncated.add(contentIndex);
    withoutTranscript(entry, contentIndex);
  }

  /** Removes an item and its audio. Says whether it was there. */
  delete(id: string): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined) return false;
    this.#entries.delete(id);
    this.#order = this.#order.filter((other) => other !== id);
    this.#textBytes -= this.#sizes.get(id) ?? 0;
    this.#sizes.delete(id);
    for (const part of entry.audio.values()) this.#audioBytes -= part.keptBytes;
    return true;
  }

  #resize(id: string, item: StoredItem): void {
    const size = JSON.stringify(item).length;
    this.#textBytes += size - (this.#sizes.get(id) ?? 0);
    this.#sizes.set(id, size);
  }

  /** The newest item always stays whole. */
  #enforceBounds(newestId: string): void {
    while (this.#order.length > MAX_ITEMS || this.#textBytes > MAX_TEXT_BYTES) {
      const oldest = this.#order.find((id) => id !== newestId);
      if (oldest === undefined) break;
      this.delete(oldest);
    }
    this.#forgetAudio(newestId, MAX_SPARE_AUDIO_BYTES, ({ isDue }) => !isDue);
    this.#forgetAudio(newestId, MAX_AUDIO_BYTES, () => true);
  }

  /** Forgets the oldest audio that may go, until all of it is within a limit in bytes. */
  #forgetAudio(newestId: string, limit: number, mayGo: (audio: ItemAudio) => boolean): void {
    if (this.#audioBytes <= limit) return;
    for (const id of this.#order) {
      if (this.#audioBytes <= limit) return;
      if (id === newestId) continue;
      for (const part of this.#entries.get(id)?.audio.values() ?? []) {
        if (!mayGo(part)) continue;
        this.#audioBytes -= part.keptBytes;
        part.forget();
      }
    }
  }
}

function withoutTranscript(entry: Entry, contentIndex: number): void {
  const { item } = entry;
  if (item.type !== "message" || item.role !== "assistant") return;
  const content = item.content.map((part, index) => {
    if (index !== contentIndex) return part;
    const { transcript: _heardOrNot, ...rest } = part;
    return rest;
  });
  entry.item = { ...item, content };
}

/** An item with the audio that is still kept, as `conversation.item.retrieved` shows it. */
export function withAudio({ item, audio }: Entry): Item {
  if (item.type !== "message") return item;
  const base64 = (index: number) => {
    const bytes = audio.get(index)?.bytes() ?? null;
    return bytes === null ? {} : { audio: bytes.toString("base64") };
  };
  switch (item.role) {
    case "system":
      return item;
    case "user":
      return {
        ...item,
        content: item.content.map((part, index) => ({ ...part, ...base64(index) })),
      };
    case "assistant":
      return {
        ...item,
        content: item.content.map((part, index) => ({ ...part, ...base64(index) })),
      };
  }
}
