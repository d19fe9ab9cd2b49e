import { refusal } from "./errors";

/**
 * Bytes of a base64 text, in memory of their own; refuses a text that is not base64, which Node would read
 * as far as it can.
 */
export function bytesFromBase64(base64: string, param: string): Buffer {
  const padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
  const length = Math.floor(((base64.length - padding) * 3) / 4);
  const bytes = Buffer.allocUnsafeSlow(length);
  // Node skips what it does not know, so the length tells.
  if (bytes.write(base64, "base64") === length) return bytes;
  throw refusal("invalid_value", `Invalid ${param}: expected audio as base64.`, param);
}
