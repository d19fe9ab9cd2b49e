import { type AudioEncoding, bytesToMilliseconds, millisecondsToBytes } from "../audio/pcm";
import type { OfflineVoice, Speech } from "../offline-voice/voice";
import type { Response } from "../protocol/response";
import type { Answer } from "./answers";
import type { Conversation, StoredItem } from "./conversation";
import type { CreateId } from "./ids";
import { ItemAudio } from "./item-audio";
import type { OutgoingEvent } from "./outgoing";
import {
  callItem,
  type End,
  messageItem,
  type OpenCall,
  type OpenItem,
  type OpenMessage,
  partObject,
  rateLimits,
  statusDetails,
} from "./response-objects";
import { outputAudioTokens, textTokens, usageOf, type ResponseInput } from "./usage";
import { encodeSpeech, formatOf } from "./wire-audio";

/** Audio of one `response.output_audio.delta`, ms. */
const DELTA_MS = 200;
/** Characters of one `response.function_call_arguments.delta`. */
const ARGUMENTS_DELTA_LENGTH = 12;
/** What "inf" comes to. */
const MAX_OUTPUT_TOKENS = 4_096;

/** What a response needs of its session. */
export interface ResponseHost {
  send(event: OutgoingEvent): void;
  /** Resolves when other events had their turn and the socket can take more. */
  ready(): Promise<void>;
  readonly createId: CreateId;
  readonly voice: OfflineVoice;
  /** Called once, after `response.done`. */
  readonly ended: (response: RunningResponse) => void;
}

/** What was asked for, with the session's settings filled in. */
export interface ResponseRequest {
  /** Null for a response out of band: its items go nowhere. */
  readonly conversation: Conversation | null;
  readonly modality: "audio" | "text";
  readonly encoding: AudioEncoding;
  readonly voice: NonNullable<NonNullable<Response["audio"]>["output"]>["voice"];
  readonly maxOutputTokens: number | "inf";
  readonly metadata: Record<string, string> | null;
  readonly input: ResponseInput;
}

/** One response: its events in the order of the recordings, cancellable between any two deltas. */
export class RunningResponse {
  readonly id: string;
  readonly request: ResponseRequest;
  readonly #host: ResponseHost;
  readonly #output: StoredItem[] = [];
  #open: OpenItem | null = null;
  #ended = false;
  #text = "";
  #audioMs = 0;

  constructor(host: ResponseHost, request: ResponseRequest) {
    this.#host = host;
    this.request = request;
    this.id = host.createId("resp_");
  }

  /** Audio that was sent, ms. */
  get audioMs(): number {
    return this.#audioMs;
  }

