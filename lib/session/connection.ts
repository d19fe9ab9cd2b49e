import { translate } from "../protocol/beta-dialect";
import { RealtimeError } from "../protocol/errors";
import type { Dialect, RealtimeEvent, UnknownEvent } from "../protocol/event-types";
import { encodeFrame, parseFrame } from "../protocol/frame";
import { isObject, memberAt } from "../protocol/members";
import type { SessionSettings } from "../protocol/session-settings";
import type { Clock, Timer } from "./clock";
import type { EndpointTarget } from "./endpoint-target";
import { failureOf, failureOfCall, isFatalCode, type Failure } from "./failure";
import { Secrets } from "./secrets";
import { MissingDone } from "./missing-done";
import { withFormats } from "./named-formats";
import { withModel } from "./named-model";
import { Outbox, type DroppedAudio } from "./outbox";
import { Restoration, type RestorationResult } from "./restoration";
import { errorOf } from "./server-error";
import type { RestorationPlan } from "./restoration-plan";
import { withoutSentences } from "./tool-sentences";
import { openWebSocket, type OpenSocket, type Socket, type SocketEnd } from "./socket";

export interface ConnectionOptions {
  readonly target: EndpointTarget;
  /** Numbers the connections of a session; another epoch's events never touch its state. */
  readonly epoch: number;
  /** Settings sent before the connection is live; null when the server's own are to stay. */
  readonly settings: SessionSettings | null;
  /** What to tell the server of the talk so far; null at the beginning of one. */
  readonly plan: RestorationPlan | null;
  readonly clock: Clock;
  readonly openSocket?: OpenSocket | undefined;
  readonly timeouts: ConnectionTimeouts;
  /** Makes the `event_id` of the settings' update. */
  readonly nextEventId: () => string;
}

/** Deadlines and periods of a connection, in ms. */
export interface ConnectionTimeouts {
  /** From the first packet to the open WebSocket. */
  readonly handshake: number;
  /** From our settings to the server's word that it has them. */
  readonly settings: number;
  /** How often the server is asked for a sign of life; after two without one it is gone. */
  readonly ping: number;
}

export interface ConnectionHandlers {
  /**
   * Each inbound event in its GA form, in order, from the first one on. `isRestoring`: it comes
   * from the server being told the talk so far.
   */
  event(event: RealtimeEvent | UnknownEvent, isRestoring: boolean): void;
  /** Each outbound event in its GA form, when it is handed to the socket. */
  sent(event: RealtimeEvent | UnknownEvent, isRestoring: boolean): void;
  /** The line was too slow for the audio that was sent. */
  audioDropped(dropped: DroppedAudio): void;
  /** An inbound frame that is no event, or settings that were not acknowledged; not the end. */
  warning(error: RealtimeError): void;
  /** The session exists, has our settings and knows the talk so far. */
  live(result: RestorationResult | undefined): void;
  /** Called once, as the last call. `closedByUs` after `close`. */
  dead(failure: Failure, closedByUs: boolean): void;
}

type ConnectionState =
  | { readonly status: "opening" }
  /** The socket is open; the first event is awaited. */
  | { readonly status: "greeting"; readonly deadline: Timer }
  /** Our settings are out. Any `error` is the answer to them: nothing else was asked. */
  | { readonly status: "configuring"; readonly deadline: Timer }
  /** The talk so far is being told, item by item. */
  | { readonly status: "restoring"; readonly restoration: Restoration }
  | { readonly status: "live" }
  /** Another connection has taken its place; what is on its way still arrives. */
  | { readonly status: "retired"; readonly deadline: Timer }
  | { readonly status: "draining" }
  | { readonly status: "dead" };

/** Frames of at most 32 MiB: items that come with their audio have been seen at several MiB. */
const DEFAULT_MAX_PAYLOAD = 32 * 1024 * 1024;

/** How long the peer may take for its half of the closing handshake, in ms; `ws` waits 30 s. */
const CLOSE_TIMEOUT = 1000;

/**
 * One socket of a session, from the handshake to its end.
 *
 *     opening → greeting → configuring → restoring → live → (retired) → draining → dead
 */
