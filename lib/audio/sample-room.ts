/**
 * Memory for samples that are used up before the next ones come. It is used again: how large such
 * garbage is, the collector does not see, and lets megabytes of it gather.
 */
export class SampleRoom {
  readonly #mostKept: number;
  #samples = new Float32Array(0);

  /** `mostKept`: for more samples than these, memory is not held. */
  constructor(mostKept: number) {
    this.#mostKept = mostKept;
  }

  /** So many samples, of any value; those that were taken before are overwritten. */
  take(count: number): Float32Array {
    if (count > this.#mostKept) return new Float32Array(count);
    if (this.#samples.length < count) this.#samples = new Float32Array(count);
    return this.#samples.subarray(0, count);
  }
}

/** So many bytes, of any value: in the room, or in memory of their own where there is none. */
export function bytesIn(room: SampleRoom | undefined, count: number): Buffer {
  if (room === undefined) return Buffer.allocUnsafe(count);
  const { buffer, byteOffset } = room.take(Math.ceil(count / Float32Array.BYTES_PER_ELEMENT));
  return Buffer.from(buffer, byteOffset, count);
}

/** So many samples, of any value: in the room, or in memory of their own where there is none. */
export function samplesIn(room: SampleRoom | undefined, count: number): Float32Array {
  return room?.take(count) ?? new Float32Array(count);
}
