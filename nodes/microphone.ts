import {
  HalfDuplexGate,
  MicrophoneStream,
  RealtimeError,
  type AudioEncoding,
  type MicrophoneStreamOptions,
  type RealtimeSession,
  type SendOptions,
} from "../lib/index";

/**
 * When a microphone is heard: always, as the server finds the turns (`server`); from `start` to
 * `stop` (`push`); or each message is a whole turn (`message`).
 */
export const TALK_MODES = ["server", "push", "message"] as const;
export type TalkMode = (typeof TALK_MODES)[number];

/** What a message may ask of a microphone. */
export const MICROPHONE_ACTIONS = [
  "start",
  "stop",
  "toggle",
  "hold",
  "cancel",
  "mute",
  "unmute",
  "player",
] as const;
export type MicrophoneAction = (typeof MICROPHONE_ACTIONS)[number];

export interface MicrophoneOptions extends MicrophoneStreamOptions {
  readonly talk: TalkMode;
  /** With `push` and `message`: whether the model is asked to answer. */
  readonly respond: boolean;
  /** Whether a player or loudspeaker mutes; not where the hardware cancels the echo. */
  readonly followPlayer: boolean;
  /** In ms. */
  readonly tailMs: number;
  /** The session of this microphone's key, a new one where there is none. May throw. */
  readonly session: () => RealtimeSession;
  /** Told when somebody begins and ends to talk by the button: what is played there is to stop. */
  readonly onTalk: (isTalking: boolean, microphone: Microphone) => void;
  /** Told of frames that could not be sent, or that the server has refused. */
  readonly onRefused: (error: unknown) => void;
  /** The time in ms. */
  readonly now: () => number;
}

/** `waiting`: for somebody to start it. */
export type MicrophoneState = "waiting" | "talking" | "muted";

/** After so many ms the format of the session is read again: a flow may have changed it. */
const FORMAT_AGE = 1000;

/** A turn shorter than this is a slip of the finger; servers refuse it too. In ms. */
const SHORTEST_TURN = 100;

/**
 * For so long silence takes the place of muted sound at most, in ms: no turn detection waits longer
 * for its end (`semantic_vad` with a low eagerness waits 8 s).
 */
const LONGEST_SILENCE = 10_000;

/** The states of a player in which its loudspeaker sounds, or is about to. */
const SOUNDING: ReadonlySet<unknown> = new Set([
  // Home Assistant and Cast.
  "playing",
  "buffering",
  // MPD and what is made of it.
  "play",
  // Sonos and others of UPnP, before they play.
  "transitioning",
]);

/** One room's microphone: hears for the session of its key, when it is to be heard. */
export class Microphone {
  readonly #options: MicrophoneOptions;
  readonly #stream: MicrophoneStream;
  /** How each frame is sent. */
  readonly #sending: SendOptions;
  /** Closed by a person, by messages about a player, by the audio-out nodes of the room. */
  readonly #byHand: HalfDuplexGate;
  readonly #byPlayer: HalfDuplexGate;
  readonly #byLoudspeaker: HalfDuplexGate;
  /** In which somebody talks by the button: one that is closed comes back as another one. */
  #turnSession: RealtimeSession | undefined;
  /** What was sent since the turn began, in ms. */
  #turnMs = 0;
  #formatReadAt = -Infinity;
  /** Silence that was sent since the gate closed, in ms. */
  #silenceMs = 0;

  constructor(options: MicrophoneOptions) {
    this.#options = options;
    this.#stream = new MicrophoneStream(options);
    this.#sending = { onRefused: options.onRefused };
    this.#byHand = new HalfDuplexGate(options);
    this.#byPlayer = new HalfDuplexGate(options);
    this.#byLoudspeaker = new HalfDuplexGate(options);
  }

