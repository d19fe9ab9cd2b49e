import type { FunctionCallItem } from "../protocol/items";
import type { Turn } from "./answers";
import type { Entry } from "./conversation";
import type { Heard } from "./hearing";
import type { ItemAudio } from "./item-audio";
import type { CallResult } from "./spoken-result";

/** Recognises the audio of a part of a user message. */
export type Hear = (audio: ItemAudio) => Promise<Heard>;

/**
 * What there is to answer at the end of these items: the results of tools, else the user's last
 * words, unless the assistant has spoken since.
 */
export async function turnOf(entries: readonly Entry[], hear: Hear): Promise<Turn> {
  const outputs: { callId: string; output: string }[] = [];
  let callsMade = 0;
  let request: Entry | undefined;
  for (const entry of entries.toReversed()) {
    const { item } = entry;
    if (item.type === "function_call_output") {
      outputs.unshift({ callId: item.call_id, output: item.output });
    } else if (item.type === "function_call") {
      // A call that was cut off was never carried out.
      if (item.status !== "incomplete") callsMade++;
    } else if (item.type === "message" && item.role !== "system") {
      if (item.role === "user") request = entry;
      break;
    }
  }
  if (outputs.length > 0) {
    const results = outputs.map(({ callId, output }) => resultOf(callId, output, entries));
    const words = request === undefined ? null : await wordsOf(request, hear);
    return {
      kind: "results",
      results,
      request: words?.kind === "words" ? words.text : null,
      callsMade,
    };
  }
  if (callsMade > 0) return { kind: "waiting" };
  return request === undefined ? { kind: "nothing" } : wordsOf(request, hear);
}

async function wordsOf(entry: Entry, hear: Hear): Promise<Turn> {
  const { item, audio } = entry;
  if (item.type !== "message" || item.role !== "user") return { kind: "nothing" };
  const words: string[] = [];
  for (const [index, part] of item.content.entries()) {
    const text = part.text ?? part.transcript ?? "";
    const sound = audio.get(index);
    if (text !== "" || sound === undefined) {
      words.push(text);
      continue;
    }
    const heard = await hear(sound);
    switch (heard.kind) {
      case "understood":
        words.push(heard.transcript);
        break;
      case "rejected":
        return { kind: "rejected" };
      case "unavailable":
        return { kind: "unheard", reason: heard.reason };
      case "silence":
        return { kind: "silence" };
    }
  }
  return { kind: "words", text: words.join(" ").trim() };
}

function resultOf(callId: string, output: string, entries: readonly Entry[]): CallResult {
  const call = entries
    .map((entry) => entry.item)
    .find((item): item is FunctionCallItem & { id: string } => {
      return item.type === "function_call" && item.call_id === callId;
    });
  return { name: call?.name ?? "tool", arguments: argumentsOf(call?.arguments ?? "{}"), output };
}

function argumentsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return { ...value };
  } catch {
    // A client may have put any call into the conversation.
  }
  return {};
}
