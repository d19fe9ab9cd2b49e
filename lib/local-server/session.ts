import { grammarOf } from "../offline-voice/grammar";
import type { OfflineVoice } from "../offline-voice/voice";
import type { ClientEvent, EventOf } from "../protocol/event-types";
import { bytesFromBase64 } from "./base64";
import { acceptItem } from "./client-items";
import type { Clock, Timer } from "./clock";
import { Conversation, type StoredItem, withAudio } from "./conversation";
import { errorEvent, refusal } from "./errors";
import { type Expected, type Heard, Hearing } from "./hearing";
import type { CreateId } from "./ids";
import { InputAudio, type SpokenTurn } from "./input-audio";
import { ItemAudio } from "./item-audio";
import { OpenQuestion } from "./open-question";
import type { OutgoingEvent } from "./outgoing";
import type { RunningResponse } from "./response";
import { functionsIn, Responses } from "./responses";
import {
  initialDictation,
  initialTalk,
  languageOf,
  sessionObject,
  type Settings,
  type TalkSettings,
  updated,
} from "./settings";
import { transcriptionEvents } from "./transcription";
import { encodingOf } from "./wire-audio";

/** What carries a session's events. */
export interface Transport {
  send(event: OutgoingEvent): void;
  /** Resolves when other events had their turn and more can be sent. */
  ready(): Promise<void>;
  /** Ends the connection. `code` is a WebSocket close code. */
  close(code: number, reason: string): void;
}

export interface SessionOptions {
  readonly transport: Transport;
  readonly voice: OfflineVoice;
  readonly clock: Clock;
  readonly createId: CreateId;
  /** Life of the session, ms. */
  readonly capMs: number;
  /** A talk with this model, or a session that only transcribes. */
  readonly purpose: { readonly model: string } | "transcription";
}

/** Tool outputs that may wait for the end of a response. */
const MAX_WAITING_OUTPUTS = 256;

/** One session as the server holds it: takes a client's valid events, sends the server's. */
export class Session {
  readonly #options: SessionOptions;
  readonly #id: string;
  readonly #expiresAt: number;
  readonly #conversation: Conversation;
  readonly #hearing: Hearing;
  readonly #input: InputAudio;
  readonly #question: OpenQuestion;
  readonly #responses: Responses;
  #settings: Settings;
  /** The commands that are listened for while the user speaks. */
  #expected: Expected | null = null;
  #audioSent = false;
  #closed = false;
  /** Tool outputs that came during a response; they are added after it (recorded at OpenAI). */
  #waitingOutputs: EventOf<"conversation.item.create">[] = [];
  #cap: Timer | null = null;
  #idle: Timer | null = null;
  /** Silence was answered, and the user has not spoken or written since. */
  #silenceAnswered = false;

