import { exampleOf } from "../offline-voice/example";
import type { LanguageCode } from "../offline-voice/language";
import type { Question, UnderstoodCall } from "../offline-voice/question";
import { replyTo } from "../offline-voice/reply";
import { understand, type Understanding } from "../offline-voice/understanding";
import type { FunctionTool, ToolChoice } from "../protocol/tools";
import { inWords } from "./asking";
import { smallTalkIn } from "./small-talk";
import { type CallResult, describeResults, wordsOf } from "./spoken-result";

/** What a response has to answer. */
export type Turn =
  /** The user's words, typed or recognised. */
  | { readonly kind: "words"; readonly text: string }
  /** The user spoke, but not in the words of any command. */
  | { readonly kind: "rejected" }
  /** The user spoke, but could not be heard. */
  | { readonly kind: "unheard"; readonly reason: string }
  | { readonly kind: "silence" }
  /** Calls were made whose results have not come. */
  | { readonly kind: "waiting" }
  /**
   * Tools have returned. `request`: the words that led to them, when they were heard; `callsMade`:
   * how many calls were made for them.
   */
  | {
      readonly kind: "results";
      readonly results: readonly CallResult[];
      readonly request: string | null;
      readonly callsMade: number;
    }
  | { readonly kind: "nothing" };

export interface Situation {
  readonly turn: Turn;
  /** Instructions given for this response alone. */
  readonly instructions: string | null;
  readonly tools: readonly FunctionTool[];
  /** What the user speaks and writes. */
  readonly language: LanguageCode;
  readonly toolChoice: ToolChoice;
  readonly parallelToolCalls: boolean;
  /** What the user was asked before this turn. */
  readonly question: Question | null;
}

export type Answer =
  | { readonly kind: "speech"; readonly text: string }
  /** Speech to which the user may reply. */
  | { readonly kind: "question"; readonly text: string; readonly question: Question }
  | { readonly kind: "calls"; readonly calls: readonly UnderstoodCall[] };

/** Tools named when something was not understood. */
const MAX_NAMED_TOOLS = 4;

/**
 * The rules that answer in place of a model: a closed command set, and honest about it. They answer in
 * English, which is what the voices speak.
 *
 * - A greeting, thanks and the question what can be done have an answer of their own, unless they are
 *   the words of a tool.
 * - Instructions that ask to say something literally are followed. Others are not: the session's
 *   instructions have no effect at all.
 * - Results of tools are put into words, whatever `tool_choice` says (else "required" would never
 *   come to an end).
 * - Of a command that does not say all that its tool requires, the rest is asked for; what is said
 *   next may be the reply.
 * - Words that `understand` takes for commands become calls. `tool_choice` "none" forbids that, a
 *   function limits it to that one. With "required" or a function, words that are not understood
 *   still get an answer in words: a call with invented arguments could open a door. A function that
 *   needs no arguments is called when it is asked for by name.
 */
export function answer(situation: Situation): Answer {
  const { turn, instructions } = situation;
  const literal = instructions === null ? null : literalText(instructions);
  if (literal !== null) return speech(literal);
  const forced = forcedCall(situation);
  switch (turn.kind) {
    case "results":
      return answerResults(turn, situation);
    case "words":
      return answerWords(turn.text, situation);
    case "rejected":
      return forced ?? askedAgain(situation) ?? notUnderstood(situation);
    case "unheard":
      return forced ?? speech(`Sorry, I could not hear you. ${turn.reason}`);
    case "silence":
      return speech("I am still listening.");
    case "waiting":
      return speech("I am still waiting for the result.");
    case "nothing":
      if (forced !== null) return forced;
      if (instructions !== null) {
        return speech("Sorry, I can only say what stands in quotes after the word say.");
      }
      return speech(`I am listening. ${commandsOf(situation)}`);
  }
}

function answerResults(turn: Turn & { kind: "results" }, situation: Situation): Answer {
  if (!situation.parallelToolCalls && turn.request !== null) {
    const understanding = understood(turn.request, situation.tools, situation);
    const next = understanding.kind === "calls" ? understanding.calls[turn.callsMade] : undefined;
    if (next !== undefined) return { kind: "calls", calls: [next] };
  }
  return speech(describeResults(turn.results));
}

function answerWords(text: string, situation: Situation): Answer {
  const tools = permitted(situation);
  const understanding = understood(text, tools, situation);
  const reply = replied(text, situation, understanding.kind === "not-understood");
  if (reply !== null) return reply;
  switch (understanding.kind) {
    case "calls":
      return callsOf(understanding.calls, situation);
    case "incomplete":
      return (
        forcedCall(situation) ??
        asking(understanding.question, situation) ??
        notUnderstood({ ...situation, tools }, understanding.reason)
      );
    case "not-understood":
      return (
        forcedCall(situation) ??
        smallTalk(text, situation) ??
        askedAgain(situation) ??
        notUnderstood({ ...situation, tools }, understanding.reason)
      );
  }
}

function callsOf(calls: readonly UnderstoodCall[], situation: Situation): Answer {
  const { parallelToolCalls, toolChoice } = situation;
  if (toolChoice === "none") {
    return speech("I understood, but I may not use a tool for this answer.");
  }
  return { kind: "calls", calls: parallelToolCalls ? calls : calls.slice(0, 1) };
}

