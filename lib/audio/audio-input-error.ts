/** What can be wrong with audio that somebody hands in. */
export type AudioInputProblem =
  | "wrong_type"
  | "wrong_value"
  | "not_base64"
  | "ambiguous_text"
  | "not_wav"
  | "wrong_rate"
  | "unsupported_wav"
  | "unsupported_file"
  | "too_large";

/** Audio that cannot be read; the message says what came and what is allowed, never its content. */
export class AudioInputError extends Error {
  override readonly name = "AudioInputError";
  /** What is wrong, for programs. */
  readonly problem: AudioInputProblem;

  constructor(problem: AudioInputProblem, message: string) {
    super(message);
    this.problem = problem;
  }
}
