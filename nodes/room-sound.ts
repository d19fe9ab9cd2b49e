type SoundListener = (key: string, isSounding: boolean) => void;
type TalkListener = (key: string, isTalking: boolean) => void;

/**
 * What the ears and mouths of one session's node know of each other, by the key of the room: whether
 * a loudspeaker sounds there, and whether somebody holds the button to talk. No wire is needed.
 */
export class RoomSound {
  /** The loudspeakers that sound, by room: each audio-out node has its own. */
  readonly #sounding = new Map<string, Set<object>>();
  readonly #talking = new Set<string>();
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
    const before = this.isSounding(key);
    const loudspeakers = this.#sounding.get(key) ?? new Set();
    if (isSounding) loudspeakers.add(loudspeaker);
    else loudspeakers.delete(loudspeaker);
    if (loudspeakers.size > 0) this.#sounding.set(key, loudspeakers);
    else this.#sounding.delete(key);
    if (this.isSounding(key) === before) return;
    for (const listener of this.#soundListeners) listener(key, isSounding);
  }

  /** Somebody in the room pressed the button to talk, or released it. */
  talk(key: string, isTalking: boolean): void {
    if (isTalking) this.#talking.add(key);
    else this.#talking.delete(key);
    for (const listener of this.#talkListeners) listener(key, isTalking);
  }

  /** Tells when the first loudspeaker of a room sounds and when the last falls silent. */
  onSound(listener: SoundListener): () => void {
    this.#soundListeners.add(listener);
    return () => void this.#soundListeners.delete(listener);
  }

  onTalk(listener: TalkListener): () => void {
    this.#talkListeners.add(listener);
    return () => void this.#talkListeners.delete(listener);
  }
}
