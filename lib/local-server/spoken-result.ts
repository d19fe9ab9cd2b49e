/** A call and what its tool returned. */
export interface CallResult {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Text of the `function_call_output`, mostly JSON. */
  readonly output: string;
}

/** Members of an output that hold what shall be said, by preference. */
const ANSWER_MEMBERS = ["answer", "message", "speech", "text", "response", "result"] as const;
/** Outputs that say no more than that it worked. */
const DONE_WORDS = new Set([
  "",
  "ok",
  "okay",
  "done",
  "success",
  "succeeded",
  "true",
  "null",
  "{}",
]);
/** Verbs that say nothing beside a value: "set light: kitchen, on" is "kitchen light on". */
const SETTING_VERBS = new Set(["set", "turn", "switch", "control", "change", "adjust", "toggle"]);
/** How booleans are said; others as the parameter's name with or without "not". */
const BOOLEAN_WORDS: Readonly<Record<string, readonly [string, string]>> = {
  on: ["on", "off"],
  state: ["on", "off"],
  power: ["on", "off"],
  open: ["open", "closed"],
  locked: ["locked", "unlocked"],
  enabled: ["enabled", "disabled"],
};
const STATE_WORDS = new Set(["on", "off", "open", "closed", "close", "locked", "unlocked"]);
/** Members of an output object that are read out. */
const MAX_READ_MEMBERS = 4;

/** What to say about these results, in one or more sentences. */
export function describeResults(results: readonly CallResult[]): string {
  const confirmed: string[] = [];
  const sentences: string[] = [];
  for (const result of results) {
    const outcome = outcomeOf(result.output);
    switch (outcome.kind) {
      case "done":
        confirmed.push(describeCall(result));
        break;
      case "answer":
        sentences.push(asSentence(outcome.text));
        break;
      case "value":
        sentences.push(asSentence(`${wordsOf(result.name).join(" ")}: ${outcome.text}`));
        break;
      case "failed":
        sentences.push(
          asSentence(
            `Sorry, ${describeCall(result)} did not work${outcome.reason ? `: ${outcome.reason}` : ""}`,
          ),
        );
        break;
    }
  }
  if (confirmed.length > 0) sentences.unshift(`Okay: ${confirmed.join(", ")}.`);
  return sentences.join(" ");
}

type Outcome =
  | { readonly kind: "done" }
  | { readonly kind: "answer"; readonly text: string }
  | { readonly kind: "value"; readonly text: string }
  | { readonly kind: "failed"; readonly reason: string };

function outcomeOf(output: string): Outcome {
  const value = parsed(output);
  if (typeof value === "string") {
    return DONE_WORDS.has(value.trim().toLowerCase().replace(/[.!]$/, ""))
      ? { kind: "done" }
      : { kind: "answer", text: value.trim() };
  }
  if (typeof value === "number") return { kind: "value", text: String(value) };
  if (value === false) return { kind: "value", text: "no" };
  if (typeof value !== "object" || value === null) return { kind: "done" };
  if (Array.isArray(value)) return outcomeOfList(value);
  return outcomeOfMembers(new Map(Object.entries(value)));
}

function outcomeOfList(list: readonly unknown[]): Outcome {
  const told = list.filter((element) => ["string", "number"].includes(typeof element));
  if (told.length === 0) return { kind: "done" };
  return { kind: "value", text: told.slice(0, MAX_READ_MEMBERS).join(", ") };
}

function outcomeOfMembers(members: ReadonlyMap<string, unknown>): Outcome {
  const error = members.get("error");
  const message = members.get("message");
  if (error !== undefined && error !== null && error !== false) {
    // Beside a message, the error is a code.
    return { kind: "failed", reason: typeof message === "string" ? message : reasonOf(error) };
  }
  if (members.get("ok") === false || members.get("success") === false) {
    return { kind: "failed", reason: typeof message === "string" ? message : "" };
  }
  for (const name of ANSWER_MEMBERS) {
    const text = members.get(name);
    if (typeof text === "string" && text.trim() !== "") return outcomeOf(JSON.stringify(text));
  }
  const told = [...members].flatMap(([name, value]) => {
    const isTold = typeof value === "number" || (typeof value === "string" && value !== "");
    if (!isTold || DONE_WORDS.has(String(value).toLowerCase())) return [];
    return [`${wordsOf(name).join(" ")} ${value}`];
  });
  if (told.length === 0) return { kind: "done" };
  return { kind: "answer", text: told.slice(0, MAX_READ_MEMBERS).join(", ") };
}

function reasonOf(error: unknown): string {
  if (typeof error === "string") return error;
  if (typeof error !== "object" || error === null || !("message" in error)) return "";
  return typeof error.message === "string" ? error.message : "";
}

/** The output as JSON, or as the text it is. */
function parsed(output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    return output;
  }
}

/** A call in a few words: "kitchen light on", "open garage". */
function describeCall({ name, arguments: values }: CallResult): string {
  const nameWords = wordsOf(name);
  const [verb = "", ...things] = nameWords;
  const isSetting = SETTING_VERBS.has(verb) && things.length > 0;
  const objects: string[] = [];
  const states: string[] = [];
  for (const [parameter, value] of Object.entries(values)) {
    const said = wordsOf(parameter).join(" ");
    if (typeof value === "string" && value !== "") {
      (STATE_WORDS.has(value.toLowerCase()) ? states : objects).push(wordsOf(value).join(" "));
    } else if (typeof value === "boolean") {
      const words = BOOLEAN_WORDS[parameter.toLowerCase()];
      if (words === undefined) states.push(value ? said : `not ${said}`);
      else states.push(value ? words[0] : words[1]);
    } else if (typeof value === "number") {
      states.push(`${said} ${value}`);
    }
  }
  const named = new Set(objects.flatMap((text) => text.split(" ")));
  if (!isSetting) return [...nameWords, ...objects, ...states].join(" ");
  const missing = things.filter((word) => !named.has(word));
  const words = [...objects, ...missing, ...states];
  // "set scene" without a word about which says more than "scene".
  return words.length === things.length ? nameWords.join(" ") : words.join(" ");
}

/** The words of an identifier: "set_light", "setLight" and "set-light" are "set light". */
export function wordsOf(identifier: string): string[] {
  return identifier
    .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
    .split(/[\s_\-./]+/)
    .filter((word) => word !== "")
    .map((word) => word.toLowerCase());
}

function asSentence(text: string): string {
  const sentence = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}
