import { BYTES_PER_SECOND } from "../audio/pcm";
import { RealtimeError } from "../protocol/errors";
import type { EventOf } from "../protocol/event-types";
import type { SessionObject, SessionSettings } from "../protocol/session-settings";
import type { Strictness } from "../protocol/validate";
import { Settlement, WRITTEN, type Acknowledgement } from "./acknowledgement";
import type { Clock, Timer } from "./clock";
import { noConnectionWithin } from "./no-connection";
import { route, type Route } from "./routes";
import { mergeSettings } from "./settings-merge";
import { factsIn, updateRefusal, type SessionFacts } from "./update-refusal";

/** What changes of a session: the members of a `session.update` that are present. */
export type SettingsPatch = EventOf<"session.update">["session"];

interface SettingsUpdate {
  readonly eventId: string;
  readonly patch: SettingsPatch;
  /** What of it the next connection is given, should this one not answer. */
  readonly kept: SettingsPatch | undefined;
  readonly settlements: readonly Settlement[];
}

/** How long the server may take to acknowledge an update, in ms. */
const UPDATE_TIMEOUT = 10_000;

/**
 * What the session shall be set to, and the updates on their way to the server.
 *
 * One `session.update` is in flight at a time; patches that come meanwhile merge into one. The
 * wanted settings change only when the server has acknowledged: a refused patch would otherwise be
 * sent again, and refused again, with every new connection.
 */
export class SessionConfiguration {
  readonly #clock: Clock;
  readonly #write: (event: EventOf<"session.update">) => boolean;
  readonly #takeBack: (eventId: string) => boolean;
  readonly #expiryMs: number;
  #wanted: SessionSettings;
  #inFlight: (SettingsUpdate & { readonly timer: Timer }) | undefined;
  #waiting: SettingsUpdate | undefined;
  /** Runs while there is no connection; then what still waits has waited too long. */
  #suspended: Timer | undefined;
  /** What the server said of the session that bears on later changes; nothing until it did. */
  #reported: Partial<SessionFacts> | undefined;

  /**
   * `write` returns whether the server answers an update; else it counts when it is written.
   * `takeBack` keeps one from being sent that still waits for a slow line. `expiryMs`: how long an
   * update waits for the next connection.
   */
  constructor(
    clock: Clock,
    settings: SessionSettings,
    write: (event: EventOf<"session.update">) => boolean,
    takeBack: (eventId: string) => boolean,
    expiryMs: number,
  ) {
    this.#clock = clock;
    this.#wanted = settings;
    this.#write = write;
    this.#takeBack = takeBack;
    this.#expiryMs = expiryMs;
  }