  constructor(options: SessionOptions) {
    const { clock, createId, purpose, voice } = options;
    this.#options = options;
    this.#id = createId("sess_");
    this.#expiresAt = Math.floor((clock.now() + options.capMs) / 1000);
    this.#settings = purpose === "transcription" ? initialDictation() : initialTalk(purpose.model);
    this.#conversation = new Conversation(createId("conv_"));
    this.#hearing = new Hearing(voice);
    this.#input = new InputAudio(voice, () => createId("item_"), {
      speechStarted: (itemId, audioStartMs) => this.#speechStarted(itemId, audioStartMs),
      speechStopped: (audioEndMs, turn) => this.#speechStopped(audioEndMs, turn),
    });
    const host = {
      send: (event: OutgoingEvent) => this.#send(event),
      ready: () => options.transport.ready(),
      createId,
      voice,
      ended: (response: RunningResponse) => this.#responseEnded(response),
    };
    this.#question = new OpenQuestion(clock);
    this.#responses = new Responses(host, this.#conversation, this.#hearing, this.#question);
  }

  /** Sends the first event and starts the session's clock. */
  open(): void {
    this.#configureInput();
    this.#send({ type: "session.created", session: this.#object() });
    this.#cap = this.#options.clock.start(() => this.#expire(), this.#options.capMs);
  }

  /** Takes one event. Refusals go to the client; nothing is thrown. */
  receive(event: ClientEvent): void {
    if (this.#closed) return;
    try {
      this.#handle(event);
    } catch (error) {
      this.#send(errorEvent(error, event.event_id ?? null));
    }
  }

  /** Ends everything; nothing is sent any more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cap?.stop();
    this.#idle?.stop();
    this.#waitingOutputs = [];
    this.#input.close();
    this.#responses.close();
    this.#question.close();
  }

  #handle(event: ClientEvent): void {
    switch (event.type) {
      case "session.update":
        return this.#update(event);
      case "input_audio_buffer.append":
        return this.#input.append(bytesFromBase64(event.audio, "audio"));
      case "input_audio_buffer.commit":
        return this.#commit();
      case "input_audio_buffer.clear":
        this.#input.clear();
        return this.#send({ type: "input_audio_buffer.cleared" });
      case "conversation.item.create":
        return this.#createItem(event);
      case "conversation.item.delete":
        return this.#deleteItem(event.item_id);
      case "conversation.item.retrieve":
        return this.#retrieveItem(event.item_id);
      case "conversation.item.truncate":
        return this.#truncateItem(event);
      case "response.create":
        return this.#responses.create(this.#talk(), event.response);
      case "response.cancel":
        return this.#responses.cancel(event.response_id);
      case "output_audio_buffer.clear": {
        const message = "output_audio_buffer.clear is only for WebRTC and SIP sessions.";
        throw refusal("invalid_value", message, "type");
      }
      case "transcription_session.update": {
        const message = 'Use session.update with a session of type "transcription".';
        throw refusal("invalid_value", message, "type");
      }
    }
  }

  #update(event: EventOf<"session.update">): void {
    this.#settings = updated(this.#settings, event.session, { audioSent: this.#audioSent });
    this.#configureInput();
    this.#send({ type: "session.updated", session: this.#object() });
  }

  #configureInput(): void {
    const { input } = this.#settings.audio;
    this.#input.configure(encodingOf(input.format), input.turn_detection, languageOf(input));
  }

  #createItem(event: EventOf<"conversation.item.create">): void {
    const { item } = event;
    if (item.type === "function_call_output") {
      this.#refuseUnknownCall(item.call_id);
      if (this.#responses.isActive) {
        if (this.#waitingOutputs.length >= MAX_WAITING_OUTPUTS) {
          throw refusal("rate_limit_exceeded", "Too many tool outputs wait for a response to end.");
        }
        this.#waitingOutputs.push(event);
        return;
      }
    }
    this.#addItem(event);
  }

  #addItem({ item, previous_item_id: previousId }: EventOf<"conversation.item.create">): void {
    const encoding = encodingOf(this.#settings.audio.input.format);
    const accepted = acceptItem(item, encoding, this.#options.createId, "item");
    this.#conversation.add(accepted.item, accepted.audio, previousId || undefined);
    this.#announceItem(accepted.item);
    if (item.type === "message" && item.role === "user") this.#userIsThere();
  }

  #refuseUnknownCall(callId: string): void {
    const isKnown = this.#conversation
      .entries()
      .some(({ item }) => item.type === "function_call" && item.call_id === callId);
    if (isKnown) return;
    const message = "The conversation has no function call with this call_id.";
    throw refusal("invalid_value", message, "item.call_id");
  }

  #announceItem(item: StoredItem): void {
    const previous = this.#conversation.previousOf(item.id);
    this.#send({ type: "conversation.item.added", previous_item_id: previous, item });
    this.#send({ type: "conversation.item.done", previous_item_id: previous, item });
  }

  #deleteItem(itemId: string): void {
    if (!this.#conversation.delete(itemId)) {
      const message = "Error deleting item: the item does not exist.";
      throw refusal("item_delete_invalid_item_id", message, "item_id");
    }
    this.#send({ type: "conversation.item.deleted", item_id: itemId });
  }

  #retrieveItem(itemId: string): void {
    const entry = this.#conversation.get(itemId);
    if (entry === undefined) {
      const message = "Error retrieving item: the item does not exist.";
      throw refusal("item_retrieve_invalid_item_id", message, "item_id");
    }
    this.#send({ type: "conversation.item.retrieved", item: withAudio(entry) });
  }

  #truncateItem(event: EventOf<"conversation.item.truncate">): void {
    const { item_id, content_index, audio_end_ms } = event;
    this.#conversation.truncate(item_id, content_index, audio_end_ms);
    this.#send({ type: "conversation.item.truncated", item_id, content_index, audio_end_ms });
  }

  #commit(): void {
    this.#addTurn(this.#input.commit());
    this.#userIsThere();
  }

  #speechStarted(itemId: string, audioStartMs: number): void {
    this.#userIsThere();
    this.#send({
      type: "input_audio_buffer.speech_started",
      audio_start_ms: audioStartMs,
      item_id: itemId,
    });
    this.#expectCommand();
    if (this.#settings.audio.input.turn_detection?.interrupt_response !== false) {
      this.#responses.interrupt();
    }
  }

  #expectCommand(): void {
    const settings = this.#settings;
    this.#expected = null;
    if (settings.type !== "realtime" || !this.#options.voice.available.ears) return;
    const { transcription, turn_detection: detection } = settings.audio.input;
    if (transcription === null && detection?.create_response === false) return;
    this.#expected = this.#commands(settings);
    const { language, question, tools } = this.#expected;
    this.#input.expect(grammarOf(tools, language, question));
  }

  #speechStopped(audioEndMs: number, turn: SpokenTurn): void {
    this.#send({
      type: "input_audio_buffer.speech_stopped",
      audio_end_ms: audioEndMs,
      item_id: turn.itemId,
    });
    this.#addTurn(turn);
    const settings = this.#settings;
    if (settings.type !== "realtime" || !this.#options.voice.available.ears) return;
    if (settings.audio.input.turn_detection?.create_response === false) return;
    this.#responses.createForTurn(settings);
  }

  /** Makes a user message of a turn, and has it transcribed if that is wanted. */
  #addTurn({ itemId, bytes, encoding, recognition }: SpokenTurn): ItemAudio {
    const audio = ItemAudio.spoken(encoding, bytes);
    if (recognition !== undefined && this.#expected !== null)
      this.#hearing.heard(audio, this.#expected, recognition);
    const previous = this.#conversation.lastId;
    const item: StoredItem = {
      id: itemId,
      type: "message",
      status: "completed",
      role: "user",
      content: [{ type: "input_audio" }],
    };
    this.#conversation.add(item, new Map([[0, audio]]));
    this.#send({
      type: "input_audio_buffer.committed",
      previous_item_id: previous,
      item_id: itemId,
    });
    this.#announceItem(item);
    // Without ears the user must learn why nothing comes of it.
    const { ears } = this.#options.voice.available;
    if (this.#settings.audio.input.transcription !== null || !ears) {
      void this.#transcribe(itemId, audio);
    }
    return audio;
  }

  /** Never rejects. */
  async #transcribe(itemId: string, audio: ItemAudio): Promise<void> {
    const heard = await this.#heard(audio);
    if (heard.kind === "understood") this.#keepTranscript(itemId, heard.transcript);
    const part = { item_id: itemId, content_index: 0 };
    for (const event of transcriptionEvents(heard, audio.durationMs)) {
      this.#send({ ...part, ...event });
    }
  }

  #heard(audio: ItemAudio): Promise<Heard> {
    const settings = this.#settings;
    if (settings.type === "realtime") return this.#hearing.hear(audio, this.#commands(settings));
    const { input } = settings.audio;
    const { prompt = "", keywords = [] } = input.transcription ?? {};
    return this.#hearing.dictate(audio, [prompt, ...keywords], languageOf(input));
  }

  #keepTranscript(itemId: string, transcript: string): void {
    const item = this.#conversation.get(itemId)?.item;
    if (item?.type !== "message" || item.role !== "user") return;
    const content = item.content.map((part, index) =>
      index === 0 ? { ...part, transcript } : part,
    );
    this.#conversation.replace({ ...item, content });
  }

  #responseEnded(response: RunningResponse): void {
    const outputs = this.#waitingOutputs;
    this.#waitingOutputs = [];
    for (const event of outputs) {
      try {
        this.#addItem(event);
      } catch (error) {
        this.#send(errorEvent(error, event.event_id ?? null));
      }
    }
    this.#waitForUser(response.audioMs);
  }

  /** Counts the user's silence from the end of what they hear. */
  #waitForUser(playbackMs: number): void {
    this.#idle?.stop();
    this.#idle = null;
    const detection = this.#settings.audio.input.turn_detection;
    if (this.#closed || this.#silenceAnswered || detection?.type !== "server_vad") return;
    const timeoutMs = detection.idle_timeout_ms ?? null;
    if (timeoutMs === null) return;
    const startMs = Math.round(this.#input.positionMs);
    this.#idle = this.#options.clock.start(
      () => this.#answerSilence(startMs),
      playbackMs + timeoutMs,
    );
  }

  #answerSilence(audioStartMs: number): void {
    this.#idle = null;
    if (this.#responses.isActive || this.#input.isSpeaking) return;
    this.#silenceAnswered = true;
    const audioEndMs = Math.round(this.#input.positionMs);
    const turn = this.#input.takeAll();
    this.#send({
      type: "input_audio_buffer.timeout_triggered",
      item_id: turn.itemId,
      audio_start_ms: audioStartMs,
      audio_end_ms: audioEndMs,
    });
    this.#hearing.silence(this.#addTurn(turn));
    this.#responses.createForTurn(this.#talk());
  }

  #userIsThere(): void {
    this.#idle?.stop();
    this.#idle = null;
    this.#silenceAnswered = false;
  }

  #talk(): TalkSettings {
    if (this.#settings.type === "realtime") return this.#settings;
    throw refusal("invalid_value", "A transcription session makes no responses.", "type");
  }

  #expire(): void {
    const minutes = Math.round(this.#options.capMs / 60_000);
    const message = `Your session hit the maximum duration of ${minutes} minutes.`;
    this.#send(errorEvent(refusal("session_expired", message), null));
    this.#options.transport.close(1001, message);
    this.close();
  }

  #commands({ audio, tools }: TalkSettings): Expected {
    return {
      tools: functionsIn(tools),
      language: languageOf(audio.input),
      question: this.#question.current,
    };
  }

  #object() {
    return sessionObject(this.#settings, this.#id, this.#expiresAt);
  }

  #send(event: OutgoingEvent): void {
    if (this.#closed) return;
    if (event.type === "response.output_audio.delta") this.#audioSent = true;
    this.#options.transport.send(event);
  }
}
