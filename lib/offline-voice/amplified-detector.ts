import type { SpeechDetector } from "./turn-detector";

/** Silence that is louder, as a root mean square of 1, is not made louder, and speech neither. */
const LOUD_SILENCE = 0.0005;
const LOUD_SPEECH = 0.05;

const MOST_GAIN = 8;

/** So many frames are looked at for the quietest and the loudest, and as many before: in 3 s people breathe. */
const LISTENED_FRAMES = 50;

/** How much nearer the gain comes to what it should be, with each frame. */
const PACE = 0.1;

/**
 * Makes the sound of a quiet microphone louder for a detector of speech, which has a floor: of 28 orders,
 * 30 dB more quietly than usual, 19 were right without it, and 26 with it. How loud somebody is going to
 * speak is not known; but the silence of a microphone that is far away or set low is quiet as well. What
 * is loud enough is left as it is: made louder, its echo would be taken for speech.
 */
export class AmplifiedDetector implements SpeechDetector {
  readonly frameSize: number;
  readonly #detector: SpeechDetector;
  readonly #louder: Float32Array;
  #gain = 1;
  #frames = 0;
  #now = new Range();
  #before = new Range();

  constructor(detector: SpeechDetector) {
    this.#detector = detector;
    this.frameSize = detector.frameSize;
    this.#louder = new Float32Array(detector.frameSize);
  }

  process(frame: Float32Array): { readonly speech: boolean; readonly changedAtMs: number } {
    this.#listen(frame);
    for (let index = 0; index < frame.length; index++)
      this.#louder[index] = Math.max(-1, Math.min(1, (frame[index] ?? 0) * this.#gain));
    return this.#detector.process(this.#louder);
  }

  #listen(frame: Float32Array): void {
    const power = frame.reduce((sum, sample) => sum + sample * sample, 0) / frame.length;
    this.#now.add(Math.sqrt(power));
    const silence = Math.min(this.#now.least, this.#before.least);
    const speech = Math.max(this.#now.most, this.#before.most);
    const wanted = Math.min(MOST_GAIN, LOUD_SILENCE / silence, LOUD_SPEECH / speech);
    this.#gain += (Math.max(1, wanted) - this.#gain) * PACE;
    this.#frames += 1;
    if (this.#frames % LISTENED_FRAMES > 0) return;
    this.#before = this.#now;
    this.#now = new Range();
  }
}

/** How loud the quietest and the loudest frame of some are. */
class Range {
  least = Infinity;
  most = 0;

  add(loudness: number): void {
    this.least = Math.min(this.least, loudness);
    this.most = Math.max(this.most, loudness);
  }
}