export class Connection {
  readonly epoch: number;
  readonly target: EndpointTarget;
  readonly #options: ConnectionOptions;
  readonly #handlers: ConnectionHandlers;
  readonly #socket: Socket;
  #state: ConnectionState = { status: "opening" };
  #closeTimer: Timer | undefined;
  /** What we know better than the socket's close code, once we decide to end it. */
  #verdict: Failure | undefined;
  readonly #outbox: Outbox;
  readonly #secrets: Secrets;
  /** Only of a server of the beta dialect. */
  #missing: MissingDone | undefined;
  /** What the server speaks; undefined until it has shown it. */
  #dialect: Dialect | undefined;
  /** Knows what is said of the items that the server was told, for as long as it can be. */
  #restoration: Restoration | undefined;
  #expiresAt: number | undefined;
  /** Resolves when the socket has ended. */
  readonly ended: Promise<void>;
  #resolveEnded: () => void = () => undefined;

  constructor(options: ConnectionOptions, handlers: ConnectionHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.epoch = options.epoch;
    this.target = options.target;
    this.#secrets = new Secrets(options.target.headers);
    const { dialect } = options.target;
    if (dialect !== "auto") this.#dialect = dialect;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#outbox = new Outbox({
      clock: options.clock,
      bufferedAmount: () => this.#socket.bufferedAmount,
      transmit: (frames) => {
        for (const frame of frames) this.#socket.send(frame);
      },
      onSent: (event) => handlers.sent(event, this.#isRestoring),
      onAudioDropped: (dropped) => handlers.audioDropped(dropped),
      newClear: () => {
        const event_id = options.nextEventId();
        const event: RealtimeEvent = { type: "input_audio_buffer.clear", event_id };
        return { event, frames: this.#encode(event) };
      },
    });
    const open = options.openSocket ?? openWebSocket;
    this.#socket = open(
      {
        url: options.target.url,
        headers: options.target.headers,
        subprotocols: options.target.subprotocols,
        tls: options.target.tls,
        proxy: options.target.proxy,
        maxPayload: options.target.maxPayload ?? DEFAULT_MAX_PAYLOAD,
        handshakeTimeoutMs: options.timeouts.handshake,
        pingIntervalMs: options.timeouts.ping,
      },
      {
        open: () => this.#greet(),
        text: (frame) => this.#receive(frame),
        drained: () => this.#outbox.drain(),
        end: (end) => this.#end(end),
      },
      options.clock,
    );
  }

  get isRetired(): boolean {
    return this.#state.status === "retired";
  }

  /** When the server says that it ends the session, in ms since the Unix epoch. */
  get expiresAt(): number | undefined {
    return this.#expiresAt;
  }

  /** What waits for the line. */
  get outbox(): Pick<
    Outbox,
    "size" | "bytes" | "isFull" | "isTurnDamaged" | "endTurn" | "takeBack"
  > {
    return this.#outbox;
  }

  /** Sends an event, in GA form, in the dialect of the server. */
  send(event: RealtimeEvent | UnknownEvent): void {
    this.#secrets.note(event);
    const { takesSentences, modelInUpdates } = this.target;
    const understood = takesSentences === true ? event : withoutSentences(event);
    const sent = modelInUpdates === undefined ? understood : withModel(understood, modelInUpdates);
    this.#outbox.send(sent, () => this.#encode(sent));
  }

  /** Makes place for the next connection: it ends after a while, in ms. */
  retire(milliseconds: number): void {
    if (this.#state.status !== "live") return;
    this.#enter({
      status: "retired",
      deadline: this.#options.clock.start(() => this.close(), milliseconds),
    });
  }

  /** Closes politely, and by force after a second; `ended` tells when it is over. */
  close(): void {
    if (this.#state.status === "draining" || this.#state.status === "dead") return;
    if (this.#state.status === "opening") {
      this.#enter({ status: "draining" });
      this.#socket.terminate();
      return;
    }
    this.#enter({ status: "draining" });
    this.#closeTimer = this.#options.clock.start(() => this.#socket.terminate(), CLOSE_TIMEOUT);
    this.#socket.close(1000);
  }

  /** True until a connection that is to know the talk does. */
  get #isRestoring(): boolean {
    return this.#options.plan !== null && this.#state.status !== "live" && !this.isRetired;
  }

  #encode(event: RealtimeEvent | UnknownEvent): readonly string[] {
    if (this.#dialect !== "beta") return [encodeFrame(event)];
    const { events, dropped } = translate(event, "beta");
    for (const member of dropped) this.#warnOfDrop(member);
    return events.map((outbound) => encodeFrame(outbound));
  }

  #enter(state: ConnectionState): void {
    if ("deadline" in this.#state) this.#state.deadline.stop();
    if (this.#state.status === "restoring") this.#state.restoration.stop();
    this.#state = state;
  }

  #greet(): void {
    const { clock, target } = this.#options;
    if (this.#state.status !== "opening") return;
    this.#enter({
      status: "greeting",
      deadline: clock.start(
        () => this.#give({ code: "first_event_timeout", text: "The server sent no event in time" }),
        target.firstEventTimeoutMs,
      ),
    });
  }

  #receive(frame: string): void {
    if (this.#state.status === "dead" || this.#state.status === "draining") return;
    const parsed = parseFrame(frame);
    if (!parsed.ok) {
      this.#handlers.warning(parsed.error);
      return;
    }
    this.#dialect ??= dialectOf(parsed.event);
    // What calls itself GA has been seen to mix: only a server that is known for it is believed.
    if (this.target.dialect === "ga") {
      this.#take(parsed.event);
      return;
    }
    for (const event of translate(parsed.event, "ga").events) {
      for (const each of this.#completed(event)) this.#take(each);
    }
  }

  #completed(event: RealtimeEvent | UnknownEvent): readonly (RealtimeEvent | UnknownEvent)[] {
    if (this.#dialect !== "beta") return [event];
    this.#missing ??= new MissingDone(this.#options.nextEventId);
    try {
      return this.#missing.complete(event);
    } catch {
      // An item that is nested too deep to be copied: what takes it says so.
      return [event];
    }
  }

  #take(received: RealtimeEvent | UnknownEvent): void {
    const event = this.#secrets.hide(received);
    // The event goes out before a state follows from it: a listener sees the cause, then the effect.
    this.#handlers.event(event, this.#isRestoring || this.#restoration?.isAbout(event) === true);
    // What comes under the same id later is another item.
    if (event.type === "conversation.item.deleted") this.#restoration = undefined;
    if (this.#state.status === "greeting") this.#takeGreeting(event);
    else if (this.#state.status === "configuring") this.#takeAnswer(event);
    else if (this.#state.status === "restoring") this.#state.restoration.take(event);
    else if (event.type === "error") this.#takeError(event);
  }

  #takeGreeting(event: RealtimeEvent | UnknownEvent): void {
    switch (event.type) {
      // The last two open the talk on servers that speak nearly this protocol.
      case "session.created":
        this.#expiresAt = expiryOf(event);
        this.#configure();
        return;
      case "session.updated":
      case "conversation.created":
        this.#configure();
        return;
      case "error":
        this.#refuse(event, isFatalCode(errorOf(event).code));
        return;
      default:
    }
  }

  #configure(): void {
    const { target, clock, timeouts } = this.#options;
    const settings =
      target.needsFormats === true ? withFormats(this.#options.settings) : this.#options.settings;
    if (settings === null) {
      this.#restore();
      return;
    }
    this.send({
      type: "session.update",
      event_id: this.#options.nextEventId(),
      session: settings,
    });
    if (target.settingsAck === "none") {
      this.#restore();
      return;
    }
    this.#enter({
      status: "configuring",
      deadline: clock.start(() => this.#settingsUnanswered(), timeouts.settings),
    });
  }

  #settingsUnanswered(): void {
    if (this.target.settingsAck === "required") {
      this.#give({
        code: "settings_timeout",
        text: "The server did not acknowledge the session's settings in time",
      });
      return;
    }
    this.#handlers.warning(
      new RealtimeError(
        "settings_not_acknowledged",
        "The server did not acknowledge the session's settings; going on without",
      ),
    );
    this.#restore();
  }

  #takeAnswer(event: RealtimeEvent | UnknownEvent): void {
    if (event.type === "session.updated") this.#restore();
    else if (event.type === "error") {
      // The server's own trouble says nothing about the settings: they are sent again.
      if (isTrouble(errorOf(event))) this.#refuse(event, false);
      else this.#refuse(event, true, "settings_refused");
    }
  }

  #takeError(event: RealtimeEvent | UnknownEvent): void {
    const { code } = errorOf(event);
    if (isFatalCode(code)) this.#refuse(event, true);
    // Not every server closes after it, and the close alone would not say why.
    else if (code === "session_expired") {
      this.#verdict = { error: errorOf(event), fatal: false };
      this.#socket.terminate();
    }
  }

  #restore(): void {
    const { plan, clock, nextEventId } = this.#options;
    if (plan === null) {
      this.#goLive(undefined);
      return;
    }
    const restoration = new Restoration(
      plan,
      clock,
      (event) => this.send(event),
      nextEventId,
      (result) => this.#goLive(result),
    );
    this.#restoration = restoration;
    this.#enter({ status: "restoring", restoration });
    restoration.start();
  }

  #goLive(result: RestorationResult | undefined): void {
    this.#enter({ status: "live" });
    this.#handlers.live(result);
  }

  /** Ends the connection over an error that the server named. */
  #refuse(event: RealtimeEvent | UnknownEvent, fatal: boolean, code?: string): void {
    const refused = errorOf(event);
    const error =
      code === undefined || isFatalCode(refused.code)
        ? refused
        : new RealtimeError(code, `The server refused the settings: ${refused.message}`, {
            param: refused.param,
            type: refused.type,
          });
    this.#verdict = { error, fatal };
    this.close();
  }

  /** Ends the connection over something that did not come in time. */
  #give(reason: { code: string; text: string }): void {
    this.#verdict = { error: new RealtimeError(reason.code, reason.text), fatal: false };
    this.#socket.terminate();
  }

  #warnOfDrop(member: string): void {
    this.#handlers.warning(
      new RealtimeError(
        "no_beta_counterpart",
        `The beta dialect has no place for ${member}: it was left out`,
        { param: member },
      ),
    );
  }

  #end(end: SocketEnd): void {
    if (this.#state.status === "dead") return;
    const closedByUs = this.#state.status === "draining" && this.#verdict === undefined;
    this.#enter({ status: "dead" });
    this.#closeTimer?.stop();
    this.#outbox.clear();
    const failure = this.target.isCall === true ? failureOfCall(end) : failureOf(end);
    this.#handlers.dead(this.#verdict ?? failure, closedByUs);
    this.#resolveEnded();
  }
}

/**
 * The dialect of the server whose event this is, by the shape of its session: beta has its settings
 * side by side, GA names the session's type and nests them. Undefined for other events.
 */
function dialectOf(event: RealtimeEvent | UnknownEvent): Dialect | undefined {
  if (!/^(?:transcription_)?session\.(?:created|updated)$/.test(event.type)) return undefined;
  const session = memberAt(event, ["session"]);
  if (!isObject(session)) return undefined;
  const isFlat = FLAT_MEMBERS.some((name) => Object.hasOwn(session, name));
  return isFlat && !("audio" in session) ? "beta" : "ga";
}

const FLAT_MEMBERS = ["modalities", "input_audio_format", "output_audio_format"];

/** Whether an error is about the server, or the session's time, and not about what it was sent. */
function isTrouble({ type, code }: RealtimeError): boolean {
  return type === "server_error" || code === "session_expired";
}

/** `session.expires_at` of the first event, which counts seconds, in ms. */
function expiryOf(event: RealtimeEvent | UnknownEvent): number | undefined {
  const seconds = memberAt(event, ["session", "expires_at"]);
  return typeof seconds === "number" ? seconds * 1000 : undefined;
}
