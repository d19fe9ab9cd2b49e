/** The discrete Fourier transform of so many complex numbers; in place. */
export class FourierTransform {
  readonly #size: number;
  /** The number at each index in which the bits are reversed. */
  readonly #reversed: Uint16Array;
  readonly #cosines: Float64Array;
  readonly #sines: Float64Array;

  /** `size`: a power of two, at most 65,536. */
  constructor(size: number) {
    this.#size = size;
    const bits = Math.log2(size);
    this.#reversed = Uint16Array.from({ length: size }, (_, index) => {
      let reversed = 0;
      for (let bit = 0; bit < bits; bit++) reversed |= ((index >> bit) & 1) << (bits - 1 - bit);
      return reversed;
    });
    const angles = Array.from({ length: size / 2 }, (_, index) => (2 * Math.PI * index) / size);
    this.#cosines = Float64Array.from(angles, Math.cos);
    this.#sines = Float64Array.from(angles, Math.sin);
  }

  forward(real: Float64Array, imaginary: Float64Array): void {
    const size = this.#size;
    for (let index = 0; index < size; index++) {
      const other = this.#reversed[index] ?? 0;
      if (other <= index) continue;
      swap(real, index, other);
      swap(imaginary, index, other);
    }
    for (let half = 1; half < size; half *= 2) {
      const step = size / (2 * half);
      for (let start = 0; start < size; start += 2 * half) {
        for (let offset = 0; offset < half; offset++) {
          const cosine = this.#cosines[offset * step] ?? 0;
          const sine = this.#sines[offset * step] ?? 0;
          const upper = start + offset;
          const lower = upper + half;
          const x = real[lower] ?? 0;
          const y = imaginary[lower] ?? 0;
          const turnedX = x * cosine + y * sine;
          const turnedY = y * cosine - x * sine;
          const baseX = real[upper] ?? 0;
          const baseY = imaginary[upper] ?? 0;
          real[lower] = baseX - turnedX;
          imaginary[lower] = baseY - turnedY;
          real[upper] = baseX + turnedX;
          imaginary[upper] = baseY + turnedY;
        }
      }
    }
  }

  /** Of what `forward` made, what it was made of. */
  backward(real: Float64Array, imaginary: Float64Array): void {
    this.forward(imaginary, real);
    for (let index = 0; index < this.#size; index++) {
      real[index] = (real[index] ?? 0) / this.#size;
      imaginary[index] = (imaginary[index] ?? 0) / this.#size;
    }
  }
}

function swap(values: Float64Array, one: number, other: number): void {
  const value = values[one] ?? 0;
  values[one] = values[other] ?? 0;
  values[other] = value;
}
