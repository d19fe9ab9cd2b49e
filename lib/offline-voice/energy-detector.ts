import { HEARING_SAMPLE_RATE } from "./hearing";
import type { SpeechDetector } from "./turn-detector";

const FRAME_MS = 20;
const FRAME_SIZE = (HEARING_SAMPLE_RATE * FRAME_MS) / 1000;

/** So much speech, or silence, makes sure that it is no click, or the gap inside a word. */
const ONSET_MS = 100;
const RELEASE_MS = 120;

/** The quietest that counts as speech, and the floor's lowest value: -60 and -75 dB below full scale. */
const QUIETEST_SPEECH = 10 ** (-60 / 20);
const LOWEST_FLOOR = 10 ** (-75 / 20);

/** The floor falls at once with the room, and rises by 3 dB a second, slower than speech does. */
const FLOOR_RISE_PER_FRAME = 10 ** (((3 / 20) * FRAME_MS) / 1000);

/**
 * Finds speech by its loudness against the room's noise, which it follows. Good in a quiet room; noise
 * that comes and goes is taken for speech. It stands in where the recogniser's detector is not installed.
 */
export class EnergyDetector implements SpeechDetector {
  readonly frameSize = FRAME_SIZE;
  /** How much louder than the floor speech is, as a ratio of amplitudes. */
  readonly #ratio: number;
  #floor: number | undefined;
  #frames = 0;
  #speech = false;
  #changedAtMs = 0;
  /** Length of the run of frames that contradict `#speech`. */
  #contraryMs = 0;

  /** `threshold` of 0 to 1: from 6 to 18 dB over the room's noise. */
  constructor(threshold: number) {
    this.#ratio = 10 ** ((6 + 12 * Math.min(1, Math.max(0, threshold))) / 20);
  }

  process(frame: Float32Array): { readonly speech: boolean; readonly changedAtMs: number } {
    const level = rootMeanSquare(frame);
    const floor = Math.max(
      LOWEST_FLOOR,
      Math.min(level, (this.#floor ?? level) * FLOOR_RISE_PER_FRAME),
    );
    this.#floor = floor;
    this.#frames += 1;
    const loud = level > QUIETEST_SPEECH && level > floor * this.#ratio;
    if (loud === this.#speech) {
      this.#contraryMs = 0;
    } else {
      this.#contraryMs += FRAME_MS;
      if (this.#contraryMs >= (this.#speech ? RELEASE_MS : ONSET_MS)) {
        this.#speech = loud;
        this.#changedAtMs = this.#frames * FRAME_MS - this.#contraryMs;
        this.#contraryMs = 0;
      }
    }
    return { speech: this.#speech, changedAtMs: this.#changedAtMs };
  }
}

function rootMeanSquare(frame: Float32Array): number {
  let sum = 0;
  for (const sample of frame) sum += sample * sample;
  return Math.sqrt(sum / frame.length);
}
