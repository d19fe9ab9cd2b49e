/** What a stream holds: spoken answers with their audio, or the words of them alone. */
export type StreamKind = "mix" | "transcripts";

/** Audio deltas of a spoken answer: 12 s in pieces of 100 ms (4,800 bytes at 24 kHz). */
const AUDIO_DELTAS = 120;

/** Transcript deltas among them: one for three of audio. */
const TRANSCRIPT_DELTAS = AUDIO_DELTAS / 3;

/** 4,800 bytes as base64: no silence, which is a single letter repeated. */
const AUDIO = Buffer.from(
  Array.from({ length: 4800 }, (_, index) => (index * 31 + (index >> 3)) & 0xff),
).toString("base64");

/** A frame that is still to be written; `null` members as OpenAI sends them. */
export type Frame = { readonly type: string } & Readonly<Record<string, unknown>>;

/** The items of one turn of a talk. */
export interface TurnIds {
  readonly question: string;
  readonly answer: string;
  readonly response: string;
  readonly previous: string | null;
}

export function turnIds(turn: number): TurnIds {
  return {
    question: `item_question_${turn}`,
    answer: `item_answer_${turn}`,
    response: `resp_${turn}`,
    previous: turn === 0 ? null : `item_answer_${turn - 1}`,
  };
}

/** One turn as OpenAI's server sends it, without event ids: question, answer, end. */
export function* turn(kind: StreamKind, ids: TurnIds): Generator<Frame> {
  yield* spokenQuestion(ids);
  yield* spokenAnswer(kind, ids, ids.question);
}

/** What the server says of somebody's speech: about two seconds of it. */
export function* spokenQuestion({ question, previous }: TurnIds): Generator<Frame> {
  const words = "could you turn on the light in the kitchen please";
  const item = {
    id: question,
    object: "realtime.item",
    type: "message",
    status: "completed",
    role: "user",
    content: [{ type: "input_audio", transcript: null }],
  };
  yield { type: "input_audio_buffer.speech_started", audio_start_ms: 320, item_id: question };
  yield { type: "input_audio_buffer.speech_stopped", audio_end_ms: 2400, item_id: question };
  yield { type: "input_audio_buffer.committed", previous_item_id: previous, item_id: question };
  yield { type: "conversation.item.added", previous_item_id: previous, item };
  yield { type: "conversation.item.done", previous_item_id: previous, item };
  yield {
    type: "conversation.item.input_audio_transcription.completed",
    item_id: question,
    content_index: 0,
    transcript: words,
    usage: { type: "duration", seconds: 2 },
  };
}

/** A response that speaks, from created to done; `metadata` is what asked for it came with. */
export function* spokenAnswer(
  kind: StreamKind,
  { answer, response: id }: TurnIds,
  previous: string,
  metadata: object | null = null,
): Generator<Frame> {
  const response = { ...responseOf(id), metadata };
  const item = { id: answer, object: "realtime.item", type: "message", role: "assistant" };
  const place = { response_id: id, item_id: answer, output_index: 0, content_index: 0 };
  const begun = { ...item, status: "in_progress", content: [] };
  yield { type: "response.created", response: { ...response, status: "in_progress" } };
  yield { type: "response.output_item.added", response_id: id, output_index: 0, item: begun };
  yield { type: "conversation.item.added", previous_item_id: previous, item: begun };
  const part = { type: "audio", transcript: "" };
  yield { type: "response.content_part.added", ...place, part };

  let transcript = "";
  const deltas = kind === "mix" ? AUDIO_DELTAS + TRANSCRIPT_DELTAS : AUDIO_DELTAS;
  for (let index = 0; index < deltas; index += 1) {
    if (kind === "transcripts" || index % 4 === 0) {
      const delta = ` word${index}`;
      transcript += delta;
      yield { type: "response.output_audio_transcript.delta", ...place, delta };
    } else yield { type: "response.output_audio.delta", ...place, delta: AUDIO };
  }

  const done = {
    ...item,
    status: "completed",
    content: [{ type: "output_audio", transcript }],
  };
  yield { type: "response.output_audio.done", ...place };
  yield { type: "response.output_audio_transcript.done", ...place, transcript };
  yield { type: "response.content_part.done", ...place, part: { type: "audio", transcript } };
  yield { type: "conversation.item.done", previous_item_id: previous, item: done };
  yield { type: "response.output_item.done", response_id: id, output_index: 0, item: done };
  yield { type: "response.done", response: { ...response, status: "completed", output: [done] } };
  yield {
    type: "rate_limits.updated",
    rate_limits: [{ name: "tokens", limit: 40_000, remaining: 39_000, reset_seconds: 1.5 }],
  };
}

/** A response that calls a tool, from created to done. */
export function* toolCall(
  { answer, response: id }: TurnIds,
  name: string,
  argument: string,
): Generator<Frame> {
  const response = responseOf(id);
  const callId = `call_${id}`;
  const item = {
    id: answer,
    object: "realtime.item",
    type: "function_call",
    call_id: callId,
    name,
  };
  const place = { response_id: id, item_id: answer, output_index: 0, call_id: callId };
  const done = { ...item, status: "completed", arguments: argument };
  yield { type: "response.created", response: { ...response, status: "in_progress" } };
  const begun = { ...item, status: "in_progress", arguments: "" };
  yield { type: "response.output_item.added", response_id: id, output_index: 0, item: begun };
  yield { type: "conversation.item.added", previous_item_id: null, item: begun };
  yield { type: "response.function_call_arguments.delta", ...place, delta: argument };
  yield { type: "response.function_call_arguments.done", ...place, arguments: argument };
  yield { type: "conversation.item.done", previous_item_id: null, item: done };
  yield { type: "response.output_item.done", response_id: id, output_index: 0, item: done };
  yield { type: "response.done", response: { ...response, status: "completed", output: [done] } };
}

function responseOf(id: string) {
  return {
    object: "realtime.response",
    id,
    status_details: null,
    output: [],
    conversation_id: "conv_1",
    output_modalities: ["audio"],
    max_output_tokens: "inf",
    audio: { output: { format: { type: "audio/pcm", rate: 24_000 }, voice: "alloy" } },
    usage: {
      total_tokens: 400,
      input_tokens: 200,
      output_tokens: 200,
      input_token_details: { text_tokens: 120, audio_tokens: 80, cached_tokens: 64 },
      output_token_details: { text_tokens: 40, audio_tokens: 160 },
    },
    metadata: null,
  };
}

export interface StreamedFrame {
  readonly eventId: string;
  readonly type: string;
  readonly delta: unknown;
  readonly text: string;
}

/** Turns without an end, each frame with an id of its own, as texts ready for the wire. */
export class EventStream {
  readonly #frames: Generator<Frame>;
  #count = 0;

  constructor(kind: StreamKind) {
    this.#frames = endless(kind);
  }

  /** The next frame, under an id of its own or the given one. */
  next(eventId = `event_bench_${this.#count}`): StreamedFrame {
    const { value } = this.#frames.next() as { value: Frame };
    const { type, delta } = value;
    this.#count += 1;
    return { eventId, type, delta, text: JSON.stringify({ ...value, event_id: eventId }) };
  }
}

function* endless(kind: StreamKind): Generator<Frame> {
  for (let index = 0; ; index += 1) yield* turn(kind, turnIds(index));
}
