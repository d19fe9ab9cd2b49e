import { createSecureContext, type SecureContextOptions } from "node:tls";

/**
 * Why certificates and keys of our own cannot be used, as a sentence: one that cannot be read, or not
 * with this passphrase. Undefined where they can. Not every such error of OpenSSL has a code that would tell it
 * from a broken line. Holds nothing of what was given.
 */
export function tlsProblem(options: SecureContextOptions | undefined): string | undefined {
  if (options === undefined) return undefined;
  try {
    createSecureContext(options);
    return undefined;
  } catch (error) {
    return `The certificate or key cannot be used: ${reasonOf(error)}`;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
}
