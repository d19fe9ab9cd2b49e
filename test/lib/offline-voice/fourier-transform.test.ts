import assert from "node:assert/strict";
import { FourierTransform } from "../../../lib/offline-voice/fourier-transform";
import { seeded } from "./spoken";

const SIZE = 64;

describe("Fourier transform", () => {
  const transform = new FourierTransform(SIZE);

  it("is the sum of its definition", () => {
    const random = seeded(1);
    const [x, y] = [0, 1].map(() => Float64Array.from({ length: SIZE }, random));
    assert.ok(x && y);
    const [real, imaginary] = [x.slice(), y.slice()];
    transform.forward(real, imaginary);
    for (let frequency = 0; frequency < SIZE; frequency++) {
      let [sumReal, sumImaginary] = [0, 0];
      for (let index = 0; index < SIZE; index++) {
        const angle = (-2 * Math.PI * frequency * index) / SIZE;
        const [a = 0, b = 0] = [x[index], y[index]];
        sumReal += a * Math.cos(angle) - b * Math.sin(angle);
        sumImaginary += a * Math.sin(angle) + b * Math.cos(angle);
      }
      assert.ok(Math.abs((real[frequency] ?? NaN) - sumReal) < 1e-9);
      assert.ok(Math.abs((imaginary[frequency] ?? NaN) - sumImaginary) < 1e-9);
    }
  });

  it("is undone by going back", () => {
    const random = seeded(2);
    const x = Float64Array.from({ length: SIZE }, random);
    const [real, imaginary] = [x.slice(), new Float64Array(SIZE)];
    transform.forward(real, imaginary);
    transform.backward(real, imaginary);
    assert.ok(real.every((value, index) => Math.abs(value - (x[index] ?? NaN)) < 1e-12));
    assert.ok(imaginary.every((value) => Math.abs(value) < 1e-12));
  });
});
