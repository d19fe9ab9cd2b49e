/** Cuts a stream of samples into frames of one size. */
export class Frames {
  readonly #frame: Float32Array;
  readonly #callback: (frame: Float32Array) => void;
  #filled = 0;

  /** `callback` gets each frame as soon as it is full; it is overwritten by the next. */
  constructor(size: number, callback: (frame: Float32Array) => void) {
    this.#frame = new Float32Array(size);
    this.#callback = callback;
  }

  /** Any number of samples. */
  append(samples: Float32Array): void {
    for (let at = 0; at < samples.length;) {
      const part = samples.subarray(at, at + this.#frame.length - this.#filled);
      this.#frame.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled < this.#frame.length) return;
      this.#filled = 0;
      this.#callback(this.#frame);
    }
  }
}
