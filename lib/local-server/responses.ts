import type { ResponseCreateParams } from "../protocol/response";
import type { FunctionTool, Tool } from "../protocol/tools";
import { answer, type Answer } from "./answers";
import { acceptItem, checkContentTypes } from "./client-items";
import { turnOf } from "./context";
import type { Conversation, Entry } from "./conversation";
import { refusal } from "./errors";
import type { Hearing } from "./hearing";
import type { OpenQuestion } from "./open-question";
import { type ResponseHost, RunningResponse } from "./response";
import { languageOf, refuseMcp, refuseWrongSentences, type TalkSettings } from "./settings";
import { encodingOf } from "./wire-audio";

/** Responses out of band that may run at once. */
const MAX_OUT_OF_BAND = 8;

/** The responses of a session: one at a time in the conversation, others beside it. */
export class Responses {
  readonly #host: ResponseHost;
  readonly #conversation: Conversation;
  readonly #hearing: Hearing;
  readonly #question: OpenQuestion;
  readonly #outOfBand = new Map<string, RunningResponse>();
  readonly #conversationEnded: ResponseHost["ended"];
  #active: RunningResponse | null = null;
  /** A turn ended while a response was running that may not be interrupted. */
  #owed: TalkSettings | null = null;

  /** `ended` of the host is called for responses of the conversation only. */
  constructor(
    host: ResponseHost,
    conversation: Conversation,
    hearing: Hearing,
    question: OpenQuestion,
  ) {
    this.#host = { ...host, ended: (response) => this.#ended(response) };
    this.#conversationEnded = host.ended;
    this.#conversation = conversation;
    this.#hearing = hearing;
    this.#question = question;
  }

  /** Whether a response of the conversation is running. */
  get isActive(): boolean {
    return this.#active !== null;
  }

  /** Does what a `response.create` asks. Throws a refusal. */
  create(settings: TalkSettings, params: ResponseCreateParams = {}): void {
    const isOutOfBand = isConversationNone(params.conversation);
    if (params.prompt !== undefined && params.prompt !== null) {
      throw refusal("invalid_value", "This server has no stored prompts.", "response.prompt");
    }
    refuseMcp(params.tools ?? [], "response.tools");
    refuseWrongSentences(params.tools ?? [], "response.tools", languageOf(settings.audio.input));
    if (isOutOfBand) this.#refuseTooMany();
    else this.#refuseSecond();
    this.#start(settings, params, isOutOfBand);
  }

