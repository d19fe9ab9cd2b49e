import type { AudioEncoding } from "../audio/pcm";
import type { Grammar } from "./grammar";
import type { LanguageCode } from "./language";
import type { Recognition, TurnDetectionOptions } from "./hearing";

/** Where the engines are installed; null when they are not. */
export interface EngineFiles {
  /** Main file of soundswallower. */
  readonly ears: string | null;
  /** flite.wasm. */
  readonly mouth: string | null;
}

/** What is said of a stream before its audio. */
export interface StreamOptions {
  readonly encoding: AudioEncoding;
  /** Whose ears will be needed. */
  readonly language: LanguageCode;
  readonly turnDetection: TurnDetectionOptions;
}

/** To the worker. A `request` is answered once; a `listener` gets any number of events. */
export type WorkerRequest =
  | {
      readonly type: "recognise";
      readonly request: number;
      /** Mono, 16 kHz. */
      readonly samples: Float32Array;
      readonly grammar: Grammar;
    }
  | {
      readonly type: "speak";
      readonly request: number;
      readonly text: string;
      readonly voice: string;
    }
  | { readonly type: "listen"; readonly listener: number; readonly stream: StreamOptions }
  | { readonly type: "append"; readonly listener: number; readonly bytes: Uint8Array }
  /** What the turn is listened to for that is being spoken. */
  | { readonly type: "expect"; readonly listener: number; readonly grammar: Grammar }
  | { readonly type: "unlisten"; readonly listener: number };

/** From the worker. */
export type WorkerAnswer =
  | { readonly type: "recognised"; readonly request: number; readonly recognition: Recognition }
  | {
      readonly type: "spoken";
      readonly request: number;
      readonly samples: Int16Array;
      /** Hz. */
      readonly sampleRate: number;
    }
  /** Words of a grammar that the dictionary lacks: their pronunciation comes from their spelling. */
  | { readonly type: "guessed"; readonly words: readonly string[] }
  | { readonly type: "failed"; readonly request: number; readonly reason: string }
  /** Times in ms since the listener's first sample. */
  | { readonly type: "speechStarted"; readonly listener: number; readonly audioStartMs: number }
  | {
      readonly type: "speechStopped";
      readonly listener: number;
      readonly audioEndMs: number;
      /** What was heard, where the turn was expected to hold commands. */
      readonly recognition: Recognition | undefined;
    }
  /** So many bytes of the listener were worked off. */
  | { readonly type: "heard"; readonly listener: number; readonly bytes: number };
