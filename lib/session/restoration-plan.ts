import type { FunctionCallItem, Item } from "../protocol/items";
import { MAX_ITEM_ID_LENGTH } from "../protocol/limits";

/** How much of a talk is told to a new connection. The newest is kept. */
export interface RestorationBudget {
  /** Estimated as UTF-8 bytes divided by four. */
  readonly tokens: number;
  readonly items: number;
}

export const DEFAULT_RESTORATION_BUDGET: RestorationBudget = { tokens: 12_000, items: 400 };

/** An item that a client may create, with the id it had in the conversation. */
export interface PlannedItem {
  readonly originalId: string;
  readonly item: Item & { readonly id: string };
}

export interface RestorationPlan {
  readonly items: readonly PlannedItem[];
  /**
   * Calls that are still open, by call id. A server does not take a call without its output well,
   * so they follow together with it.
   */
  readonly withheld: ReadonlyMap<string, FunctionCallItem>;
  /** Items that are not told, or only by a placeholder. */
  readonly lost: number;
}

/** The talk that is to be told. */
export interface RestorationSource {
  readonly items: readonly Item[];
  /** Whether the output of a call is still to come. */
  readonly isOpen: (callId: string) => boolean;
  /** About the words that were heard of an answer that was cut off. */
  readonly heard: (itemId: string) => string | undefined;
  readonly newItemId: () => string;
}

/** Output of a call that nobody will answer any more. */
const VOID_OUTPUT = '{"error":"void: connection lost"}';

/** Stands for speech of which no transcript came. */
const UNKNOWN_SPEECH = "[speech without a transcript]";

/** Stands for a picture, whose bytes are not kept. */
const UNKNOWN_PICTURE = "[a picture that is no longer there]";

/** What belongs together: one item, or a call and its output. */
interface Unit {
  readonly items: readonly PlannedItem[];
  readonly isSystem: boolean;
  readonly tokens: number;
}

/**
 * Chooses what to tell a new connection of the talk so far.
 *
 * Texts and transcripts stay, audio does not: a client cannot create audio of the assistant, and
 * that of the user costs again. A call and its output stay or go together; system messages always
 * stay. Of an answer that was cut off, only what was heard was said.
 */
export function planRestoration(
  { items, isOpen, heard, newItemId }: RestorationSource,
  budget: RestorationBudget,
): RestorationPlan {
  const outputs = new Map(
    items.flatMap((item) => (item.type === "function_call_output" ? [[item.call_id, item]] : [])),
  );
  const withheld = new Map<string, FunctionCallItem>();
  const units: Unit[] = [];
  let lost = 0;
  for (const item of items) {
    const retold = retell(item, item.id === undefined ? undefined : heard(item.id));
    if (retold.isLoss) lost += 1;
    if (retold.item === undefined || item.id === undefined) continue;
    const planned = [plan(item.id, retold.item, newItemId)];
    if (item.type === "function_call" && item.call_id !== undefined) {
      const output = outputs.get(item.call_id);
      if (output === undefined && isOpen(item.call_id)) {
        withheld.set(item.call_id, item);
        continue;
      }
      const { id = newItemId(), ...rest } = output ?? {
        type: "function_call_output" as const,
        call_id: item.call_id,
        output: VOID_OUTPUT,
      };
      planned.push(plan(id, { ...rest }, newItemId));
    }
    units.push({
      items: planned,
      isSystem: item.type === "message" && item.role === "system",
      tokens: planned.reduce((sum, { item }) => sum + tokensOf({ ...item, id: undefined }), 0),
    });
  }
  const kept = withinBudget(units, budget);
  const dropped = units.filter((unit) => !kept.has(unit));
  return {
    items: units.filter((unit) => kept.has(unit)).flatMap((unit) => unit.items),
    withheld,
    lost: lost + dropped.reduce((sum, unit) => sum + unit.items.length, 0),
  };
}

function withinBudget(units: readonly Unit[], budget: RestorationBudget): ReadonlySet<Unit> {
  const kept = new Set(units.filter(({ isSystem }) => isSystem));
  let tokens = 0;
  let items = 0;
  for (const unit of kept) {
    tokens += unit.tokens;
    items += unit.items.length;
  }
  for (const unit of units.toReversed()) {
    if (kept.has(unit)) continue;
    tokens += unit.tokens;
    items += unit.items.length;
    // Nothing older than the first that does not fit: a talk with holes misleads.
    if (tokens > budget.tokens || items > budget.items) break;
    kept.add(unit);
  }
  return kept;
}

function plan(originalId: string, item: Item, newItemId: () => string): PlannedItem {
  const id = originalId.length <= MAX_ITEM_ID_LENGTH ? originalId : newItemId();
  return { originalId, item: { ...item, id } };
}

function tokensOf(value: unknown): number {
  return Math.ceil(Buffer.byteLength(JSON.stringify(value)) / 4);
}

/** An item as a client may create it; undefined when there is nothing to tell. */
function retell(item: Item, heard: string | undefined): { item?: Item; isLoss: boolean } {
  switch (item.type) {
    case "message":
      return retellMessage(item, heard);
    case "function_call": {
      const { name, arguments: args, call_id } = item;
      if (call_id === undefined || item.status === "in_progress") return { isLoss: true };
      return {
        item: { type: "function_call", call_id, name, arguments: args },
        isLoss: false,
      };
    }
    // Comes with its call.
    case "function_call_output":
      return { isLoss: false };
    // The server ran these by itself; a client cannot create them.
    case "mcp_call":
    case "mcp_list_tools":
    case "mcp_approval_request":
    case "mcp_approval_response":
    // And what a newer server has besides.
    default:
      return { isLoss: true };
  }
}

function retellMessage(
  item: Item & { type: "message" },
  heard: string | undefined,
): { item?: Item; isLoss: boolean } {
  switch (item.role) {
    case "system":
      return { item: { type: "message", role: "system", content: item.content }, isLoss: false };
    case "assistant": {
      const texts = (item.content ?? []).map((part) => part.text ?? part.transcript ?? "");
      const text = heard ?? texts.join("");
      if (text === "") return { isLoss: heard === undefined };
      return {
        item: {
          type: "message",
          role: "assistant",
          ...(item.status === "completed" && heard === undefined
            ? {}
            : { status: "incomplete" as const }),
          content: [{ type: "output_text", text }],
        },
        isLoss: false,
      };
    }
    case "user": {
      let isLoss = false;
      const content = (item.content ?? []).map((part) => {
        if (part.type === "input_image" && part.image_url === undefined) {
          isLoss = true;
          return { type: "input_text" as const, text: UNKNOWN_PICTURE };
        }
        if (part.type !== "input_audio") return part;
        const transcript = part.transcript ?? "";
        const isUnknown = transcript.trim() === "";
        isLoss ||= isUnknown;
        return { type: "input_text" as const, text: isUnknown ? UNKNOWN_SPEECH : transcript };
      });
      if (content.length === 0) return { isLoss: true };
      return { item: { type: "message", role: "user", content }, isLoss };
    }
    // A role that a newer server has.
    default:
      return { isLoss: true };
  }
}
