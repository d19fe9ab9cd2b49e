import type { PlaybackOptions, RealtimeSession } from "../lib/index";

/** What a player tells the server when somebody interrupts it. */
type Told = Parameters<PlaybackOptions["send"]>[0];

type Session = Pick<RealtimeSession, "send">;

interface Talk {
  /** What the players of this turn have told, by what it is about. */
  readonly waiting: Map<string, Told>;
  /** What the server was told already. */
  readonly told: Set<string>;
}

/** What is remembered of a talk, at most: what is cut off twice is cut off at nearly the same time. */
const TOLD_LIMIT = 100;

/**
 * Tells the server once what several players have to tell that play the same answer: else it refuses
 * what the second one says. Heard was what the one has played that is furthest ahead.
 */
export class Interruptions {
  readonly #talks = new WeakMap<Session, Talk>();

  /** Sends it when the other players, which are interrupted in the same turn, have told theirs. */
  tell(session: Session, event: Told): void {
    const talk = this.#talkOf(session);
    const { waiting, told } = talk;
    const subject = subjectOf(event);
    if (told.has(subject)) return;
    if (waiting.size === 0) queueMicrotask(() => send(session, talk));
    const other = waiting.get(subject);
    if (other === undefined || heardOf(event) > heardOf(other)) waiting.set(subject, event);
  }

  #talkOf(session: Session): Talk {
    const known = this.#talks.get(session);
    if (known !== undefined) return known;
    const talk: Talk = { waiting: new Map(), told: new Set() };
    this.#talks.set(session, talk);
    return talk;
  }
}

function send(session: Session, { waiting, told }: Talk): void {
  for (const [subject, event] of waiting) {
    told.add(subject);
    // What the server had done already is no trouble to anybody; the session tells the rest.
    session.send(event).catch(() => undefined);
  }
  waiting.clear();
  for (const oldest of told) {
    if (told.size <= TOLD_LIMIT) return;
    told.delete(oldest);
  }
}

function subjectOf({ type, response_id, item_id }: Told): string {
  return `${type} ${String(response_id ?? item_id)}`;
}

/** In ms; a cancel tells of none. */
function heardOf({ audio_end_ms }: Told): number {
  return typeof audio_end_ms === "number" ? audio_end_ms : 0;
}
