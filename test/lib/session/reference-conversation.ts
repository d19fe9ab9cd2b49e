import type { WireEvent } from "../../support/memory-server";

type Members = Record<string, unknown>;

const TEXTS = ["item_id", "response_id", "delta", "text", "transcript", "arguments"];
const NUMBERS = ["content_index", "audio_start_ms", "audio_end_ms"];

interface KnownItem {
  item: Members & { id: string; type: string };
  /** False until a `conversation.item.*` has said where it stands. */
  isPlaced: boolean;
  /** False of one that the server does not have, or has elsewhere, since it was told the talk. */
  isInPlace: boolean;
  isCompleted: boolean;
}

const ITEM_LIMIT = 2000;
const NOTE_LIMIT = 100;

/**
 * The conversation by the rules of the protocol, written as plainly as it goes: an array that is
 * searched from its beginning, and no thought for speed. Only the first event that names an item says
 * where it stands. What is broken is ignored.
 */
export class ReferenceConversation {
  /** Ids of `conversation.item.appended` and `.completed` that are due, in order. */
  readonly appended: string[] = [];
  readonly completed: string[] = [];
  #known: KnownItem[] = [];
  #transcripts: Notes<string> = [];
  #positions: Notes<string | null> = [];
  #beside: string[] = [];
  readonly #besideKeys = new Set<unknown>();

  get items(): Members[] {
    return this.#known.map(({ item }) => item);
  }

  /** A new talk begins. */
  clear(): void {
    this.#known = [];
    this.#transcripts = [];
    this.#positions = [];
    this.#beside = [];
  }

