import { dictationGrammar } from "../offline-voice/dictation";
import { decodeForEars } from "../offline-voice/ears-decoder";
import { type Grammar, grammarOf } from "../offline-voice/grammar";
import type { LanguageCode } from "../offline-voice/language";
import type { Question } from "../offline-voice/question";
import type { OfflineVoice, Recognition } from "../offline-voice/voice";
import type { FunctionTool } from "../protocol/tools";
import type { ItemAudio } from "./item-audio";

/** What came of the user's audio. */
export type Heard =
  | Recognition
  /** Nobody listened: no ears, audio no longer kept, too much at once, a failure. */
  | { readonly kind: "unavailable"; readonly reason: string }
  /** The user said nothing for `idle_timeout_ms`. */
  | { readonly kind: "silence" };

/** Turns of one session that may wait to be recognised. */
const MAX_PENDING = 16;

const NO_PHRASES =
  "This server hears only the phrases that the transcription's prompt and keywords name; there are none.";

/** What a turn may hold. */
export interface Expected {
  readonly tools: readonly FunctionTool[];
  readonly language: LanguageCode;
  /** What the user may reply to. */
  readonly question: Question | null;
}

interface Recognised {
  /** Null where it does not matter. */
  readonly expected: Expected | null;
  readonly heard: Promise<Heard>;
}

/** Recognises the user's audio, each turn once for the same tools. */
export class Hearing {
  readonly #voice: OfflineVoice;
  readonly #recognised = new WeakMap<ItemAudio, Recognised>();
  #pending = 0;

  constructor(voice: OfflineVoice) {
    this.#voice = voice;
  }

  /** Notes that this audio is known to be silence. */
  silence(audio: ItemAudio): void {
    this.#note(audio, { expected: null, heard: Promise.resolve({ kind: "silence" }) });
  }

  /** Notes what was heard of this audio before its turn was over. */
  heard(audio: ItemAudio, expected: Expected, recognition: Recognition): void {
    this.#note(audio, { expected, heard: Promise.resolve(recognition) });
  }

  /** The words in this audio, as far as they are commands of these tools. Never rejects. */
  async hear(audio: ItemAudio, expected: Expected): Promise<Heard> {
    const known = this.#recognised.get(audio);
    if (known !== undefined) {
      if (known.expected === null || isSame(known.expected, expected)) return await known.heard;
    }
    const { language, question, tools } = expected;
    const heard = this.#recognise(audio, () => grammarOf(tools, language, question));
    this.#note(audio, { expected, heard });
    return heard;
  }

  /** The words in this audio, as far as they are rows of the phrases in these texts. Never rejects. */
  async dictate(
    audio: ItemAudio,
    texts: readonly string[],
    language: LanguageCode,
  ): Promise<Heard> {
    const grammar = dictationGrammar(texts, language);
    audio.isDue = false;
    if (grammar.size === 0) return { kind: "unavailable", reason: NO_PHRASES };
    return await this.#recognise(audio, () => grammar);
  }

  #note(audio: ItemAudio, recognised: Recognised): void {
    audio.isDue = false;
    this.#recognised.set(audio, recognised);
  }

  async #recognise(audio: ItemAudio, grammar: () => Grammar): Promise<Heard> {
    const { available } = this.#voice;
    if (!available.ears) return { kind: "unavailable", reason: available.reason };
    const bytes = audio.bytes();
    if (bytes === null) return { kind: "unavailable", reason: "The audio is no longer kept." };
    if (this.#pending >= MAX_PENDING) {
      return { kind: "unavailable", reason: "Too many turns wait to be recognised." };
    }
    this.#pending++;
    try {
      const samples = decodeForEars(audio.encoding, bytes);
      return await this.#voice.recognise(samples, grammar());
    } catch {
      return { kind: "unavailable", reason: "The recogniser failed." };
    } finally {
      this.#pending--;
    }
  }
}

function isSame(one: Expected, other: Expected): boolean {
  return (
    one.tools === other.tools && one.language === other.language && one.question === other.question
  );
}
