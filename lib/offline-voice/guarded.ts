/** Calls a callback of somebody else: its error is a warning, and must not end the process. */
export function guarded(call: () => void): void {
  try {
    call();
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : new Error(String(error)));
  }
}