  /** A new connection may have given items other ids. */
  adoptIds(ids: readonly string[]): void {
    for (const [index, known] of this.#known.entries()) known.item.id = ids[index] ?? "";
  }

  /** Nor may it have been told all of them: what it was not told stays before what is new. */
  adoptPlaces(isInPlace: (itemId: string) => boolean): void {
    for (const known of this.#known) known.isInPlace = isInPlace(known.item.id);
  }

  /** An event that was sent: a call that is told anew stands where the server puts it. */
  takeSent(event: WireEvent): void {
    if (event.type === "response.create" && event["response"]?.conversation === "none")
      this.#besideKeys.add(event["response"].metadata?.realtime_request);
    if (event.type !== "conversation.item.create") return;
    const { item } = event;
    const known = this.#find(item.id);
    if (known !== undefined && item.type === "function_call") known.isPlaced = false;
    if (event.previous_item_id === "root") note(this.#positions, item.id, "root");
  }

  take(event: WireEvent): void {
    if (!TEXTS.every((name) => isTextOrNothing(event[name]))) return;
    if (!NUMBERS.every((name) => isNumberOrNothing(event[name]))) return;
    switch (event.type) {
      case "conversation.item.created":
      case "conversation.item.added":
      case "conversation.item.done":
        return this.#place(event);
      case "conversation.item.retrieved":
        return this.#upsert(event.item);
      case "response.output_item.added":
      case "response.output_item.done":
        if (!this.#beside.includes(event.response_id)) this.#upsert(event.item);
        return;
      case "response.created": {
        const response = responseOf(event);
        if (this.#isBeside(response) && typeof response?.["id"] === "string") {
          if (!this.#beside.includes(response.id)) this.#beside.push(response.id);
          if (this.#beside.length > NOTE_LIMIT) this.#beside.shift();
        }
        return;
      }
      case "response.done": {
        const response = responseOf(event);
        if (response === undefined || !Array.isArray(response.output)) return;
        if (typeof response.id === "string" && this.#beside.includes(response.id)) return;
        for (const item of response.output) this.#upsert(item);
        return;
      }
      case "conversation.item.deleted":
        this.#known = this.#known.filter(({ item }) => item.id !== event.item_id);
        return;
      case "conversation.item.truncated": {
        const part = this.#part(event);
        if (isAudio(part) && typeof event.audio_end_ms === "number") part.transcript = "";
        return;
      }
      case "conversation.item.input_audio_transcription.completed": {
        if (typeof event.transcript !== "string" || typeof event.item_id !== "string") return;
        if (this.#find(event.item_id) === undefined)
          note(this.#transcripts, event.item_id, event.transcript);
        const part = this.#part(event);
        if (isAudio(part)) part.transcript = event.transcript;
        return;
      }
      case "input_audio_buffer.committed": {
        if (typeof event.item_id !== "string" || this.#find(event.item_id) !== undefined) return;
        note(this.#positions, event.item_id, event.previous_item_id ?? null);
        return;
      }
      case "response.output_text.delta":
        return this.#grow(event, "output_text", "text");
      case "response.output_audio_transcript.delta":
        return this.#grow(event, "output_audio", "transcript");
      case "response.output_text.done": {
        const part = this.#part(event);
        if (part?.type === "output_text" && typeof event.text === "string") part.text = event.text;
        return;
      }
      case "response.output_audio_transcript.done": {
        const part = this.#part(event);
        if (part?.type === "output_audio" && typeof event.transcript === "string")
          part.transcript = event.transcript;
        return;
      }
      case "response.function_call_arguments.delta": {
        const call = this.#find(event.item_id)?.item;
        if (call?.type === "function_call" && typeof event.delta === "string")
          call.arguments = `${String(call.arguments)}${event.delta}`;
        return;
      }
      case "response.function_call_arguments.done": {
        const call = this.#find(event.item_id)?.item;
        if (call?.type === "function_call" && typeof event.arguments === "string")
          call.arguments = event.arguments;
        return;
      }
      default:
    }
  }

  #find(id: unknown): KnownItem | undefined {
    return this.#known.find(({ item }) => item.id === id);
  }

  /** The content part that an event is about. */
  #part(event: WireEvent): Members | undefined {
    const item = this.#find(event.item_id)?.item;
    const index: unknown = event.content_index;
    if (item?.type !== "message" || !Array.isArray(item.content)) return undefined;
    if (typeof index !== "number" || !Number.isInteger(index) || index < 0) return undefined;
    return members(item.content[index]);
  }

  #grow(event: WireEvent, type: string, name: string): void {
    const item = this.#find(event.item_id)?.item;
    if (item?.type !== "message" || item.role !== "assistant") return;
    if (typeof event.delta !== "string") return;
    item.content ??= [];
    const content = item.content as Members[];
    if (event.content_index === content.length) content.push({ type });
    const part = this.#part(event);
    if (part?.type === type)
      part[name] = `${(part[name] as string | undefined) ?? ""}${event.delta}`;
  }

  /** By the server's word, or where it has none, as we asked for it. */
  #isBeside(response: Members | undefined): boolean {
    if (response?.["conversation_id"] !== undefined) return response["conversation_id"] === null;
    const metadata = response?.["metadata"];
    const key: unknown =
      typeof metadata === "object" && metadata !== null
        ? Reflect.get(metadata, "realtime_request")
        : undefined;
    return key !== undefined && this.#besideKeys.has(key);
  }

  #place(event: WireEvent): void {
    if (!isWellFormed(event.item)) return;
    const { id } = event.item;
    const known = this.#find(id);
    if (known?.isPlaced === true) return this.#upsert(event.item);
    if (known !== undefined && !isSameKind(known.item, event.item)) return;
    const noted = this.#positions.find(([itemId]) => itemId === id)?.[1];
    this.#positions = this.#positions.filter(([itemId]) => itemId !== id);
    this.#upsert(event.item);
    const placed = this.#find(id);
    if (placed === undefined) return;
    placed.isPlaced = true;
    placed.isInPlace = true;
    const rest = this.#known.filter((other) => other !== placed);
    const previous: unknown = event.previous_item_id ?? noted;
    const at = rest.findIndex(({ item }) => item.id === previous);
    let place = at < 0 ? rest.length : at + 1;
    while (rest[place]?.isInPlace === false) place += 1;
    if (noted === "root") place = 0;
    this.#known = [...rest.slice(0, place), placed, ...rest.slice(place)];
    this.#forgetOldest();
  }

  #upsert(later: unknown): void {
    if (!isWellFormed(later)) return;
    const known = this.#find(later.id);
    if (known === undefined) this.#add(later);
    else if (isSameKind(known.item, later)) complete(known.item, withoutAudio(later));
    const stored = this.#find(later.id);
    if (stored?.item.status === "completed" && !stored.isCompleted) {
      stored.isCompleted = true;
      this.completed.push(stored.item.id);
    }
    this.#forgetOldest();
  }

  #add(later: KnownItem["item"]): void {
    const item = withoutAudio(later);
    const transcript = this.#transcripts.find(([id]) => id === item.id);
    this.#transcripts = this.#transcripts.filter((other) => other !== transcript);
    const [part] = Array.isArray(item.content) ? (item.content as Members[]) : [];
    if (transcript !== undefined && item.type === "message" && isAudio(part))
      part.transcript = transcript[1];
    this.#known.push({ item, isPlaced: false, isInPlace: true, isCompleted: false });
    this.appended.push(item.id);
  }

  #forgetOldest(): void {
    while (this.#known.length > ITEM_LIMIT) {
      const older = this.#known.slice(0, Math.ceil(this.#known.length / 2));
      const at = older.findIndex(({ item }) => item["role"] !== "system");
      this.#known.splice(Math.max(0, at), 1);
    }
  }
}

type Notes<Value> = [itemId: string, value: Value][];

function note<Value>(notes: Notes<Value>, itemId: string, value: Value): void {
  const known = notes.find(([id]) => id === itemId);
  if (known === undefined) notes.push([itemId, value]);
  else known[1] = value;
  if (notes.length > NOTE_LIMIT) notes.shift();
}

/** Adds what a later event says; what it leaves out or has as null stays. */
function complete(item: KnownItem["item"], later: KnownItem["item"]): void {
  for (const [name, value] of Object.entries(later)) {
    if (value === null || name === "content" || (name === "arguments" && value === "")) continue;
    item[name] = value;
  }
  if (item.type !== "message" || !Array.isArray(later.content)) return;
  item.content ??= [];
  const content = item.content as Members[];
  for (const [index, part] of (later.content as Members[]).entries()) {
    content[index] ??= {};
    for (const [name, value] of Object.entries(part))
      if (value !== null) content[index][name] = value;
  }
}

function isSameKind(known: Members, later: Members): boolean {
  return known.type === later.type && known.role === later.role;
}

/** Whether an item has what everybody who reads a conversation relies on. */
function isWellFormed(value: unknown): value is KnownItem["item"] {
  const item = members(value);
  if (item === undefined || typeof item.id !== "string" || typeof item.type !== "string")
    return false;
  if (!isTextOrNothing(item.status)) return false;
  switch (item.type) {
    case "message":
      return (
        typeof item.role === "string" &&
        (item.content === undefined ||
          item.content === null ||
          (Array.isArray(item.content) && item.content.every(isPart)))
      );
    case "function_call":
      return (
        typeof item.name === "string" &&
        typeof item.arguments === "string" &&
        isTextOrNothing(item.call_id)
      );
    case "function_call_output":
      return typeof item.call_id === "string" && typeof item.output === "string";
    default:
      return true;
  }
}

function responseOf(event: WireEvent): Members | undefined {
  const response = members(event.response);
  const output: unknown = response?.output ?? [];
  return Array.isArray(output) && isTextOrNothing(response?.id) ? response : undefined;
}

function isPart(value: unknown): boolean {
  const part = members(value);
  return (
    part !== undefined &&
    [part.type, part.text, part.transcript].every((member) => isTextOrNothing(member))
  );
}

const isTextOrNothing = (value: unknown): boolean =>
  value === undefined || value === null || typeof value === "string";

const isNumberOrNothing = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === "number" && value >= 0);

function isAudio(part: Members | undefined): part is Members {
  return part?.type === "input_audio" || part?.type === "output_audio";
}

function members(value: unknown): Members | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Members)
    : undefined;
}

function withoutAudio(item: KnownItem["item"]): KnownItem["item"] {
  const copy = structuredClone(item);
  if (copy.type === "message" && Array.isArray(copy.content))
    for (const part of copy.content as Members[]) delete part.audio;
  return copy;
}
