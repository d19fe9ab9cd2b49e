import type { Language } from "./language";
import { numberPhrase } from "./number-phrase";
import { type Phrase, anyOf, choice, optional, sequence, words } from "./phrase";
import type { ChoiceSlot, Slot } from "./tool-schema";

/** "All of them" of more values than this is not done by one reply. */
const MOST_OF_ALL = 16;

/** What a user says who is asked for a value: "in the kitchen", "to fifty percent", "ten minutes". */
export function replyPhrase(slot: Slot, language: Language): Phrase {
  const { commands, times } = language;
  const { parameter } = slot;
  const numberLead = optional(choice(commands.numberFiller, commands.timeFiller));
  switch (slot.kind) {
    case "choice":
      return choicePhrase(slot, language);
    case "number":
      return sequence(numberLead, numberPhrase(slot, language));
    case "time":
      return sequence(numberLead, { kind: "time", parameter, spoken: times.spokenTimes() });
    case "text":
      return {
        kind: "text",
        parameter,
        length: slot.length,
        quotedOnly: false,
        notAlone: new Set(),
      };
  }
}

/** Whether several values may be told at once: of rooms; a thing is either on or off, and in one mode. */
export function takesSeveral(slot: Slot): boolean {
  return (
    slot.kind === "choice" && !slot.isManner && slot.values.every(({ state }) => state === null)
  );
}

function choicePhrase(slot: ChoiceSlot, { commands }: Language): Phrase {
  const { label, parameter, values } = slot;
  const { everything, filler, firstFiller } = commands;
  const named = values.map(({ value, spellings, state }): Phrase => {
    const verbs = (state?.verbs ?? []).map(({ lead, particle }) =>
      particle === null ? lead : `${lead} ${particle}`,
    );
    const said = [...spellings.map((list) => list.join(" ")), ...(state?.words ?? []), ...verbs];
    return { kind: "assign", parameter, value, of: anyOf(...new Set(said)) };
  });
  const one = sequence(
    choice(firstFiller, filler),
    choice(...named),
    ...(label.length === 0 ? [] : [optional(words(...label))]),
  );
  if (!takesSeveral(slot) || values.length > MOST_OF_ALL) return one;
  return choice(one, { kind: "every", of: everything });
}
