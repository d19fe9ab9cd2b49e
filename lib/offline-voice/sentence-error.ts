/** A mistake in the sentences of a tool, with its place. */
export class SentenceError extends Error {
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;

  constructor(line: number, column: number, reason: string) {
    super(`Line ${line}, column ${column}: ${reason}`);
    this.name = "SentenceError";
    this.line = line;
    this.column = column;
  }
}
