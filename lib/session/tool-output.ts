import { types } from "node:util";
import { RealtimeError } from "../protocol/errors";

/** A tool's output in bytes at most; longer ones would fill the model's context. */
const OUTPUT_LIMIT = 1024 * 1024;

/**
 * A flow's answer as the text that the model gets: text stays as it is, an Error is its
 * message, everything else becomes JSON.
 *
 * @throws RealtimeError `tool_output_invalid` for what has no text: nothing at all, a function, a
 *   value that holds binary data, a bigint, a Map, a Set or a Promise, or refers to itself, or is
 *   larger than 1 MiB.
 */
export function toolOutput(value: unknown): string {
  const said = types.isNativeError(value) ? value.message : value;
  const text = typeof said === "string" ? said : asJson(said);
  if (Buffer.byteLength(text) > OUTPUT_LIMIT) throw invalid(`is larger than ${OUTPUT_LIMIT} bytes`);
  return text;
}

function asJson(value: unknown): string {
  if (value === undefined) throw invalid("is missing: set msg.payload to the result");
  let text: string | undefined;
  try {
    text = JSON.stringify(value, asText);
  } catch (error) {
    if (error instanceof RealtimeError) throw error;
    throw invalid("cannot become JSON: it refers to itself, or is nested too deeply");
  }
  if (text === undefined) throw invalid(`is a ${typeof value}: it cannot become JSON`);
  return text;
}

/**
 * For `JSON.stringify`, which would write a Buffer as its numbers, and a Map or an Error, as what a Catch
 * node tells may hold one, as an empty object.
 */
function asText(this: object, key: string, value: unknown): unknown {
  // The value as it was: a Buffer has turned into an object by now.
  const original: unknown = Reflect.get(this, key);
  const where = key === "" ? "is" : `holds, as "${key}",`;
  if (ArrayBuffer.isView(original) || types.isAnyArrayBuffer(original))
    throw invalid(`${where} binary data: the model takes text or what becomes JSON`);
  if (typeof value === "bigint")
    throw invalid(`${where} a bigint, which has no JSON: make it a number or a text`);
  if (types.isMap(value))
    throw invalid(
      `${where} a Map, which has no JSON: make it an object, as Object.fromEntries does`,
    );
  if (types.isSet(value))
    throw invalid(`${where} a Set, which has no JSON: make it a list, as Array.from does`);
  if (types.isPromise(value))
    throw invalid(`${where} a Promise, which has no JSON: wait for what it resolves to`);
  return types.isNativeError(value) ? value.message : value;
}

function invalid(reason: string): RealtimeError {
  return new RealtimeError("tool_output_invalid", `The result of the tool ${reason}`);
}
