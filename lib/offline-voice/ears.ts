import { dirname, join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { Decoder, Segment, SoundSwallowerModule } from "soundswallower";
import { resampled } from "../audio/resampler";
import { SampleRoom } from "../audio/sample-room";
import { fitsAsSounds, mayFitAsSounds, misfit, saysLess } from "./confidence";
import { SUREST_SILENCE_MS, pauseEndpointer, speechEndpointer } from "./endpointer";
import { Frames } from "./frames";
import { type Grammar, LARGEST_GRAMMAR, fillerWord, isFiller, soundsOf } from "./grammar";
import { HEARING_SAMPLE_RATE, MARGIN_MS, type Recognition, millisecondsToSamples } from "./hearing";
import type { Beams, Language, LanguageCode, Pronunciation } from "./language";
import { NoiseReduction, noiseOf, reduceNoise } from "./noise-reduction";
import { PronouncingDictionary } from "./pronouncing-dictionary";
import { SoundFeatures } from "./sound-features";
import type { SpeechDetector } from "./turn-detector";
import { Vocabulary } from "./vocabulary";

const DECODER_SETTINGS = { loglevel: "FATAL", samprate: HEARING_SAMPLE_RATE, nfft: 512 };

/** Peak of the speech as it is recognised, of 1, and the most that speech is made louder for it. */
const LEVEL = 0.5;
const MOST_GAIN = 30;

/**
 * What is not understood is heard once more so many times as slow, and as low: the acoustic models know
 * adults. Of 78 sentences of a woman, raised by a minor third, 31 are understood without it and 65 with it.
 */
const LOWERED = 1.15;

/**
 * The engine makes features of 2.56 s at a time of speech that comes in pieces (`LIVEBUFBLOCKSIZE` in its
 * feat.c). What is beyond that in a piece waits for the next one, is lost with the end of the speech, and
 * is read from outside its memory where its buffer turns around. So it gets less, in samples.
 */
const LONGEST_PIECE = HEARING_SAMPLE_RATE;

/** How much better it must fit then: slow speech fits better, and so does what is no command. */
const LOWERED_FIT = 0.8;

/**
 * How much worse the beginning of a command may fit than a command where somebody pauses: of what is no
 * command at all, two of three beginnings that pass for words fit worse, and of 406 of commands, by people
 * and synthesisers, one.
 */
const BEGINNING_FIT = 1.3;

/** For sounds in any order. With those of the commands they would take longer than a command. */
const SOUND_BEAMS: Beams = { beam: 1e-20, wbeam: 1e-10, pbeam: 1e-20 };

/** Longer speech is no command, and would hold the worker. */
const LONGEST_SPEECH_SECONDS = 20;

/** The engine cannot free a detector: 11 KiB, and every turn and stream takes one. */
const MOST_DETECTORS = 1_000;

type Engine = SoundSwallowerModule;

/** What was heard when more could follow. */
interface SoFar {
  readonly words: string;
  /** Whether it sounds like the beginning of a command. */
  readonly isBeginning: boolean;
}

/** Speech that is recognised while it is spoken. */
export interface FollowedSpeech {
  /** What was said next, any number of samples. */
  append(samples: Float32Array): void;
  /** False where what was heard until now cannot be a whole command: more is to come. */
  mayBeOver(): boolean;
  /**
   * The command that was heard. `speech`: all that was followed. Null where there was none, or the
   * recogniser had to hear something else meanwhile: then it must be heard as a whole.
   */
  finish(speech: Float32Array): Recognition | null;
  /** It is not followed any more, so that other speech can be. */
  drop(): void;
}

function reject(reason: string, unfinished = false): Recognition {
  return { kind: "rejected", reason, ...(unfinished && { unfinished }) };
}

/** Whether something was heard, and no sound of it is outside the words of the grammar. */
function isOfWords(heard: string): boolean {
  return heard !== "" && !heard.split(" ").some(isFiller);
}

/**
 * Speech to text in a closed grammar, and voice activity detection, with soundswallower. Only for a
 * worker thread: the module listens for uncaughtException and rethrows, which would end the process.
 */
export class Ears {
  readonly #engine: Engine;
  readonly #decoder: Decoder;
  /** Null where speech cannot be followed. */
  readonly #features: SoundFeatures | null;
  readonly #vocabulary: Vocabulary;
  readonly #language: Language;
  #grammar: string | null = null;
  #detectors = 0;
  /** One at a time: the recogniser follows one utterance. */
  #followed: FollowedSpeech | null = null;
  /** Whether the decoder was given speech in pieces since its features are new. */
  #tookPieces = false;
  /** Samples of speech that are recognised at most. */
  readonly longestSpeech = LONGEST_SPEECH_SECONDS * HEARING_SAMPLE_RATE;
  /** For the samples of the speech that is heard next. */
  readonly room = new SampleRoom(this.longestSpeech);

  private constructor(
    engine: Engine,
    decoder: Decoder,
    vocabulary: Vocabulary,
    language: Language,
  ) {
    this.#engine = engine;
    this.#decoder = decoder;
    this.#features = SoundFeatures.of(engine, decoder);
    this.#vocabulary = vocabulary;
    this.#language = language;
  }

  /**
   * `moduleFile`: main file of soundswallower, beside its folder of models; that of the language is
   * loaded. `onGuessed` is told of words whose pronunciation comes from their spelling, when a grammar
   * with them is first used.
   */
  static async load(
    moduleFile: string,
    language: Language,
    onGuessed: (words: readonly string[]) => void = () => undefined,
  ): Promise<Ears> {
    const { default: createModule }: typeof import("soundswallower") = await import(
      pathToFileURL(moduleFile).href
    );
    const models = join(dirname(moduleFile), "model");
    const engine = await createModule({
      // Without it the models are looked for in the folder in which the process was started.
      modelBase: models + sep,
      print: () => undefined,
      printErr: () => undefined,
    } as Partial<Engine>);
    const decoder = await newDecoder(engine, language);
    const vocabulary = new Vocabulary(
      decoder,
      new PronouncingDictionary(join(models, language.pronunciation.model, "dict.txt")),
      language.pronunciation,
      onGuessed,
    );
    return new Ears(engine, decoder, vocabulary, language);
  }

  /** True when it should be replaced by a newly loaded one: what it leaks is not little any more. */
  get isWorn(): boolean {
    return this.#detectors >= MOST_DETECTORS || this.#vocabulary.isWorn;
  }

  get language(): LanguageCode {
    return this.#language.code;
  }

  /** Recognises one turn; cuts it to its speech first, without which half of all commands are lost. */
  recognise(samples: Float32Array, grammar: Grammar): Recognition {
    const sound = this.#levelled(samples, gainOf(samples));
    reduceNoise(sound);
    const speech = this.#findSpeech(sound);
    if (speech === null) return reject("No speech was heard.");
    // To the beginning of the room, where each hearing has it: the second would find it moved.
    const voice = this.#levelled(sound.subarray(speech.start, speech.end), 1);
    const heard = this.#hear(voice, grammar, false);
    if (heard.kind === "understood") return heard;
    const lowered = this.#hear(voice, grammar, true);
    return lowered.kind === "understood" ? lowered : heard;
  }

  /** Recognises speech without silence around it, and takes the noise out of it, in place. */
  hear(speech: Float32Array, grammar: Grammar): Recognition {
    reduceNoise(speech);
    return this.#hear(speech, grammar, false);
  }

  /** The same for what `hear` has not understood: a voice may be too high for the acoustic model. */
  hearLowered(speech: Float32Array, grammar: Grammar): Recognition {
    reduceNoise(speech);
    return this.#hear(speech, grammar, true);
  }

  #hear(speech: Float32Array, grammar: Grammar, isLowered: boolean): Recognition {
    if (speech.length > this.longestSpeech) {
      return reject(
        `More than ${LONGEST_SPEECH_SECONDS} s of speech are too long to be understood.`,
      );
    }
    this.#followed?.drop();
    const problem = this.#useGrammar(grammar);
    if (problem !== null) return reject(problem);
    const { pronunciation } = this.#language;
    const voice = this.#levelled(speech, gainOf(speech));
    if (!isLowered) return this.#judge(this.#listenTo(voice), voice, grammar, pronunciation);
    const slower = resampled(voice, HEARING_SAMPLE_RATE, HEARING_SAMPLE_RATE * LOWERED);
    return this.#judge(this.#listenTo(slower), slower, grammar, {
      worstFit: pronunciation.worstFit * LOWERED_FIT,
      fromSounds: null,
    });
  }

  /** Whether an utterance is being followed. */
  get isFollowing(): boolean {
    return this.#followed !== null;
  }

  /** Takes up a grammar that will be needed, unless another is in use: it may take 0.1 s. */
  prepare(grammar: Grammar): void {
    if (!this.isFollowing) this.#useGrammar(grammar);
  }

  /**
   * Recognises speech from its beginning on, while it is spoken. `speech`: what was said so far, without
   * silence before it; how loud it is and how its microphone sounds is taken from it, and holds for the
   * rest. Null where it is not worth it: it does not sound like the beginning of a command, or cannot be
   * heard at all. One utterance is followed at a time: not while `isFollowing`.
   */
  follow(speech: Float32Array, grammar: Grammar): FollowedSpeech | null {
    if (this.#features === null || this.isFollowing || this.#useGrammar(grammar) !== null)
      return null;
    const gain = gainOf(speech);
    const beginning = this.#levelled(speech, gain);
    const noise = noiseOf(beginning);
    const reduction = new NoiseReduction(noise);
    const cleaned = reduction.append(beginning);
    // Heard once as a whole, it leaves the mean of its sounds, against which those that follow are
    // measured: otherwise it would be that of whatever was heard before.
    // The last of its words may be cut off, and fit badly.
    if (!isOfWords(this.#listenTo(cleaned).words)) return null;
    this.#tookPieces = true;
    this.#decoder.start();
    const take = (samples: Float32Array): void => {
      for (let at = 0; at < samples.length; at += LONGEST_PIECE)
        this.#decoder.process_audio(samples.subarray(at, at + LONGEST_PIECE));
    };
    take(cleaned);
    const lastWords = new Set(grammar.lastWords);
    const followed: FollowedSpeech = {
      append: (samples) => {
        if (this.#followed === followed) take(reduction.append(this.#levelled(samples, gain)));
      },
      mayBeOver: () => {
        if (this.#followed !== followed) return true;
        const lastWord = this.#decoder.get_text().trim().split(" ").at(-1) ?? "";
        return isFiller(lastWord) || lastWords.has(lastWord);
      },
      finish: (all) => {
        if (this.#followed !== followed) return null;
        take(reduction.end());
        const soFar = this.#endOfSpeech();
        const { pronunciation } = this.#language;
        const voice = this.#levelled(all, gain);
        reduceNoise(voice, noise);
        const heard = this.#judge(soFar, voice, grammar, pronunciation);
        // As a whole, measured against its own mean, it may be understood.
        return heard.kind === "understood" ? heard : null;
      },
      drop: () => {
        if (this.#followed === followed) this.#endOfSpeech();
      },
    };
    this.#followed = followed;
    return followed;
  }

  /** What is made of speech that the decoder was led through; `soFar` as from there. */
  #judge(
    soFar: SoFar,
    speech: Float32Array,
    grammar: Grammar,
    { worstFit, fromSounds }: Pick<Pronunciation, "worstFit" | "fromSounds">,
  ): Recognition {
    const transcript = this.#words();
    const unfinished = soFar.isBeginning;
    const what = grammar.otherwise ?? "What was said is not one of the commands.";
    if (!isOfWords(transcript)) return reject(what, unfinished);
    const sentence = this.#decoder.get_alignment();
    const nearest = `${what} Nearest is "${transcript}", but`;
    if (saysLess(sentence, speech)) return reject(`${nearest} more was said.`, unfinished);
    // "Turn on the" ends in silence that is taken for "fan", as a command must have an end.
    if (transcript.startsWith(`${soFar.words} `))
      return reject(`${nearest} less was said.`, unfinished);
    const word = misfit(sentence, worstFit);
    if (word === null || (fromSounds !== null && this.#fitsAsSounds(sentence, speech, fromSounds)))
      return { kind: "understood", transcript };
    return reject(`${nearest} "${word}" does not fit.`, unfinished);
  }

  /** Has the decoder follow the speech through its grammar. Returns what was heard, as if more could follow. */
  #listenTo(speech: Float32Array): SoFar {
    if (this.#tookPieces) this.#features?.renew();
    this.#tookPieces = false;
    this.#decoder.start();
    // As one whole utterance: its sounds are measured against its own mean, not that of the last one,
    // which may have come from another microphone.
    this.#decoder.process_audio(speech, false, true);
    return this.#endOfSpeech();
  }

  /** Returns what was heard as `#listenTo` does. */
  #endOfSpeech(): SoFar {
    const words = this.#words();
    const limit = this.#language.pronunciation.worstFit * BEGINNING_FIT;
    const isBeginning = isOfWords(words) && misfit(this.#decoder.get_alignment(), limit) === null;
    this.#decoder.stop();
    this.#followed = null;
    return { words, isBeginning };
  }

  /** What was recognised, as it is written; the sounds that are outside the words as fillers. */
  #words(): string {
    return this.#language.spelling.written(this.#decoder.get_text().trim());
  }

  /** Whether the words fit about as well as any sounds would: it is the voice that fits badly then. */
  #fitsAsSounds(sentence: Segment, speech: Float32Array, limit: number): boolean {
    if (!mayFitAsSounds(sentence, limit)) return false;
    this.#grammar = null;
    this.#setBeams(SOUND_BEAMS);
    this.#decoder.set_grammar(soundsOf(this.#language));
    this.#setBeams(this.#language.pronunciation.beams);
    this.#listenTo(speech);
    return fitsAsSounds(sentence, this.#decoder.get_alignment(), limit);
  }

  /** For the grammars that are set from now on. */
  #setBeams(beams: Beams): void {
    for (const [name, value] of Object.entries(beams)) this.#decoder.set_config(name, value);
  }

  /** Returns what is wrong with the grammar, or null. */
  #useGrammar(grammar: Grammar): string | null {
    if (grammar.size === 0) return "There are no tools that could be asked for.";
    if (grammar.size > LARGEST_GRAMMAR)
      return "The tools have more commands than can be told apart by ear.";
    if (this.#grammar === grammar.jsgf) return null;
    this.#grammar = null;
    let guessed: readonly string[] = [];
    try {
      guessed = this.#vocabulary.learn(grammar.words);
      this.#decoder.set_grammar(grammar.jsgf);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const which =
        guessed.length === 0 ? "" : ` (words not in the dictionary: ${guessed.join(", ")})`;
      return `The recogniser does not take the commands of these tools: ${message}${which}`;
    }
    this.#grammar = grammar.jsgf;
    return null;
  }

  /** From the first sound of speech in a recording to the last, in samples. */
  #findSpeech(samples: Float32Array): { readonly start: number; readonly end: number } | null {
    const detector = this.speechDetector(0.5, SUREST_SILENCE_MS);
    let startMs: number | null = null;
    let endMs: number | null = null;
    let wasSpeech = false;
    const frames = new Frames(detector.frameSize, (frame) => {
      const { speech, changedAtMs } = detector.process(frame);
      if (speech !== wasSpeech) {
        if (speech) startMs ??= changedAtMs;
        endMs = speech ? null : changedAtMs;
      }
      wasSpeech = speech;
    });
    frames.append(samples);
    // Speech may go on to the last sample; the silence after it lets the detector decide.
    frames.append(new Float32Array(2 * detector.frameSize));
    if (startMs === null) return null;
    return {
      start: millisecondsToSamples(Math.max(0, startMs - MARGIN_MS)),
      end: endMs === null ? samples.length : millisecondsToSamples(endMs + MARGIN_MS),
    };
  }

  /** The speech as loud as it is recognised. It is in the room for speech, where it may have been already. */
  #levelled(speech: Float32Array, gain: number): Float32Array {
    const louder = this.room.take(speech.length);
    for (let index = 0; index < louder.length; index++) louder[index] = (speech[index] ?? 0) * gain;
    return louder;
  }

  /** A detector for one stream, as `speechEndpointer`. */
  speechDetector(threshold: number, silenceDurationMs: number): SpeechDetector {
    this.#detectors += 1;
    return speechEndpointer(this.#engine, threshold, silenceDurationMs);
  }

  /** A detector for one stream, as `pauseEndpointer`. */
  pauseDetector(threshold: number): SpeechDetector {
    this.#detectors += 1;
    return pauseEndpointer(this.#engine, threshold);
  }
}

/** Makes speech of a far or quiet microphone as loud as that of a near one: the recogniser has a floor. */
function gainOf(speech: Float32Array): number {
  const peak = speech.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  return Math.min(MOST_GAIN, LEVEL / Math.max(peak, Number.MIN_VALUE));
}

async function newDecoder(engine: Engine, { pronunciation }: Language): Promise<Decoder> {
  const hmm = engine.get_model_path(pronunciation.model);
  // A dictionary that is not there is an empty one: `learn` looks up what is needed.
  const decoder = new engine.Decoder({
    ...DECODER_SETTINGS,
    ...pronunciation.beams,
    hmm,
    dict: join(hmm, "none.txt"),
  });
  await decoder.initialize();
  decoder.add_words(
    ...pronunciation.phonemes.map((phoneme): [string, string] => [fillerWord(phoneme), phoneme]),
  );
  return decoder;
}
