import type { EventOf, LocalEvent, RealtimeEvent, UnknownEvent } from "../protocol/event-types";
import type { ContentPart, Item } from "../protocol/items";
import { copyOf } from "../protocol/members";
import { BoundedMap } from "./bounded-map";
import { BoundedSet } from "./bounded-set";
import { ConversationOrder } from "./conversation-order";
import { formatItem, withoutBytes } from "./formatted-item";
import { ItemAudio } from "./item-audio";
import { completeItem, isSameKind } from "./item-completion";
import { isItem } from "./readable-event";
import { route, type Route } from "./routes";

/** A local event before it has its id. */
export type LocalEventBody = {
  [Type in LocalEvent["type"]]: Omit<EventOf<Type>, "event_id">;
}[LocalEvent["type"]];

export interface ConversationOptions {
  /** Told of each local event, in order. */
  readonly onLocalEvent: (event: LocalEventBody) => void;
  /** True while somebody wants `conversation.updated`, which costs a copy of the item each time. */
  readonly wantsUpdates: () => boolean;
  /** Bytes of the output format per second, to cut kept audio at a time. */
  readonly outputBytesPerSecond: () => number;
  /** How much audio is kept, in bytes; 0 keeps none. */
  readonly keepAudioBytes: number;
}

interface StoredItem {
  readonly item: Item & { id: string };
  /** False until a `conversation.item.*` has said where it stands. */
  isPlaced: boolean;
  /** False of one that the server does not have, or has elsewhere, since it was told the talk. */
  isInPlace: boolean;
  isCompleted: boolean;
  /** Characters of its JSON, roughly. */
  size: number;
  /** Bytes of audio that came, kept or not. */
  audioBytes: number;
  /** About what was heard of an answer that was cut off; the server forgets its words. */
  heard: string | undefined;
}

type Delta = NonNullable<EventOf<"conversation.updated">["result"]["delta"]>;

/** Items kept at most; the oldest are forgotten, system messages last; the server keeps its own. */
export const ITEM_LIMIT = 2000;

/** Characters of their JSON kept at most. */
export const TEXT_LIMIT = 4 * 1024 * 1024;

/** Notes kept at most of things that are waiting for their item. */
const NOTE_LIMIT = 100;

/**
 * The talk as this side knows it: items by id, in the server's order, with texts and transcripts
 * growing as they stream in.
 *
 * Every event that carries an item inserts or completes it, so that servers may send created,
 * added, done or any mix, once or twice. Nothing here throws on an event about an unknown item:
 * that is ignored, or noted until the item comes. Items of responses outside the conversation
 * never enter.
 */