/** Null for what is no reply to the question that is open. `takesText`: whether it may be free text. */
function replied(text: string, situation: Situation, takesText: boolean): Answer | null {
  const { language, question } = situation;
  if (question === null || (!takesText && question.asked.slot.kind === "text")) return null;
  const reply = replyTo(question, text, permitted(situation), new Date(), language);
  switch (reply?.kind) {
    case undefined:
      return null;
    case "calls":
      // The others would be lost: the words of a reply are no command that could go on afterwards.
      return reply.calls.length > 1 && !situation.parallelToolCalls
        ? asking(question, situation, "One at a time, please. ")
        : callsOf(reply.calls, situation);
    case "incomplete":
      return asking(reply.question, situation);
    case "dismissed":
      return speech("All right.");
  }
}

/** Null where the calls may not be made, or not at once: then the others would be lost. */
function asking(question: Question, situation: Situation, before = ""): Answer | null {
  const { parallelToolCalls, toolChoice } = situation;
  if (toolChoice === "none" || (!parallelToolCalls && question.calls.length > 1)) return null;
  return { kind: "question", text: `${before}${inWords(question)}`, question };
}

/** The question that is open, where something else was heard. */
function askedAgain(situation: Situation): Answer | null {
  const { question } = situation;
  return question === null
    ? null
    : asking(question, situation, "Sorry, I did not understand that. ");
}

function understood(
  text: string,
  tools: readonly FunctionTool[],
  { language }: Situation,
): Understanding {
  return understand(text, tools, new Date(), language);
}

function permitted({ tools, toolChoice }: Situation): readonly FunctionTool[] {
  if (typeof toolChoice === "string" || toolChoice.type !== "function") return tools;
  return tools.filter((tool) => tool.name === toolChoice.name);
}

/** A call of the function that was asked for by name, when it can be made without arguments. */
function forcedCall(situation: Situation): Answer | null {
  const { toolChoice } = situation;
  if (typeof toolChoice === "string" || toolChoice.type !== "function") return null;
  const [tool] = permitted(situation);
  if (tool === undefined) return null;
  const required = tool.parameters?.["required"];
  if (Array.isArray(required) && required.length > 0) return null;
  return { kind: "calls", calls: [{ name: tool.name, arguments: {} }] };
}

function smallTalk(text: string, situation: Situation): Answer | null {
  const kind = smallTalkIn(text, situation.language);
  switch (kind) {
    case null:
      return null;
    case "greeting":
      return speech(`Hello. ${HONESTLY} ${commandsOf(situation)}`);
    case "question":
      return speech(`${HONESTLY} ${commandsOf(situation)}`);
    case "thanks":
      return speech("You are welcome.");
  }
}

function notUnderstood(situation: Situation, reason = ""): Answer {
  const why = situation.tools.length === 0 ? "" : reason;
  const parts = ["Sorry, I did not understand that.", why, commandsOf(situation)];
  return speech(parts.filter((part) => part !== "").join(" "));
}

const HONESTLY = "I carry out commands, and am no language model.";

/** What can be said, in a sentence or two. */
function commandsOf({ language, tools }: Situation): string {
  if (tools.length === 0) return "My commands come from tools, and there is no tool yet.";
  const names = tools.slice(0, MAX_NAMED_TOOLS).map((tool) => wordsOf(tool.name).join(" "));
  const more = tools.length > names.length ? ", and more" : "";
  const example = exampleOf(tools, language);
  const sentence = example === null ? "" : `You can say, for example: "${example}". `;
  return `${sentence}My commands are: ${names.join(", ")}${more}.`;
}

function speech(text: string): Answer {
  return { kind: "speech", text };
}

const SAYING = /\b(?:say|speak|announce|read|repeat|tell)\b/i;
const AFTER_COLON =
  /^\s*(?:please\s+)?(?:say|speak|announce|read|repeat)\b(?:\s+(?:exactly|literally|aloud|out|loud|this|these|the|following|words?|text|sentence|verbatim|only|just|to|user))*\s*:\s*(\S.*)$/is;

/**
 * The text that instructions ask to be said word for word: in quotes after a verb of saying, or
 * after its colon. Null when they ask for something else.
 */
export function literalText(instructions: string): string | null {
  const verb = SAYING.exec(instructions);
  if (verb !== null) {
    const quoted = quotedText(instructions.slice(verb.index));
    if (quoted !== null) return quoted;
  }
  const text = AFTER_COLON.exec(instructions)?.[1]?.trim();
  return text === undefined || text === "" ? null : text;
}

/** From the first quotation mark to the last. */
function quotedText(text: string): string | null {
  const start = text.search(/["“„«]/);
  const end = Math.max(...['"', "”", "“", "»"].map((mark) => text.lastIndexOf(mark)));
  if (start === -1 || end <= start + 1) return null;
  const inner = text.slice(start + 1, end);
  if (text[start] === '"' && inner.includes("\\")) {
    try {
      const unescaped: unknown = JSON.parse(`"${inner}"`);
      if (typeof unescaped === "string") return unescaped.trim() || null;
    } catch {
      // Not a JSON string: the backslashes are meant.
    }
  }
  return inner.trim() || null;
}
