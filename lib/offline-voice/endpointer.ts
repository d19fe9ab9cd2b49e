import type { Endpointer, SoundSwallowerModule } from "soundswallower";
import { HEARING_SAMPLE_RATE } from "./hearing";
import type { SpeechDetector } from "./turn-detector";

/** The voice activity detector calls some 100 ms after the last sound speech as well. */
const HANGOVER_MS = 100;

/** It looks at so much audio to decide whether there is speech, s. */
const LONGEST_WINDOW = 0.3;
const SHORTEST_WINDOW = 0.18;

/** With the longest window it decides as well as it can: for a recording that is heard as a whole, ms. */
export const SUREST_SILENCE_MS = LONGEST_WINDOW * 1000;

/** To notice that there may be silence: 0.18 s after the last sound. */
const PAUSE = { window: 0.09, ratio: 0.7 };

/**
 * A detector of speech for one stream. `threshold` 0 to 1: how sure it must be. With a shorter
 * `silenceDurationMs` it decides sooner, on less audio.
 */
export function speechEndpointer(
  engine: SoundSwallowerModule,
  threshold: number,
  silenceDurationMs: number,
): SpeechDetector {
  const window = Math.min(LONGEST_WINDOW, Math.max(SHORTEST_WINDOW, silenceDurationMs / 1000));
  return detectorOf(engine, threshold, { window });
}

/** A detector that soon tells of silence, and not to be trusted with the end of a turn. */
export function pauseEndpointer(engine: SoundSwallowerModule, threshold: number): SpeechDetector {
  return detectorOf(engine, threshold, PAUSE);
}

function detectorOf(
  engine: SoundSwallowerModule,
  threshold: number,
  decision: { readonly window: number; readonly ratio?: number },
): SpeechDetector {
  const mode = modeOf(threshold);
  return new EndpointerDetector(
    new engine.Endpointer({ samprate: HEARING_SAMPLE_RATE, mode, ...decision }),
  );
}

/** How strict the voice activity detector is, 0 to 3. */
function modeOf(threshold: number): number {
  return threshold < 0.25 ? 0 : threshold < 0.4 ? 1 : threshold <= 0.75 ? 2 : 3;
}

/** soundswallower's endpointer: WebRTC voice activity detection, smoothed over a window. */
class EndpointerDetector implements SpeechDetector {
  readonly frameSize: number;
  readonly #endpointer: Endpointer;
  readonly #frame: Float32Array;

  constructor(endpointer: Endpointer) {
    this.#endpointer = endpointer;
    this.frameSize = endpointer.get_frame_size();
    this.#frame = new Float32Array(this.frameSize);
    // The engine copies each frame by `Int16Array.from`, which for four microphones makes 10 MB/s of
    // garbage, and takes a third longer, where it finds an iterator.
    Object.defineProperty(this.#frame, Symbol.iterator, { value: undefined });
  }

  process(frame: Float32Array): { readonly speech: boolean; readonly changedAtMs: number } {
    this.#frame.set(frame);
    this.#endpointer.process(this.#frame);
    const speech = this.#endpointer.get_in_speech();
    const changedAtMs = speech
      ? this.#endpointer.get_speech_start() * 1000
      : this.#endpointer.get_speech_end() * 1000 - HANGOVER_MS;
    return { speech, changedAtMs: Math.max(0, changedAtMs) };
  }
}