export class Conversation {
  readonly #options: ConversationOptions;
  readonly #items = new ConversationOrder<StoredItem>();
  readonly #audio: ItemAudio;
  /** Transcripts that came before their item. */
  readonly #transcripts = new BoundedMap<string, string>(NOTE_LIMIT);
  /** Where an item will stand, told before it came: an item id, or "root". */
  readonly #positions = new BoundedMap<string, string | null>(NOTE_LIMIT);
  readonly #besideResponses = new BoundedSet<string>(NOTE_LIMIT);
  #size = 0;

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.#audio = new ItemAudio(options.keepAudioBytes);
  }

  static readonly routes: readonly Route<Conversation>[] = [
    route("conversation.item.created", (part, event) => part.#placed(event)),
    route("conversation.item.added", (part, event) => part.#placed(event)),
    route("conversation.item.done", (part, event) => part.#placed(event)),
    route("conversation.item.retrieved", (part, event) => part.#upsert(event.item)),
    route("conversation.item.deleted", (part, event) => part.#forget(event.item_id)),
    route("conversation.item.truncated", (part, event) => part.truncate(event)),
    route("conversation.item.input_audio_transcription.completed", (part, event) =>
      part.#transcribed(event),
    ),
    route("input_audio_buffer.committed", (part, event) => {
      if (part.#items.get(event.item_id) === undefined)
        part.#positions.set(event.item_id, event.previous_item_id ?? null);
    }),
    route("input_audio_buffer.speech_started", (part) =>
      part.#options.onLocalEvent({ type: "conversation.interrupted" }),
    ),
    route("response.created", (part, { response }) => {
      if (response.conversation_id === null) part.noteBeside(response.id);
    }),
    route("response.output_item.added", (part, event) =>
      part.#output(event.response_id, event.item),
    ),
    route("response.output_item.done", (part, event) =>
      part.#output(event.response_id, event.item),
    ),
    route("response.done", (part, { response }) => {
      for (const item of response.output ?? []) part.#output(response.id, item);
    }),
    route("response.output_text.delta", (part, event) => part.#grow(event, "output_text")),
    route("response.output_text.done", (part, event) =>
      part.#write(event, (content) => {
        if (content.type === "output_text") content.text = event.text;
      }),
    ),
    route("response.output_audio_transcript.delta", (part, event) =>
      part.#grow(event, "output_audio"),
    ),
    route("response.output_audio_transcript.done", (part, event) =>
      part.#write(event, (content) => {
        if (content.type === "output_audio") content.transcript = event.transcript;
      }),
    ),
    route("response.output_audio.delta", (part, event) => {
      const stored = part.#items.get(event.item_id);
      if (stored === undefined) return;
      stored.audioBytes += (event.delta.length * 3) / 4;
      part.#audio.append(event.item_id, event.delta);
      if (part.#options.wantsUpdates())
        part.#updated(event.item_id, { audio: Buffer.from(event.delta, "base64") });
    }),
    route("response.function_call_arguments.delta", (part, event) => {
      const stored = part.#items.get(event.item_id);
      if (stored?.item.type !== "function_call") return;
      stored.item.arguments += event.delta;
      part.#updated(event.item_id, { arguments: event.delta });
      part.#count(stored, event.delta.length);
    }),
    route("response.function_call_arguments.done", (part, event) => {
      const stored = part.#items.get(event.item_id);
      if (stored?.item.type !== "function_call") return;
      stored.item.arguments = event.arguments;
      part.#measure(stored);
    }),
  ];

  /** A copy of every item, in order, without audio. */
  get items(): readonly Item[] {
    return [...this.#items].map(({ item }) => copyOf(item));
  }

  get size(): number {
    return this.#items.size;
  }

  /** How much text the items are, in characters of JSON, roughly. */
  get textSize(): number {
    return this.#size;
  }

  has(itemId: string): boolean {
    return this.#items.get(itemId) !== undefined;
  }

  /** A copy of one item, without audio. */
  get(itemId: string): Item | undefined {
    const stored = this.#items.get(itemId);
    return stored === undefined ? undefined : copyOf(stored.item);
  }

  /** An item's audio in the session's output format, as far as it is kept. */
  audio(itemId: string): Buffer | undefined {
    return this.#audio.get(itemId);
  }

  /** About the words that were heard of an answer that was cut off; undefined for any other. */
  heard(itemId: string): string | undefined {
    return this.#items.get(itemId)?.heard;
  }

  /**
   * Takes what is on its way to the server. Where an item of ours stands is what the server says from
   * now on: a call may have been told to the connection before, too.
   */
  told(event: RealtimeEvent | UnknownEvent): void {
    if (event.type !== "conversation.item.create" || !isItem(event.item)) return;
    const { id, type } = event.item;
    if (event.previous_item_id === "root") this.#positions.set(id, "root");
    const stored = type === "function_call" ? this.#items.get(id) : undefined;
    if (stored !== undefined) stored.isPlaced = false;
  }

  /** Says that a response's items do not belong to the conversation. */
  noteBeside(responseId: string | undefined): void {
    // Whatever the type says, a server may give null for it: that is the id of no response.
    if (typeof responseId === "string") this.#besideResponses.add(responseId);
  }

  /**
   * A new connection was told these of the items, outputs behind their calls. What it did not get,
   * or elsewhere, was there before all that comes now.
   */
  retold(told: ReadonlySet<string>): void {
    let previous: Item | undefined;
    for (const stored of this.#items) {
      const { item } = stored;
      stored.isInPlace = told.has(item.id) && (!isOutput(item) || isOutputOf(item, previous));
      if (stored.isInPlace) previous = item;
    }
  }

  /** Whether the server has an item where it stands here. */
  isInPlace(itemId: string): boolean {
    return this.#items.get(itemId)?.isInPlace === true;
  }

  /** Keeps of an answer what was heard of it, by the server's word or that of whoever played it. */
  truncate(
    event: Pick<
      EventOf<"conversation.item.truncated">,
      "item_id" | "content_index" | "audio_end_ms"
    >,
  ): void {
    const stored = this.#items.get(event.item_id);
    if (stored === undefined || !Number.isFinite(event.audio_end_ms)) return;
    const bytes = Math.floor((event.audio_end_ms * this.#options.outputBytesPerSecond()) / 1000);
    // An odd byte would shift all samples of 16 bits that follow.
    this.#audio.truncate(event.item_id, bytes - (bytes % 2));
    // Of one that was cut off before, the words are gone.
    const words = transcriptOf(stored.item);
    if (words !== "" || stored.heard === undefined)
      stored.heard = beginningOf(words, bytes / stored.audioBytes);
    // The server has dropped the transcript too: it cannot say which words were heard.
    setTranscript(stored.item, event.content_index, "");
    this.#updated(event.item_id, undefined);
  }

  /** Follows a server that gave an item another id. */
  rename(itemId: string, newId: string): void {
    const stored = this.#items.get(itemId);
    // Of two items with the same id, one could not be reached any more.
    if (stored === undefined || this.has(newId)) return;
    stored.item.id = newId;
    this.#items.rename(itemId, newId);
  }

  clear(): void {
    this.#items.clear();
    this.#audio.clear();
    this.#transcripts.clear();
    this.#positions.clear();
    this.#besideResponses.clear();
    this.#size = 0;
  }

  #output(responseId: string | undefined, item: Item): void {
    if (responseId !== undefined && this.#besideResponses.has(responseId)) return;
    this.#upsert(item);
  }

  #placed(
    event: EventOf<
      "conversation.item.created" | "conversation.item.added" | "conversation.item.done"
    >,
  ): void {
    const { id } = event.item;
    if (id === undefined) return;
    const known = this.#items.get(id);
    if (known !== undefined && !isSameKind(known.item, event.item)) return;
    if (known === undefined || !known.isPlaced) {
      const noted = this.#positions.get(id);
      this.#positions.delete(id);
      this.#upsert(event.item, {
        previousId: event.previous_item_id ?? noted,
        isFirst: noted === "root",
      });
      return;
    }
    this.#upsert(event.item);
  }

  #upsert(
    item: Item,
    position?: { readonly previousId: string | null | undefined; readonly isFirst: boolean },
  ): void {
    // The items of a response have not been looked at yet.
    if (!isItem(item)) return;
    const { id } = item;
    const known = this.#items.get(id);
    if (known !== undefined && !isSameKind(known.item, item)) return;
    const stored = known ?? this.#newItem({ ...withoutBytes(item), id });
    const isChanged = known === undefined || completeItem(known.item, item);
    if (position?.isFirst === true) this.#items.placeFirst(id, stored);
    else if (position !== undefined || known === undefined)
      this.#items.place(id, stored, position?.previousId, ({ isInPlace }) => !isInPlace);
    if (position !== undefined) {
      stored.isPlaced = true;
      stored.isInPlace = true;
    }
    this.#updated(id, undefined);
    if (known === undefined) {
      this.#options.onLocalEvent({
        type: "conversation.item.appended",
        item: formatItem(stored.item),
      });
    }
    this.#announceCompletion(stored);
    if (isChanged) this.#measure(stored);
  }

  #newItem(item: Item & { id: string }): StoredItem {
    const transcript = this.#transcripts.get(item.id);
    this.#transcripts.delete(item.id);
    if (transcript !== undefined) setTranscript(item, 0, transcript);
    return {
      item,
      isPlaced: false,
      isInPlace: true,
      isCompleted: false,
      size: 0,
      audioBytes: 0,
      heard: undefined,
    };
  }

  #announceCompletion(stored: StoredItem): void {
    if (stored.isCompleted || statusOf(stored.item) !== "completed") return;
    stored.isCompleted = true;
    this.#options.onLocalEvent({
      type: "conversation.item.completed",
      item: formatItem(stored.item),
    });
  }

  #transcribed(event: EventOf<"conversation.item.input_audio_transcription.completed">): void {
    const stored = this.#items.get(event.item_id);
    if (stored === undefined) {
      this.#transcripts.set(event.item_id, event.transcript);
      return;
    }
    setTranscript(stored.item, event.content_index, event.transcript);
    this.#updated(event.item_id, { transcript: event.transcript });
    this.#measure(stored);
  }

  /** Applies a delta to the part that it belongs to, making the part where it is not there yet. */
  #grow(
    {
      item_id: id,
      content_index: index,
      delta,
    }: { item_id: string; content_index: number; delta: string },
    type: "output_text" | "output_audio",
  ): void {
    const stored = this.#items.get(id);
    const part = stored === undefined ? undefined : partAt(stored.item, index, type);
    if (stored === undefined || part?.type !== type) return;
    if (part.type === "output_text") part.text = (part.text ?? "") + delta;
    else if (part.type === "output_audio") part.transcript = (part.transcript ?? "") + delta;
    if (this.#options.wantsUpdates())
      this.#updated(id, type === "output_text" ? { text: delta } : { transcript: delta });
    this.#count(stored, delta.length);
  }

  #write(
    event: { item_id: string; content_index: number },
    apply: (part: ContentPart) => void,
  ): void {
    const stored = this.#items.get(event.item_id);
    if (stored?.item.type !== "message") return;
    const part = stored.item.content?.[event.content_index];
    if (part === undefined) return;
    apply(part);
    this.#measure(stored);
  }

  #updated(itemId: string, delta: Delta | undefined): void {
    if (!this.#options.wantsUpdates()) return;
    const stored = this.#items.get(itemId);
    if (stored === undefined) return;
    this.#options.onLocalEvent({
      type: "conversation.updated",
      result: {
        item_id: itemId,
        item: formatItem(stored.item),
        ...(delta === undefined ? {} : { delta }),
      },
    });
  }

  #measure(stored: StoredItem): void {
    this.#count(stored, JSON.stringify(stored.item).length - stored.size);
  }

  #count(stored: StoredItem, growth: number): void {
    stored.size += growth;
    this.#size += growth;
    // A single one that is too large must not take all others with it.
    if (stored.size > TEXT_LIMIT) this.#forget(stored.item.id);
    while (this.#items.size > ITEM_LIMIT || this.#size > TEXT_LIMIT) {
      const oldest = this.#dispensable();
      if (oldest === undefined) return;
      this.#forget(oldest.item.id);
    }
  }

  /**
   * The oldest item that is no system message: those are to be told to each new connection. They may
   * fill half of the place, then their oldest goes too.
   */
  #dispensable(): StoredItem | undefined {
    const [first] = this.#items;
    let left = this.#items.size / 2;
    for (const stored of this.#items) {
      if (left <= 0) break;
      if (!isSystem(stored.item)) return stored;
      left -= 1;
    }
    return first;
  }

  #forget(itemId: string): void {
    const stored = this.#items.remove(itemId);
    if (stored === undefined) return;
    this.#size -= stored.size;
    this.#audio.delete(itemId);
  }
}

