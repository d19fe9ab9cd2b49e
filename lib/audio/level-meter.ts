/** Level of silence, dB: below the noise of 24 bits nothing is worth a number. */
const SILENCE = -120;

/** Measures how loud a stream is. */
export class LevelMeter {
  #squares = 0;
  #count = 0;

  /** Samples from -1 to 1. */
  add(samples: Float32Array): void {
    let squares = 0;
    for (const sample of samples) squares += sample * sample;
    if (!Number.isFinite(squares)) return;
    this.#squares += squares;
    this.#count += samples.length;
  }

  /** Mean power since the last time, in dB of full scale (a full sine is -3), -120 for silence. */
  take(): number {
    const power = this.#count === 0 ? 0 : this.#squares / this.#count;
    this.#squares = 0;
    this.#count = 0;
    return power === 0 ? SILENCE : Math.max(SILENCE, 10 * Math.log10(power));
  }
}
