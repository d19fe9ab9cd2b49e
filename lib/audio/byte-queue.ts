/** Pieces up to this length are joined, in bytes: each one has a cost of its own. */
const JOINED_LENGTH = 4096;

/** Bytes that come in pieces of any size and are taken in pieces of another, oldest first. */
export class ByteQueue {
  #pieces: Buffer[] = [];
  #length = 0;

  /** Bytes that were not taken yet. */
  get length(): number {
    return this.#length;
  }

  /** How many pieces hold them: never more than two for each 4 KiB, however small they came. */
  get pieceCount(): number {
    return this.#pieces.length;
  }

  push(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#length += bytes.length;
    const last = this.#pieces.at(-1);
    if (last === undefined || last.length + bytes.length > JOINED_LENGTH) this.#pieces.push(bytes);
    else this.#pieces[this.#pieces.length - 1] = Buffer.concat([last, bytes]);
  }

  /** The first bytes, fewer where there are no more. They are not copied where one piece has them. */
  take(count: number): Buffer {
    const taken: Buffer[] = [];
    let missing = Math.min(Math.max(0, count), this.#length);
    this.#length -= missing;
    while (missing > 0) {
      const [piece] = this.#pieces;
      if (piece === undefined) break;
      if (piece.length > missing) this.#pieces[0] = piece.subarray(missing);
      else this.#pieces.shift();
      taken.push(piece.subarray(0, missing));
      missing -= Math.min(missing, piece.length);
    }
    const [only] = taken;
    return taken.length === 1 && only !== undefined ? only : Buffer.concat(taken);
  }

  /** All bytes, which stay. */
  toBuffer(): Buffer {
    return Buffer.concat(this.#pieces);
  }
}