  static readonly routes: readonly Route<SessionConfiguration>[] = [
    route("session.created", (part, { session }) => part.#note(session)),
    // Every server tells of the first piece of audio by one of these, at its beginning or its end.
    route("response.content_part.added", (part, event) => {
      if (event.part?.type === "audio") part.#noteSpeech();
    }),
    route("response.output_audio.done", (part) => part.#noteSpeech()),
    route("session.updated", (part, event) => {
      part.#note(event.session);
      part.#accept({ accepted: "acknowledged", by: event });
    }),
  ];

  /** The settings that the server has acknowledged, or is given when it is next connected to. */
  get wanted(): SessionSettings {
    return this.#wanted;
  }

  /** What a new connection is given; null where nothing differs from the server's defaults. */
  get initial(): SessionSettings | null {
    return Object.keys(this.#wanted).some((name) => name !== "type") ? this.#wanted : null;
  }

  /** Whether the server answers the turns that it finds in speech. */
  get answersSpeech(): boolean {
    if (this.#wanted.type === "transcription") return false;
    const detection = this.#wanted.audio?.input?.turn_detection;
    // A server's own default is to detect turns and to answer them.
    return detection !== null && (detection?.create_response ?? true);
  }

  /** Whether speech that the server finds ends the answer that it is giving. */
  get isInterruptedBySpeech(): boolean {
    const detection = this.#wanted.audio?.input?.turn_detection;
    return detection !== null && (detection?.interrupt_response ?? true);
  }

  /** Whether each response must call a tool unless it says otherwise. */
  get mustCallTool(): boolean {
    const choice = "tool_choice" in this.#wanted ? this.#wanted.tool_choice : undefined;
    return choice === "required" || (typeof choice === "object" && choice !== null);
  }

  get detectsTurns(): boolean {
    return this.#wanted.audio?.input?.turn_detection !== null;
  }

  get transcribes(): boolean {
    const wanted = this.#wanted;
    return wanted.type === "transcription" || Boolean(wanted.audio?.input?.transcription);
  }

  get inputBytesPerSecond(): number {
    return BYTES_PER_SECOND[this.#wanted.audio?.input?.format?.type ?? "audio/pcm"];
  }

  get outputBytesPerSecond(): number {
    const wanted = this.#wanted;
    const format = wanted.type === "realtime" ? wanted.audio?.output?.format?.type : undefined;
    return BYTES_PER_SECOND[format ?? "audio/pcm"];
  }

  /** True while the server has not answered an update. */
  get isBusy(): boolean {
    return this.#inFlight !== undefined || this.#waiting !== undefined;
  }

  /** Why the server would refuse a patch, as far as that is known; undefined where nothing is. */
  refusalOf(patch: SettingsPatch, strictness: Strictness): RealtimeError | undefined {
    const facts = { hasSpoken: false, ...this.#reported, type: this.#wanted.type };
    return updateRefusal(patch, facts, strictness);
  }

  /** Changes the wanted settings while no server is there to ask. */
  prepare(patch: SettingsPatch): void {
    this.#want(patch);
    if (this.#waiting === undefined) return;
    // It is newer than what waits, which is sent to the next connection after the wanted settings.
    const { kept, ...update } = this.#waiting;
    this.#waiting = {
      ...update,
      patch: mergeSettings(update.patch, patch),
      kept: kept === undefined ? undefined : mergeSettings(kept, patch),
    };
  }

  /**
   * Sends a patch, now or after the update in flight. `isKept`: the session's own wish and no
   * caller's, which the next connection is given even if this one never answers.
   */
  update(patch: SettingsPatch, eventId: string, isKept = false): Settlement {
    const settlement = new Settlement();
    const update = {
      eventId,
      patch,
      kept: isKept ? patch : undefined,
      settlements: [settlement],
    };
    this.#waiting = this.#waiting === undefined ? update : merged(this.#waiting, update);
    if (this.#inFlight === undefined) this.#next();
    return settlement;
  }

  /** Refuses the update with this event id; false when it is not in flight. */
  refuse(eventId: string, error: RealtimeError): boolean {
    if (this.#inFlight?.eventId !== eventId) return false;
    for (const settlement of this.#land()?.settlements ?? []) settlement.reject(error);
    this.#next();
    return true;
  }

  /** Keeps the update in flight for the next connection, which `resume` announces. */
  suspend(): void {
    const update = this.#land();
    this.#suspended = this.#clock.start(() => this.#expire(), this.#expiryMs);
    if (update === undefined) return;
    this.#waiting = this.#waiting === undefined ? update : merged(update, this.#waiting);
  }

  /**
   * Takes up with the next connection, which was given these settings. What was prepared since is
   * sent to it, in one update with what waits; its settlement is returned, undefined where none is.
   */
  resume(given: SessionSettings | null, eventId: string): Settlement | undefined {
    this.#endSuspension();
    // What has spoken was the connection before.
    if (this.#reported?.hasSpoken === true)
      this.#reported = { ...this.#reported, hasSpoken: false };
    const settlement = given === this.initial ? undefined : this.#resend(eventId);
    this.#next();
    return settlement;
  }

  /** Puts the wanted settings before the patches that wait, which are newer. */
  #resend(eventId: string): Settlement {
    const settlement = new Settlement();
    const waiting = this.#waiting;
    this.#waiting = {
      eventId: waiting?.eventId ?? eventId,
      patch: waiting === undefined ? this.#wanted : mergeSettings(this.#wanted, waiting.patch),
      kept: waiting?.kept,
      settlements: [...(waiting?.settlements ?? []), settlement],
    };
    return settlement;
  }

  /** Refuses all, when the connection has ended. */
  refuseAll(error: RealtimeError): void {
    const updates = [this.#land(), this.#waiting];
    this.#waiting = undefined;
    this.#endSuspension();
    this.#reported = undefined;
    for (const update of updates) this.#giveUp(update, error);
  }

  #expire(): void {
    const update = this.#waiting;
    this.#waiting = undefined;
    this.#giveUp(update, noConnectionWithin(this.#expiryMs, "the settings were not changed"));
  }

  /** No server has answered an update: none has refused it either. */
  #giveUp(update: SettingsUpdate | undefined, error: RealtimeError): void {
    if (update?.kept !== undefined) this.#want(update.kept);
    for (const settlement of update?.settlements ?? []) settlement.reject(error);
  }

  #want(patch: SettingsPatch): void {
    this.#wanted = mergeSettings(this.#wanted, patch);
  }

  #endSuspension(): void {
    this.#suspended?.stop();
    this.#suspended = undefined;
  }

  /** The update in flight counts. */
  #accept(acknowledgement: Acknowledgement): void {
    const update = this.#land();
    if (update === undefined) return;
    this.#want(update.patch);
    for (const settlement of update.settlements) settlement.resolve(acknowledgement);
    this.#next();
  }

  #note(session: SessionObject | undefined): void {
    this.#reported = { ...this.#reported, ...factsIn(session) };
  }

  #noteSpeech(): void {
    if (this.#reported?.hasSpoken !== true) this.#reported = { ...this.#reported, hasSpoken: true };
  }

  #next(): void {
    const update = this.#waiting;
    if (update === undefined || this.#suspended !== undefined) return;
    this.#waiting = undefined;
    const timer = this.#clock.start(() => {
      // What its sender believes lost must not come true later.
      if (update.kept === undefined) this.#takeBack(update.eventId);
      this.#giveUp(
        this.#land(),
        new RealtimeError(
          "not_acknowledged",
          `The server did not acknowledge session.update within ${UPDATE_TIMEOUT / 1000} s`,
          { eventId: update.eventId },
        ),
      );
      this.#next();
    }, UPDATE_TIMEOUT);
    this.#inFlight = { ...update, timer };
    const isAnswered = this.#write({
      type: "session.update",
      event_id: update.eventId,
      session: update.patch,
    });
    if (!isAnswered) this.#accept(WRITTEN);
  }

  #land(): SettingsUpdate | undefined {
    const update = this.#inFlight;
    update?.timer.stop();
    this.#inFlight = undefined;
    return update;
  }
}

/** Two updates as one: of what both change, the later one counts. */
function merged(earlier: SettingsUpdate, later: SettingsUpdate): SettingsUpdate {
  const { eventId, patch, kept, settlements } = earlier;
  return {
    eventId,
    patch: mergeSettings(patch, later.patch),
    kept:
      kept === undefined || later.kept === undefined
        ? (later.kept ?? kept)
        : mergeSettings(kept, later.kept),
    settlements: [...settlements, ...later.settlements],
  };
}
