import { RealtimeError } from "../protocol/errors";

/** A tool's output in bytes at most; longer ones would fill the model's context. */
const OUTPUT_LIMIT = 1024 * 1024;

/**
 * A flow's answer as the text that the model gets: text stays as it is, everything else becomes
 * JSON.
 *
 * @throws RealtimeError `tool_output_invalid` for what has no text: nothing at all, a Buffer, a
 *   value that refers to itself, more than 1 MiB.
 */
export function toolOutput(value: unknown): string {
  const text = typeof value === "string" ? value : asJson(value);
  if (Buffer.byteLength(text) > OUTPUT_LIMIT) throw invalid(`is larger than ${OUTPUT_LIMIT} bytes`);
  return text;
}

function asJson(value: unknown): string {
  if (value === undefined) throw invalid("is missing: set msg.payload to the result");
  let text: string | undefined;
  try {
    text = JSON.stringify(value, function (this: object, name: string, member: unknown) {
      // A Buffer has become an object of numbers by now: what it was stands in its holder.
      if (isBinary(Reflect.get(this, name))) throw invalid(BINARY);
      return member;
    });
  } catch (error) {
    if (error instanceof RealtimeError) throw error;
    throw invalid("cannot become JSON: it refers to itself or holds a bigint");
  }
  if (text === undefined) throw invalid(`is a ${typeof value}: it cannot become JSON`);
  return text;
}

const BINARY = "holds binary data: the model takes text or what becomes JSON";

function isBinary(value: unknown): boolean {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
}

function invalid(reason: string): RealtimeError {
  return new RealtimeError("tool_output_invalid", `The result of the tool ${reason}`);
}
