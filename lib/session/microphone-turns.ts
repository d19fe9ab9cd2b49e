import { RealtimeError } from "../protocol/errors";
import type { EventOf } from "../protocol/event-types";
import { AudioPreRoll, type TurnEnd } from "./audio-pre-roll";
import type { Clock } from "./clock";
import type { Lifecycle } from "./lifecycle";
import { OVERLAP } from "./rollover";
import type { SessionConfiguration } from "./session-configuration";
import type { UsageTracker } from "./usage";

type Append = EventOf<"input_audio_buffer.append">;

/** The parts of a session that what is said goes to. */
export interface MicrophoneParts {
  readonly clock: Clock;
  /** How much audio is kept while there is no connection, in ms; undefined for 2,000. */
  readonly preRollMs: number | undefined;
  readonly lifecycle: Pick<Lifecycle<never>, "ready" | "isRolloverDue">;
  readonly configuration: Pick<SessionConfiguration, "detectsTurns">;
  readonly usage: Pick<UsageTracker, "appended">;
}

const DEFAULT_PRE_ROLL = 2000;

/**
 * What is said, turn by turn: sent while there is a connection, kept for a moment while there is
 * none. A turn of which a part was lost on the way is not to be committed as if it were whole.
 */
export class MicrophoneTurns {
  readonly #parts: MicrophoneParts;
  readonly #preRoll: AudioPreRoll;
  /**
   * The last of the input, for a connection that is to take the place of this one; made when one is
   * due.
   */
  #overlap: AudioPreRoll | undefined;
  /** Audio was sent since the last commit or clear. */
  #isBegun = false;
  /** Of such audio, which a person's commit was to follow, a lost connection took some. */
  #isLost = false;
  /** Of sessions in which a person ends the turns: nobody asks it of others. */
  #lastAudioAt = 0;

  constructor(parts: MicrophoneParts) {
    this.#parts = parts;
    this.#preRoll = new AudioPreRoll(parts.clock, parts.preRollMs ?? DEFAULT_PRE_ROLL);
  }

  /** Append events that are kept for the next connection. */
  get kept(): number {
    return this.#preRoll.size + (this.#overlap?.size ?? 0);
  }

  /** True when audio was sent that a person's commit is to follow. */
  get isUncommitted(): boolean {
    return this.#isBegun && !this.#parts.configuration.detectsTurns;
  }

  /** When something of a turn was last said that a person ends, in ms since the Unix epoch. */
  get lastAudioAt(): number {
    return this.#lastAudioAt;
  }

  /** A new talk begins: what is said from now on is for it, although it is not connected yet. */
  open(): void {
    this.end();
    this.#preRoll.hold();
  }

  append(event: Append): void {
    const { lifecycle, clock, configuration } = this.#parts;
    if (!configuration.detectsTurns) this.#lastAudioAt = clock.now();
    if (lifecycle.isRolloverDue) (this.#overlap ??= new AudioPreRoll(clock, OVERLAP)).add(event);
    this.#send(event);
  }

  /** As `append` while there is no connection. */
  keep(event: Append): void {
    this.#lastAudioAt = this.#parts.clock.now();
    this.#preRoll.add(event);
  }

  /** Somebody commits what is kept; `sendKept` sends it when the commit can go. */
  endKept(): TurnEnd {
    return this.#preRoll.endTurn();
  }

  /**
   * Sends a turn that ended without a connection; of half a turn, nothing.
   *
   * @returns why it is not to be committed; undefined when it is
   */
  sendKept(turnEnd: TurnEnd): RealtimeError | undefined {
    const audio = this.#preRoll.drain(turnEnd);
    if (turnEnd.isDamaged) return damaged("The session opened too late");
    for (const event of audio) this.#send(event);
    return undefined;
  }

  /** Tells the connection that took the place of another one what that was told last. */
  repeat(): void {
    // It is charged once: the server has been sent it before, by the other connection.
    for (const event of this.#overlap?.drain() ?? []) this.#parts.lifecycle.ready?.send(event);
    this.#overlap = undefined;
  }

  /** Sends what was said without a connection, unless a turn ended, which goes with its commit. */
  sendOpenTurn(): void {
    if (this.#preRoll.hasEndedTurn) return;
    for (const event of this.#preRoll.drain()) this.#send(event);
  }

  /** Sends what is left when all commits have gone that waited. */
  sendRest(): void {
    for (const event of this.#preRoll.drain()) this.#send(event);
    this.#isLost ||= this.#preRoll.isDamaged && !this.#parts.configuration.detectsTurns;
    this.#preRoll.clear();
  }

  /** Why what was sent is not to be committed; undefined when it is. Asked for each commit. */
  commit(isLineDamaged: boolean): RealtimeError | undefined {
    if (isLineDamaged) return damaged("The line was too slow");
    const isLost = this.#isLost;
    // Once: who never clears is not to be refused for ever.
    this.end();
    return isLost ? damaged("The connection was lost") : undefined;
  }

  /** What is sent from now on is another turn. */
  end(): void {
    this.#isBegun = false;
    this.#isLost = false;
  }

  /** What was said without a connection, and not committed, is for nobody. */
  forget(): void {
    this.#preRoll.forget();
    this.end();
  }

  /** What was said into a connection that has ended is lost with it. */
  loseConnection(): void {
    this.#isLost ||= this.isUncommitted;
    this.#isBegun = false;
  }

  /** There will be no connection to keep anything for. */
  discard(): void {
    this.#preRoll.clear();
    this.#overlap = undefined;
  }

  #send(event: Append): void {
    const { usage, lifecycle } = this.#parts;
    this.#isBegun = true;
    usage.appended(event.audio.length);
    lifecycle.ready?.send(event);
  }
}

function damaged(cause: string): RealtimeError {
  return new RealtimeError(
    "audio_damaged",
    `${cause}, and audio of this turn is missing: clear the buffer and say it again`,
  );
}