/** The content part at an index; a new one in the place where the item has none yet. */
function partAt(
  item: Item,
  index: number,
  type: "output_text" | "output_audio",
): ContentPart | undefined {
  if (item.type !== "message" || item.role !== "assistant") return undefined;
  // Some servers leave the content out of an item that has only begun.
  item.content ??= [];
  // Only the next free place is made: an index from the wire must not make a sparse array.
  if (index === item.content.length) item.content.push({ type });
  return item.content[index];
}

function isOutput(item: Item): item is Item & { type: "function_call_output" } {
  return item.type === "function_call_output";
}

function isOutputOf(
  output: Item & { type: "function_call_output" },
  item: Item | undefined,
): boolean {
  return item?.type === "function_call" && item.call_id === output.call_id;
}

function isSystem(item: Item): boolean {
  return item.type === "message" && item.role === "system";
}

function statusOf(item: Item): string | undefined {
  return "status" in item ? item.status : undefined;
}

function setTranscript(item: Item, index: number, transcript: string): void {
  if (item.type !== "message" || !Array.isArray(item.content)) return;
  const part = item.content[index];
  if (part?.type === "input_audio" || part?.type === "output_audio") part.transcript = transcript;
}

function transcriptOf(item: Item): string {
  if (item.type !== "message" || item.role !== "assistant") return "";
  return (item.content ?? []).map(({ transcript = "" }) => transcript).join("");
}

/** The whole words of the first part (0 to 1) of a text, taken as spoken at an even pace. */
function beginningOf(text: string, part: number): string {
  if (!(part < 1)) return text;
  const cut = text.slice(0, Math.floor(text.length * part));
  return cut.slice(0, Math.max(0, cut.lastIndexOf(" ")));
}
