import type { Question } from "../offline-voice/question";
import { nameOf } from "../offline-voice/tool-schema";

/** Of a longer list the beginning is told. */
const MOST_NAMED = 6;

/** Names of parameters that are no names of things: "to", "on". */
const PREPOSITION = /^(?:to|for|in|on|at|of|by|with|from)$/;

/** The question in words: "Which room: kitchen, bedroom or hallway?", "On or off?", "For how long?" */
export function inWords({ asked: { slot } }: Question): string {
  const label = slot.label.join(" ");
  switch (slot.kind) {
    case "choice": {
      const names = slot.values.map(nameOf);
      if (slot.values.every(({ state }) => state !== null)) return `${capitalised(listed(names))}?`;
      const which = `Which ${PREPOSITION.test(label) ? "one" : label}`;
      if (names.length <= MOST_NAMED) return `${which}: ${listed(names)}?`;
      return `${which}? For example ${listed(names.slice(0, MOST_NAMED))}.`;
    }
    case "number": {
      if (slot.unitMinutes !== null) return "For how long?";
      const { maximum, minimum } = slot.range;
      const isBounded = Number.isFinite(minimum) && Number.isFinite(maximum);
      return isBounded ? `What ${label}, from ${minimum} to ${maximum}?` : `What ${label}?`;
    }
    case "time":
      return "At what time?";
    case "text":
      return `What ${label}? I can take that only typed.`;
  }
}

/** "kitchen, bedroom or hallway" */
function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} or ${last}`;
}

function capitalised(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
