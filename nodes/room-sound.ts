type SoundListener = (key: string, isSounding: boolean) => void;
type TalkListener = (key: string, isTalking: boolean) => void;

/** A loudspeaker whose node is gone. `close`: it is silent from now on, and says so. */
interface LeftLoudspeaker {
  close(): void;
}

/**
 * What the ears and mouths of one session's node know of each other, by the key of the room: whether
 * a loudspeaker sounds there, and whether somebody holds the button to talk. No wire is needed.
 */
export class RoomSound {
  /** The loudspeakers that sound, by room: each audio-out node has its own. */
  readonly #sounding = new Presence();
  /** The microphones by which somebody talks, by room. */
  readonly #talking = new Presence();
  /** Loudspeakers that sound on without their node. */
  readonly #left = new Map<
    object,
    { readonly key: string; readonly loudspeaker: LeftLoudspeaker }
  >();
  readonly #soundListeners = new Set<SoundListener>();
  readonly #talkListeners = new Set<TalkListener>();

  isSounding(key: string): boolean {
    return this.#sounding.has(key);
  }

  isTalking(key: string): boolean {
    return this.#talking.has(key);
  }

  /** A loudspeaker of the room begins to sound, or falls silent. */
  sound(key: string, loudspeaker: object, isSounding: boolean): void {
    if (!isSounding) this.#left.delete(loudspeaker);
    if (this.#sounding.change(key, loudspeaker, isSounding))
      for (const listener of this.#soundListeners) listener(key, isSounding);
  }

  /** Somebody in the room pressed the button of a microphone to talk, or released it. */
  talk(key: string, microphone: object, isTalking: boolean): void {
    if (this.#talking.change(key, microphone, isTalking))
      for (const listener of this.#talkListeners) listener(key, isTalking);
  }

  /** The node of a loudspeaker goes, which plays on what it has and falls silent by itself. */
  leave(key: string, loudspeaker: LeftLoudspeaker): void {
    this.#left.set(loudspeaker, { key, loudspeaker });
  }

  /** Somebody knows that what such loudspeakers of the room played has ended. */
  silenceLeft(key: string): void {
    for (const { key: room, loudspeaker } of this.#left.values())
      if (room === key) loudspeaker.close();
  }

  /** The session's node is closed. */
  close(): void {
    for (const { loudspeaker } of this.#left.values()) loudspeaker.close();
    this.#left.clear();
  }

  /** Tells when the first loudspeaker of a room sounds and when the last falls silent. */
  onSound(listener: SoundListener): () => void {
    this.#soundListeners.add(listener);
    return () => void this.#soundListeners.delete(listener);
  }

  /** Tells when the first button of a room is pressed and when the last is released. */
  onTalk(listener: TalkListener): () => void {
    this.#talkListeners.add(listener);
    return () => void this.#talkListeners.delete(listener);
  }
}

/** Which of several things are there, by room. */
class Presence {
  readonly #things = new Map<string, Set<object>>();

  has(key: string): boolean {
    return this.#things.has(key);
  }

  /** True when the first one came, or the last one left. */
  change(key: string, thing: object, isThere: boolean): boolean {
    const before = this.has(key);
    const things = this.#things.get(key) ?? new Set();
    if (isThere) things.add(thing);
    else things.delete(thing);
    if (things.size > 0) this.#things.set(key, things);
    else this.#things.delete(key);
    return this.has(key) !== before;
  }
}