  get state(): MicrophoneState {
    if (this.#byHand.isMuted) return "muted";
    // A person wants to be heard, whatever plays: what an audio-out node played was stopped.
    if (this.#isHeld) return "talking";
    if (this.#byPlayer.isMuted || this.#byLoudspeaker.isMuted) return "muted";
    return this.#options.talk === "push" ? "waiting" : "talking";
  }

  /** Somebody holds the button to talk. */
  get #isHeld(): boolean {
    return this.#turnSession !== undefined;
  }

  /** Mean level since the last time, in dB of full scale. */
  takeLevel(): number {
    return this.#stream.takeLevel();
  }

  /**
   * Takes a piece of audio. Resolves when it is on its way; where it is a whole turn, when the server
   * has it.
   *
   * @throws AudioInputError, RealtimeError; as a rejection.
   */
  async hear(payload: unknown): Promise<void> {
    if (this.#options.talk === "message") this.#stream.restart();
    if (this.state !== "talking") {
      this.#hearMuted(payload);
      return;
    }
    this.#silenceMs = 0;
    const session = this.#options.session();
    // The rest of a turn whose beginning is gone must not become the beginning of the next one.
    if (this.#isHeld && session !== this.#turnSession) {
      this.#stream.skip(payload);
      return;
    }
    this.#readFormat(session);
    const frames = this.#stream.push(payload);
    if (this.#options.talk !== "message") {
      this.#append(session, frames);
      return;
    }
    const recording = [...frames, ...this.#stream.flush()];
    this.#open(session, recording);
    this.#append(session, recording);
    await this.#endTurn(session);
  }

  /** @throws RealtimeError; as a rejection. */
  async act(action: MicrophoneAction, payload: unknown): Promise<void> {
    switch (action) {
      case "start":
        return await this.#start();
      case "stop":
        return await this.#stop();
      case "toggle":
        return await (this.#isHeld ? this.#stop() : this.#start());
      case "hold":
        return await (isPressed(payload) ? this.#start() : this.#stop());
      case "cancel":
        this.#needsPush();
        return await this.#cancel();
      case "mute":
        return this.#byHand.mute();
      case "unmute":
        return this.#byHand.unmute();
      case "player":
        return this.#follow(playerState(payload));
    }
  }

  /** The loudspeaker of the room begins to sound, or falls silent. */
  followLoudspeaker(isSounding: boolean): void {
    if (!this.#options.followPlayer) return;
    if (isSounding) this.#byLoudspeaker.mute();
    else this.#byLoudspeaker.unmute();
  }

  /** Nobody talks by it any more. */
  close(): void {
    // Nobody ends this turn: what was said of it must not become the beginning of the next one.
    this.#cancel().catch(() => undefined);
  }

  /**
   * A gap in the stream is no silence: a server that has found the beginning of a turn would wait
   * for its end until the gate opens, and take what follows for the same turn.
   */
  #hearMuted(payload: unknown): void {
    const { talk, session: sessionOf } = this.#options;
    const isTurnFound = talk === "server" && this.#silenceMs < LONGEST_SILENCE;
    const session = isTurnFound ? sessionOf() : undefined;
    if (session?.state.status !== "ready" || session.activity !== "listening") {
      this.#stream.skip(payload);
      return;
    }
    this.#readFormat(session);
    const frames = this.#stream.silence(payload);
    this.#silenceMs += this.#lengthOf(frames);
    this.#append(session, frames);
  }

  async #start(): Promise<void> {
    this.#needsPush();
    if (this.#isHeld) return;
    // Before the button counts as held: there may be no such session.
    const session = this.#options.session();
    this.#hold(session);
    this.#turnMs = 0;
    try {
      // Somebody is there: what is said while the session opens is kept for it.
      await session.connect();
    } catch (error) {
      // Whoever is told so presses again: the button must not count as held until then.
      if (session === this.#turnSession) await this.#cancel().catch(() => undefined);
      throw error;
    }
  }

  async #stop(): Promise<void> {
    this.#needsPush();
    if (!this.#isHeld) return;
    const begunIn = this.#turnSession;
    this.#hold(undefined);
    const session = this.#options.session();
    if (session === begunIn || this.#turnMs === 0) {
      await this.#endTurn(session);
      return;
    }
    this.#turnMs = 0;
    throw new RealtimeError(
      "audio_damaged",
      "The session was closed in the middle of this turn: say it again",
    );
  }

  async #cancel(): Promise<void> {
    if (!this.#isHeld) return;
    this.#hold(undefined);
    this.#stream.flush();
    await this.#clear(this.#options.session());
  }

  /**
   * Before the recording comes: what is kept for a session that nobody opens yet may lack its
   * beginning, and nobody would know.
   */
  #open(session: RealtimeSession, recording: readonly Buffer[]): void {
    const isTurn = this.#lengthOf(recording) >= SHORTEST_TURN;
    // The end of the turn tells what is in the way of the session.
    if (isTurn && session.state.status === "idle") session.connect().catch(() => undefined);
  }

  /** `session`: in which somebody begins to talk; undefined where they end. */
  #hold(session: RealtimeSession | undefined): void {
    this.#turnSession = session;
    this.#options.onTalk(this.#isHeld, this);
  }

  async #endTurn(session: RealtimeSession): Promise<void> {
    this.#append(session, this.#stream.flush());
    const isSlip = this.#turnMs < SHORTEST_TURN;
    const isSilent = this.#turnMs === 0;
    this.#turnMs = 0;
    if (isSilent) return;
    if (isSlip) return await this.#clear(session);
    const isReady = session.state.status === "ready";
    const committed = session.send({ type: "input_audio_buffer.commit" });
    if (await isRefusedAtOnce(committed)) {
      // A part of it was lost: what is left is neither to be answered nor the beginning of the next.
      await this.#clear(session);
      await committed;
      return;
    }
    // Until the session is there, nobody knows whether all of the turn could be kept for it.
    if (!isReady) await committed;
    // A session that only transcribes has nobody who could answer.
    const isAsked = this.#options.respond && session.settings.type === "realtime";
    const asked = isAsked ? [session.send({ type: "response.create" })] : [];
    await Promise.all([committed, ...asked]);
  }

  async #clear(session: RealtimeSession): Promise<void> {
    this.#turnMs = 0;
    const { status } = session.state;
    // It would open the session.
    if (status === "idle") return;
    const sent = session.send({ type: "input_audio_buffer.clear" });
    if (status === "ready") await sent;
    // Without a connection, what is kept for the next one is forgotten, whatever the answer.
    else sent.catch(() => undefined);
  }

  /** In ms. */
  #lengthOf(frames: readonly Buffer[]): number {
    return frames.reduce((sum, frame) => sum + this.#stream.millisecondsOf(frame), 0);
  }

  #append(session: RealtimeSession, frames: readonly Buffer[]): void {
    this.#turnMs += this.#lengthOf(frames);
    for (const frame of frames) {
      session
        .send({ type: "input_audio_buffer.append", audio: frame.toString("base64") }, this.#sending)
        .catch(this.#options.onRefused);
    }
  }

  /** What the session is told of its input; one that is told nothing takes PCM. */
  #readFormat(session: RealtimeSession): void {
    const now = this.#options.now();
    if (now - this.#formatReadAt < FORMAT_AGE && now >= this.#formatReadAt) return;
    this.#formatReadAt = now;
    const encoding: AudioEncoding = session.settings.audio?.input?.format?.type ?? "audio/pcm";
    this.#stream.setEncoding(encoding);
  }

  #follow(state: string): void {
    if (!this.#options.followPlayer) return;
    if (SOUNDING.has(state)) this.#byPlayer.mute();
    else this.#byPlayer.unmute();
  }

  #needsPush(): void {
    if (this.#options.talk === "push") return;
    throw new RealtimeError(
      "no_push_to_talk",
      "Only a microphone that is set to push to talk can be started and stopped",
      { param: "msg.action" },
    );
  }
}

/** Whether the session itself refuses it, which does not take the server's answer. */
async function isRefusedAtOnce(sent: Promise<unknown>): Promise<boolean> {
  const refused = sent.then(
    () => false,
    () => true,
  );
  return await Promise.race([refused, new Promise<boolean>((turn) => setImmediate(turn, false))]);
}

function isPressed(payload: unknown): boolean {
  if (typeof payload === "boolean") return payload;
  throw new RealtimeError(
    "invalid_value",
    "With the action hold, msg.payload must be true (pressed) or false (released)",
    { param: "msg.payload" },
  );
}

/** A player's state as Home Assistant's nodes give it, or in an object as `state` or, of Cast, `playerState`. */
function playerState(payload: unknown): string {
  const state: unknown =
    typeof payload === "object" && payload !== null
      ? (Reflect.get(payload, "state") ?? Reflect.get(payload, "playerState"))
      : payload;
  if (typeof state === "string") return state.trim().toLowerCase();
  throw new RealtimeError(
    "invalid_value",
    "With the action player, msg.payload must be the player's state, such as playing or idle",
    { param: "msg.payload" },
  );
}