  /** Announces the response, waits for the answer and streams it. Never rejects. */
  async run(answer: () => Promise<Answer>): Promise<void> {
    this.#host.send({ type: "response.created", response: this.#object(null) });
    this.#host.send({ type: "rate_limits.updated", rate_limits: rateLimits() });
    try {
      await this.#host.ready();
      const planned = this.#ended ? null : await answer();
      if (planned === null || this.#ended) return;
      switch (planned.kind) {
        case "speech":
        case "question":
          await this.#say(planned.text);
          break;
        case "calls":
          for (const call of planned.calls) {
            if (this.#ended) return;
            await this.#call(call.name, JSON.stringify(call.arguments));
          }
          break;
      }
      this.#end({ status: "completed" });
    } catch {
      this.#end({ status: "failed" });
    }
  }

  /** Ends it where it is; nothing when it has ended. */
  cancel(reason: "turn_detected" | "client_cancelled"): void {
    this.#end({ status: "cancelled", reason });
  }

  async #say(text: string): Promise<void> {
    const { mouth } = this.#host.voice.available;
    if (this.request.modality === "text" || !mouth) return this.#write(text);
    const sentences = text.split(/(?<=[.!?])\s+/).filter((sentence) => sentence !== "");
    let message: OpenMessage | null = null;
    for (const sentence of sentences) {
      const speech = await this.#speech(sentence);
      if (this.#ended) return;
      if (speech === null) {
        // Without a voice the answer is still worth reading.
        if (message === null) return this.#write(text);
        throw new Error("The voice failed in the middle of an answer.");
      }
      message ??= this.#openMessage("audio");
      await this.#speak(message, sentence, speech);
      if (this.#ended) return;
    }
    if (message === null) return this.#write(text);
    this.#closeItem("completed");
  }

  /** The sound of a sentence; null when the voice failed. */
  async #speech(sentence: string): Promise<Speech | null> {
    const { voice } = this.request;
    const name = voice === undefined || typeof voice === "string" ? voice : voice.id;
    try {
      return await this.#host.voice.speak(sentence, name ?? "");
    } catch {
      return null;
    }
  }

  /** Streams a sentence: its words spread over its audio, each word ahead of its sound. */
  async #speak(message: OpenMessage, sentence: string, speech: Speech): Promise<void> {
    const { encoding } = this.request;
    const bytes = encodeSpeech(encoding, speech.samples, speech.sampleRate);
    const deltaBytes = millisecondsToBytes(encoding, DELTA_MS);
    const deltas = Math.max(1, Math.ceil(bytes.length / deltaBytes));
    const words = wordDeltas(message.text === "" ? sentence : ` ${sentence}`);
    let said = 0;
    for (let index = 0; index < deltas; index++) {
      const until = Math.ceil((words.length * (index + 1)) / deltas);
      for (const delta of words.slice(said, until)) {
        await this.#host.ready();
        if (!this.#take(textTokens(this.#text + delta), this.#audioMs)) return;
        this.#addText(message, delta);
        this.#host.send({
          ...this.#partOf(message),
          type: "response.output_audio_transcript.delta",
          delta,
        });
      }
      said = until;
      const audio = bytes.subarray(index * deltaBytes, (index + 1) * deltaBytes);
      if (audio.length === 0) continue;
      const audioMs = this.#audioMs + bytesToMilliseconds(encoding, audio.length);
      await this.#host.ready();
      if (!this.#take(textTokens(this.#text), audioMs)) return;
      this.#audioMs = audioMs;
      this.request.conversation?.appendAudio(message.id, 0, audio);
      this.#host.send({
        ...this.#partOf(message),
        type: "response.output_audio.delta",
        delta: audio.toString("base64"),
      });
    }
  }

  async #write(text: string): Promise<void> {
    const message = this.#openMessage("text");
    for (const delta of wordDeltas(text)) {
      await this.#host.ready();
      if (!this.#take(textTokens(this.#text + delta), this.#audioMs)) return;
      this.#addText(message, delta);
      this.#host.send({ ...this.#partOf(message), type: "response.output_text.delta", delta });
    }
    this.#closeItem("completed");
  }

  async #call(name: string, callArguments: string): Promise<void> {
    const call = this.#openCall(name);
    for (let start = 0; start < callArguments.length; start += ARGUMENTS_DELTA_LENGTH) {
      const delta = callArguments.slice(start, start + ARGUMENTS_DELTA_LENGTH);
      await this.#host.ready();
      if (!this.#take(textTokens(this.#text + delta), this.#audioMs)) return;
      this.#text += delta;
      call.arguments += delta;
      this.#host.send({
        ...this.#itemOf(call.id),
        type: "response.function_call_arguments.delta",
        call_id: call.callId,
        delta,
      });
    }
    this.#closeItem("completed");
  }

  #addText(message: OpenMessage, delta: string): void {
    this.#text += delta;
    message.text += delta;
  }

  /** Whether so much may be sent. Ends the response when its tokens are used up. */
  #take(text: number, audioMs: number): boolean {
    if (this.#ended) return false;
    const { maxOutputTokens } = this.request;
    const most = maxOutputTokens === "inf" ? MAX_OUTPUT_TOKENS : maxOutputTokens;
    if (text + outputAudioTokens(audioMs) <= most) return true;
    this.#end({ status: "incomplete", reason: "max_output_tokens" });
    return false;
  }

  #openMessage(modality: "audio" | "text"): OpenMessage {
    const { conversation, encoding } = this.request;
    const message: OpenMessage = {
      kind: "message",
      id: this.#host.createId("item_"),
      modality,
      text: "",
      previousId: conversation?.lastId ?? null,
    };
    const audio = new Map(modality === "audio" ? [[0, new ItemAudio(encoding)]] : []);
    this.#openItem(message, { ...messageItem(message, "in_progress"), content: [] }, audio);
    this.#host.send({
      ...this.#partOf(message),
      type: "response.content_part.added",
      part: partObject(modality, ""),
    });
    return message;
  }

  #openCall(name: string): OpenCall {
    const call: OpenCall = {
      kind: "call",
      id: this.#host.createId("item_"),
      callId: this.#host.createId("call_"),
      name,
      arguments: "",
      previousId: this.request.conversation?.lastId ?? null,
    };
    this.#openItem(call, callItem(call, "in_progress"), new Map());
    return call;
  }

  #openItem(open: OpenItem, item: StoredItem, audio: Map<number, ItemAudio>): void {
    this.#open = open;
    const { conversation } = this.request;
    this.#host.send({
      type: "response.output_item.added",
      response_id: this.id,
      output_index: this.#output.length,
      item,
    });
    if (conversation === null) return;
    conversation.add(item, audio);
    this.#host.send({
      type: "conversation.item.added",
      previous_item_id: open.previousId,
      item,
    });
  }

  /** The closing events of the item that is open, finished or not. */
  #closeItem(status: "completed" | "incomplete"): void {
    const open = this.#open;
    if (open === null) return;
    this.#open = null;
    let item: StoredItem;
    switch (open.kind) {
      case "message":
        item = messageItem(open, status);
        this.#closePart(open);
        break;
      case "call":
        item = callItem(open, status);
        this.#host.send({
          ...this.#itemOf(open.id),
          type: "response.function_call_arguments.done",
          call_id: open.callId,
          name: open.name,
          arguments: open.arguments,
        });
        break;
    }
    const { conversation } = this.request;
    if (conversation !== null) {
      conversation.replace(item);
      this.#host.send({
        type: "conversation.item.done",
        previous_item_id: open.previousId,
        item,
      });
    }
    this.#host.send({
      type: "response.output_item.done",
      response_id: this.id,
      output_index: this.#output.length,
      item,
    });
    this.#output.push(item);
  }

  #closePart(message: OpenMessage): void {
    const part = this.#partOf(message);
    const { modality, text } = message;
    switch (modality) {
      case "audio":
        this.#host.send({ ...part, type: "response.output_audio.done" });
        this.#host.send({
          ...part,
          type: "response.output_audio_transcript.done",
          transcript: text,
        });
        break;
      case "text":
        this.#host.send({ ...part, type: "response.output_text.done", text });
        break;
    }
    this.#host.send({
      ...part,
      type: "response.content_part.done",
      part: partObject(modality, text),
    });
  }

  #end(end: End): void {
    if (this.#ended) return;
    this.#closeItem(end.status === "completed" ? "completed" : "incomplete");
    this.#ended = true;
    this.#host.send({ type: "response.done", response: this.#object(end) });
    this.#host.ended(this);
  }

  #itemOf(itemId: string) {
    return { response_id: this.id, item_id: itemId, output_index: this.#output.length };
  }

  #partOf(message: OpenMessage) {
    return { ...this.#itemOf(message.id), content_index: 0 };
  }

  #object(end: End | null): Response {
    const { conversation, encoding, input, maxOutputTokens, metadata, modality } = this.request;
    const { voice } = this.request;
    const format = formatOf(encoding);
    const usage =
      end === null ? null : usageOf(input, { text: this.#text, audioMs: this.#audioMs });
    return {
      object: "realtime.response",
      id: this.id,
      status: end?.status ?? "in_progress",
      status_details: end === null ? null : statusDetails(end),
      output: [...this.#output],
      conversation_id: conversation?.id ?? null,
      output_modalities: [modality],
      max_output_tokens: maxOutputTokens,
      audio: { output: voice === undefined ? { format } : { format, voice } },
      usage,
      metadata,
    };
  }
}

/** Words with the space before them, so that they join to the text. */
function wordDeltas(text: string): string[] {
  return text.match(/\s*\S+/g) ?? [];
}