  /** Answers a turn that was detected; after the running response if there is one. */
  createForTurn(settings: TalkSettings): void {
    if (this.#active === null) this.#start(settings, {}, false);
    else this.#owed = settings;
  }

  /** Does what a `response.cancel` asks. Throws a refusal. */
  cancel(responseId: string | undefined): void {
    const response =
      responseId === undefined || this.#active?.id === responseId
        ? this.#active
        : this.#outOfBand.get(responseId);
    if (response === null || response === undefined) {
      const message = "Cancellation failed: no active response found";
      throw refusal("response_cancel_not_active", message);
    }
    response.cancel("client_cancelled");
  }

  /** The user speaks: ends the response of the conversation. */
  interrupt(): void {
    this.#owed = null;
    this.#active?.cancel("turn_detected");
  }

  /** Ends all responses. */
  close(): void {
    this.#owed = null;
    this.#active?.cancel("client_cancelled");
    for (const response of this.#outOfBand.values()) response.cancel("client_cancelled");
  }

  #refuseTooMany(): void {
    if (this.#outOfBand.size < MAX_OUT_OF_BAND) return;
    const message = `At most ${MAX_OUT_OF_BAND} responses can run out of band at once.`;
    throw refusal("rate_limit_exceeded", message);
  }

  #refuseSecond(): void {
    if (this.#active === null) return;
    throw refusal(
      "conversation_already_has_active_response",
      `Conversation already has an active response in progress: ${this.#active.id}. ` +
        "Wait until the response is finished before creating a new one.",
    );
  }

  #start(settings: TalkSettings, params: ResponseCreateParams, isOutOfBand: boolean): void {
    const { audio } = settings;
    const entries =
      params.input === undefined
        ? this.#conversation.entries()
        : this.#inputEntries(params.input, settings);
    const tools = params.tools ?? settings.tools;
    const [modality = "audio"] = params.output_modalities ?? settings.output_modalities;
    const response = new RunningResponse(this.#host, {
      conversation: isOutOfBand ? null : this.#conversation,
      modality,
      encoding: encodingOf(params.audio?.output?.format ?? audio.output.format),
      voice: params.audio?.output?.voice ?? audio.output.voice,
      maxOutputTokens: params.max_output_tokens ?? settings.max_output_tokens ?? "inf",
      metadata: params.metadata ?? null,
      input: { instructions: params.instructions ?? settings.instructions, tools, entries },
    });
    if (isOutOfBand) this.#outOfBand.set(response.id, response);
    else this.#active = response;
    const isOfTalk = !isOutOfBand && params.input === undefined;
    void response.run(() => this.#answer(entries, tools, settings, params, isOfTalk));
  }

  /** `isOfTalk`: false for what is made beside the talk with the user. */
  async #answer(
    entries: readonly Entry[],
    tools: Tool[],
    settings: TalkSettings,
    params: ResponseCreateParams,
    isOfTalk: boolean,
  ): Promise<Answer> {
    const commands = {
      tools: functionsIn(tools),
      language: languageOf(settings.audio.input),
      question: isOfTalk ? this.#question.current : null,
    };
    const turn = await turnOf(entries, (audio) => this.#hearing.hear(audio, commands));
    const answered = answer({
      turn,
      instructions: params.instructions ?? null,
      ...commands,
      toolChoice: params.tool_choice ?? settings.tool_choice ?? "auto",
      parallelToolCalls: params.parallel_tool_calls ?? settings.parallel_tool_calls ?? true,
    });
    if (isOfTalk && answered.kind === "question") this.#question.ask(answered.question);
    else if (isOfTalk && turn.kind === "words") this.#question.close();
    return answered;
  }

  /** The items a response is given instead of the conversation. They are not added to it. */
  #inputEntries(
    input: NonNullable<ResponseCreateParams["input"]>,
    settings: TalkSettings,
  ): Entry[] {
    const encoding = encodingOf(settings.audio.input.format);
    return input.map((item, index) => {
      const path = `response.input[${index}]`;
      if (item.type !== "item_reference") {
        checkContentTypes(item, path);
        const accepted = acceptItem(item, encoding, this.#host.createId, path);
        return { ...accepted, truncated: new Set() };
      }
      const entry = this.#conversation.get(item.id);
      if (entry !== undefined) return entry;
      throw refusal("invalid_value", "The item referred to does not exist.", `${path}.id`);
    });
  }

  #ended(response: RunningResponse): void {
    if (this.#outOfBand.delete(response.id)) return;
    this.#active = null;
    this.#conversationEnded(response);
    const owed = this.#owed;
    this.#owed = null;
    if (owed !== null && this.#active === null) this.#start(owed, {}, false);
  }
}

function isConversationNone(conversation: string | undefined): boolean {
  switch (conversation) {
    case undefined:
    case "auto":
      return false;
    case "none":
      return true;
    default: {
      const message = 'response.conversation must be "auto" or "none".';
      throw refusal("invalid_value", message, "response.conversation");
    }
  }
}

const functionLists = new WeakMap<readonly Tool[], readonly FunctionTool[]>();

/** The functions among tools; the same list for the same tools, so that they are compiled once. */
export function functionsIn(tools: readonly Tool[]): readonly FunctionTool[] {
  const known = functionLists.get(tools);
  if (known !== undefined) return known;
  const functions = tools.filter((tool) => tool.type === "function");
  functionLists.set(tools, functions);
  return functions;
}
